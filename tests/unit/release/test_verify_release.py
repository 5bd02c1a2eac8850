from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.released_folder import FIRST, SECOND, bury, certificate_of, write_release
from fakes.small_city import LIBRARY, MARKET, NOW, ROWS, SmallCity
from weir.crypto.sm2 import SigningKey
from weir.errors import ContractError
from weir.model import Reason, Verdict
from weir.release.certificate import Approval, egress
from weir.release.findings import EXPLANATIONS
from weir.release.latest import Latest
from weir.release.manifest import CERTIFICATE, DATA, MANIFEST
from weir.release.recall import NOT_EVALUATED, EntityRecall, Recall
from weir.release.tombstone import read_tombstone
from weir.release.verify import Verification, verify_release


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    return SmallCity(tmp_path / "city")


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    return tmp_path / "bucket"


def _verify(city: SmallCity, folder: Path) -> Verification:
    return verify_release(folder, operator_key=city.operator.public, bureau_key=city.bureau.public)


def _codes(city: SmallCity, folder: Path) -> set[str]:
    found = _verify(city, folder)
    assert not found.passed
    return {one.code for one in found.failures}


def test_a_release_verifies_alone_and_inside_its_bucket(city: SmallCity, bucket: Path) -> None:
    """What the gate publishes verifies with two public keys and no network."""
    release = write_release(city, bucket)
    for folder in (release, bucket):
        found = _verify(city, folder)
        assert found.passed, found.failures
        assert [(r.release_id, r.scenario, r.rows, r.files) for r in found.releases] == [
            (FIRST, LIBRARY, len(ROWS), 5)
        ]


def test_a_release_verifies_under_a_name_of_the_readers_choice(
    city: SmallCity, bucket: Path, tmp_path: Path
) -> None:
    """A consumer may keep a release in any folder."""
    shutil.copytree(write_release(city, bucket), tmp_path / "七月数据")
    assert _verify(city, tmp_path / "七月数据").passed


def test_every_failure_is_explained_in_both_languages() -> None:
    """Chinese comes first and is Chinese; English is ASCII."""
    for zh, en in EXPLANATIONS.values():
        assert any("\u4e00" <= character <= "\u9fff" for character in zh)
        assert en.isascii()


@pytest.mark.parametrize("name", ["README.txt", DATA, "dictionary.json", MANIFEST])
def test_a_changed_file_is_named(city: SmallCity, bucket: Path, name: str) -> None:
    """One flipped bit in any file fails, and the report says which file."""
    path = write_release(city, bucket) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = _verify(city, bucket)
    assert ("file_changed", f"releases/{FIRST}/{name}") in {
        (one.code, one.path) for one in found.failures
    }


@pytest.mark.parametrize("name", ["README.txt", DATA, "dictionary.json", MANIFEST, CERTIFICATE])
def test_a_missing_file_is_named(city: SmallCity, bucket: Path, name: str) -> None:
    """A release is whole or it fails."""
    (write_release(city, bucket) / name).unlink()
    assert _codes(city, bucket) >= {
        "certificate_missing" if name == CERTIFICATE else "file_missing"
    }


@pytest.mark.parametrize("name", ["notes.txt", "data/part-00001.parquet", "data/.hidden"])
def test_an_additional_file_is_no_part_of_the_release(
    city: SmallCity, bucket: Path, name: str
) -> None:
    """A file that nobody certified does not hide among those that are."""
    (write_release(city, bucket) / name).write_bytes(b"")
    assert _codes(city, bucket) == {"file_unexpected"}


def test_a_file_beside_the_releases_is_no_part_of_the_bucket(city: SmallCity, bucket: Path) -> None:
    """The bucket's copy holds the pointer and releases, and nothing else."""
    write_release(city, bucket)
    (bucket / "README.txt").write_text("特别优惠")
    (bucket / "releases" / "index.html").write_text("")
    assert _codes(city, bucket) == {"file_unexpected"}


