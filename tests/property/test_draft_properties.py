"""A draft contract says what a survey says, whatever the headers are."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from weir.contracts.dataset import PostgresTable
from weir.contracts.yaml_tree import read_tree
from weir.privacy.classification.draft import draft_contract
from weir.privacy.classification.header import read_header
from weir.privacy.classification.survey import survey
from weir.privacy.classification.text import survey_text

WORDS = ["null", "true", "no", "on", "~", "123", "1.5", "0x1F", "2026-01-01", "姓名", "a: b", "- x"]
HEADERS = st.lists(st.text(max_size=40) | st.sampled_from(WORDS), min_size=1, max_size=5)
KEYS = ["dataset", "title", "provider", "open_type", "source", "key", "suite", "fields"]


@settings(deadline=None, max_examples=60)
@given(headers=HEADERS, name=st.sampled_from(["", "null", "no", "people", "on"]))
def test_no_header_adds_to_a_draft_or_takes_from_it(headers: list[str], name: str) -> None:
    """Read as contracts are read: the same keys, as many fields, and names that are text."""
    batch = pa.RecordBatch.from_arrays(
        [pa.array(["x"]) for _ in headers], names=[one.replace("\0", "") for one in headers]
    )
    found = survey(batch.schema, [batch], name="t")
    draft = draft_contract(found, name, PostgresTable(table="null", schema="true"))
    told = read_tree(draft, "draft").plain()
    assert [key for key in told if key != "subject"] == KEYS
    assert told["dataset"] == (name or None)
    assert told["source"] == {"kind": "postgres", "table": "null", "schema": "true"}
    assert len(told["fields"]) == len(headers)
    assert all(isinstance(key, str) for key in told["fields"])
    assert len(survey_text(found).splitlines()) < 20 + 3 * len(headers)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_header_is_read_or_not_and_never_fails(header: str) -> None:
    """A reading's word stands in the header, folded."""
    read = read_header(header)
    assert read is None or 0 < read.strength <= 1
