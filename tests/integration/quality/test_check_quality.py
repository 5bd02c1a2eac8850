"""The quality stage with the real Great Expectations, real sealing and a store in memory."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from fakes.quality_case import quality_case, rule
from weir.contracts.dataset import FieldType
from weir.errors import ContractError, IntegrityError, QualityError, StoreUnavailableError
from weir.model import from_json, to_json
from weir.quality import tallies
from weir.release.provenance import outward
from weir.storage.objects import QUARANTINE, REPORTS
from weir.storage.parquet import TableReader

S, I, N, D, T = (  # noqa: E741  # one letter per type keeps the tables below readable
    FieldType.STRING,
    FieldType.INTEGER,
    FieldType.DECIMAL,
    FieldType.DATE,
    FieldType.TIMESTAMP,
)
NOT_NULL = "expect_column_values_to_not_be_null"
UNIQUE = "expect_column_values_to_be_unique"
REGEX = "expect_column_values_to_match_regex"
BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
ROWS = "expect_table_row_count_to_be_between"
MEAN = "expect_column_mean_to_be_between"
CANARY = "510903199001019995"


def numbered(count: int) -> list[tuple[str, Decimal]]:
    return [(f"B{n:05d}", Decimal(n)) for n in range(count)]


def test_a_clean_snapshot_passes_whole() -> None:
    """Nothing is turned away, nothing is written to quarantine, every rule is reported."""
    case = quality_case({"id": S, "usage": N}, numbered(100), [rule(NOT_NULL, column="id")])
    verdict = case.check()
    assert verdict.verdict.passed
    assert (verdict.rows_in, verdict.rows_quarantined, verdict.quarantine) == (100, 0, None)
    assert [(r.column, r.passed, r.evaluated_rows) for r in verdict.results] == [("id", True, 100)]
    assert list(case.store.list(QUARANTINE)) == []
    assert from_json(type(verdict), json.loads(json.dumps(to_json(verdict)))) == verdict


def test_bad_rows_within_the_tolerance_are_quarantined_with_the_rules_they_broke() -> None:
    """Exactly the bad rows leave, with their ordinals, their whole content and every reason."""
    rows: list[tuple[Any, ...]] = list(numbered(200_000))
    rows[7] = ("B00007", Decimal("-1.5"))
    rows[66_000] = (None, Decimal(-2))
    rows[199_999] = ("?", Decimal(1))
    case = quality_case(
        {"id": S, "usage": N},
        rows,
        [
            rule(NOT_NULL, column="id"),
            rule(REGEX, column="id", regex="^B[0-9]{5,6}$"),
            rule(BETWEEN, column="usage", min_value=0),
        ],
        tolerance="0.001",
    )
    verdict = case.check()
    assert verdict.verdict.passed
    assert verdict.rows_quarantined == 3
    assert case.quarantined(verdict).rows() == [
        ("B00007", Decimal("-1.5000"), 7, f"{BETWEEN}(usage)"),
        (None, Decimal("-2.0000"), 66_000, f"{NOT_NULL}(id); {BETWEEN}(usage)"),
        ("?", Decimal("1.0000"), 199_999, f"{REGEX}(id)"),
    ]


def test_what_is_not_kept_leaves_ordinals_and_the_same_verdict() -> None:
    """The gate asks which rows are bad, and has no use for what stands in them."""
    rows: list[tuple[Any, ...]] = list(numbered(1000))
    rows[7] = (None, Decimal(1))
    rows[998] = (None, Decimal(1))
    case = quality_case({"id": S, "usage": N}, rows, [rule(NOT_NULL, column="id")], tolerance="0.1")
    bare = case.check(keep=False)
    assert list(case.store.list(REPORTS)) == []
    whole = case.check()
    assert case.quarantined(bare).rows() == [(7, f"{NOT_NULL}(id)"), (998, f"{NOT_NULL}(id)")]
    assert outward(bare) == outward(whole)


@pytest.mark.parametrize(("tolerance", "passes"), [("0.03", True), ("0.0299", False)])
def test_the_tolerance_is_a_share_of_all_rows_counted_once(tolerance: str, *, passes: bool) -> None:
    """Three bad rows of a hundred, one of them bad twice, are three per cent."""
    rows: list[tuple[Any, ...]] = list(numbered(100))
    rows[1] = (None, Decimal(-1))
    rows[2] = (None, Decimal(1))
    rows[3] = ("B00003", Decimal(-1))
    expectations = [rule(NOT_NULL, column="id"), rule(BETWEEN, column="usage", min_value=0)]
    case = quality_case({"id": S, "usage": N}, rows, expectations, tolerance=tolerance)
    verdict = case.check()
    assert verdict.verdict.passed is passes
    assert verdict.rows_quarantined == (3 if passes else 0)


def test_above_the_tolerance_the_snapshot_is_refused_and_nothing_is_quarantined() -> None:
    """The verdict names rule, counts, article and remedy; the report is stored all the same."""
    rows = [*numbered(90), *[(None, Decimal(1))] * 10]
    case = quality_case(
        {"id": S, "usage": N}, rows, [rule(NOT_NULL, column="id")], tolerance="0.05"
    )
    verdict = case.check()
    (reason,) = verdict.verdict.reasons
    assert (reason.code, reason.article) == ("quality_blocked", "第六条")
    assert f"10 of 100 rows break {NOT_NULL}(id)" in reason.what
    assert reason.remedy
    assert verdict.quarantine is None
    assert verdict.report is not None
    assert "拒绝" in case.report()


def test_without_a_stated_tolerance_one_bad_row_blocks() -> None:
    """What the suite does not allow is not allowed."""
    rows = [*numbered(99_999), (None, Decimal(1))]
    case = quality_case({"id": S, "usage": N}, rows, [rule(NOT_NULL, column="id")])
    assert not case.check().verdict.passed


def test_a_failing_table_expectation_blocks_however_high_the_tolerance() -> None:
    """No rows can be blamed for a mean, so none can be sent away."""
    case = quality_case(
        {"id": S, "usage": N},
        numbered(10),
        [rule(MEAN, column="usage", max_value=1), rule(BETWEEN, column="usage", max_value=8)],
        tolerance="1",
    )
    verdict = case.check()
    assert [reason.what for reason in verdict.verdict.reasons] == [f"{MEAN}(usage) does not hold"]
    assert verdict.quarantine is None


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_warnings_are_reported_and_stop_nothing(severity: str) -> None:
    """Every row breaks the rule, and every row goes on."""
    case = quality_case(
        {"id": S, "usage": N},
        numbered(10),
        [rule(BETWEEN, severity, column="usage", max_value=-1)],
    )
    verdict = case.check()
    assert verdict.verdict.passed
    assert verdict.rows_quarantined == 0
    (result,) = verdict.results
    assert (result.passed, result.unexpected_rows, result.severity) == (False, 10, severity)


def test_of_a_repeated_key_the_first_row_stays() -> None:
    """Later rows with the key leave, wherever they stand; nulls repeat nothing."""
    rows: list[tuple[Any, ...]] = list(numbered(150_000))
    rows[5] = rows[140_000] = rows[70_000] = ("twice", Decimal(0))
    rows[9] = rows[10] = (None, Decimal(0))
    case = quality_case({"id": S, "usage": N}, rows, [rule(UNIQUE, column="id")], tolerance="0.01")
    verdict = case.check()
    (result,) = verdict.results
    assert (result.evaluated_rows, result.unexpected_rows) == (149_998, 3)
    assert case.quarantined(verdict)["__row__"].to_list() == [70_000, 140_000]


def test_rows_that_an_expectation_accepts_by_mostly_stay() -> None:
    """The suite said that a few may differ, so they are no bad rows."""
    rows = [*numbered(99), (None, Decimal(1))]
    case = quality_case(
        {"id": S, "usage": N}, rows, [rule(NOT_NULL, column="id", mostly=0.99)], tolerance="1"
    )
    verdict = case.check()
    assert verdict.verdict.passed
    assert (verdict.results[0].passed, verdict.results[0].unexpected_rows) == (True, 1)
    assert verdict.rows_quarantined == 0


def test_expectations_over_fields_not_granted_are_listed_not_failed() -> None:
    """What was not pulled is not judged, and the verdict and the report say so."""
    case = quality_case(
        {"id": S, "usage": N},
        numbered(10),
        [rule(NOT_NULL, column="id"), rule(BETWEEN, column="usage", max_value=-1)],
        pulled=["id"],
    )
    verdict = case.check()
    assert verdict.verdict.passed
    assert [result.column for result in verdict.results] == ["id"]
    assert verdict.not_evaluated == (f"{BETWEEN}(usage)",)
    assert "未评估的规则" in case.report()
    assert json.loads(case.report("json"))["not_evaluated"] == [
        {"expectation": BETWEEN, "columns": ["usage"], "reason": "field_not_granted"}
    ]


@pytest.mark.parametrize(
    ("expectations", "passes"), [([], True), ([rule(ROWS, min_value=1)], False)]
)
def test_an_empty_table_passes_unless_the_suite_asks_for_rows(
    expectations: list[dict[str, Any]], *, passes: bool
) -> None:
    """No row breaks a row rule; only a row count can ask that there be some."""
    rules = [rule(NOT_NULL, column="id"), rule(UNIQUE, column="id"), *expectations]
    verdict = quality_case({"id": S}, [], rules).check()
    assert verdict.verdict.passed is passes
    assert verdict.rows_in == 0


def test_a_column_of_nulls_alone_fails_only_what_asks_for_values() -> None:
    """In every type, pattern, range and uniqueness hold vacuously; the report says so."""
    fields = {"s": S, "i": I, "n": N, "d": D, "t": T}
    rules = [
        rule(REGEX, column="s", regex="x"),
        rule(BETWEEN, column="i", min_value=1),
        rule(BETWEEN, column="n", min_value=1),
        rule(BETWEEN, column="d", min_value="2020-01-01"),
        rule(BETWEEN, column="t", min_value="2020-01-01T00:00:00+00:00"),
        rule(UNIQUE, column="s"),
        rule(NOT_NULL, "warning", column="s"),
        rule("expect_column_max_to_be_between", "warning", column="n", min_value=0),
    ]
    case = quality_case(fields, [(None,) * 5] * 3, rules)
    verdict = case.check()
    assert verdict.verdict.passed
    assert [result.passed for result in verdict.results] == [True] * 6 + [False] * 2
    assert case.report().count("无可判断的值") == 6


def test_huge_and_hostile_cells_are_judged_like_any_other() -> None:
    """Megabytes in a cell, control characters, line feeds and right-to-left marks."""
    rows = [("x" * 4_000_000,), ("\x00\u202e<script>",), ("ab\n",), ("ab",)]
    rules = [
        rule("expect_column_value_lengths_to_be_between", column="s", max_value=100),
        rule(REGEX, "warning", column="s", regex="^ab$"),
    ]
    verdict = quality_case({"s": S}, rows, rules, tolerance="0.5").check()
    assert [result.unexpected_rows for result in verdict.results] == [1, 2]
    assert verdict.rows_quarantined == 1


def test_no_cell_reaches_report_verdict_log_or_output(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A canary that breaks every kind of rule is counted and never repeated."""
    caplog.set_level(logging.DEBUG)
    rows = [
        (CANARY, CANARY, date(1990, 1, 1)),
        *[(f"{n}", f"{n}", date(2000, 1, 1)) for n in range(9)],
    ]
    rules = [
        rule(REGEX, column="id", regex="^[0-9]$"),
        rule(IN_SET, "warning", column="other", value_set=["1"]),
        rule(
            "expect_column_distinct_values_to_be_in_set", "warning", column="other", value_set=["1"]
        ),
        rule("expect_column_min_to_be_between", "warning", column="born", min_value="1999-01-01"),
    ]
    case = quality_case({"id": S, "other": S, "born": D}, rows, rules, tolerance="0.5")
    verdict = case.check()
    assert verdict.rows_quarantined == 1
    output = capfd.readouterr()
    seen = [
        case.report(),
        case.report("json"),
        json.dumps(to_json(verdict)),
        output.out,
        output.err,
    ]
    assert "Calculating Metrics" not in output.err
    for text in [*seen, caplog.text]:
        assert CANARY not in text
        assert "1990-01-01" not in text