def test_a_link_is_no_file(city: SmallCity, bucket: Path, tmp_path: Path) -> None:
    """A link could lead to other bytes tomorrow."""
    path = write_release(city, bucket) / DATA
    path.rename(tmp_path / "data.parquet")
    path.symlink_to(tmp_path / "data.parquet")
    assert _codes(city, bucket) == {"file_not_regular", "file_missing"}


def test_a_pipe_does_not_hang_the_verifier(city: SmallCity, bucket: Path) -> None:
    """What is neither file nor folder is reported, not opened."""
    os.mkfifo(write_release(city, bucket) / "pipe")
    assert _codes(city, bucket) == {"file_not_regular"}


def test_a_hostile_name_is_printed_escaped(city: SmallCity, bucket: Path) -> None:
    """A file name cannot drive the terminal of whoever reads the report."""
    (write_release(city, bucket) / "\x1b[2Jok").write_bytes(b"")
    (failure,) = _verify(city, bucket).failures
    assert failure.path.isprintable()


def test_nothing_verifies_as_nothing(city: SmallCity, tmp_path: Path) -> None:
    """An absent, an empty and a foreign folder fail: there is nothing that was released."""
    (tmp_path / "empty").mkdir()
    (absent,) = _verify(city, tmp_path / "absent").failures
    assert (absent.code, absent.path) == ("folder_missing", "absent")
    (empty,) = _verify(city, tmp_path / "empty").failures
    assert (empty.code, empty.path) == ("folder_missing", "empty")
    (tmp_path / "file").write_text("")
    assert _codes(city, tmp_path / "file") == {"folder_missing"}


def test_another_operators_key_verifies_nothing(city: SmallCity, bucket: Path) -> None:
    """The signature has to be by the key that the reader pins."""
    write_release(city, bucket)
    found = verify_release(
        bucket, operator_key=SigningKey.generate().public, bureau_key=city.bureau.public
    )
    assert {one.code for one in found.failures} == {"signature_invalid"}


def test_another_bureaus_key_verifies_nothing(city: SmallCity, bucket: Path) -> None:
    """The enclosed decision has to be signed by the bureau that the reader pins."""
    write_release(city, bucket)
    found = verify_release(
        bucket, operator_key=city.operator.public, bureau_key=SigningKey.generate().public
    )
    assert {one.code for one in found.failures} == {"decision_invalid"}


def test_the_keys_are_not_interchangeable(city: SmallCity, bucket: Path) -> None:
    """Swapped keys fail: operator and bureau sign different things."""
    write_release(city, bucket)
    found = verify_release(bucket, operator_key=city.bureau.public, bureau_key=city.operator.public)
    assert not found.passed


def test_a_certificate_in_other_bytes_fails(city: SmallCity, bucket: Path) -> None:
    """Fields reordered, spaced or added around the signed payload are a change like any other."""
    path = write_release(city, bucket) / CERTIFICATE
    envelope = json.loads(path.read_bytes())
    signature = envelope["signatures"][0]
    for other in (
        json.dumps(dict(reversed(envelope.items()))),
        json.dumps(envelope, separators=(",", ":")) + "\n",
        json.dumps(envelope | {"comment": "ok"}, sort_keys=True, separators=(",", ":")),
        json.dumps(
            envelope | {"signatures": [signature, signature]}, sort_keys=True, separators=(",", ":")
        ),
        json.dumps(
            envelope | {"signatures": [signature | {"keyid": "0" * 64}]},
            sort_keys=True,
            separators=(",", ":"),
        ),
        "[" * 50_000,
        '"\\ud800"',
        "",
    ):
        path.write_text(other)
        assert _codes(city, bucket) & {"certificate_malformed", "signature_invalid"}


def test_a_certificate_with_a_changed_field_fails(city: SmallCity, bucket: Path) -> None:
    """Rewriting what was signed breaks the signature."""
    path = write_release(city, bucket) / CERTIFICATE
    envelope = json.loads(path.read_bytes())
    payload = base64.b64decode(envelope["payload"])
    envelope["payload"] = base64.b64encode(
        payload.replace(b'"lapsed":false', b'"lapsed":true')
    ).decode()
    path.write_text(json.dumps(envelope, sort_keys=True, separators=(",", ":")))
    assert "signature_invalid" in _codes(city, bucket)


