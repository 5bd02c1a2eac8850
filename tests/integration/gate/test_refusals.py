"""What the gate refuses, and that nothing of it stays in the bucket."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import update

from fakes.gate_city import GateCity, TickingClock
from fakes.small_city import LIBRARY, MARKET, NOW, ROWS, RUN, batch_of
from weir.crypto.canonical import canonical_json
from weir.crypto.sm2 import SigningKey
from weir.crypto.sm3 import sm3_hex
from weir.gate.ports import FaultPoint
from weir.gate.tables import decisions
from weir.model import Reason, ReleaseState
from weir.policy.order import ScopeKind
from weir.release.manifest import DATA
from weir.storage.objects import STAGING
from weir.storage.parquet import schema_of, write_parquet

PREFIX = f"{LIBRARY}/{RUN}/package/"
MOBILE = "13800138000"


def _refused(gate: GateCity, manifest: Any, **where: str) -> Reason:
    release = gate.settle(gate.request(manifest, **where))
    assert release.state is ReleaseState.REFUSED
    assert release.reason is not None
    assert gate.bucket(release.scenario) == []
    last = gate.records()[-1]
    assert (last.action, last.reason_code) == ("release.refused", release.reason.code)
    assert last.legal.article == release.reason.article != ""
    assert release.reason.remedy
    assert (last.legal.scenario, last.run_id) == (release.scenario, release.run_id)
    return release.reason


@pytest.mark.parametrize("path", [DATA, "README.txt", "dictionary.json"])
def test_staged_bytes_changed_after_the_request_are_refused(gate: GateCity, path: str) -> None:
    """Whoever writes staging after the pipeline cannot change what is published."""
    gate.decide()
    manifest = gate.stage()
    data = bytearray(gate.admin.get_bytes(STAGING, PREFIX + path))
    data[len(data) // 2] ^= 1
    gate.admin.put_bytes(STAGING, PREFIX + path, bytes(data))
    assert _refused(gate, manifest).code == "digest_mismatch"


def test_a_manifest_changed_after_the_request_is_refused(gate: GateCity) -> None:
    """The release is of the manifest that was handed in, and no other."""
    gate.decide()
    manifest = gate.stage()
    data = gate.admin.get_bytes(STAGING, manifest.key)
    gate.admin.put_bytes(STAGING, manifest.key, data.replace(b'"rows":12', b'"rows":13'))
    assert _refused(gate, manifest).code == "digest_mismatch"


def test_a_product_that_is_gone_is_refused(gate: GateCity) -> None:
    """A missing staged file is a clear refusal, not a hang."""
    gate.decide()
    manifest = gate.stage()
    gate.admin.remove(STAGING, PREFIX + DATA)
    assert _refused(gate, manifest).code == "object_missing"


def _table(gate: GateCity, rows: Any, **extra: Any) -> bytes:
    schema = schema_of(gate.city.plan().output_columns)
    sink = io.BytesIO()
    write_parquet([batch_of(rows, schema)], schema, sink, **extra)
    return sink.getvalue()


def _as_packed(gate: GateCity, table: pa.Table) -> bytes:
    """A Parquet file with the metadata that the package stage writes."""
    staged = gate.admin.get_bytes(STAGING, PREFIX + DATA)
    told = pq.read_metadata(io.BytesIO(staged)).metadata
    metadata = {
        key.decode(): value.decode() for key, value in told.items() if key.startswith(b"weir.")
    }
    sink = io.BytesIO()
    schema = table.schema.remove_metadata()
    write_parquet(table.to_batches(), schema, sink, metadata=metadata)
    return sink.getvalue()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.append_column("resident_id", pa.array(["x"] * len(table))),
        lambda table: table.drop_columns(["visits"]),
        lambda table: table.select(table.column_names[::-1]),
        lambda table: table.rename_columns(["a", "b", "c", "d"]),
        lambda table: table.set_column(
            table.column_names.index("visits"), "visits", table["visits"].cast(pa.string())
        ),
    ],
    ids=["more", "fewer", "reordered", "renamed", "retyped"],
)
def test_other_columns_than_the_contracts_are_refused(
    gate: GateCity, spoil: Callable[[pa.Table], pa.Table]
) -> None:
    """The schema is the contract's output exactly, whatever the manifest says."""
    gate.decide()
    manifest = gate.stage()
    staged = gate.admin.get_bytes(STAGING, PREFIX + DATA)
    data = _as_packed(gate, spoil(pq.read_table(io.BytesIO(staged))))
    assert _refused(gate, gate.restage(manifest, files={DATA: data})).code == (
        "product_schema_mismatch"
    )


