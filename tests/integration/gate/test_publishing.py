from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from fakes.gate_city import GateCity, TickingClock
from fakes.memory_store import MemoryStore
from fakes.small_city import LIBRARY, NOW, ROWS, RUN
from weir.errors import StoreUnavailableError, UnavailableError
from weir.evidence.actions import Action
from weir.evidence.tables import outbox
from weir.gate.ports import FaultPoint
from weir.gate.publisher import Publisher
from weir.gate.recall import stated_recall
from weir.gate.records import about_release
from weir.gate.release_store import refused
from weir.model import Reason, ReleaseState
from weir.privacy.detector import table_detector
from weir.release.manifest import DATA
from weir.storage.objects import STAGING

FILES = {"README.txt", "certificate.json", DATA, "dictionary.json", "manifest.json"}


class Killed(BaseException):
    """The gate's process, ended at a point of its protocol."""


def at_certificate(point: FaultPoint) -> None:
    if point is FaultPoint.CERTIFIED:
        raise Killed


def _folder(release_id: str) -> set[str]:
    return {f"releases/{release_id}/{name}" for name in FILES}


def test_a_product_in_order_is_published_whole(gate: GateCity, tmp_path: Path) -> None:
    """The consumer finds pointer, files, manifest and certificate, and all of it verifies."""
    release = gate.publish()
    assert (release.state, release.rows, release.objects) == (
        ReleaseState.PUBLISHED,
        len(ROWS),
        5,
    )
    assert set(gate.bucket()) == _folder(release.release_id) | {"latest.json"}
    found = gate.copy(tmp_path / "copy")
    assert found.passed, found.failures


def test_the_certificate_states_the_recall_of_the_gates_scan(
    gate: GateCity, tmp_path: Path
) -> None:
    """Of the very entity table in use, or that it was not evaluated."""
    gate.publish()
    (found,) = gate.copy(tmp_path / "copy").releases
    assert found.recall == stated_recall(table_detector().entities_covered)


def test_the_certificate_names_the_audit_record_of_its_release(
    gate: GateCity, tmp_path: Path
) -> None:
    """Who holds a copy can ask the bureau for it; an attempt that was killed keeps its record."""
    manifest = gate.stage()
    gate.decide()
    release = gate.request(manifest)
    with pytest.raises(Killed):
        gate.settle(release, at=at_certificate)
    gate.settle(release)
    (found,) = gate.copy(tmp_path / "copy").releases
    intent = next(
        one for one in gate.records() if (one.action, one.phase) == ("release.published", "intent")
    )
    assert found.audit_record == intent.id


def test_the_published_bytes_are_the_staged_ones(gate: GateCity) -> None:
    """What was checked is what consumers read."""
    manifest = gate.stage()
    gate.decide()
    release = gate.settle(gate.request(manifest))
    staged = gate.admin.get_bytes(STAGING, manifest.key.replace("manifest.json", DATA))
    key = f"releases/{release.release_id}/{DATA}"
    assert gate.admin.get_bytes(f"release-{LIBRARY}", key) == staged


def test_asked_twice_it_is_one_release(gate: GateCity) -> None:
    """The same run with the same manifest is the same release, before and after publication."""
    gate.decide()
    manifest = gate.stage()
    first = gate.request(manifest)
    assert gate.request(manifest) == first
    published = gate.settle(first)
    assert gate.request(manifest) == published
    assert gate.settle(first) == published
    assert len(gate.releases.of(LIBRARY)) == 1


def test_another_manifest_of_the_run_is_another_release(gate: GateCity, tmp_path: Path) -> None:
    """A run that was repeated with other data does not overwrite what was published."""
    gate.publish()
    other = gate.stage(rows=ROWS[:10])
    release = gate.settle(gate.request(other))
    assert release.state is ReleaseState.PUBLISHED
    found = gate.copy(tmp_path / "copy")
    assert found.passed, found.failures
    assert len(found.releases) == 2


def test_latest_names_the_newest_release(gate: GateCity, tmp_path: Path) -> None:
    """Each release moves the pointer on; the earlier one stays readable."""
    gate.publish(run_id="run-1")
    second = gate.publish(run_id="run-2")
    latest = json.loads(gate.admin.get_bytes(f"release-{LIBRARY}", "latest.json"))
    assert latest["release_id"] == second.release_id
    assert gate.copy(tmp_path / "copy").passed


def test_processes_that_settle_at_once_publish_once(gate: GateCity, tmp_path: Path) -> None:
    """Eight threads at one release leave one outcome and one release."""
    gate.decide()
    release = gate.request(gate.stage())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: gate.settle(release), range(8)))
    gate.settle(release)
    outcomes = [r for r in gate.records() if r.action == "release.published"]
    assert sorted(r.phase for r in outcomes) == ["intent", "outcome"]
    assert len(gate.copy(tmp_path / "copy").releases) == 1