def test_a_pointer_does_not_pass_for_a_certificate(city: SmallCity, bucket: Path) -> None:
    """Another document signed by the same key is still another document."""
    path = write_release(city, bucket) / CERTIFICATE
    signed = json.loads((bucket / "latest.json").read_bytes())["signed"]
    path.write_text(json.dumps(signed, sort_keys=True, separators=(",", ":")))
    assert "payload_type_mismatch" in _codes(city, bucket)


def test_an_old_release_does_not_pass_for_a_new_one(city: SmallCity, bucket: Path) -> None:
    """A whole genuine release under another's name is a replay."""
    release = write_release(city, bucket)
    release.rename(release.with_name(SECOND))
    assert _codes(city, release.with_name(SECOND)) == {"release_moved"}
    assert _codes(city, bucket) == {"release_moved"}


def test_an_old_certificate_does_not_cover_new_files(city: SmallCity, bucket: Path) -> None:
    """The certificate of one run does not verify beside the files of another."""
    old = write_release(city, bucket, release_id=FIRST, run_id="run-1")
    new = write_release(city, bucket, release_id=SECOND, run_id="run-2")
    shutil.copy(old / CERTIFICATE, new / CERTIFICATE)
    assert _codes(city, bucket) >= {"file_changed", "manifest_mismatch", "release_moved"}


def test_the_pointer_names_the_newest_release(city: SmallCity, bucket: Path) -> None:
    """An old pointer put back beside a newer release is found out."""
    write_release(city, bucket, release_id=FIRST, run_id="run-1")
    old = (bucket / "latest.json").read_bytes()
    later = NOW + timedelta(hours=1)
    write_release(city, bucket, release_id=SECOND, run_id="run-2", certified_at=later)
    assert _verify(city, bucket).passed
    (bucket / "latest.json").write_bytes(old)
    assert _codes(city, bucket) == {"latest_outdated"}


def test_a_pointer_to_what_is_not_there_fails(city: SmallCity, bucket: Path) -> None:
    """A pointer leads to a release in the same folder, or nowhere."""
    write_release(city, bucket, release_id=FIRST, run_id="run-1")
    gone = write_release(city, bucket, release_id=SECOND, run_id="run-2")
    shutil.rmtree(gone)
    assert _codes(city, bucket) == {"latest_elsewhere"}


def test_a_bucket_without_its_pointer_fails(city: SmallCity, bucket: Path) -> None:
    """Without latest.json nobody can tell which release is newest."""
    write_release(city, bucket, latest=False)
    assert _codes(city, bucket) == {"latest_missing"}


def _pointer(city: SmallCity, bucket: Path) -> None:
    """latest.json names none, as after the last delisting."""
    latest = Latest(
        scenario=LIBRARY,
        release_id=None,
        manifest_sm3=None,
        certificate_sm3=None,
        certified_at=None,
        pointed_at=NOW + timedelta(days=1),
    )
    (bucket / "latest.json").write_bytes(latest.sign(city.operator))


def test_a_delisted_release_is_named_and_passes(city: SmallCity, bucket: Path) -> None:
    """Tombstone and certificate alone, in the bucket's copy and in a folder of its own."""
    release = write_release(city, bucket)
    bury(city, bucket, FIRST)
    _pointer(city, bucket)
    for folder in (release, bucket):
        found = _verify(city, folder)
        assert found.passed, found.failures
        assert found.releases == ()
        assert [one.release_id for one in found.delisted] == [FIRST]


def test_a_pointer_to_a_delisted_release_fails(city: SmallCity, bucket: Path) -> None:
    """Nothing newest is named that cannot be read."""
    write_release(city, bucket)
    bury(city, bucket, FIRST)
    assert _codes(city, bucket) == {"latest_elsewhere"}


def test_a_pointer_to_none_beside_a_release_fails(city: SmallCity, bucket: Path) -> None:
    """Somebody keeps consumers from what was released."""
    write_release(city, bucket)
    _pointer(city, bucket)
    assert _codes(city, bucket) == {"latest_outdated"}