def test_a_manifest_of_other_columns_is_refused(gate: GateCity) -> None:
    """What consumers are told about the columns is checked too."""
    gate.decide()

    def lie(told: dict[str, Any]) -> None:
        told["columns"][0]["name"] = "姓名"

    assert _refused(gate, gate.restage(gate.stage(), change=lie)).code == "manifest_mismatch"


def test_a_planted_identifier_is_found(gate: GateCity) -> None:
    """One mobile number in one cell of a product that says it was masked stops the release."""
    gate.decide()
    rows = [*ROWS[:-1], (*ROWS[-1][:3], f"请致电{MOBILE}")]
    reason = _refused(gate, gate.stage(product=rows))
    assert (reason.code, reason.article) == ("identifier_in_product", "第十九条")
    assert MOBILE not in str(reason)
    assert all(MOBILE not in str(record) for record in gate.records())


@pytest.mark.article("第十九条")
def test_a_column_of_names_under_another_name_is_found(gate: GateCity) -> None:
    """Most remarks of a product are persons' names: which column, and no name, is told."""
    gate.decide()
    names = [f"{family}{given}" for family in "王李张刘" for given in ("建国", "秀英", "志强")]
    named = [(*row[:3], name) for row, name in zip(ROWS, names, strict=True)]
    reason = _refused(gate, gate.stage(product=named))
    assert (reason.code, reason.article) == ("identifier_in_product", "第十九条")
    assert reason.what == "remark holds PERSON_NAME in about 12 cells"
    for name in names:
        assert name not in str(reason)
        assert all(name not in str(record) for record in gate.records())


def test_masked_names_are_released(gate: GateCity) -> None:
    """What the method for surnames leaves is no name."""
    gate.decide()
    masked = [(*row[:3], f"{family}**") for row, family in zip(ROWS, "王李张刘" * 3, strict=True)]
    reason = _refused(gate, gate.stage(product=masked))
    assert reason.code == "product_not_derivable", "nothing before the derivation minds them"


def test_a_scan_that_saw_other_rows_than_the_manifest_counts_is_refused(gate: GateCity) -> None:
    """A row more or less than was looked at: something was not."""
    gate.decide()
    manifest = gate.stage()
    for rows in (len(ROWS) + 1, len(ROWS) - 1):
        reason = _refused(gate, gate.restage(manifest, rows=rows))
        assert (reason.code, reason.article) == ("scan_incomplete", "第十九条")


def test_a_group_of_too_few_is_found(gate: GateCity) -> None:
    """The disclosure rule is counted again over the bytes."""
    gate.decide()
    rows = [*ROWS, ("Z" * 30, "510981", 1, "晴")]
    assert _refused(gate, gate.stage(product=rows)).code == "too_few_units"


def test_bytes_beside_the_cells_are_found(gate: GateCity) -> None:
    """Nothing rides in the file's metadata, statistics or gaps: other encodings are refused."""
    gate.decide()
    manifest = gate.stage()
    staged = gate.admin.get_bytes(STAGING, PREFIX + DATA)
    table = pq.read_table(io.BytesIO(staged))
    plain = io.BytesIO()
    pq.write_table(table, plain)
    for data in (
        plain.getvalue(),
        _table(gate, ROWS, metadata={"weir.note": MOBILE}),
        staged[:4] + MOBILE.encode() + staged[4:],
    ):
        reason = _refused(gate, gate.restage(manifest, files={DATA: data}))
        assert reason.code in {"product_not_derivable", "table_unreadable"}


def test_what_is_no_table_is_refused(gate: GateCity) -> None:
    """A file that only calls itself Parquet is not opened further."""
    gate.decide()
    manifest = gate.stage()
    for data in (b"", b"PAR1", b"PAR1" + b"\x00" * 100 + b"PAR1"):
        reason = _refused(gate, gate.restage(manifest, files={DATA: data}))
        assert reason.code == "table_unreadable"


@pytest.mark.parametrize("path", ["README.txt", "dictionary.json"])
def test_words_the_contract_does_not_render_to_are_refused(gate: GateCity, path: str) -> None:
    """A worker cannot carry data out in the notice or the dictionary."""
    gate.decide()
    manifest = gate.stage()
    words = gate.admin.get_bytes(STAGING, PREFIX + path) + MOBILE.encode()
    assert _refused(gate, gate.restage(manifest, files={path: words})).code == "document_mismatch"


