"""What is owed under the operator's agreements, and what of it was done, as the gate's books tell.

Rectification is not among it: it is ordered and judged by the bureau, which tells of it itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from sqlalchemy import Connection, func, select

from weir.clock import civil_date
from weir.contracts.agreement import Agreement, OperationAgreement, UseAgreement
from weir.contracts.index import scenario_index
from weir.errors import ContractError
from weir.evidence.database import transaction
from weir.gate.migrate import DATABASE
from weir.gate.ports import ContractFolders, GatePorts
from weir.gate.standing_store import StandingStore
from weir.gate.tables import cases, decisions, reports
from weir.policy.feedback import (
    FeedbackDue,
    feedback_case,
    feedback_due,
    feedback_duties,
    quarters_begun,
)
from weir.policy.machines.feedback import FEEDBACK
from weir.policy.notices import Duty
from weir.policy.reporting import Reported, ReportKind, report_duties, reported_subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """`agreements` are those that were not terminated, `duties` those that are not done, `done` the
    subjects of what is."""

    agreements: tuple[Agreement, ...]
    duties: tuple[Duty, ...]
    done: frozenset[str]


class DutyBook:
    """Looks anew each time; only which contract uses whose data is looked up once a day."""

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._standings = StandingStore(ports.engine, ports.bureau_key)
        self._providers: tuple[date, dict[str, date], dict[str, tuple[str, ...]]] | None = None

    def owed(self) -> Owed:
        """Raises `StoreUnavailableError` when the database does not answer, and `ContractError`
        for an agreement that cannot be read."""
        now = self._ports.clock.now()
        with transaction(self._ports.engine, DATABASE) as connection:
            agreed = _agreed_since(connection)
            done = _feedback_given(connection) | reported_subjects(_reported(connection))
        agreements = self._ports.contracts.agreements()
        ended = {one.agreement: one.effective_at for one in self._standings.terminations()}
        duties = self._duties([_cut(one, ended) for one in agreements], agreed, now)
        return Owed(
            agreements=tuple(one for one in agreements if ended.get(one.agreement, now) >= now),
            duties=tuple(one for one in duties if one.subject not in done),
            done=done,
        )

    def _duties(
        self, agreements: list[Agreement], agreed: dict[str, date], now: datetime
    ) -> Iterator[Duty]:
        if not agreed:
            return
        pack, since = self._ports.contracts.pack(now), min(agreed.values())
        yield from report_duties(
            [one for one in agreements if isinstance(one, OperationAgreement)],
            self._providers_used(agreed, civil_date(now)),
            pack,
            since=since,
            on=civil_date(now),
        )
        used_since = _used_since(self._ports.contracts, agreed)
        for one in agreements:
            if isinstance(one, UseAgreement):
                found, first = feedback_due(one, (), pack, now), used_since(one.agreement)
                yield from feedback_duties(due for due in found if due.last_day >= first)

    def _providers_used(self, agreed: dict[str, date], today: date) -> dict[str, date]:
        """Since when each provider's data are in use."""
        if self._providers is None or self._providers[:2] != (today, agreed):
            used = {name: self._providers_of(name) for name in agreed}
            self._providers = today, agreed, used
        since: dict[str, date] = {}
        for name, providers in self._providers[2].items():
            for provider in providers:
                since[provider] = min(agreed[name], since.get(provider, date.max))
        return since

    def _providers_of(self, scenario: str) -> tuple[str, ...]:
        if scenario not in self._ports.contracts.names():
            return ()
        try:
            plan = self._ports.contracts.plan(scenario)
        except ContractError:
            return ()  # the report office leaves it out as well
        return tuple({one.dataset.provider for one in plan.inputs})


def feedback_owed(
    connection: Connection, contracts: ContractFolders, now: datetime
) -> tuple[FeedbackDue, ...]:
    """Every quarter on which a data user owes feedback or has given it, agreement by agreement."""
    agreed, given = _agreed_since(connection), _feedback_given(connection)
    pack, used_since = contracts.pack(now), _used_since(contracts, agreed)
    return tuple(
        due
        for use in contracts.use_agreements()
        for due in feedback_due(use, _quarters_given(use, given, now), pack, now)
        if due.state == "given" or due.last_day >= used_since(use.agreement)
    )


def _quarters_given(use: UseAgreement, given: frozenset[str], now: datetime) -> frozenset[str]:
    begun = quarters_begun(use, now)
    return frozenset(one for one in begun if feedback_case(use.agreement, one) in given)


def _used_since(contracts: ContractFolders, agreed: Mapping[str, date]) -> Callable[[str], date]:
    """Since when data may have gone out under a use agreement: since the bureau first agreed to a
    scenario that names it. One that no scenario names any more may have been in use from the first
    of all consents on."""
    first = min(agreed.values(), default=date.max)
    since: dict[str, date] = {}
    for scenario, named in scenario_index(contracts.contracts_dir).items():
        if named:
            known = since.get(named.use_agreement, date.max)
            since[named.use_agreement] = min(known, agreed.get(scenario, date.max))
    return lambda agreement: since.get(agreement, first)


def _cut(agreement: Agreement, ended: dict[str, datetime]) -> Agreement:
    """The agreement as long as it was in force: one that was terminated, until the day before."""
    effective_at = ended.get(agreement.agreement)
    if effective_at is None:
        return agreement
    last = civil_date(effective_at - timedelta(microseconds=1))
    return agreement.model_copy(update={"ends_on": min(agreement.ends_on, last)})


def _agreed_since(connection: Connection) -> dict[str, date]:
    """The day on which the gate was first told that the bureau agrees, by scenario."""
    query = (
        select(decisions.c.scenario, func.min(decisions.c.registered_at))
        .where(decisions.c.outcome == "agreed")
        .group_by(decisions.c.scenario)
    )
    return {scenario: civil_date(at) for scenario, at in connection.execute(query)}


def _feedback_given(connection: Connection) -> frozenset[str]:
    kept = cases.cases.c
    return frozenset(connection.scalars(select(kept.case_id).where(kept.kind == FEEDBACK.kind)))


def _reported(connection: Connection) -> Iterator[Reported]:
    kinds = get_args(ReportKind)
    query = select(reports).where(reports.c.complete, reports.c.kind.in_(kinds))
    for row in connection.execute(query):
        yield Reported(kind=row.kind, about=row.about, first_day=row.first_day, until=row.until)
