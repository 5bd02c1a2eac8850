"""Audit records have one byte form, and nothing else passes for it."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from weir.clock import FixedClock
from weir.errors import IntegrityError
from weir.evidence.actions import RESPONSIBLE, Action
from weir.evidence.audit import (
    LIMIT_BYTES,
    AuditRecord,
    Initiator,
    Legal,
    Target,
    from_bytes,
    new_id,
    new_record,
    to_bytes,
    uuid7,
)
from weir.model import Party

NOW = datetime(2026, 11, 23, 14, 20, 0, 123456, tzinfo=UTC)


def record(**changes: Any) -> AuditRecord:
    made = new_record(
        FixedClock(NOW),
        Action.SNAPSHOT_TAKEN,
        initiator=Initiator(type="schedule", id="sme-credit", role="scheduler"),
        target=Target(kind="dataset", name="electricity-bills", grade=3, columns=("户号", "uscc")),
        service="worker",
        legal=Legal(scenario="sme-credit", purpose="信贷风险评估", article="第十四条"),
        run_id="scheduled__2026-11-23",
        data={"rows_in": 1000, "content": "ab" * 32},
    )
    return dataclasses.replace(made, **changes)


def test_a_record_survives_the_way_through_bytes() -> None:
    """Reading the bytes back gives the record, and writing it again gives the bytes."""
    body = to_bytes(record(recorded_at=NOW))
    assert from_bytes(body) == record(id=from_bytes(body).id, recorded_at=NOW)
    assert to_bytes(from_bytes(body)) == body


def test_the_bytes_are_sorted_compact_json_with_times_in_utc() -> None:
    """The form can be read by anyone: sorted keys, no spaces, RFC 3339 with microseconds."""
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    body = to_bytes(record(occurred_at=shanghai))
    value = json.loads(body)
    assert value["occurred_at"] == value["recorded_at"] == "2026-11-23T14:20:00.123456Z"
    assert value["schema"] == "weir.audit/1"
    assert list(value) == sorted(value)
    assert b", " not in body
    assert "户号".encode() in body


@pytest.mark.article("第六条", "第十六条")
def test_a_record_names_time_initiator_type_outcome_and_responsible_party() -> None:
    """GB/T 22239 8.1.4.3 and 第十七条: none of these may be missing."""
    value = json.loads(to_bytes(record()))
    assert value["event_type"] == "snapshot"
    assert value["outcome"] == "success"
    assert value["initiator"]["id"] == "sme-credit"
    assert value["responsible_party"] == "bureau"


@pytest.mark.article("第十七条")
def test_every_action_has_a_responsible_party_and_a_type_of_event() -> None:
    """No action can be recorded without an answer to who is responsible."""
    assert set(RESPONSIBLE) == set(Action)
    assert all(action.event_type and "." in action.value for action in Action)


def _with(change: dict[str, Any]) -> bytes:
    value = json.loads(to_bytes(record())) | change
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_with({"note": "x"}), id="unknown key"),
        pytest.param(_with({"occurred_at": "2026-11-23T22:20:00.123456+08:00"}), id="other zone"),
        pytest.param(_with({"schema": "weir.audit/2"}), id="other schema"),
        pytest.param(to_bytes(record()) + b"\n", id="trailing newline"),
        pytest.param(to_bytes(record()).replace(b",", b", ", 1), id="space"),
        pytest.param(
            to_bytes(record()).replace(b'"instance":""', b'"instance":"","instance":""'),
            id="repeated key",
        ),
        pytest.param(_with({"id": "0199AAAA-BBBB-7CCC-8DDD-EEEEFFFF0000"}), id="upper case id"),
    ],
)
def test_bytes_in_any_other_form_are_refused(body: bytes) -> None:
    """One record, one form: what differs in a single byte is not the record."""
    with pytest.raises(IntegrityError) as refusal:
        from_bytes(body)
    assert refusal.value.code == "audit_not_canonical"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe{}", id="broken UTF-8"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"{}", id="no fields"),
        pytest.param(_with({"data": {"rows": 1.5}}), id="fraction"),
        pytest.param(_with({"data": {"rows": True}}), id="boolean"),
        pytest.param(_with({"data": {"rows": 2**63}}), id="beyond 64 bits"),
        pytest.param(_with({"data": {"rows": 10**5000 // 10**4000}}), id="huge number"),
        pytest.param(_with({"data": {"x": "y" * LIMIT_BYTES}}), id="too long"),
        pytest.param(_with({"run_id": "a\x00b"}), id="NUL"),
        pytest.param(_with({"occurred_at": "2026-11-23T14:20:00.123456"}), id="no zone"),
        pytest.param(_with({"occurred_at": "9999-12-31T23:59:59.999999-12:00"}), id="year 10000"),
        pytest.param(_with({"occurred_at": "9999-12-31T23:59:59.000000Z"}), id="year 9999"),
        pytest.param(_with({"occurred_at": "1999-12-31T23:59:59.000000Z"}), id="year 1999"),
        pytest.param(_with({"occurred_at": "2000-01-01T00:00:00.000000+08:00"}), id="still 1999"),
        pytest.param(_with({"outcome": "maybe"}), id="outcome"),
        pytest.param(to_bytes(record()).replace(b'"worker"', b'"\\ud800"'), id="lone surrogate"),
        pytest.param(to_bytes(record()).replace(b'"worker"', b"NaN"), id="NaN"),
    ],
)
def test_bytes_that_are_no_record_are_refused(body: bytes) -> None:
    """Hostile bytes get one code, and the error repeats nothing of them."""
    with pytest.raises(IntegrityError) as refusal:
        from_bytes(body)
    assert refusal.value.code == "audit_malformed"
    assert "yyy" not in str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"share": 0.5}},
        {"data": {"n": 2**63}},
        {"data": {"flag": True}},
        {"occurred_at": NOW.replace(tzinfo=None)},
        {"service": "a\x00b"},
        {"service": "\ud800"},
        {"data": {"x": "y" * LIMIT_BYTES}},
    ],
    ids=["float", "big", "bool", "naive", "NUL", "surrogate", "long"],
)
def test_a_record_that_cannot_be_kept_is_refused_when_written(change: dict[str, Any]) -> None:
    """The writer fails at once, inside its transaction, not the bureau a day later."""
    with pytest.raises(IntegrityError) as refusal:
        to_bytes(record(**change))
    assert refusal.value.code == "audit_malformed"


def test_text_that_only_looks_like_an_escaped_nul_is_kept() -> None:
    """A backslash followed by `u0000` is ordinary text."""
    body = to_bytes(record(service="a\\u0000b"))
    assert from_bytes(body).service == "a\\u0000b"


def test_ids_follow_the_example_of_rfc_9562() -> None:
    """Appendix A.6 of the RFC gives one instant, its random bits and the id made of them."""
    instant = datetime.fromisoformat("2022-02-22T14:22:22-05:00")
    random_bits = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    assert uuid7(instant, random_bits) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


def test_ids_sort_by_time_and_never_repeat() -> None:
    """Later milliseconds give greater ids; within one they differ by chance."""
    clocks = [FixedClock(NOW + timedelta(milliseconds=n)) for n in range(100)]
    ids = [new_id(clock) for clock in clocks]
    assert ids == sorted(ids)
    assert all(i.version == 7 and i.variant == "specified in RFC 4122" for i in ids)
    assert len({new_id(clocks[0]) for _ in range(1000)}) == 1000


def test_the_processing_of_data_is_the_operators_to_answer_for() -> None:
    """第十七条: platform to user is the operator's hop."""
    assert RESPONSIBLE[Action.RELEASE_PUBLISHED] is Party.OPERATOR
    assert RESPONSIBLE[Action.DECISION_SIGNED] is Party.BUREAU