def test_intent_and_outcome_are_kept_with_their_states(gate: GateCity) -> None:
    """The records name the contract, the decision and the certificate, and no cell."""
    release = gate.publish()
    intent, outcome = (r for r in gate.records() if r.action == "release.published")
    assert (intent.phase, outcome.phase) == ("intent", "outcome")
    assert outcome.intent_id == intent.id
    assert outcome.data["rows_out"] == len(ROWS)
    assert outcome.data["release_id"] == release.release_id
    assert outcome.legal.contract_digest == gate.city.plan().contract_digest
    assert outcome.legal.decision_digest
    with gate.engine.connect() as connection:
        bodies = b"".join(bytes(body) for body in connection.scalars(select(outbox.c.body)))
    assert ROWS[0][0].encode() not in bodies
    assert b'"eventType":"COMPLETE"' in bodies


def test_a_store_that_dies_midway_leaves_nothing_visible(
    gate: GateCity, memory: MemoryStore, tmp_path: Path
) -> None:
    """The release stays under check without a pointer, and is published when the store is back."""
    gate.decide()
    release = gate.request(gate.stage())

    def die(point: FaultPoint) -> None:
        memory.down = point is FaultPoint.FILES_COPIED

    with pytest.raises(StoreUnavailableError):
        gate.settle(release, at=die)
    memory.down = False
    held = gate.releases.find(release.release_id)
    assert held is not None
    assert held.state is ReleaseState.CHECKING
    assert "latest.json" not in gate.bucket()
    assert gate.settle(release).state is ReleaseState.PUBLISHED
    assert gate.copy(tmp_path / "copy").passed
    outcome = gate.records()[-1]
    assert (outcome.action, outcome.phase) == ("release.published", "reconciled")