def test_an_identifier_in_the_manifest_is_found(gate: GateCity) -> None:
    """The manifest goes out as well."""
    gate.decide()

    def hide(told: dict[str, Any]) -> None:
        told["provenance"]["scan_after"]["detector"] = f"weir {MOBILE}"

    reason = _refused(gate, gate.restage(gate.stage(), change=hide))
    assert reason.code == "identifier_in_manifest"
    assert MOBILE not in str(reason)


def test_an_identifier_in_a_runs_name_is_found(gate: GateCity) -> None:
    """A worker chooses the name, and it goes out with the manifest."""
    gate.decide()
    name = f"run-{MOBILE}"
    reason = _refused(gate, gate.stage(run_id=name), run_id=name)
    assert reason.code == "identifier_in_manifest"


def _skip_quality(told: dict[str, Any]) -> None:
    told["provenance"]["quality"] = []


def _fail_quality(told: dict[str, Any]) -> None:
    told["provenance"]["quality"][0]["verdict"]["reasons"] = [{"code": "x", "what": "y"}]


def _other_suite(told: dict[str, Any]) -> None:
    told["provenance"]["quality"][0]["suite_digest"] = sm3_hex(b"an easier suite")


def _skip_scan(told: dict[str, Any]) -> None:
    told["provenance"]["scans_before"] = []


def _other_dataset(told: dict[str, Any]) -> None:
    told["provenance"]["snapshots"][0]["dataset"] = MARKET


def _other_decision(told: dict[str, Any]) -> None:
    told["provenance"]["authorisation"]["decision_digest"] = sm3_hex(b"another")


@pytest.mark.parametrize(
    "change",
    [_skip_quality, _fail_quality, _other_suite, _skip_scan, _other_dataset, _other_decision],
)
def test_a_pipeline_that_left_something_out_is_refused(
    gate: GateCity, change: Callable[[dict[str, Any]], None]
) -> None:
    """Every input has a pull, the contract's suite and a scan, all passed, under one decision."""
    gate.decide()
    manifest = gate.restage(gate.stage(), change=change)
    assert _refused(gate, manifest).code == "provenance_incomplete"


def test_without_a_decision_nothing_is_released(gate: GateCity) -> None:
    """The bureau has to agree first (第十三条)."""
    reason = _refused(gate, gate.stage())
    assert (reason.code, reason.article) == ("decision_missing", "第十三条")


def test_a_decision_of_another_key_is_no_decision(gate: GateCity) -> None:
    """Whatever lies in the database, the signature is checked against the pinned key."""
    plan = gate.city.plan()
    forged = gate.city.decision(plan, key=SigningKey.generate())
    genuine = gate.decide()
    with gate.engine.begin() as connection:
        connection.execute(update(decisions).values(envelope=canonical_json(forged.to_json())))
    reason = _refused(gate, gate.stage(decision=genuine))
    assert reason.code == "decision_signature_invalid"


def test_a_refusal_of_the_bureau_prevails_over_its_earlier_consent(gate: GateCity) -> None:
    """The decision taken last speaks, in whatever order they arrive."""
    plan = gate.city.plan()
    gate.decide(envelope=gate.city.decision(plan, outcome="refused", decided_at=NOW))
    gate.decide(envelope=gate.city.decision(plan, decided_at=NOW - timedelta(days=1)))
    assert _refused(gate, gate.stage()).code == "decision_refused"


def test_an_edited_contract_is_refused_until_decided_again(gate: GateCity) -> None:
    """The decision covers exactly the contract that was signed, as the gate reads it."""
    gate.decide()
    manifest = gate.stage()
    with gate.city.edited(LIBRARY, title="客流统计（新版）"):
        assert _refused(gate, manifest).code == "decision_for_other_digest"
        gate.decide()
        assert _refused(gate, manifest).code == "product_of_other_contract"
        fresh = gate.stage(run_id="run-2")
        again = gate.settle(gate.request(fresh, run_id="run-2"))
        assert again.state is ReleaseState.PUBLISHED


