"""The stage `pull`, over the fake source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from fakes.exchange_tables import CONTEXT, B, D, I, N, S, consent_of, consents, planned, table
from fakes.memory_keys import MemoryKeys
from fakes.memory_source import MemorySource
from fakes.memory_store import MemoryStore
from fakes.sample_contracts import sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.plan import PlannedInput
from weir.errors import (
    ExchangeUnavailableError,
    IntegrityError,
    SchemaDriftError,
    StoreUnavailableError,
    WeirError,
)
from weir.exchange.pull import pull
from weir.model import RunContext, RunId, Snapshot
from weir.storage.objects import SNAPSHOTS
from weir.storage.sealed_table import open_sealed

FIELDS = {"visit_id": S, "resident_id": S, "birth_date": D, "cost": N, "remark": S}
CANARY = "言谨之"
ROWS = [(f"v{i}", f"r{i % 5}", date(1960 + i % 60, 1, 1), None, f"{CANARY}{i}") for i in range(20)]
VISITS = planned(
    "medical-visits",
    FIELDS,
    key=["visit_id"],
    pulled=["visit_id", "birth_date", "cost"],
    consent=consent_of("resident_id", born_on="birth_date"),
)


@dataclass
class Room:
    """What a pull works with."""

    source: MemorySource
    store: MemoryStore
    keys: MemoryKeys
    scratch: Path

    def pull(self, planned: PlannedInput = VISITS, context: RunContext = CONTEXT) -> Snapshot:
        return pull(
            compile_plan(sample_bundle()),
            planned,
            context,
            source=self.source,
            store=self.store,
            keys=self.keys,
            scratch=self.scratch,
        )

    def rows(self, snapshot: Snapshot) -> list[dict[str, object]]:
        with open_sealed(
            snapshot.sealed,
            snapshot.key_id,
            store=self.store,
            keys=self.keys,
            scratch=self.scratch,
        ) as found:
            return [row for batch in found.batches() for row in batch.to_pylist()]

    def is_empty(self) -> bool:
        return not list(self.store.list(SNAPSHOTS)) and not list(self.scratch.iterdir())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    store = MemoryStore()
    store.ensure_bucket(SNAPSHOTS)
    source = MemorySource(
        {
            "medical_visits": table(FIELDS, ROWS),
            "consent_register": consents(*({"subject_id": f"r{i}"} for i in range(4))),
        }
    )
    return Room(source, store, MemoryKeys(), tmp_path)


def test_a_snapshot_holds_what_was_granted(room: Room) -> None:
    """Granted columns of consented rows of adults; the others are counted."""
    snapshot = room.pull()
    assert snapshot.columns == VISITS.snapshot_columns
    assert snapshot.rows == 16
    assert snapshot.rows_without_consent == 4
    assert snapshot.taken_at == CONTEXT.as_of
    assert snapshot.key_id == f"snapshot/firm-credit/{CONTEXT.run_id}/medical-visits"
    assert snapshot.sealed.key == (
        f"firm-credit/{CONTEXT.run_id}/medical-visits/{snapshot.content}.sealed"
    )
    assert room.rows(snapshot)[0] == {
        "visit_id": "v0",
        "birth_date": date(1960, 1, 1),
        "cost": None,
    }


def test_without_a_consent_register_nothing_is_pulled(room: Room) -> None:
    """Where no consent can be shown there is none (第二十三条第(六)项)."""
    room.source = MemorySource({"medical_visits": table(FIELDS, ROWS)})
    with pytest.raises(SchemaDriftError) as refusal:
        room.pull()
    assert refusal.value.code == "consent_register_missing"
    assert refusal.value.article == "第二十三条第(六)项"
    assert room.is_empty()


def test_the_same_source_gives_the_same_content(room: Room) -> None:
    """Neither the source's order of rows nor its batches nor the run leave a trace."""
    first = room.pull()
    room.source.batch_rows = 7
    room.source.tables["medical_visits"] = table(FIELDS, ROWS[::-1])
    assert room.pull() == first
    other = room.pull(context=replace(CONTEXT, run_id=RunId("another")))
    assert other.content == first.content
    assert other.key_id != first.key_id


def test_consent_is_read_on_the_civil_date_of_the_run(room: Room) -> None:
    """At 16:30 UTC it is tomorrow in Suining already, and a consent until then is over."""
    room.source.tables["consent_register"] = consents(
        {"subject_id": "r1", "expires_on": date(2026, 11, 24)}
    )
    evening = replace(CONTEXT, as_of=datetime(2026, 11, 23, 15, 59, tzinfo=UTC))
    midnight = replace(CONTEXT, as_of=datetime(2026, 11, 23, 16, tzinfo=UTC))
    assert room.pull(context=evening).rows == 4
    assert room.pull(context=midnight).rows == 0