def test_a_database_that_dies_midway_is_waited_for(gate: GateCity, tmp_path: Path) -> None:
    """When the outcome cannot be kept, the next attempt finds the release and keeps it."""
    gate.decide()
    release = gate.request(gate.stage())

    def cut(point: FaultPoint) -> None:
        if point is FaultPoint.POINTED:
            with gate.engine.connect() as connection:
                connection.exec_driver_sql(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
            gate.engine.dispose()

    with pytest.raises(UnavailableError):
        gate.settle(release, at=cut)
    assert gate.settle(release).state is ReleaseState.PUBLISHED
    assert gate.copy(tmp_path / "copy").passed
    closed = [r.phase for r in gate.records() if r.action == "release.published"]
    assert closed in (["intent", "outcome"], ["intent", "reconciled"])


def test_a_contract_decided_anew_between_certificate_and_pointer_is_not_released(
    gate: GateCity,
) -> None:
    """The certificate of a killed attempt counts for the contract it was signed over (第十三条)."""
    gate.decide()
    release = gate.request(gate.stage())
    with pytest.raises(Killed):
        gate.settle(release, at=at_certificate)
    with gate.city.edited(LIBRARY, title="另一名称"):
        gate.decide()
        settled = gate.settle(release)
    assert settled.reason is not None
    assert (settled.reason.code, settled.reason.article) == ("certificate_outdated", "第十三条")
    assert gate.bucket() == []


def test_of_two_that_close_an_attempt_one_keeps_its_outcome(gate: GateCity) -> None:
    """A gate that lost its turn while it worked finds the attempt closed, and keeps nothing."""
    release = gate.request(gate.stage())
    about = about_release(release.release_id, release.scenario, release.run_id)
    intent = gate.recorder.intent(Action.RELEASE_PUBLISHED, about, {})
    assert gate.releases.begin(release.release_id, intent) is not None
    reason = Reason(code="decision_missing", what="no", article="第十三条", remedy="decide")
    kept = []
    for _ in range(2):
        outcome = gate.recorder.outcome(
            Action.RELEASE_REFUSED, about, {}, intent_id=intent.id, reconciled=False
        )
        kept.append(gate.releases.close(release.release_id, refused(reason), outcome))
    assert kept == [True, False]
    assert [one.action for one in gate.records()].count("release.refused") == 1


def test_an_old_attempt_does_not_take_the_pointer_back(gate: GateCity, tmp_path: Path) -> None:
    """An attempt certified earlier and finished later leaves latest.json with the newer one."""
    gate.decide()
    first = gate.request(gate.stage(run_id="run-1"), run_id="run-1")
    with pytest.raises(Killed):
        gate.settle(first, at=at_certificate)
    second = gate.settle(gate.request(gate.stage(run_id="run-2"), run_id="run-2"))
    assert gate.settle(first).state is ReleaseState.PUBLISHED
    latest = json.loads(gate.admin.get_bytes(f"release-{LIBRARY}", "latest.json"))
    assert latest["release_id"] == second.release_id
    found = gate.copy(tmp_path / "copy")
    assert found.passed, found.failures


def test_a_clock_before_the_last_release_is_waited_out(gate: GateCity) -> None:
    """A certificate never dates from before the one it follows."""
    gate.publish(run_id="run-1")
    gate.clock = TickingClock(NOW - timedelta(hours=1))
    with pytest.raises(UnavailableError) as refusal:
        gate.publish(run_id="run-2")
    assert refusal.value.code == "clock_behind"


def test_a_pointer_the_gate_has_not_signed_stops_everything(gate: GateCity) -> None:
    """Somebody wrote the bucket: nothing is published over it, and it stays as evidence."""
    gate.publish(run_id="run-1")
    gate.admin.put_bytes(f"release-{LIBRARY}", "latest.json", b"{}")
    release = gate.publish(run_id="run-2")
    assert release.state is ReleaseState.REFUSED
    assert release.reason is not None
    assert release.reason.code == "latest_malformed"
    assert gate.admin.get_bytes(f"release-{LIBRARY}", "latest.json") == b"{}"


def test_foreign_bytes_under_the_releases_name_are_refused(gate: GateCity) -> None:
    """The gate does not certify what it did not put there."""
    gate.decide()
    release = gate.request(gate.stage())
    bucket, key = f"release-{LIBRARY}", f"releases/{release.release_id}/{DATA}"
    gate.admin.ensure_bucket(bucket)
    gate.admin.put_bytes(bucket, key, b"something else")
    settled = gate.settle(release)
    assert settled.reason is not None
    assert settled.reason.code == "release_occupied"
    assert gate.bucket() == []


def test_an_unforeseen_error_is_a_refusal_without_its_text(gate: GateCity) -> None:
    """A bug in the gate publishes nothing, does not loop, and quotes nothing."""
    gate.decide()

    def fail(point: FaultPoint) -> None:
        if point is FaultPoint.CHECKED:
            raise ZeroDivisionError("言谨之 510903199001019995")

    release = gate.settle(gate.request(gate.stage()), at=fail)
    assert release.reason is not None
    assert release.reason.code == "internal_error"
    assert "510903" not in str(release.reason)
    assert gate.bucket() == []


def test_an_empty_product_is_published(gate: GateCity, tmp_path: Path) -> None:
    """No rows are a result too; a group that is not there is no small group."""
    gate.decide()
    release = gate.settle(gate.request(gate.stage(rows=())))
    assert (release.state, release.rows) == (ReleaseState.PUBLISHED, 0), release.reason
    assert gate.copy(tmp_path / "copy").passed


def test_the_source_stands_inside_the_published_file(gate: GateCity) -> None:
    """Attribution travels with the data (第十四条)."""
    release = gate.publish()
    data = gate.admin.get_bytes(f"release-{LIBRARY}", f"releases/{release.release_id}/{DATA}")
    metadata = pq.read_metadata(io.BytesIO(data)).metadata
    assert metadata[b"weir.attribution"].decode() == gate.city.plan().scenario.attribution


def test_releases_of_two_scenarios_go_their_own_ways(gate: GateCity) -> None:
    """Each scenario has its bucket, and a release is of one scenario."""
    library = gate.publish()
    market = gate.publish(scenario="market-stalls")
    assert set(gate.bucket("market-stalls")) == _folder(market.release_id) | {"latest.json"}
    assert library.release_id != market.release_id


def test_a_refused_release_may_be_asked_for_again(gate: GateCity) -> None:
    """Once the bureau has decided, the same product passes: every check runs anew."""
    manifest = gate.stage()
    refused = gate.settle(gate.request(manifest))
    assert refused.state is ReleaseState.REFUSED
    gate.decide()
    again = gate.request(manifest)
    assert (again.state, again.reason) == (ReleaseState.REQUESTED, None)
    published = gate.settle(again)
    assert (published.state, published.reason) == (ReleaseState.PUBLISHED, None)
    assert published.release_id == refused.release_id


def test_a_release_names_its_run(gate: GateCity) -> None:
    """The records of request, intent and outcome belong to the run that asked."""
    gate.publish()
    assert {r.run_id for r in gate.records() if r.event_type == "release"} == {RUN}


def test_the_gate_cannot_make_buckets_itself(gate: GateCity) -> None:
    """Making a bucket is an administrator's act behind its own port."""
    made: list[str] = []

    def make(bucket: str) -> None:
        made.append(bucket)
        gate.admin.ensure_bucket(bucket)

    ports = replace(gate.ports, make_bucket=make)
    gate.decide()
    release = gate.request(gate.stage())
    Publisher(ports).settle(release)
    assert made == [f"release-{LIBRARY}"]
