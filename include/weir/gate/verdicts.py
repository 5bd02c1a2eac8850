"""The gate's verdicts, kept with what they were taken on, and read back to be given again."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from weir.contracts.digest import contract_bytes
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.evidence.audit import AuditRecord
from weir.evidence.database import transaction
from weir.gate.hearing import Heard
from weir.gate.migrate import DATABASE
from weir.gate.release_store import Release
from weir.gate.tables import contracts, decisions, orders, revocations, terminations, verdicts
from weir.gate.verdict_page import VerdictLine, VerdictPage
from weir.model import from_json, to_json
from weir.policy.replay import KeptVerdict
from weir.policy.standing import Standing
from weir.policy.stops import OperatorStop

A_PAGE = 200


def keep_verdict(
    connection: Connection,
    heard: Heard | None,
    release: Release,
    audit: AuditRecord,
    outcome_code: str,
    made_under: str = "",
) -> None:
    """Keep what became of `release`, in the transaction of its own change of state. `made_under`
    is the contract's digest, where it is known though nothing was asked."""
    question = heard.question if heard else None
    if heard and question:
        bundle = contract_bytes(question.bundle)
        connection.execute(
            insert_or_skip(contracts)
            .values(contract_digest=heard.contract_digest, bundle=bundle, kept_at=audit.occurred_at)
            .on_conflict_do_nothing()
        )
    standing = question.standing if question else Standing(decision=None)
    connection.execute(
        insert(verdicts).values(
            audit_id=audit.id,
            at=question.as_of if question else audit.occurred_at,
            scenario=release.scenario,
            run_id=release.run_id,
            release_id=release.release_id,
            contract_digest=heard.contract_digest if heard else None,
            made_under=question.made_under if question else made_under,
            approvers=list(question.approvers) if question else [],
            decision_digest=_kept_decision(connection, standing.decision),
            orders=[order.order_id for order in standing.suspensions],
            revocations=[one.revocation_id for one in standing.revocations],
            terminations=[one.termination_id for one in standing.terminations],
            operator_stops=[to_json(one) for one in standing.operator_stops],
            delisted=list(question.delisted) if question else [],
            pack=question.bundle.policy.pack if question else "",
            acknowledge_lapsed=question.acknowledge_lapsed if question else False,
            reasons=list(heard.reasons) if heard else [],
            outcome="refused" if outcome_code else "published",
            outcome_code=outcome_code,
        )
    )


class VerdictStore:
    """Raises `StoreUnavailableError` when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, since: datetime, until: datetime, after: int = 0) -> VerdictPage:
        """The next verdicts taken in [since, until), those kept after `after` first."""
        query = (
            select(verdicts)
            .where(verdicts.c.at >= since, verdicts.c.at < until, verdicts.c.seq > after)
            .order_by(verdicts.c.seq)
            .limit(A_PAGE)
        )
        with transaction(self._engine, DATABASE) as connection:
            lines = tuple(_line(row) for row in connection.execute(query))
            named = {one.contract_digest for one in lines}
            decided = {one.decision_digest for one in lines}
            ordered = {name for one in lines for name in one.orders}
            taken_back = {name for one in lines for name in one.revocations}
            ended = {name for one in lines for name in one.terminations}
            return VerdictPage(
                verdicts=lines,
                contracts=_found(
                    connection, contracts.c.contract_digest, contracts.c.bundle, named
                ),
                decisions=_found(
                    connection, decisions.c.decision_digest, decisions.c.envelope, decided
                ),
                orders=_found(connection, orders.c.order_id, orders.c.envelope, ordered),
                revocations=_found(
                    connection, revocations.c.revocation_id, revocations.c.envelope, taken_back
                ),
                terminations=_found(
                    connection, terminations.c.termination_id, terminations.c.envelope, ended
                ),
            )


def _line(row: Any) -> VerdictLine:
    return VerdictLine(
        seq=row.seq,
        kept=KeptVerdict(
            at=row.at,
            scenario=row.scenario,
            run_id=row.run_id,
            release_id=row.release_id,
            reasons=tuple(row.reasons),
            outcome=row.outcome,
            outcome_code=row.outcome_code,
        ),
        contract_digest=row.contract_digest,
        made_under=row.made_under,
        approvers=tuple(row.approvers),
        decision_digest=row.decision_digest,
        orders=tuple(row.orders),
        revocations=tuple(row.revocations),
        terminations=tuple(row.terminations),
        operator_stops=tuple(from_json(OperatorStop, one) for one in row.operator_stops),
        delisted=tuple(row.delisted),
        acknowledge_lapsed=row.acknowledge_lapsed,
    )


def _kept_decision(connection: Connection, envelope: Envelope | None) -> str | None:
    """The name under which the envelope lies in keeping, whether or not its signature holds."""
    if envelope is None:
        return None
    signed = canonical_json(envelope.to_json())
    return connection.scalar(
        select(decisions.c.decision_digest).where(decisions.c.envelope == signed)
    )


def _found(connection: Connection, name: Any, body: Any, wanted: set[Any]) -> dict[str, Any]:
    query = select(name, body).where(name.in_(sorted(one for one in wanted if one)))
    return {key: json.loads(held) for key, held in connection.execute(query)}