def test_a_clean_snapshot_is_read_once_and_only_what_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many expectations there are, they share one pass over the columns they name."""
    passes: list[list[str]] = []
    read = TableReader.batches

    def counted(
        self: TableReader, columns: Sequence[str] | None = None, batch_rows: int = 65_536
    ) -> Iterator[pa.RecordBatch]:
        passes.append(list(columns or ()))
        return read(self, columns, batch_rows)

    monkeypatch.setattr(TableReader, "batches", counted)
    rules = [
        rule(ROWS, min_value=1),
        rule(UNIQUE, column="id"),
        rule(REGEX, column="id", regex="^B"),
        rule(MEAN, column="usage", min_value=0),
    ]
    rows = [(*row, "unread") for row in numbered(10)]
    assert quality_case({"id": S, "usage": N, "remark": S}, rows, rules).check().verdict.passed
    assert passes == [["id", "usage"]]


def test_a_figure_that_cannot_be_computed_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine that breaks on the data says which expectation it was, never what the cell was."""

    def broken(self: tallies.BadRows, parts: object, first_row: int) -> None:
        del self, parts, first_row
        raise ArithmeticError(CANARY)

    monkeypatch.setattr(tallies.BadRows, "add", broken)
    case = quality_case({"id": S}, [(CANARY,)], [rule(REGEX, column="id", regex="x")])
    with pytest.raises(QualityError, match="quality_engine_error") as refusal:
        case.check()
    assert refusal.value.where == {"expectation": f"{REGEX}(id)", "cause": "ArithmeticError"}
    assert CANARY not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_figure_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations takes a missing count for vacuously true; here it is an engine error."""
    monkeypatch.setattr(tallies.Count, "value", lambda _self: None)
    case = quality_case({"id": S}, [("a",)], [rule(NOT_NULL, "warning", column="id")])
    with pytest.raises(QualityError, match="quality_engine_error"):
        case.check()


def test_a_verdict_that_its_figures_contradict_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More unexpected rows than there are rows cannot be believed."""
    monkeypatch.setattr(tallies.Count, "value", lambda _self: 2)
    case = quality_case({"id": S}, [("a",)], [rule(NOT_NULL, "warning", column="id")])
    with pytest.raises(QualityError, match="quality_engine_error"):
        case.check()


