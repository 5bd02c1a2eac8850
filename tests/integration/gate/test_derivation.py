"""The gate derives the product again: what does not follow from the snapshots is not published."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fakes.gate_city import GateCity, stage_of
from fakes.small_city import LIBRARY, ROWS, RUN, Row
from weir.crypto.file_keystore import FileKeyStore
from weir.model import ObjectRef, Reason, ReleaseState
from weir.release.manifest import DATA
from weir.storage.objects import STAGING

PREFIX = f"{LIBRARY}/{RUN}/package/"
ARTICLE = "第二十三条第(二)项"
BAD: Row = ("N" * 30, "510903", 9_999, "晴")
"""The suite turns it away: nobody comes that often."""


def refused(gate: GateCity, manifest: ObjectRef) -> Reason:
    release = gate.settle(gate.request(manifest))
    assert release.state is ReleaseState.REFUSED
    assert release.reason is not None
    assert gate.bucket() == []
    return release.reason


def product_of(gate: GateCity) -> list[Row]:
    """The staged product's rows."""
    table = pq.read_table(io.BytesIO(gate.admin.get_bytes(STAGING, PREFIX + DATA)))
    return [
        (row["reader"], row["district"], row["visits"], row["remark"]) for row in table.to_pylist()
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: [*rows, ("z" * len(rows[0][0]), "510903", 7, "晴")],
        lambda rows: [*rows, rows[-1]],
        lambda rows: rows[::-1],
        lambda rows: rows[:-1],
        lambda rows: [(*rows[0][:2], rows[0][2] + 1, rows[0][3]), *rows[1:]],
        lambda rows: [*rows[:-1], (ROWS[0][0], *rows[-1][1:])],
    ],
    ids=["invented", "doubled", "reordered", "left_out", "changed", "unmasked"],
)
def test_rows_of_a_workers_own_making_are_refused(
    gate: GateCity, spoil: Callable[[Sequence[Row]], Sequence[Row]]
) -> None:
    """Digests, schema and manifest agree with each other, and the snapshots give other rows."""
    gate.decide()
    manifest = gate.stage()
    rows = spoil(product_of(gate))
    hostile = gate.restage(manifest, files={DATA: gate.encoded(rows)}, rows=len(rows))
    reason = refused(gate, hostile)
    assert (reason.code, reason.article) == ("product_not_derivable", ARTICLE)


def test_a_quarantined_row_stays_out_of_an_honest_product(gate: GateCity) -> None:
    """The gate finds the same good rows as the worker did."""
    gate.decide()
    release = gate.settle(gate.request(gate.stage(rows=[*ROWS, BAD])))
    assert (release.state, release.rows) == (ReleaseState.PUBLISHED, len(ROWS))


def test_a_quarantined_row_is_not_brought_back_by_an_edited_verdict(gate: GateCity) -> None:
    """What Airflow's administrator writes into the XCom of `check_quality` is not believed."""
    gate.decide()
    run = gate.run(rows=[*ROWS, BAD])
    snapshot = run.pull(LIBRARY)
    verdict = run.check_quality(snapshot)
    assert verdict.rows_quarantined == 1
    edited = replace(verdict, rows_quarantined=0, quarantine=None, quarantine_key_id=None)
    assert refused(gate, stage_of(run, [snapshot], [edited])).code == "product_not_derivable"


def test_a_refusal_edited_into_a_pass_is_refused_at_the_gate(gate: GateCity) -> None:
    """The gate judges the snapshot itself, by its own copy of the suite."""
    gate.decide()
    run = gate.run(rows=[*ROWS, *[BAD] * 6])
    snapshot = run.pull(LIBRARY)
    passed = gate.run(run_id="run-2").check_quality(gate.run(run_id="run-2").pull(LIBRARY))
    edited = replace(passed, rows_in=snapshot.rows)
    reason = refused(gate, stage_of(run, [snapshot], [edited]))
    assert (reason.code, reason.article) == ("quality_blocked", "第六条")


def test_a_product_masked_with_another_key_is_refused(gate: GateCity, tmp_path: Path) -> None:
    """Pseudonyms of a key that somebody else may hold are not the scenario's."""
    gate.decide()
    run = gate.run()
    snapshot = run.pull(LIBRARY)
    verdict = run.check_quality(snapshot)
    run.mask([snapshot], [verdict])
    shutil.copytree(gate.city.root / "keys", tmp_path / "stolen")
    stolen = FileKeyStore(tmp_path / "stolen")
    stolen.destroy("mask/library-visits/pseudonym")
    other = replace(run, ports=replace(run.ports, keys=stolen))
    assert refused(gate, stage_of(other, [snapshot], [verdict])).code == "product_not_derivable"