def test_files_of_a_delisted_release_may_no_longer_be_used(city: SmallCity, bucket: Path) -> None:
    """Each that is left is named; what never belonged to it is told apart."""
    release = write_release(city, bucket)
    kept = (release / MANIFEST).read_bytes()
    bury(city, bucket, FIRST)
    _pointer(city, bucket)
    (release / MANIFEST).write_bytes(kept)
    (release / "notes.txt").write_text("x")
    assert {(one.code, one.path) for one in _verify(city, bucket).failures} == {
        ("release_delisted", f"releases/{FIRST}/{MANIFEST}"),
        ("file_unexpected", f"releases/{FIRST}/notes.txt"),
    }


def test_a_tombstone_stands_for_its_own_release_alone(city: SmallCity, bucket: Path) -> None:
    """Moved to another release it takes nothing away."""
    write_release(city, bucket, release_id=SECOND, run_id="run-2")
    tombstone = bury(city, bucket, SECOND)
    write_release(city, bucket)
    shutil.copy(tombstone, bucket / "releases" / FIRST)
    assert "tombstone_mismatch" in _codes(city, bucket)


def test_an_order_in_a_tombstone_is_the_bureaus(city: SmallCity, bucket: Path) -> None:
    """The operator cannot say that the bureau ordered what it has not signed."""
    release = write_release(city, bucket)
    forged = city.order("delist", "release", FIRST, key=city.operator)
    path = bury(city, bucket, FIRST, order=city.order("delist", "release", FIRST))
    _pointer(city, bucket)
    assert _verify(city, bucket).passed
    held = read_tombstone(path.read_bytes(), city.operator.public)
    changes: list[dict[str, object]] = [
        {"order": forged.to_json()},
        {"order": {}},
        {"ground": "另一理由"},
        {"ordered_by": "operator"},
        {"order": city.order("delist", "release", SECOND).to_json()},
    ]
    for change in changes:
        path.write_bytes(held.model_copy(update=change).sign(city.operator))
        assert _codes(city, release) == {"tombstone_mismatch"}


@pytest.mark.parametrize(
    "change",
    [
        lambda one: (one[0],),
        lambda one: (one[0], one[0]),
        lambda one: (one[0], one[1].model_copy(update={"manifest_sm3": "0" * 64})),
        lambda one: (one[0], one[1].model_copy(update={"approved_at": NOW + timedelta(days=1)})),
    ],
    ids=["one", "one person twice", "other manifest", "afterwards"],
)
def test_a_certificate_names_as_many_approvals_as_it_needed(
    city: SmallCity, bucket: Path, change: Callable[[tuple[Approval, ...]], tuple[Approval, ...]]
) -> None:
    """Two distinct people, for this manifest, before it was certified (第二十三条第(三)项)."""
    release = write_release(city, bucket)
    certificate = certificate_of(city, (release / MANIFEST).read_bytes())
    both = tuple(
        Approval(
            reviewer=name,
            role="security_officer",
            manifest_sm3=certificate.digests()[MANIFEST],
            approved_at=NOW - timedelta(hours=1),
        )
        for name in ("li", "wang")
    )
    for approvals, passed in ((both, True), (change(both), False)):
        told = certificate.predicate.model_copy(
            update={"reviewers_needed": 2, "approvals": approvals}
        )
        signed = certificate.model_copy(update={"predicate": told}).sign(city.operator)
        (release / CERTIFICATE).write_bytes(signed)
        assert _verify(city, release).passed == passed
        if not passed:
            assert _codes(city, release) == {"approvals_insufficient"}


def test_the_plain_fields_of_the_pointer_are_the_signed_ones(city: SmallCity, bucket: Path) -> None:
    """An S3 client that reads only the plain fields is not led elsewhere."""
    write_release(city, bucket)
    path = bucket / "latest.json"
    for field, value in (("release_id", SECOND), ("scenario", MARKET), ("note", "x")):
        told = json.loads(path.read_bytes()) | {field: value}
        path.write_text(json.dumps(told, sort_keys=True, separators=(",", ":")))
        assert "latest_malformed" in _codes(city, bucket)
        write_release(city, bucket)


