"""Releases that are taken from consumers (下架, 第二十三条)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.gate_city import OFFICER, GateCity
from fakes.small_city import LIBRARY, RUN
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError
from weir.gate.credentials import Credentials
from weir.gate.delisting import Delister
from weir.gate.ports import FaultPoint
from weir.gate.publisher import Publisher
from weir.gate.reconcile import Reconciler
from weir.gate.release_store import Release
from weir.model import ReleaseState
from weir.release.fetch import fetch_bucket
from weir.release.manifest import DATA
from weir.release.verify import Verification, verify_release

BUCKET = f"release-{LIBRARY}"


class Killed(BaseException):
    pass


def _reconcile(gate: GateCity) -> None:
    ports = gate.ports
    assert Reconciler(ports, Credentials(ports)).run_once() == 0


def _found(gate: GateCity, release: Release) -> Release:
    held = gate.releases.find(release.release_id)
    assert held is not None
    return held


def _latest(gate: GateCity) -> str | None:
    told = json.loads(gate.admin.get_bytes(BUCKET, "latest.json"))
    name: str | None = told["release_id"]
    return name


def _fetched(gate: GateCity, folder: Path) -> Verification:
    fetch_bucket(gate.admin, BUCKET, folder, pause_seconds=0)
    return verify_release(
        folder, operator_key=gate.city.operator.public, bureau_key=gate.city.bureau.public
    )


def _folder(release: Release, *names: str) -> set[str]:
    return {f"releases/{release.release_id}/{name}" for name in names}


def test_a_delisted_release_leaves_tombstone_and_certificate(
    gate: GateCity, tmp_path: Path
) -> None:
    """Its data are gone, the pointer names the release before, and history stays in the store."""
    first = gate.publish(run_id="run-1")
    second = gate.publish(run_id="run-2")
    assert gate.delist(second).state is ReleaseState.DELISTING
    _reconcile(gate)
    held = _found(gate, second)
    assert held.state is ReleaseState.DELISTED
    assert held.published_at is not None
    assert held.reason is not None
    assert held.reason.code == "release_delisted"
    assert _latest(gate) == first.release_id
    left = {key for key in gate.bucket() if second.release_id in key}
    assert left == _folder(second, "certificate.json", "tombstone.json")
    found = _fetched(gate, tmp_path / "copy")
    assert found.passed, found.failures
    assert [one.release_id for one in found.releases] == [first.release_id]
    (tombstone,) = found.delisted
    assert (tombstone.release_id, tombstone.ordered_by) == (second.release_id, "operator")
    assert (tombstone.ground, tombstone.article) == ("发现违规加工", "第二十三条")
    assert gate.copy(tmp_path / "whole").passed


def test_when_none_is_left_the_pointer_says_so(gate: GateCity, tmp_path: Path) -> None:
    """And the next release is pointed to again."""
    only = gate.publish(run_id="run-1")
    gate.delist(only)
    _reconcile(gate)
    assert _latest(gate) is None
    found = _fetched(gate, tmp_path / "copy")
    assert found.passed, found.failures
    assert found.releases == ()
    later = gate.publish(run_id="run-2")
    assert _latest(gate) == later.release_id
    assert _fetched(gate, tmp_path / "copy").passed


def test_an_earlier_release_is_delisted_without_moving_the_newest(gate: GateCity) -> None:
    """The pointer stays where it was; its instant never goes back."""
    first = gate.publish(run_id="run-1")
    second = gate.publish(run_id="run-2")
    before = json.loads(gate.admin.get_bytes(BUCKET, "latest.json"))["pointed_at"]
    gate.delist(first)
    _reconcile(gate)
    assert _latest(gate) == second.release_id
    assert json.loads(gate.admin.get_bytes(BUCKET, "latest.json"))["pointed_at"] > before


def test_the_bureaus_order_delists_and_goes_with_the_tombstone(
    gate: GateCity, tmp_path: Path
) -> None:
    """A consumer checks it with the bureau's key alone."""
    release = gate.publish()
    gate.order(gate.city.order("delist", "release", release.release_id, order_id="o-9"))
    _reconcile(gate)
    assert _found(gate, release).state is ReleaseState.DELISTED
    found = _fetched(gate, tmp_path / "copy")
    assert found.passed, found.failures
    (tombstone,) = found.delisted
    assert tombstone.ordered_by == "bureau"
    assert tombstone.ordered_as_stated(gate.city.bureau.public)
    intent, outcome = (r for r in gate.records() if r.action == "release.delisted")
    assert (intent.phase, outcome.phase) == ("intent", "outcome")
    assert outcome.intent_id == intent.id
    assert (intent.initiator.id, intent.data["order_id"]) == ("weir-bureau", "o-9")
    _reconcile(gate)
    assert len([r for r in gate.records() if r.action == "release.delisted"]) == 2


def test_a_release_ordered_away_before_it_is_published_is_refused(gate: GateCity) -> None:
    """The order holds whenever it comes."""
    gate.decide()
    release = gate.request(gate.stage())

    def order(point: FaultPoint) -> None:
        if point is FaultPoint.FILES_COPIED:
            gate.order(gate.city.order("delist", "release", release.release_id))

    settled = gate.settle(release, at=order)
    assert settled.reason is not None
    assert settled.reason.code == "release_delisted"
    assert gate.bucket() == []


