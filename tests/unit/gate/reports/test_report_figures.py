"""What reports count, whom they name, and what stays out of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes import report_books as sample
from fakes.report_books import BILLS, FIRMS, METERS, NOON, REFUSAL, books, busy_books
from weir.errors import ContractError
from weir.gate.reports.books import IncidentRow
from weir.gate.reports.incident import incident_report
from weir.gate.reports.keep import made
from weir.gate.reports.models import AnyReport
from weir.gate.reports.periodic import operation_report, sector_report
from weir.gate.reports.words import redacted
from weir.gate.reports.yearly import disclosure_list, evaluation_pack
from weir.model import Role

CANARIES = ("13900009021", "510903199001019993")


@pytest.mark.article("第十四条")
def test_the_operation_report_tells_what_ran_and_what_was_released() -> None:
    """Per scenario and in all."""
    report = operation_report(busy_books())
    totals = report.totals
    assert (totals.runs, totals.completed, totals.refused, totals.under_way) == (4, 2, 1, 1)
    assert (totals.rows_supplied, totals.rows_quarantined) == (252, 9)
    assert (totals.releases, totals.rows_released) == (2, 65)
    assert (totals.releases_refused, totals.releases_delisted) == (1, 1)
    credit, gone, grid = report.scenarios
    assert [one.scenario for one in report.scenarios] == ["credit", "gone", "grid"]
    assert (credit.data_user, credit.title) == ("rural-bank", "小微信贷")
    assert [(one.code, one.article, one.runs) for one in credit.refusals] == [
        (REFUSAL.code, "第六条", 1)
    ]
    assert [(one.dataset, one.provider) for one in credit.datasets] == [
        ("market-firms", "market-bureau"),
        ("power-bills", "power-company"),
    ]
    assert credit.figures.rows_without_consent == 8
    assert not gone.contract_at_hand
    assert [one.dataset for one in gone.datasets] == ["old-table"]
    assert grid.figures.releases_refused == 1
    assert [one.use_agreement for one in report.credentials] == ["ua-1"]


def test_a_run_that_the_gate_published_is_no_refused_one() -> None:
    """Whatever its stages say: a refused release can be asked for again."""
    refused = sample.run("credit", "r1", {BILLS.dataset: 90}, reason=REFUSAL)
    report = operation_report(books(runs=[replace(refused, published=True)]))
    assert (report.totals.completed, report.totals.refused) == (1, 0)
    assert report.scenarios[0].refusals == ()


@pytest.mark.article("第十六条")
def test_a_sector_report_is_of_one_providers_datasets() -> None:
    """Rows, uses and stops of its own data; nothing of the other provider's."""
    report = sector_report(busy_books(), "power-company")
    assert [one.dataset for one in report.datasets] == [BILLS.dataset, METERS.dataset]
    assert [(one.scenario, one.dataset, one.rows_supplied) for one in report.uses] == [
        ("credit", BILLS.dataset, 190),
        ("grid", METERS.dataset, 7),
    ]
    assert [(one.scope_kind, one.scope) for one in report.suspensions] == [
        ("dataset", BILLS.dataset)
    ]
    text = made(report).json.decode()
    assert FIRMS.dataset not in text
    assert FIRMS.title not in text
    assert "market-bureau" not in text


def test_a_provider_that_nobody_knows_gets_no_report() -> None:
    """The refusal names those that there are."""
    with pytest.raises(ContractError) as refusal:
        sector_report(busy_books(), "nobody")
    assert (refusal.value.code, refusal.value.article) == ("provider_unknown", "第十六条")
    assert "market-bureau, power-company" in refusal.value.remedy


@pytest.mark.article("第十四条")
def test_the_public_list_names_products_and_sources_and_no_refusal() -> None:
    """What was only refused is not on it."""
    report = disclosure_list(busy_books())
    assert [one.scenario for one in report.products] == ["credit", "gone"]
    assert report.products[0].attribution == "数据来源：遂宁市公共数据运营平台"
    text = made(report).json.decode()
    assert REFUSAL.code not in text
    assert "grid" not in text


def test_a_suspension_is_told_with_its_end_where_it_has_one() -> None:
    """And one that was over before the period is not."""
    before = sample.NOVEMBER.begins_at - timedelta(days=3)
    report = operation_report(
        books(
            orders=[
                sample.order("suspend", "all", "", before, "o-1"),
                sample.order("resume", "all", "", before + timedelta(days=1), "o-2"),
                sample.order("suspend", "scenario", "credit", before, "o-3"),
                sample.order("resume", "scenario", "credit", NOON, "o-4"),
                sample.order("suspend", "dataset", "power-bills", NOON, "o-5"),
                sample.order("suspend", "dataset", "x", sample.NOVEMBER.ends_at, "o-6"),
            ]
        )
    )
    told = [(one.order_id, one.lifted_at) for one in report.suspensions]
    assert told == [("o-3", NOON), ("o-5", None)]