@pytest.mark.parametrize(
    ("expectation", "code"),
    [
        (rule(BETWEEN, column="s", min_value=0), "expectation_unsuited"),
        (rule(BETWEEN, column="d", min_value=0), "expectation_unsuited"),
        (rule(BETWEEN, column="d", min_value="2020-01-01T00:00:00+00:00"), "expectation_unsuited"),
        (rule(BETWEEN, column="t", min_value="2020-01-01"), "expectation_unsuited"),
        (rule(BETWEEN, column="t", min_value="2020-01-01T00:00:00"), "expectation_unsuited"),
        (rule(BETWEEN, column="n", min_value=2, max_value=1), "expectation_unsuited"),
        (rule(BETWEEN, column="n", min_value=float("inf")), "expectation_unsuited"),
        (rule(BETWEEN, column="n", min_value=1e300), "expectation_unsuited"),
        (rule(BETWEEN, column="n"), "suite_invalid"),
        (rule(REGEX, column="n", regex="1"), "expectation_unsuited"),
        (rule(REGEX, column="s", regex=r"\d"), "expectation_unsuited"),
        (rule(REGEX, column="s", regex="("), "expectation_unsuited"),
        (rule(IN_SET, column="s", value_set=[1]), "expectation_unsuited"),
        (rule(IN_SET, column="i", value_set=["1"]), "expectation_unsuited"),
        (rule(IN_SET, column="d", value_set=["2020-01-01"]), "expectation_unsuited"),
        (rule(NOT_NULL, column="s", mostly=2), "suite_invalid"),
        (rule(MEAN, column="s", min_value=0), "expectation_unsuited"),
        (rule("expect_column_min_to_be_between", column="s", min_value=0), "expectation_unsuited"),
        (
            rule("expect_column_pair_values_a_to_be_greater_than_b", column_A="s", column_B="n"),
            "expectation_unsuited",
        ),
    ],
)
def test_an_expectation_that_does_not_fit_its_column_is_refused(
    expectation: dict[str, Any], code: str
) -> None:
    """Where pandas would raise, compare unlike things or silently fail, the suite is refused."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [("a", 1, Decimal(1), date(2026, 1, 1), now)]
    case = quality_case({"s": S, "i": I, "n": N, "d": D, "t": T}, rows, [expectation])
    with pytest.raises(ContractError) as refusal:
        case.check()
    assert refusal.value.code == code
    assert refusal.value.where
    assert refusal.value.remedy


def test_a_snapshot_that_is_not_what_its_reference_says_is_refused() -> None:
    """Rows and columns are compared before anything is judged."""
    case = quality_case({"id": S}, [("a",)], [rule(NOT_NULL, column="id")])
    with pytest.raises(IntegrityError, match="snapshot_differs"):
        replace(case, snapshot=replace(case.snapshot, rows=2)).check()
    with pytest.raises(IntegrityError, match="key_missing"):
        replace(case, snapshot=replace(case.snapshot, key_id="gone")).check()


def test_column_names_that_the_quarantine_needs_are_refused() -> None:
    """`__row__` in the data would be taken for the ordinal."""
    case = quality_case({"__row__": S}, [("a",)], [rule(NOT_NULL, column="__row__")])
    with pytest.raises(ContractError, match="column_name_reserved"):
        case.check()


def test_a_dead_store_is_told_apart_from_a_bad_suite() -> None:
    """The run may be tried again, and then gives the same objects."""
    rows = [*numbered(99), (None, Decimal(1))]
    case = quality_case({"id": S, "usage": N}, rows, [rule(NOT_NULL, column="id")], tolerance="0.1")
    case.store.down = True
    with pytest.raises(StoreUnavailableError):
        case.check()
    case.store.down = False
    assert case.check() == case.check()


def test_identical_and_overlapping_rules_are_each_reported() -> None:
    """Two patterns on one column are two rules; a repeated rule turns a row away once."""
    rows = [("a1",), ("b1",), ("a",)]
    rules = [
        rule(REGEX, column="s", regex="^a"),
        rule(REGEX, column="s", regex="1$"),
        rule(REGEX, column="s", regex="1$"),
    ]
    case = quality_case({"s": S}, rows, rules, tolerance="1")
    verdict = case.check()
    assert [result.unexpected_rows for result in verdict.results] == [1, 1, 1]
    assert case.quarantined(verdict)["__row__"].to_list() == [1, 2]


def test_chinese_column_names_are_judged_and_quarantined() -> None:
    """Names are data as any other."""
    case = quality_case(
        {"用水量": N},
        [(Decimal(-1),), (Decimal(1),)],
        [rule(BETWEEN, column="用水量", min_value=0)],
        tolerance="0.5",
    )
    assert case.quarantined(case.check()).columns == ["用水量", "__row__", "__rule__"]
