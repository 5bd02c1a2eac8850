"""Whatever happened in a month, reports add up and keep providers apart."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import report_books as sample
from fakes.report_books import REFUSAL, books, contracts, release, run, scenario
from weir.evidence.run_history import RunSummary
from weir.gate.reports.books import Books, DatasetFacts
from weir.gate.reports.keep import made
from weir.gate.reports.models import Figures
from weir.gate.reports.periodic import operation_report, sector_report
from weir.gate.reports.yearly import disclosure_list, evaluation_pack

DATASETS = [
    DatasetFacts(dataset=f"set-{letter}", title=f"数据{letter}", provider=f"owner-{letter}")
    for letter in ("aa", "bb", "cc")
]
SCENARIOS = [
    scenario("first", DATASETS[0], DATASETS[1]),
    scenario("second", DATASETS[1], DATASETS[2]),
    scenario("third", DATASETS[2]),
]
COUNTS = st.integers(0, 10**12)


@st.composite
def runs(draw: st.DrawFn) -> RunSummary:
    told = draw(st.sampled_from(SCENARIOS))
    pulled = {one.dataset: draw(COUNTS) for one in told.datasets if draw(st.booleans())}
    made_run = run(
        told.scenario,
        f"r{draw(st.integers(0, 10**6))}",
        pulled or {told.datasets[0].dataset: 0},
        quarantined=draw(COUNTS),
        without_consent=draw(COUNTS),
        reason=draw(st.sampled_from([None, REFUSAL])),
        closed=draw(st.booleans()),
    )
    # A contract may be gone by the time its runs are reported.
    return (
        made_run
        if draw(st.booleans())
        else RunSummary(scenario="gone", run_id=made_run.run_id, stages=made_run.stages)
    )


releases = st.builds(
    release,
    st.sampled_from([one.scenario for one in SCENARIOS]),
    COUNTS,
    state=st.sampled_from(["published", "delisted"]),
    at=st.sampled_from([sample.NOON, sample.NOVEMBER.ends_at]),
)
kept = st.builds(
    lambda r, p: books(runs=r, releases=p, told=contracts(*SCENARIOS)),
    st.lists(runs(), max_size=6),
    st.lists(releases, max_size=4),
)


@settings(max_examples=60, deadline=None)
@given(kept)
def test_totals_are_the_sums_of_the_scenarios(month: Books) -> None:
    """Of every figure; and every run ended in exactly one way."""
    report = operation_report(month)
    for name in Figures.model_fields:
        summed = sum(getattr(one.figures, name) for one in report.scenarios)
        assert getattr(report.totals, name) == summed, name
    totals = report.totals
    assert totals.runs == totals.completed + totals.refused + totals.failed + totals.under_way
    assert totals.refused == sum(one.runs for s in report.scenarios for one in s.refusals)
    assert totals.rows_supplied == sum(
        one.rows_supplied for s in report.scenarios for one in s.datasets
    )
    assert totals == evaluation_pack(month, ()).totals
    assert totals.releases == sum(one.releases for one in disclosure_list(month).products)


@settings(max_examples=30, deadline=None)
@given(kept)
def test_a_sector_report_never_names_another_providers_dataset(month: Books) -> None:
    """In neither form; and each row that was supplied is told to the one whose it is."""
    supplied = 0
    for own in DATASETS:
        report = sector_report(month, own.provider)
        one = made(report)
        told = one.json.decode() + one.html.decode()
        for other in DATASETS:
            if other is not own:
                assert other.dataset not in told
                assert other.title not in told
                assert other.provider not in told
        supplied += sum(each.rows_supplied for each in report.datasets)
        assert sum(use.rows_supplied for use in report.uses) == sum(
            each.rows_supplied for each in report.datasets
        )
    assert supplied == operation_report(month).totals.rows_supplied