def test_a_contract_that_no_longer_compiles_releases_nothing(gate: GateCity) -> None:
    """The gate acts on what it can read."""
    gate.decide()
    manifest = gate.stage()
    with gate.city.edited(LIBRARY, use_agreement="ua-9"):
        assert _refused(gate, manifest).code == "agreement_unknown"


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("scenario", LIBRARY),
        ("dataset", LIBRARY),
        ("provider", "city-library"),
        ("data_user", "city-planner"),
        ("all", ""),
    ],
)
def test_a_suspended_scope_releases_nothing_until_resumed(
    gate: GateCity, kind: ScopeKind, scope: str
) -> None:
    """The bureau's order stops the release, and its order alone lets the next run's go on
    (第十六条): what was pulled before stays refused."""
    gate.decide()
    manifest = gate.stage()
    gate.order(gate.city.order("suspend", kind, scope))
    reason = _refused(gate, manifest)
    assert (reason.code, reason.article) == ("suspended", "第十六条")
    resumed_at = gate.clock.now()
    gate.order(gate.city.order("resume", kind, scope, order_id="order-2", issued_at=resumed_at))
    reason = _refused(gate, manifest)
    assert (reason.code, reason.article) == ("pulled_before_stop", "第十六条")
    pulled_anew = gate.stage(run_id="run-2", pulled_at=resumed_at)
    release = gate.settle(gate.request(pulled_anew, run_id="run-2"))
    assert release.state is ReleaseState.PUBLISHED


def test_a_closed_channel_releases_nothing_whatever_is_resumed(gate: GateCity) -> None:
    """An ordinary resumption does not open it again (第二十三条)."""
    gate.decide()
    gate.order(gate.city.order("close", "provider", "city-library"))
    gate.order(gate.city.order("resume", "provider", "city-library", order_id="o-2", issued_at=NOW))
    assert _refused(gate, gate.stage()).code == "channel_closed"


def test_a_suspension_elsewhere_stops_nothing_here(gate: GateCity) -> None:
    """An order has the scope that it names."""
    gate.decide()
    gate.order(gate.city.order("suspend", "scenario", MARKET))
    assert gate.publish().state is ReleaseState.PUBLISHED


def test_an_old_order_to_resume_lifts_nothing_new(gate: GateCity) -> None:
    """Replaying a resumption does not end a later suspension."""
    gate.decide()
    gate.order(gate.city.order("suspend", "all", "", order_id="o-2", issued_at=NOW))
    old = gate.city.order("resume", "all", "", order_id="o-1", issued_at=NOW - timedelta(minutes=1))
    gate.order(old)
    assert _refused(gate, gate.stage()).code == "suspended"


def test_a_suspension_during_the_checks_stops_before_publication(gate: GateCity) -> None:
    """An order that comes after the certificate and before the pointer still stops it."""
    gate.decide()

    def suspend(point: FaultPoint) -> None:
        if point is FaultPoint.CERTIFIED:
            gate.order(gate.city.order("suspend", "scenario", LIBRARY))

    release = gate.settle(gate.request(gate.stage()), at=suspend)
    assert release.reason is not None
    assert release.reason.code == "suspended"
    assert gate.bucket() == []


def test_what_was_published_before_the_suspension_stays_published(gate: GateCity) -> None:
    """A release whose pointer was written is recorded as what it is, even after an order."""
    gate.decide()
    release = gate.request(gate.stage())

    class Killed(BaseException):
        pass

    def kill(point: FaultPoint) -> None:
        if point is FaultPoint.POINTED:
            raise Killed

    with pytest.raises(Killed):
        gate.settle(release, at=kill)
    gate.order(gate.city.order("suspend", "scenario", LIBRARY))
    assert gate.settle(release).state is ReleaseState.PUBLISHED


def test_after_its_agreement_nothing_is_released(gate: GateCity) -> None:
    """Both agreements are in force on their last day, and not after (第十五条)."""
    plan = gate.city.plan()
    late = plan.valid_until + timedelta(hours=1)
    gate.decide(envelope=gate.city.decision(plan, decided_at=late - timedelta(days=2)))
    gate.clock = TickingClock(late)
    assert _refused(gate, gate.stage()).code == "operation_agreement_expired"


def test_a_manifest_of_another_scenario_is_refused(gate: GateCity) -> None:
    """One scenario's product is not released as another's."""
    gate.decide()
    gate.decide(MARKET)
    stolen = gate.admin.get_bytes(STAGING, gate.stage(scenario=MARKET).key)
    gate.stage()
    key = PREFIX + "manifest.json"
    for name in ("README.txt", DATA, "dictionary.json"):
        other = gate.admin.get_bytes(STAGING, f"{MARKET}/{RUN}/package/{name}")
        gate.admin.put_bytes(STAGING, PREFIX + name, other)
    manifest = gate.admin.put_bytes(STAGING, key, stolen)
    assert json.loads(stolen)["scenario"] == MARKET
    assert _refused(gate, manifest).code == "product_of_other_contract"
