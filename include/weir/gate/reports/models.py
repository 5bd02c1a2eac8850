"""What reports tell: the models are their JSON Schema. Names, counts, codes and instants only.

Free text is in one of them alone, the incident's, and comes redacted (`weir.gate.reports.words`).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Rater = Literal["provider", "data_user"]


class Part(BaseModel):
    """What all of it shares: unknown keys are refused, values cannot change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Figures(Part):
    """Of runs that began in the period, and of releases that were published or refused in it.

    `rows_supplied` left the exchange platform; `rows_released` stands in products at data users.
    A run told as refused by the gate counts under `refused`, its release under `releases_refused`.
    """

    runs: Count = 0
    completed: Count = 0
    refused: Count = 0
    failed: Count = 0
    under_way: Count = 0
    rows_supplied: Count = 0
    rows_without_consent: Count = 0
    rows_quarantined: Count = 0
    releases: Count = 0
    rows_released: Count = 0
    releases_refused: Count = 0
    releases_delisted: Count = 0


class RefusalCount(Part):
    """How many runs were refused for one reason, and the article it rests on."""

    code: str
    article: str
    runs: Count


class DatasetFigures(Part):
    """What happened to a dataset in the period, over all runs."""

    dataset: str
    title: str
    provider: str
    rows_supplied: Count
    rows_without_consent: Count
    rows_quarantined: Count
    checks: Count
    checks_refused: Count


class ScenarioSubject(Part):
    """Which use it is. Where the contract is not at hand any more, names are all that is known."""

    scenario: str
    title: str
    purpose: str
    data_user: str
    contract_at_hand: bool


class ScenarioOperation(ScenarioSubject):
    figures: Figures
    refusals: tuple[RefusalCount, ...]
    datasets: tuple[DatasetFigures, ...]


class CredentialLine(Part):
    """A data user's credential by its agreement; keys and secrets are told nowhere."""

    use_agreement: str
    environment: str
    data_user: str
    scenarios: tuple[str, ...]
    state: str
    issued_at: AwareDatetime
    valid_until: AwareDatetime


class SuspensionLine(Part):
    """A stop by the bureau that was in force in the period; `lifted_at` is None while it holds."""

    order_id: str
    scope_kind: str
    scope: str
    issued_at: AwareDatetime
    lifted_at: AwareDatetime | None


class IncidentLine(Part):
    """An incident that was opened in the period. A scope that no contract names is left empty."""

    incident: str
    sign: str
    scope_kind: str
    scope: str
    state: str
    discovered_at: AwareDatetime
    due_at: AwareDatetime
    reported_at: AwareDatetime | None
    affected_rows: Count
    affected_subjects: Count


class Head(Part):
    """`until` is the first day after the period; one that was not over yet is not `complete`."""

    made_at: AwareDatetime
    first_day: date
    until: date
    complete: bool


class OperationReport(Head):
    """Periodic report of the operator to the bureau (第十四条)."""

    schema_: Literal["weir.report.operation/1"] = Field(
        default="weir.report.operation/1", alias="schema"
    )
    totals: Figures
    scenarios: tuple[ScenarioOperation, ...]
    credentials: tuple[CredentialLine, ...]
    suspensions: tuple[SuspensionLine, ...]
    incidents: tuple[IncidentLine, ...]


class DatasetUse(ScenarioSubject):
    """What one scenario did with one dataset; releases are of the product it went into."""

    dataset: str
    runs: Count
    rows_supplied: Count
    rows_without_consent: Count
    rows_quarantined: Count
    releases: Count
    rows_released: Count
    refusals: tuple[RefusalCount, ...]


class SectorReport(Head):
    """For one provider's department, of its own datasets alone (第十六条)."""

    schema_: Literal["weir.report.sector/1"] = Field(default="weir.report.sector/1", alias="schema")
    provider: str
    datasets: tuple[DatasetFigures, ...]
    uses: tuple[DatasetUse, ...]
    suspensions: tuple[SuspensionLine, ...]
    incidents: tuple[IncidentLine, ...]


class ListedProduct(ScenarioSubject):
    """A product that was released in the period, as the public may know it."""

    operator: str
    attribution: str
    releases: Count
    rows_released: Count
    releases_delisted: Count
    first_published_at: AwareDatetime
    last_published_at: AwareDatetime


class DisclosureList(Head):
    """The yearly public list of scenarios and products, with their attribution (第十四条)."""

    schema_: Literal["weir.report.disclosure/1"] = Field(
        default="weir.report.disclosure/1", alias="schema"
    )
    products: tuple[ListedProduct, ...]


class EvaluationLine(Part):
    """An evaluation of the year as the bureau keeps it."""

    evaluation: str
    operator: str
    state: str


class OperatorRating(Part):
    """What a provider or a data user thinks of the operator: a score, and no words."""

    evaluation: str
    by: Rater
    org: str
    score: Annotated[int, Field(ge=1, le=5)]


class RatingFigures(Part):
    """`score_sum` over `ratings` is the mean."""

    by: Rater
    ratings: Count
    score_sum: Count


class IncidentFigures(Part):
    """`late` were reported after their time, `overdue` had not been when the report was made."""

    opened: Count
    closed: Count
    dismissed: Count
    in_time: Count
    late: Count
    overdue: Count


class CaseCount(Part):
    """Cases of one kind that were opened in the period, by the state they are in now."""

    kind: str
    state: str
    cases: Count


class EvidenceCount(Part):
    """Records that arose in the period, and what became of them at the bureau."""

    kind: str
    records: Count
    delivered: Count
    rejected: Count


class EvaluationPack(Head):
    """What the operator hands in for the yearly evaluation (第二十条)."""

    schema_: Literal["weir.report.evaluation/1"] = Field(
        default="weir.report.evaluation/1", alias="schema"
    )
    totals: Figures
    scenarios: Count
    data_users: tuple[str, ...]
    refusals: tuple[RefusalCount, ...]
    datasets: tuple[DatasetFigures, ...]
    incident_figures: IncidentFigures
    incidents: tuple[IncidentLine, ...]
    suspensions: tuple[SuspensionLine, ...]
    evaluations: tuple[EvaluationLine, ...]
    rating_figures: tuple[RatingFigures, ...]
    ratings: tuple[OperatorRating, ...]
    procedures: tuple[CaseCount, ...]
    evidence: tuple[EvidenceCount, ...]


class IncidentStep(Part):
    move: str
    by: str
    at: AwareDatetime


class IncidentTexts(Part):
    """What people wrote, with identifiers replaced by the names of their types."""

    what: str = ""
    measures: str = ""
    effects: str = ""
    cause: str = ""
    remedy: str = ""
    reason: str = ""


class IncidentReport(Part):
    """A data security incident, for the bureau (第十九条)."""

    schema_: Literal["weir.report.incident/1"] = Field(
        default="weir.report.incident/1", alias="schema"
    )
    made_at: AwareDatetime
    incident: IncidentLine
    overdue: bool
    texts: IncidentTexts
    steps: tuple[IncidentStep, ...]


PeriodReport = OperationReport | SectorReport | DisclosureList | EvaluationPack
AnyReport = PeriodReport | IncidentReport
