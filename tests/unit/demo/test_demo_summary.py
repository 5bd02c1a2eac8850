"""What the demo's table says of one run."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from weir.demo.readback import server_name
from weir.demo.summary import ScenarioOutcome, Summary, Totals


@pytest.mark.parametrize(
    ("header", "name"),
    [("SeaweedFS 8000GB 4.48", "SeaweedFS 4.48"), ("SeaweedFS 4.48", "SeaweedFS 4.48")],
)
def test_a_store_is_named_without_the_size_it_was_built_for(header: str, name: str) -> None:
    """It is read as this machine's disk."""
    assert server_name(header) == name


def test_the_table_says_where_rows_went_and_which_totals_are_of_this_run() -> None:
    """Also where lines have eighty columns; what is to be copied, in one piece."""
    outcome = ScenarioOutcome(
        scenario="sme-credit",
        outcome="released",
        reason_code="",
        article="",
        release_id=f"rel-{'4340fc2f' * 5}",
        rows_in=3938,
        rows_out=3414,
        rows_without_consent=211,
        rows_quarantined=7,
        objects=5,
        reviewers_needed=0,
        reviewed_by=(),
        objects_before_review=None,
        certificate_verified=True,
        expected=True,
    )
    totals = Totals(
        lineage_events=50,
        audit_records=83,
        audit_records_held=166,
        audit_verified=True,
        seconds=90,
        airflow_version="3.3.0",
        object_store="SeaweedFS 4.48",
    )
    shown = io.StringIO()
    Summary(scenarios=(outcome,), totals=totals).show(Console(file=shown, width=80, soft_wrap=True))
    text = shown.getvalue()
    assert "未获授权" in text
    assert "211" in text
    assert f"sme-credit: {outcome.release_id} · 已核验 verified" in text
    assert "joins, aggregation" in text
    assert "records arrived 83 · 累计 in all 166" in text
