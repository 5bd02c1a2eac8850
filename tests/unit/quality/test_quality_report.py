"""The report as a page: self-contained, escaped, readable by everyone and by machines."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fakes.quality_case import CONTEXT, quality_case, rule
from weir.contracts.dataset import FieldType
from weir.crypto.canonical import canonical_json
from weir.model import ExpectationResult, Reason, RunId, Verdict
from weir.quality.report import QualityReport, report_html, report_json
from weir.quality.suite import read_suite

HOSTILE = "<script>alert(1)</script>\"'&\u202e{{ 7*7 }}"
NOT_NULL = "expect_column_values_to_not_be_null"
REGEX = "expect_column_values_to_match_regex"


class Page(HTMLParser):
    """What a browser would make of the page: tags, addresses and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def report(*, passed: bool = True, quarantined: int = 0, unexpected: int = 0) -> QualityReport:
    case = quality_case(
        {"id": FieldType.STRING, "usage": FieldType.DECIMAL},
        [],
        [
            rule(REGEX, column="id", regex="^<b>[0-9]$") | {"description": HOSTILE},
            rule(NOT_NULL, "warning", column="usage"),
        ],
        tolerance="0.005",
        pulled=["id"],
    )
    dataset = case.planned.dataset
    fields = {
        name: field.model_copy(update={"title": HOSTILE}) for name, field in dataset.fields.items()
    }
    planned = replace(
        case.planned, dataset=dataset.model_copy(update={"title": HOSTILE, "fields": fields})
    )
    result = ExpectationResult(
        expectation=REGEX,
        column="id",
        severity="critical",
        passed=unexpected == 0,
        evaluated_rows=123_456,
        unexpected_rows=unexpected,
    )
    reasons = () if passed else (Reason(code="quality_blocked", what=HOSTILE, article="第六条"),)
    return QualityReport(
        plan=case.plan,
        planned=planned,
        snapshot=replace(case.snapshot, rows=123_456),
        context=replace(CONTEXT, run_id=RunId(HOSTILE)),
        suite=read_suite(
            case.plan.suites[dataset.suite], offered=tuple(dataset.fields), granted=("id",)
        ),
        results=(result,),
        rows_quarantined=quarantined,
        verdict=Verdict(reasons=reasons),
    )


@pytest.mark.parametrize("passed", [True, False])
def test_hostile_names_stay_text(*, passed: bool) -> None:
    """No name becomes a tag, an attribute or a template, wherever it stands."""
    html = report_html(report(passed=passed)).decode()
    page = Page(html)
    assert "script" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert page.text.count("<script>alert(1)</script>") >= 4
    assert "{{ 7*7 }}" in page.text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No script, no font, no picture, no link: it reads the same on an isolated network."""
    page = Page(report_html(report()).decode())
    assert {"script", "link", "img", "iframe", "a", "form"}.isdisjoint(page.tags)
    assert not {"src", "href"} & {name for name, _ in page.attributes}
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_the_page_is_chinese_first_and_its_tables_can_be_heard() -> None:
    """Language is marked, tables have captions and scoped headings, marks are not colour alone."""
    page = Page(report_html(report(unexpected=3, quarantined=3)).decode())
    assert ("lang", "zh-CN") in page.attributes
    assert ("lang", "en") in page.attributes
    assert page.tags.count("caption") == page.tags.count("table") == 2
    scopes = [value for name, value in page.attributes if name == "scope"]
    assert len(scopes) == page.tags.count("th")
    assert "不符合" in page.text


@pytest.mark.parametrize(
    ("passed", "quarantined", "said"),
    [(True, 0, "通过"), (True, 7, "通过，不合格行已隔离"), (False, 0, "拒绝")],
)
def test_the_page_says_what_becomes_of_the_rows(
    *, passed: bool, quarantined: int, said: str
) -> None:
    """Of a refused snapshot no row goes on."""
    text = Page(report_html(report(passed=passed, quarantined=quarantined)).decode()).text
    assert said in text
    assert f"{123_456 - quarantined:,}" in text
    assert "0.5%" in text


@pytest.mark.parametrize(
    ("unexpected", "share"), [(0, "0%"), (1, "<0.01%"), (123, "0.10%"), (123_456, "100.00%")]
)
def test_a_small_share_is_never_rounded_to_nothing(unexpected: int, share: str) -> None:
    """One row in a hundred thousand is still there."""
    assert share in Page(report_html(report(unexpected=unexpected)).decode()).text


def test_the_twin_for_machines_is_canonical_and_complete() -> None:
    """Counts, verdict, digests and what was not evaluated, in one exact form."""
    data = report_json(report(unexpected=5, quarantined=5))
    twin = json.loads(data)
    assert canonical_json(twin) == data
    assert twin["expectations"] == [
        {
            "expectation": REGEX,
            "columns": ["id"],
            "severity": "critical",
            "passed": False,
            "evaluated_rows": 123_456,
            "unexpected_rows": 5,
        }
    ]
    assert [one["columns"] for one in twin["not_evaluated"]] == [["usage"]]
    assert (twin["rows_in"], twin["rows_quarantined"], twin["passed"]) == (123_456, 5, True)