def test_releases_of_two_scenarios_do_not_mix(city: SmallCity, bucket: Path) -> None:
    """One bucket belongs to one scenario."""
    write_release(city, bucket, release_id=FIRST, scenario=MARKET)
    write_release(city, bucket, release_id=SECOND)
    assert "scenario_mixed" in _codes(city, bucket)


def test_a_decision_over_another_contract_does_not_cover(city: SmallCity, bucket: Path) -> None:
    """A genuine decision of the bureau on something else is no leave for this."""
    release = write_release(city, bucket)
    certificate = certificate_of(city, (release / MANIFEST).read_bytes())
    for other in (
        city.decision(city.plan(MARKET)),
        city.decision(city.plan(), outcome="refused"),
        city.decision(city.plan(), decided_at=NOW - timedelta(days=40)),
    ):
        predicate = certificate.predicate.model_copy(update={"decision": other.to_json()})
        forged = certificate.model_copy(update={"predicate": predicate})
        (release / CERTIFICATE).write_bytes(forged.sign(city.operator))
        assert _codes(city, release) == {"decision_not_covering"}


def test_a_release_after_the_decisions_term_fails(city: SmallCity, bucket: Path) -> None:
    """What the operator certified after the decision had ended was not allowed."""
    release = write_release(city, bucket, certified_at=NOW + timedelta(days=336))
    assert _codes(city, release) == {"decision_out_of_term"}


def test_a_certificate_that_leaves_files_out_fails(city: SmallCity, bucket: Path) -> None:
    """Even the operator's own signature does not make a part a whole."""
    release = write_release(city, bucket)
    certificate = certificate_of(city, (release / MANIFEST).read_bytes())
    less = certificate.model_copy(update={"subject": certificate.subject[:-1]})
    (release / CERTIFICATE).write_bytes(less.sign(city.operator))
    assert "subjects_mismatch" in _codes(city, release)


def test_a_certificate_says_no_finding_and_what_was_not_scanned(
    city: SmallCity, bucket: Path
) -> None:
    """It never promises that no personal information is present."""
    release = write_release(city, bucket)
    payload = json.loads(
        base64.b64decode(json.loads((release / CERTIFICATE).read_bytes())["payload"])
    )
    told = payload["predicate"]["checked_egress"]
    assert told["result"] == "no finding"
    assert told["not_scanned"]
    assert told["recall"] == "not evaluated"
    assert "no personal information" not in json.dumps(payload)


def test_a_certificate_states_the_recall_of_its_scan(city: SmallCity, bucket: Path) -> None:
    """And whoever verifies the release reads it; one made before it was stated still holds."""
    stated = Recall(
        benchmark="b" * 64,
        entity_table="e" * 64,
        entities=(EntityRecall(entity="EMAIL", cells=10, found=8, at_least="0.4901"),),
        not_measured=(),
    )
    release = write_release(city, bucket)
    certificate = certificate_of(city, (release / MANIFEST).read_bytes())
    for recall in (stated, NOT_EVALUATED, None):
        egressed = certificate.predicate.checked_egress.model_copy(update={"recall": recall})
        predicate = certificate.predicate.model_copy(update={"checked_egress": egressed})
        signed = certificate.model_copy(update={"predicate": predicate}).sign(city.operator)
        (release / CERTIFICATE).write_bytes(signed)
        assert (b"recall" in base64.b64decode(json.loads(signed)["payload"])) is bool(recall)
        found = _verify(city, release)
        assert found.passed
        assert found.releases[0].recall == recall


def test_a_scan_with_findings_cannot_be_certified(city: SmallCity) -> None:
    """There is no certificate form of a refused scan."""
    plan = city.plan()
    scan = city.provenance(plan, city.decision(plan), 1).scan_after
    found = type(scan)(
        **{name: getattr(scan, name) for name in scan.__slots__}
        | {"verdict": Verdict(reasons=(Reason(code="identifier_in_product", what="1"),))}
    )
    with pytest.raises(ContractError):
        egress(found, ())
