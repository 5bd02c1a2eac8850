"""What the operator tells once a year: the public list, and the pack for the evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from weir.gate.reports import figures, heading
from weir.gate.reports.books import Books
from weir.gate.reports.models import (
    CaseCount,
    DisclosureList,
    EvaluationLine,
    EvaluationPack,
    EvidenceCount,
    IncidentFigures,
    IncidentLine,
    ListedProduct,
    OperatorRating,
    Rater,
    RatingFigures,
)
from weir.governance.cases import Case
from weir.model import Role

_RATERS: tuple[Rater, ...] = ("provider", "data_user")


def disclosure_list(books: Books) -> DisclosureList:
    """Scenarios and products that were released in the period, and nothing of what was refused."""
    products = []
    for name, activity in books.by_scenario.items():
        released = figures.published(activity.releases, books.period)
        if not released:
            continue
        told = books.contracts.scenarios.get(name)
        instants = sorted(one.published_at for one in released if one.published_at is not None)
        products.append(
            ListedProduct(
                **heading.of_scenario(books, name),
                operator=told.operator if told else "",
                attribution=told.attribution if told else "",
                releases=len(released),
                rows_released=sum(one.rows for one in released),
                releases_delisted=sum(one.state != figures.PUBLISHED for one in released),
                first_published_at=instants[0],
                last_published_at=instants[-1],
            )
        )
    return DisclosureList(**heading.of_period(books), products=tuple(products))


def evaluation_pack(books: Books, evaluations: Iterable[Case]) -> EvaluationPack:
    """Totals, quality, incidents, stops, procedures, ratings and evidence of the period (第二十条).

    `evaluations` are the bureau's cases; those of the period's year and of an operator whom the
    contracts name are told of, with the ratings that they hold.
    """
    concerned = _of_the_year(evaluations, books)
    ratings = [one for case in concerned for one in _ratings(case)]
    lines = figures.incidents(books)
    contracts = books.contracts
    return EvaluationPack(
        **heading.of_period(books),
        totals=figures.figures(books.whole, books.period),
        scenarios=len(books.by_scenario),
        data_users=tuple(
            sorted(
                {
                    contracts.scenarios[name].data_user
                    for name in books.by_scenario
                    if name in contracts.scenarios
                }
            )
        ),
        refusals=figures.refusals(books.runs),
        datasets=figures.dataset_figures(
            contracts, books.runs, figures.datasets_touched(books.runs)
        ),
        incident_figures=_incident_figures(lines, books),
        incidents=lines,
        suspensions=figures.suspensions(books),
        evaluations=tuple(
            EvaluationLine(evaluation=one.case_id, operator=one.facts["operator"], state=one.state)
            for one in concerned
        ),
        rating_figures=tuple(_rating_figures(ratings)),
        ratings=tuple(sorted(ratings, key=lambda one: (one.by, one.org, one.evaluation))),
        procedures=tuple(
            CaseCount(kind=one.kind, state=one.state, cases=one.count) for one in books.procedures
        ),
        evidence=tuple(
            EvidenceCount(
                kind=one.kind,
                records=one.records,
                delivered=one.delivered,
                rejected=one.rejected,
            )
            for one in books.evidence
        ),
    )


def _incident_figures(lines: Sequence[IncidentLine], books: Books) -> IncidentFigures:
    told = [one for one in lines if one.reported_at is not None]
    late = sum(one.reported_at is not None and one.reported_at > one.due_at for one in told)
    return IncidentFigures(
        opened=len(lines),
        closed=sum(one.state == "closed" for one in lines),
        dismissed=sum(one.state == "dismissed" for one in lines),
        in_time=len(told) - late,
        late=late,
        overdue=sum(figures.is_overdue(one, books.made_at) for one in lines),
    )


def _rating_figures(ratings: Iterable[OperatorRating]) -> list[RatingFigures]:
    given = list(ratings)
    return [
        RatingFigures(
            by=rater,
            ratings=sum(one.by == rater for one in given),
            score_sum=sum(one.score for one in given if one.by == rater),
        )
        for rater in _RATERS
    ]


def _of_the_year(evaluations: Iterable[Case], books: Books) -> list[Case]:
    operators = {one.operator for one in books.contracts.scenarios.values()}
    found = [
        one
        for one in evaluations
        if one.facts["year"] == books.period.first_day.year and one.facts["operator"] in operators
    ]
    return sorted(found, key=lambda one: one.case_id)


def _ratings(evaluation: Case) -> Iterator[OperatorRating]:
    by_role = {Role.PROVIDER: "provider", Role.DATA_USER: "data_user"}
    for one in evaluation.history:
        if one.move == "rate":
            yield OperatorRating.model_validate(
                {
                    "evaluation": evaluation.case_id,
                    "by": by_role[one.by.role],
                    "org": one.by.org,
                    "score": one.facts["score"],
                }
            )
