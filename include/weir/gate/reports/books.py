"""What reports are made from: plain rows of one period, and what the contracts say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from weir.contracts.plan import Plan
from weir.contracts.policy_pack import PolicyPack
from weir.evidence.run_history import RunSummary
from weir.gate.reports.period import Period
from weir.policy.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release that was published, or refused, in the period."""

    scenario: str
    state: str
    rows: int
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    use_agreement: str
    environment: str
    data_user: str
    scenarios: tuple[str, ...]
    state: str
    issued_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    move: str
    by_role: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """A case of the incident machine. `facts` hold texts that people wrote in that of one incident
    only, as its handlers may read them; in books of a period they hold none."""

    case_id: str
    state: str
    facts: Mapping[str, Any]
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """`count` cases of `kind` in `state`."""

    kind: str
    state: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    kind: str
    records: int
    delivered: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    dataset: str
    title: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFacts:
    """What a contract says that a report repeats."""

    scenario: str
    title: str
    purpose: str
    operator: str
    data_user: str
    attribution: str
    datasets: tuple[DatasetFacts, ...]


def facts_of(plan: Plan) -> ScenarioFacts:
    """The facts of a compiled contract."""
    scenario = plan.scenario
    return ScenarioFacts(
        scenario=scenario.scenario,
        title=scenario.title,
        purpose=scenario.purpose,
        operator=scenario.operator,
        data_user=scenario.data_user,
        attribution=scenario.attribution,
        datasets=tuple(
            DatasetFacts(
                dataset=one.dataset.dataset,
                title=one.dataset.title,
                provider=one.dataset.provider,
            )
            for one in plan.inputs
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The contracts as they stand now. A scenario that is not here has lost its contract."""

    scenarios: Mapping[str, ScenarioFacts]
    pack: Callable[[datetime], PolicyPack]
    datasets: Mapping[str, DatasetFacts] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        named = {one.dataset: one for told in self.scenarios.values() for one in told.datasets}
        object.__setattr__(self, "datasets", named)

    def providers(self) -> tuple[str, ...]:
        return tuple(sorted({one.provider for one in self.datasets.values()}))

    def names(self, scope_kind: str) -> frozenset[str]:
        """Every name that a scope of this kind may have."""
        match scope_kind:
            case "scenario":
                return frozenset(self.scenarios)
            case "dataset":
                return frozenset(self.datasets)
            case "provider":
                return frozenset(self.providers())
            case "data_user":
                return frozenset(one.data_user for one in self.scenarios.values())
            case _:
                return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What the period has of one scenario, or of all."""

    runs: tuple[RunSummary, ...] = ()
    releases: tuple[ReleaseRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One period's rows. `runs` began in it; `releases` were settled and `incidents` opened in it;
    `orders` are all the bureau ever gave, and `credentials` those issued before it ended.

    `by_scenario` is what happened, in the order of the scenarios' names.
    """

    period: Period
    made_at: datetime
    contracts: Contracts
    runs: tuple[RunSummary, ...] = ()
    releases: tuple[ReleaseRow, ...] = ()
    credentials: tuple[CredentialRow, ...] = ()
    orders: tuple[Order, ...] = ()
    incidents: tuple[IncidentRow, ...] = ()
    procedures: tuple[CountRow, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()
    by_scenario: Mapping[str, Activity] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        runs, releases = _grouped(self.runs), _grouped(self.releases)
        names = sorted({*runs, *releases})
        found = {
            name: Activity(runs=tuple(runs.get(name, ())), releases=tuple(releases.get(name, ())))
            for name in names
        }
        object.__setattr__(self, "by_scenario", found)

    @property
    def complete(self) -> bool:
        return self.period.ends_at <= self.made_at

    @property
    def whole(self) -> Activity:
        return Activity(runs=self.runs, releases=self.releases)


_Row = TypeVar("_Row", RunSummary, ReleaseRow)


def _grouped(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.scenario, []).append(row)
    return found
