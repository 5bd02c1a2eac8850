"""What the operator reports every month: to the bureau, and to each sector department."""

from __future__ import annotations

from collections.abc import Iterator

from weir.errors import ContractError
from weir.gate.reports import figures, heading
from weir.gate.reports.books import Activity, Books
from weir.gate.reports.models import (
    CredentialLine,
    DatasetUse,
    OperationReport,
    ScenarioOperation,
    SectorReport,
)


def operation_report(books: Books) -> OperationReport:
    """How the platform was run in the period, for the bureau (第十四条)."""
    return OperationReport(
        **heading.of_period(books),
        totals=figures.figures(books.whole, books.period),
        scenarios=tuple(_scenario(books, *one) for one in books.by_scenario.items()),
        credentials=tuple(
            CredentialLine(
                use_agreement=one.use_agreement,
                environment=one.environment,
                data_user=one.data_user,
                scenarios=one.scenarios,
                state=one.state,
                issued_at=one.issued_at,
                valid_until=one.valid_until,
            )
            for one in books.credentials
        ),
        suspensions=figures.suspensions(books),
        incidents=figures.incidents(books),
    )


def sector_report(books: Books, provider: str) -> SectorReport:
    """What became of one provider's data, for its department (第十六条).

    Nothing in it names another provider's dataset. Raises `ContractError` (code
    `provider_unknown`) for a name that no contract has.
    """
    own = {one.dataset for one in books.contracts.datasets.values() if one.provider == provider}
    if not own:
        raise ContractError(
            "provider_unknown",
            "no scenario's contract uses data of a provider of this name",
            where={"providers": len(books.contracts.providers())},
            article="第十六条",
            remedy="it takes one of: " + ", ".join(books.contracts.providers()),
        )
    uses = tuple(_uses(books, own))
    concerned = {one.scenario for one in uses}
    users = {one.data_user for one in uses}
    scopes = {
        ("all", ""),
        ("provider", provider),
        *(("dataset", name) for name in own),
        *(("scenario", name) for name in concerned),
        *(("data_user", name) for name in users),
    }
    return SectorReport(
        **heading.of_period(books),
        provider=provider,
        datasets=figures.dataset_figures(books.contracts, books.runs, own),
        uses=uses,
        suspensions=tuple(
            one for one in figures.suspensions(books) if (one.scope_kind, one.scope) in scopes
        ),
        incidents=tuple(
            one for one in figures.incidents(books) if (one.scope_kind, one.scope) in scopes
        ),
    )


def _scenario(books: Books, name: str, activity: Activity) -> ScenarioOperation:
    return ScenarioOperation(
        **heading.of_scenario(books, name),
        figures=figures.figures(activity, books.period),
        refusals=figures.refusals(activity.runs),
        datasets=figures.dataset_figures(
            books.contracts, activity.runs, _datasets(books, name, activity)
        ),
    )


def _uses(books: Books, own: set[str]) -> Iterator[DatasetUse]:
    for name, activity in books.by_scenario.items():
        counted = figures.figures(activity, books.period)
        touched = own & _datasets(books, name, activity)
        for one in figures.dataset_figures(books.contracts, activity.runs, touched):
            yield DatasetUse(
                **heading.of_scenario(books, name),
                dataset=one.dataset,
                runs=counted.runs,
                rows_supplied=one.rows_supplied,
                rows_without_consent=one.rows_without_consent,
                rows_quarantined=one.rows_quarantined,
                releases=counted.releases,
                rows_released=counted.rows_released,
                refusals=figures.refusals(activity.runs),
            )


def _datasets(books: Books, name: str, activity: Activity) -> set[str]:
    """Those that the contract names, and those that its runs have touched all the same."""
    told = books.contracts.scenarios.get(name)
    named = {one.dataset for one in told.datasets} if told else set()
    return named | figures.datasets_touched(activity.runs)