def test_a_table_without_rows_is_a_snapshot(room: Room) -> None:
    """Nothing to pull is no error, and the snapshot still has its columns."""
    room.source.tables["medical_visits"] = table(FIELDS)
    snapshot = room.pull()
    assert (snapshot.rows, room.rows(snapshot)) == (0, [])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({k: v for k, v in FIELDS.items() if k != "remark"}, "missing: remark"),
        ({**FIELDS, "手机号": S, "blood": S}, "added: 手机号, blood"),
        ({**FIELDS, "remark": I}, "retyped: remark (string → integer)"),
        (
            {"visit_no": S, "resident_id": S, "birth_date": B, "cost": N, "remark": S},
            "missing: visit_id; retyped: birth_date (date → boolean); added: visit_no",
        ),
        ({**FIELDS, 'x"\n; DROP': S}, "added: 'x\"\\n; DROP'"),
        ({**FIELDS, **{f"c{i}": S for i in range(20)}}, "c7 and 12 more"),
    ],
)
def test_a_drifted_source_is_refused_with_the_difference(
    room: Room, fields: dict[str, object], told: str
) -> None:
    """Every column of the contract counts, pulled or not; nothing is kept."""
    room.source.tables["medical_visits"] = table(fields)  # type: ignore[arg-type]
    with pytest.raises(SchemaDriftError, match="source_schema_drifted") as refused:
        room.pull()
    assert told in refused.value.what
    assert refused.value.where == {"dataset": "medical-visits", "table": "medical_visits"}
    assert room.is_empty()


def test_a_type_that_no_field_has_is_drift(room: Room) -> None:
    """A type that snapshots cannot hold is told in the source's own word."""
    drifted = table(FIELDS).drop_columns(["cost"]).append_column("cost", pa.array([], pa.float64()))
    room.source.tables["medical_visits"] = drifted
    with pytest.raises(SchemaDriftError, match=r"retyped: cost \(decimal → double\)"):
        room.pull()


def test_a_vanished_table_is_refused(room: Room) -> None:
    """A dataset that is gone is a matter for the provider, not for a retry."""
    del room.source.tables["medical_visits"]
    with pytest.raises(SchemaDriftError, match="source_table_missing"):
        room.pull()


@pytest.mark.parametrize("change", ["gone", "poorer", "retyped"])
def test_without_a_readable_consent_register_nothing_is_pulled(room: Room, change: str) -> None:
    """No register, no consent."""
    register = room.source.tables.pop("consent_register")
    if change == "poorer":
        room.source.tables["consent_register"] = register.drop_columns(["withdrawn_on"])
    if change == "retyped":
        room.source.tables["consent_register"] = register.set_column(
            3, "purpose", pa.array([1] * 4, pa.int64())
        )
    with pytest.raises(SchemaDriftError):
        room.pull()
    assert room.is_empty()


def test_values_that_no_type_holds_are_named_by_column_and_count(room: Room) -> None:
    """They are refused before a row is read, and not shown."""
    room.source.unrepresentable = {"cost": 3, "birth_date": 0}
    with pytest.raises(IntegrityError, match="value_unrepresentable") as refused:
        room.pull()
    assert refused.value.where == {"dataset": "medical-visits", "cost": 3}
    assert room.is_empty()


def test_rows_that_get_lost_on_the_way_are_noticed(room: Room) -> None:
    """The stream must hold what was counted."""
    room.source.lost_rows = 1
    with pytest.raises(IntegrityError, match="rows_differ") as refused:
        room.pull()
    assert refused.value.where["counted_rows"] == 16
    assert refused.value.where["streamed_rows"] == 15
    assert room.is_empty()


def test_a_source_that_breaks_off_leaves_nothing_and_may_be_asked_again(room: Room) -> None:
    """The next attempt gives the snapshot the first would have given."""
    room.source.breaks_after_rows = 6
    with pytest.raises(ExchangeUnavailableError):
        room.pull()
    assert room.is_empty()
    room.source.breaks_after_rows = None
    assert room.pull().rows == 16


def test_a_source_that_is_down_may_be_asked_again(room: Room) -> None:
    """Nothing is kept, and the error is of the kind that is retried."""
    room.source.down = True
    with pytest.raises(ExchangeUnavailableError):
        room.pull()
    assert room.is_empty()


def test_a_store_that_is_down_may_be_asked_again(room: Room) -> None:
    """The retry pulls again and ends with one object."""
    room.store.down = True
    with pytest.raises(StoreUnavailableError):
        room.pull()
    room.store.down = False
    assert len([room.pull(), *room.store.list(SNAPSHOTS)]) == 2


def test_no_refusal_shows_a_value(room: Room) -> None:
    """The canary stands in every row and in no error."""
    refusals: list[WeirError] = []
    for fault in ("drift", "unrepresentable", "lost", "breaks"):
        source = MemorySource(room.source.tables)
        if fault == "drift":
            source.tables["medical_visits"] = table({**FIELDS, "n": I})
        source.unrepresentable = {"cost": 1} if fault == "unrepresentable" else {}
        source.lost_rows = int(fault == "lost")
        source.breaks_after_rows = 3 if fault == "breaks" else None
        with pytest.raises(WeirError) as refused:
            replace(room, source=source).pull()
        refusals.append(refused.value)
    assert len({refusal.code for refusal in refusals}) == 4
    assert all(CANARY not in f"{refusal!r} {refusal} {refusal.where}" for refusal in refusals)