def test_a_key_that_the_gate_does_not_find_is_not_made_up(gate: GateCity) -> None:
    """Without the scenario's key there is nothing to compare with, so nothing is released."""
    gate.decide()
    manifest = gate.stage()
    gate.masking_keys.destroy("mask/library-visits/pseudonym")
    assert refused(gate, manifest).code == "key_missing"
    made = (gate.city.root / "masking-keys").iterdir()
    assert not any("pseudonym" in path.name for path in made)


@pytest.mark.article("第二十三条")
def test_a_key_that_a_worker_chose_never_reaches_a_product(gate: GateCity) -> None:
    """Who writes to the workers' keystore masks with a key it knows, and nothing is published."""
    gate.decide()
    run = gate.run()
    snapshot = run.pull(LIBRARY)
    verdict = run.check_quality(snapshot)
    gate.keys.put("mask/library-visits/pseudonym", bytes(16))
    reason = refused(gate, stage_of(run, [snapshot], [verdict]))
    assert (reason.code, reason.article) == ("masking_key_foreign", ARTICLE)


def test_a_foreign_masking_key_is_gone_after_the_next_pull(gate: GateCity) -> None:
    """The intake lays its own over it, so one break-in holds up one run."""
    gate.decide()
    gate.run(run_id="run-0").pull(LIBRARY)
    own = gate.keys.get("mask/library-visits/pseudonym")
    gate.keys.put("mask/library-visits/pseudonym", bytes(16))
    gate.run().pull(LIBRARY)
    assert gate.keys.get("mask/library-visits/pseudonym") == own
    assert gate.masking_keys.get("mask/library-visits/pseudonym") == own


def test_the_gate_leaves_no_trace_of_deriving(gate: GateCity) -> None:
    """No quarantine, report or key of its own stays in the store or the keystore."""
    gate.decide()
    manifest = gate.stage(rows=[*ROWS, BAD])
    before = {path.name for path in (gate.city.root / "keys").iterdir()}
    objects = {info.key for info in gate.admin.list("weir-quarantine")}
    gate.settle(gate.request(manifest))
    assert {path.name for path in (gate.city.root / "keys").iterdir()} == before
    assert {info.key for info in gate.admin.list("weir-quarantine")} == objects


def _quality(told: dict[str, Any]) -> None:
    told["provenance"]["quality"][0]["results"][0]["evaluated_rows"] = 7


def _disclosure(told: dict[str, Any]) -> None:
    told["provenance"]["disclosure"]["k_found"] = 99


def _words(told: dict[str, Any]) -> None:
    told["provenance"]["scans_before"][0]["notes"] = [{"code": "n", "what": "张三 住 船山区"}]


def _detector(told: dict[str, Any]) -> None:
    told["provenance"]["scan_after"]["detector"] = "张三 住 船山区"


def _reference(told: dict[str, Any]) -> None:
    told["provenance"]["quality"][0]["quarantine_key_id"] = "张三"


def _term(told: dict[str, Any]) -> None:
    told["provenance"]["authorisation"]["policy_pack"] = "张三"


def _lapse(told: dict[str, Any]) -> None:
    told["provenance"]["authorisation"]["policy_lapsed"] = True


def _cells(told: dict[str, Any]) -> None:
    told["provenance"]["scans_before"][0]["cells"] = 440301199001011234


def _grade(told: dict[str, Any]) -> None:
    told["provenance"]["scan_after"]["grade"] = 6


def _counts(told: dict[str, Any]) -> None:
    field = told["provenance"]["scans_before"][0]["fields"][0]
    field["entities"] = {told["provenance"]["scan_after"]["entities_covered"][0]: 3}


def _order(told: dict[str, Any]) -> None:
    told["provenance"]["scan_after"]["fields"].reverse()


CHANGES = [
    *(_quality, _disclosure, _words, _detector, _reference, _term),
    *(_cells, _grade, _counts, _order, _lapse),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_manifest_that_tells_something_else_is_refused(
    gate: GateCity, change: Callable[[dict[str, Any]], None]
) -> None:
    """Its figures are those the gate derives, and it carries no word of a worker's own."""
    gate.decide()
    reason = refused(gate, gate.restage(gate.stage(), change=change))
    assert (reason.code, reason.article) == ("figures_not_derivable", ARTICLE)