def test_only_what_is_published_is_delisted(gate: GateCity) -> None:
    """Not twice, and not what was never there."""
    refused = gate.settle(gate.request(gate.stage()))
    release = gate.publish(run_id=f"{RUN}-2")
    gate.delist(release)
    for one in (refused, release):
        with pytest.raises(AuthorisationError) as refusal:
            gate.delist(one)
        assert refusal.value.code == "move_out_of_order"
    _reconcile(gate)
    with pytest.raises(AuthorisationError):
        gate.delist(release)


def test_a_delisted_release_is_not_published_again(gate: GateCity) -> None:
    """Asked for again by the same run, it is answered as what it is."""
    release = gate.publish()
    gate.delist(release)
    _reconcile(gate)
    again = gate.request(release.manifest)
    assert again.state is ReleaseState.DELISTED
    assert gate.settle(again).state is ReleaseState.DELISTED


def test_a_delisted_product_does_not_come_back_under_another_manifest(gate: GateCity) -> None:
    """Another release of the same run is refused before anything else is asked of it."""
    release = gate.publish()
    gate.delist(release)
    _reconcile(gate)

    def other(told: dict[str, Any]) -> None:
        told["provenance"]["disclosure"]["k_found"] = 99

    again = gate.settle(gate.request(gate.restage(gate.stage(), change=other)))
    assert again.release_id != release.release_id
    assert again.reason is not None
    assert (again.reason.code, again.reason.article) == ("release_delisted", "第二十三条")


def test_a_consumer_who_kept_the_data_is_told(gate: GateCity, tmp_path: Path) -> None:
    """A copy that was brought up to date without removing anything fails, file by file."""
    release = gate.publish()
    folder = tmp_path / "copy"
    assert gate.copy(folder).passed
    gate.delist(release)
    _reconcile(gate)
    found = gate.copy(folder)
    assert not found.passed
    told = {one.path for one in found.failures if one.code == "release_delisted"}
    assert told == _folder(release, "README.txt", DATA, "dictionary.json", "manifest.json")


@pytest.mark.parametrize("point", [FaultPoint.CERTIFIED, FaultPoint.FILES_COPIED])
def test_a_publisher_that_lost_its_turn_does_not_bring_a_release_back(
    gate: GateCity, tmp_path: Path, point: FaultPoint
) -> None:
    """It wakes after another process has published and delisted the release."""
    gate.decide()
    release = gate.request(gate.stage())

    def sleep(reached: FaultPoint) -> None:
        if reached is not point:
            return
        # The turn is a lock in the database: gone with a connection that broke.
        Publisher(gate.ports)._settle(release)
        assert _found(gate, release).state is ReleaseState.PUBLISHED
        gate.delist(release)
        Delister(gate.ports)._settle(_found(gate, release))

    gate.settle(release, at=sleep)
    assert _found(gate, release).state is ReleaseState.DELISTED
    assert _latest(gate) is None
    found = _fetched(gate, tmp_path / "copy")
    assert found.passed, found.failures
    left = {key for key in gate.bucket() if release.release_id in key}
    assert left == _folder(release, "certificate.json", "tombstone.json")


def test_a_publisher_that_lost_its_turn_removes_nothing_that_was_published(
    gate: GateCity, tmp_path: Path
) -> None:
    """Its own refusal comes too late: another process has published, and the pointer moved on."""
    gate.decide()
    release = gate.request(gate.stage())

    def sleep(reached: FaultPoint) -> None:
        if reached is FaultPoint.FILES_COPIED:
            Publisher(gate.ports)._settle(release)
            later = gate.stage(run_id=f"{RUN}-2")
            Publisher(gate.ports)._settle(gate.request(later, run_id=f"{RUN}-2"))
            raise ZeroDivisionError

    gate.settle(release, at=sleep)
    assert _found(gate, release).state is ReleaseState.PUBLISHED
    found = _fetched(gate, tmp_path / "copy")
    assert found.passed, found.failures
    assert len(found.releases) == 2


def test_what_a_killed_publisher_wrote_afterwards_is_swept(gate: GateCity) -> None:
    """The first pass of a gate clears the folders of delisted releases."""
    release = gate.publish()
    gate.delist(release)
    _reconcile(gate)
    (stray,) = _folder(release, DATA)
    gate.admin.put_bytes(BUCKET, stray, b"written too late")
    _reconcile(gate)
    assert stray not in gate.bucket()


def test_a_tombstone_needs_the_operators_key(gate: GateCity, tmp_path: Path) -> None:
    """Whoever writes one of its own into a bucket takes nothing from consumers."""
    release = gate.publish()
    folder = tmp_path / "copy"
    gate.copy(folder)
    forged = Envelope.from_json(
        json.loads((folder / "releases" / release.release_id / "certificate.json").read_bytes())
    )
    path = folder / "releases" / release.release_id / "tombstone.json"
    path.write_bytes(json.dumps(forged.to_json()).encode())
    found = verify_release(
        folder, operator_key=gate.city.operator.public, bureau_key=gate.city.bureau.public
    )
    assert not found.passed
    assert found.delisted == ()


def test_the_person_who_delisted_stands_in_the_record(gate: GateCity) -> None:
    """The ground itself is kept beside the release, its digest in the record."""
    gate.delist(gate.publish())
    record = gate.records()[-1]
    assert (record.action, record.phase) == ("release.delisted", "intent")
    assert (record.initiator.id, record.initiator.role) == (OFFICER.id, OFFICER.role)
    assert len(str(record.data["ground"])) == 64
