"""Evidence has one byte form, and no bytes can make its readers fail otherwise than by refusing."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weir.clock import FixedClock
from weir.errors import IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import (
    AuditRecord,
    Initiator,
    Legal,
    Target,
    from_bytes,
    new_record,
    to_bytes,
    uuid7,
)
from weir.evidence.outbox import lineage_bytes
from weir.service.strict_json import read_json

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
WHOLE = st.integers(-(2**63), 2**63 - 1)
INSTANT = st.datetimes(datetime(2000, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> AuditRecord:
    return new_record(
        FixedClock(draw(INSTANT)),
        draw(st.sampled_from(Action)),
        initiator=Initiator(type="person", id=draw(TEXT), role=draw(TEXT), ip=draw(TEXT)),
        target=Target(
            kind=draw(TEXT), name=draw(TEXT), columns=tuple(draw(st.lists(TEXT, max_size=5)))
        ),
        service=draw(TEXT),
        outcome=draw(st.sampled_from(["success", "refused", "failure", "unknown"])),
        phase=draw(st.sampled_from(["intent", "outcome", "state", "reconciled"])),
        legal=Legal(article=draw(TEXT), scenario=draw(TEXT), purpose=draw(TEXT)),
        reason_code=draw(TEXT),
        run_id=draw(TEXT),
        data=draw(st.dictionaries(TEXT, TEXT | WHOLE, max_size=6)),
    )


@given(records())
def test_reading_and_writing_a_record_are_inverse(record: AuditRecord) -> None:
    """Whatever text and numbers it holds."""
    body = to_bytes(record)
    assert to_bytes(from_bytes(body)) == body
    assert b"\n" not in body


@given(records(), st.data())
def test_a_changed_byte_never_reads_as_the_same_record(
    record: AuditRecord, data: st.DataObject
) -> None:
    """It is refused, or it is another record with other bytes of its own."""
    body = bytearray(to_bytes(record))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    try:
        read = from_bytes(bytes(body))
    except IntegrityError:
        return
    assert to_bytes(read) == bytes(body)
    assert to_bytes(read) != to_bytes(record)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_and_nothing_else(body: bytes) -> None:
    """No other exception comes out of either reader."""
    with pytest.raises(IntegrityError):
        from_bytes(body)
    with contextlib.suppress(IntegrityError):
        read_json(body)


@given(JSON)
def test_an_event_keeps_its_normal_form_through_the_bureaus_reader(value: Any) -> None:
    """What the bureau reads back and writes again has the digest the operator computed."""
    body = lineage_bytes(value)
    assert lineage_bytes(read_json(body)) == body
    indented = json.dumps(value, indent=2, ensure_ascii=True).encode()
    assert lineage_bytes(read_json(indented)) == body


@given(INSTANT, INSTANT, st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
def test_ids_order_as_their_milliseconds_do(
    first: datetime, second: datetime, one: int, other: int
) -> None:
    """Whatever the random bits are."""
    early, late = sorted((first, second))
    if (late - early).total_seconds() >= 0.001:
        assert uuid7(early, one) < uuid7(late, other)
