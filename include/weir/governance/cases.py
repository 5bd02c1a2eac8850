"""Cases of every kind: each move commits with its audit record, or nothing does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    bindparam,
    case,
    func,
    insert,
    select,
    text,
    update,
)

from weir.clock import Clock
from weir.contracts.dataset import Name
from weir.contracts.policy_pack import PolicyPack
from weir.errors import AuthorisationError, RefusedError, WeirError
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Legal, Target, new_record
from weir.evidence.database import transaction
from weir.governance.attempts import initiator_of
from weir.governance.tables import CaseTables
from weir.model import Principal, Role, require
from weir.policy.machine import NEW, Machine, Move, PastMove, Situation, may_move, read_facts

LISTED = 200
MISNAMED = "case_name_malformed"
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it stands, with every move that led there, oldest first. Who made a move and may
    not read the case is told neither facts nor history."""

    kind: str
    case_id: str
    state: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[PastMove, ...] = ()

    @property
    def changed_at(self) -> datetime:
        return self.history[-1].at


Effect = Callable[[Connection, Case, Principal], None]
"""What else a move changes, in its own transaction. Raises `WeirError` to undo the move."""


def _always(_: Principal) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseBook:
    """The cases of one service. `keep` puts an audit record where the service keeps its own, in
    the transaction at hand; `pack` gives the policy pack whose numbers hold at an instant;
    `may_keep` says whether one more refused attempt is kept, so that a flood fills no database.

    Raises `StoreUnavailableError` when the database does not answer.
    """

    engine: Engine
    database: str
    tables: CaseTables
    clock: Clock
    service: str
    key_id: str
    keep: Callable[[Connection, AuditRecord], None]
    pack: Callable[[datetime], PolicyPack]
    may_keep: Callable[[Principal], bool] = _always

    def move(
        self,
        machine: Machine,
        case_id: str,
        name: str,
        given: object,
        by: Principal,
        effect: Effect | None = None,
    ) -> Case:
        """Make the move `name` on a case, which a move from `NEW` opens.

        A move that may not be made is kept as a refused attempt and raises `AuthorisationError`
        with the first reason against it, or what `effect` raised. Two that race for the same case
        are made one after the other, each judged by what it then finds.
        """
        move = machine.move(name)
        try:
            check_case_name(case_id, move.article)
            with transaction(self.engine, self.database) as connection:
                return self.move_within(connection, machine, case_id, name, given, by, effect)
        except WeirError as error:
            self._keep_refusal(machine, move, case_id, by, error)
            raise

    def find(self, kind: str, case_id: str) -> Case | None:
        with transaction(self.engine, self.database) as connection:
            return self.read(connection, kind, case_id)

    def listed(
        self,
        kind: str,
        state: str | None = None,
        limit: int = LISTED,
        *,
        scenario: str | None = None,
    ) -> tuple[Case, ...]:
        """The cases of a kind, the last changed first; in one state or of one scenario where it is
        named."""
        with transaction(self.engine, self.database) as connection:
            return read_cases(connection, self.tables, kind, state, scenario=scenario, limit=limit)

    def read(self, connection: Connection, kind: str, case_id: str) -> Case | None:
        """As `find`, within a transaction of the caller's."""
        return read_case(connection, self.tables, kind, case_id)

    def read_named(
        self, connection: Connection, kind: str, names: Collection[str]
    ) -> dict[str, Case]:
        """As `read`, of several at once; one that does not exist is left out."""
        query = _reading_named(self.tables)
        found = _read(connection, query, of_kind=kind, named=list(names))
        return {one.case_id: one for one in found}

    def move_within(
        self,
        connection: Connection,
        machine: Machine,
        case_id: str,
        name: str,
        given: object,
        by: Principal,
        effect: Effect | None = None,
    ) -> Case:
        """As `move`, within a transaction of the caller's, who keeps no attempt by it: what one
        move brings with it on other cases commits with that move."""
        move = machine.move(name)
        # A case that does not exist yet has no row to lock.
        connection.execute(_LOCK, {"name": f"weir.case:{machine.kind}:{case_id}"})
        held = self.read(connection, machine.kind, case_id)
        at = self.clock.now()
        situation = Situation(
            case_id=case_id,
            state=held.state if held else NEW,
            history=held.history if held else (),
            facts=held.facts if held else {},
            by=by,
            at=at,
            pack=self.pack(at),
        )
        facts = read_facts(move, given)
        require(
            may_move(machine, move, situation, facts),
            AuthorisationError,
            kind=machine.kind,
            case=case_id,
        )
        stated = facts.model_dump(mode="json")
        audit = self._record(machine, move, case_id, by, dict(situation.facts) | stated)
        made = Case(
            kind=machine.kind,
            case_id=case_id,
            state=move.target,
            facts={**situation.facts, **stated},
            history=(
                *situation.history,
                PastMove(move=move.name, target=move.target, facts=stated, by=by, at=at),
            ),
        )
        self._write(connection, made, situation.state, audit)
        if effect is not None:
            effect(connection, made, by)
        self.keep(connection, audit)
        return made

    def _write(self, connection: Connection, made: Case, source: str, audit: AuditRecord) -> None:
        cases, moves = self.tables.cases, self.tables.moves
        last, version = made.history[-1], len(made.history)
        values = {
            "state": made.state,
            "version": version,
            "facts": made.facts,
            "changed_at": last.at,
        }
        if version == 1:
            row = {"kind": made.kind, "case_id": made.case_id, "opened_at": last.at}
            connection.execute(insert(cases), {**row, **values})
        else:
            connection.execute(
                update(cases)
                .where(cases.c.kind == made.kind, cases.c.case_id == made.case_id)
                .values(values)
            )
        connection.execute(
            insert(moves),
            {
                "kind": made.kind,
                "case_id": made.case_id,
                "version": version,
                "move": last.move,
                "source": source,
                "target": last.target,
                "facts": last.facts,
                "by_id": last.by.id,
                "by_role": last.by.role,
                "by_org": last.by.org,
                "at": last.at,
                "audit_id": audit.id,
            },
        )

    def _record(
        self,
        machine: Machine,
        move: Move,
        case_id: str,
        by: Principal,
        facts: Mapping[str, Any],
        error: WeirError | None = None,
    ) -> AuditRecord:
        record = new_record(
            self.clock,
            Action(move.record),
            initiator=initiator_of(by),
            target=Target(kind=machine.kind, name=case_id),
            service=self.service,
            outcome="refused" if error else "success",
            legal=Legal(
                article=(error.article if error else "") or move.article,
                scenario=_named(facts, "scenario"),
                use_agreement=_named(facts, "use_agreement"),
                contract_digest=_named(facts, "contract_digest"),
            ),
            reason_code=error.code if error else "",
            data={"state": move.target, **_scope_of(facts)} if error is None else {},
            key_id=self.key_id,
        )
        return replace(record, responsible_party=move.responsible)

    def _keep_refusal(
        self, machine: Machine, move: Move, case_id: str, by: Principal, error: WeirError
    ) -> None:
        if not isinstance(error, RefusedError) or not self.may_keep(by):
            return
        with transaction(self.engine, self.database) as connection:
            held = None if error.code == MISNAMED else self.read(connection, machine.kind, case_id)
            facts = held.facts if held else {}
            name = "misnamed" if error.code == MISNAMED else case_id
            self.keep(connection, self._record(machine, move, name, by, facts, error))


