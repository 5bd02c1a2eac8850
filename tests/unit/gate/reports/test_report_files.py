"""The files of a report: valid by their schema, readable as a page, whatever names hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from fakes import report_books as sample
from fakes.report_books import books, busy_books
from weir.gate.reports.books import Books
from weir.gate.reports.incident import incident_report
from weir.gate.reports.keep import made, write
from weir.gate.reports.models import AnyReport
from weir.gate.reports.page import COVERS
from weir.gate.reports.periodic import operation_report, sector_report
from weir.gate.reports.schema import FOLDER, KINDS, schemas
from weir.gate.reports.yearly import disclosure_list, evaluation_pack
from weir.model import Role

HOSTILE = "<script>alert('x')</script>\"&名"
HELD = sample.evaluation((Role.PROVIDER, "power-company", 4))
MAKERS: dict[str, Callable[[Books], AnyReport]] = {
    "operation": operation_report,
    "sector": lambda kept: sector_report(kept, "power-company"),
    "disclosure": disclosure_list,
    "evaluation": lambda kept: evaluation_pack(kept, [HELD] if kept.runs else []),
    "incident": lambda kept: incident_report(sample.incident(), kept.contracts, kept.made_at),
}
HEADINGS = {
    "operation": (
        "运营情况报告",
        "总计",
        "应用场景",
        "数据集与数据提供方",
        "暂停提供",
        "数据安全事件",
    ),
    "sector": ("行业主管部门", "数据使用情况", "暂停提供"),
    "disclosure": ("公开清单", "数据来源", "数据使用方"),
    "evaluation": ("年度运营评估材料", "各方评价", "证据", "逾期未报"),
    "incident": ("数据安全事件报告", "报告时限", "情况说明", "处置经过"),
}


def test_the_schemas_in_the_repository_are_those_of_the_models() -> None:
    """`python -m weir.gate.reports.schema` writes them; nobody edits them by hand."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert kept == dict(schemas())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [busy_books(), books()], ids=["busy", "empty"])
def test_a_file_on_disk_is_valid_by_its_schema(kind: str, kept: Books, tmp_path: Path) -> None:
    """Also for a period in which nothing happened; and the model reads it back."""
    one = made(MAKERS[kind](kept))
    path, page = write(one, tmp_path / "out")
    data = json.loads(path.read_bytes())
    schema = json.loads(schemas()[f"{kind}.json"])
    jsonschema.validate(data, schema, format_checker=jsonschema.FormatChecker())
    assert KINDS[kind].model_validate_json(path.read_bytes()) == one.report
    assert data["schema"] == f"weir.report.{kind}/1"
    assert (path.stem, page.stem) == (one.name, one.name)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data | {"rows": []}, schema)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_chinese_first_and_asks_for_nothing_from_outside(kind: str) -> None:
    """Headings in Chinese, the article, and no address of another place."""
    report = MAKERS[kind](busy_books())
    text = made(report).html.decode()
    assert '<html lang="zh-CN">' in text
    for heading in HEADINGS[kind]:
        assert heading in text
    assert COVERS[type(report)].article in text
    assert not re.findall(r"""(?:src|href)=|url\(|https?:|<script""", text)


@pytest.mark.parametrize("kind", ["operation", "sector", "disclosure"])
def test_hostile_names_are_shown_as_text(kind: str) -> None:
    """A title is whatever a contract says."""
    told = sample.contracts(sample.scenario("credit", sample.BILLS, title=HOSTILE), sample.GRID)
    kept = busy_books()
    text = made(
        MAKERS[kind](books(runs=kept.runs, releases=kept.releases, told=told))
    ).html.decode()
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_an_empty_period_says_that_there_was_nothing() -> None:
    """In words, beside the zeros."""
    for kind in ("operation", "sector", "disclosure", "evaluation"):
        assert "本期没有可报告的事项" in made(MAKERS[kind](books())).html.decode()
        assert "本期没有可报告的事项" not in made(MAKERS[kind](busy_books())).html.decode()


def test_a_period_that_is_not_over_says_so() -> None:
    """Its figures are still moving."""
    early = operation_report(books(made_at=datetime(2026, 11, 25, tzinfo=UTC)))
    assert not early.complete
    assert "期间尚未结束" in made(early).html.decode()
    assert "期间尚未结束" not in made(operation_report(books())).html.decode()


def test_a_reports_name_says_kind_provider_and_period() -> None:
    """Two reports do not overwrite each other on disk; in the bucket not even two editions."""
    one = made(sector_report(busy_books(), "power-company"))
    assert one.name == "sector-power-company-20261101-20261201"
    assert re.fullmatch(rf"operation_reports/{one.name}/[0-9a-f]{{16}}\.html", one.key)
    assert made(sector_report(books(), "power-company")).key != one.key