@pytest.mark.article("第二十条")
def test_the_evaluation_pack_holds_ratings_incidents_and_evidence() -> None:
    """Ratings are summed by kind of party, and mean nothing without their number."""
    held = sample.evaluation(
        (Role.PROVIDER, "power-company", 4),
        (Role.DATA_USER, "rural-bank", 5),
        (Role.DATA_USER, "grid-institute", 2),
    )
    pack = evaluation_pack(busy_books(), [held])
    assert [(one.evaluation, one.operator, one.state) for one in pack.evaluations] == [
        ("city-operator-2026", "city-operator", "rated")
    ]
    assert [(one.by, one.ratings, one.score_sum) for one in pack.rating_figures] == [
        ("provider", 1, 4),
        ("data_user", 2, 7),
    ]
    assert (pack.incident_figures.opened, pack.incident_figures.in_time) == (1, 1)
    assert [(one.kind, one.records, one.rejected) for one in pack.evidence] == [("audit", 40, 1)]
    assert pack.data_users == ("grid-institute", "rural-bank")


@pytest.mark.article("第二十条")
def test_only_this_operators_evaluations_of_the_year_are_told_of() -> None:
    """Another's, and another year's, are no business of this report."""
    rating = (Role.PROVIDER, "power-company", 1)
    pack = evaluation_pack(
        busy_books(),
        [
            sample.evaluation(rating, name="other-2026", operator="other"),
            sample.evaluation(rating, name="city-operator-2025", year=2025),
        ],
    )
    assert pack.evaluations == ()
    assert pack.ratings == ()


def test_an_incident_that_was_not_told_in_time_is_overdue_and_a_false_alarm_is_not() -> None:
    """Late, overdue and dismissed are three things."""
    late = sample.incident("inc-2", discovered_at=(NOON - timedelta(days=1)).isoformat())
    silent = sample.incident("inc-3", reported=False)
    dismissed = IncidentRow(
        case_id="inc-4", state="dismissed", facts=silent.facts, steps=silent.steps
    )
    pack = evaluation_pack(books(incidents=[late, silent, dismissed]), ())
    counted = pack.incident_figures
    assert (counted.opened, counted.late, counted.overdue, counted.dismissed) == (3, 1, 1, 1)


@pytest.mark.article("第十九条")
def test_an_incident_report_tells_what_happened_until_when_and_without_identifiers() -> None:
    """What people wrote is redacted."""
    report = incident_report(sample.incident(), sample.contracts(), sample.MADE_AT)
    assert report.incident.due_at == NOON + timedelta(hours=4)
    assert not report.overdue
    assert report.texts.what == "发现 <CN_RESIDENT_ID> 的记录"
    assert report.texts.measures == "停用凭证，联系 <CN_MOBILE>"
    assert [one.move for one in report.steps] == ["open", "report"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("居民 510902198001011234 泄露", "居民 <NUMBER> 泄露"),
        ("证号51090219800101123x，", "证号<NUMBER>，"),
        ("电话 139000090210", "电话 <NUMBER>"),
        ("１３９００００９０２１２", "<NUMBER>"),
        ("5109 0219 8001 0112 34", "<NUMBER>"),
        (
            "release rel-01234567890123456789012345678901 was refused: manifest_malformed",
            "release rel-<NUMBER> was refused: manifest_malformed",
        ),
        ("工单 inc-20261127-001 于 2026-11-27 08:00 发现", None),
        ("release rel-f1e5c9b94e5cd98bd97be369a26d0d9f was refused: canary_found", None),
    ],
)
def test_a_mistyped_number_is_not_repeated_in_a_report(written: str, told: str | None) -> None:
    """Whatever is as long as an identifier; dates and names of cases and releases stay."""
    assert redacted(written) == (told or written)


def test_no_canary_that_people_wrote_surfaces_in_any_report() -> None:
    """Neither in an order's ground, nor in an incident's texts, name or scope."""
    hostile = sample.incident("case-13900009021", scope="p13900009021", scope_kind="data_user")
    kept = books(
        runs=busy_books().runs,
        orders=[sample.order("suspend", "all", "", NOON)],
        incidents=[hostile],
    )
    reports: list[AnyReport] = [
        operation_report(kept),
        sector_report(kept, "power-company"),
        disclosure_list(kept),
        evaluation_pack(kept, ()),
        incident_report(hostile, kept.contracts, sample.MADE_AT),
    ]
    for report in map(made, reports):
        told = report.json.decode() + report.html.decode() + report.name + report.key
        assert not [value for value in CANARIES if value in told], report.kind


def test_free_text_stands_in_no_report_but_the_incidents() -> None:
    """Not even redacted."""
    kept = books(incidents=[sample.incident(what="言谨之的记录", measures="谨言巷")])
    for report in (operation_report(kept), sector_report(kept, "power-company")):
        told = made(report).json.decode() + made(report).html.decode()
        assert "谨" not in told
    told = made(evaluation_pack(kept, ())).json.decode()
    assert "谨" not in told


def test_a_rating_holds_no_words() -> None:
    """A score and nothing that could quote a record."""
    held = sample.evaluation((Role.PROVIDER, "power-company", 4))
    told = made(evaluation_pack(busy_books(), [held]))
    assert "power-company" in told.json.decode()
    for form in (told.json, told.html):
        assert "评得如实" not in form.decode()