def check_case_name(case_id: str, article: str) -> None:
    """Raise `AuthorisationError` (code `case_name_malformed`) for what no case may be called."""
    try:
        _NAME.validate_python(case_id)
    except ValidationError:
        raise AuthorisationError(
            MISNAMED,
            "a case is named in lower-case ASCII letters, digits and hyphens",
            article=article,
            remedy="check its name; letters that look alike are not the same",
        ) from None


def read_case(connection: Connection, tables: CaseTables, kind: str, case_id: str) -> Case | None:
    """A case of this name, where there is one."""
    query = _reading_named(tables)
    return next(iter(_read(connection, query, of_kind=kind, named=[case_id])), None)


def read_cases(
    connection: Connection,
    tables: CaseTables,
    kind: str,
    state: str | None = None,
    *,
    scenario: str | None = None,
    operator: str | None = None,
    limit: int | None = LISTED,
) -> tuple[Case, ...]:
    """The cases of a kind, the last changed first; in one state, of one scenario or of one operator
    where it is named."""
    cases = tables.cases
    query = select(cases.c.case_id).where(cases.c.kind == kind)
    if state is not None:
        query = query.where(cases.c.state == state)
    if scenario is not None:
        query = query.where(cases.c.facts["scenario"].astext == scenario)
    if operator is not None:
        query = query.where(cases.c.facts["operator"].astext == operator)
    wanted = query.order_by(cases.c.changed_at.desc()).limit(limit)
    return _read(connection, _reading(tables).where(cases.c.case_id.in_(wanted)), of_kind=kind)


@cache
def _reading(tables: CaseTables) -> Select[Any]:
    """Cases with their moves in one statement, for each costs a way to the database and back; a
    case's facts come with its first move alone."""
    cases, moves = tables.cases, tables.moves
    facts = case((moves.c.version == 1, cases.c.facts)).label("case_facts")
    return (
        select(cases.c.state, facts, *moves.c)
        .join_from(cases, moves)
        .where(cases.c.kind == bindparam("of_kind"))
        .order_by(cases.c.changed_at.desc(), cases.c.case_id, moves.c.version)
    )


@cache
def _reading_named(tables: CaseTables) -> Select[Any]:
    named = tables.cases.c.case_id.in_(bindparam("named", expanding=True))
    return _reading(tables).where(named)


def _read(connection: Connection, query: Select[Any], **values: object) -> tuple[Case, ...]:
    rows = connection.execute(query, values)
    return tuple(_case(list(of_one)) for _, of_one in groupby(rows, attrgetter("case_id")))


def _case(rows: Sequence[Row[Any]]) -> Case:
    first = rows[0]
    return Case(
        kind=first.kind,
        case_id=first.case_id,
        state=first.state,
        facts=first.case_facts,
        history=tuple(_past(row) for row in rows),
    )


def count_by_state(connection: Connection, tables: CaseTables, kind: str) -> dict[str, int]:
    """How many cases of a kind stand in each state."""
    cases = tables.cases
    query = select(cases.c.state, func.count()).where(cases.c.kind == kind).group_by(cases.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def _past(row: Row[Any]) -> PastMove:
    return PastMove(
        move=row.move,
        target=row.target,
        facts=row.facts,
        by=Principal(id=row.by_id, role=Role(row.by_role), org=row.by_org),
        at=row.at,
    )


def _scope_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """What a case reaches, where it states that: whoever reads the record alone must know."""
    keys = ("scope_kind", "scope", "stop_kind", "stop_name")
    return {key: found for key in keys if (found := _named(facts, key))}


def _named(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key, "")
    return value if isinstance(value, str) else ""
