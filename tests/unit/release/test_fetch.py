"""A consumer's copy of a bucket verifies, whatever the gate does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from fakes.memory_store import MemoryStore
from fakes.released_folder import FIRST, SECOND, bury, write_release
from fakes.small_city import NOW, SmallCity
from weir.errors import (
    AuthorisationError,
    ContractError,
    IntegrityError,
    StoreUnavailableError,
    UnavailableError,
)
from weir.release.fetch import fetch_bucket
from weir.release.latest import LATEST
from weir.release.manifest import CERTIFICATE, DATA, MANIFEST, NOTICE
from weir.release.tombstone import TOMBSTONE
from weir.release.verify import Verification, verify_release

BUCKET = "release-library"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    return SmallCity(tmp_path / "city")


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.ensure_bucket(BUCKET)
    return store


@pytest.fixture
def steps(city: SmallCity, store: MemoryStore, tmp_path: Path) -> list[tuple[str, bytes]]:
    """The bucket holds one release; these are the gate's writes of a second one, in its order."""
    folder = tmp_path / "publisher"
    write_release(city, folder)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            store.put_bytes(BUCKET, path.relative_to(folder).as_posix(), path.read_bytes())
    second = write_release(city, folder, release_id=SECOND, certified_at=LATER, run_id="run-2")
    names = (DATA, "dictionary.json", NOTICE, MANIFEST, CERTIFICATE)
    writes = [(f"releases/{SECOND}/{name}", (second / name).read_bytes()) for name in names]
    return [*writes, (LATEST, (folder / LATEST).read_bytes())]


def _fetched(city: SmallCity, store: MemoryStore, folder: Path) -> Verification:
    objects = fetch_bucket(store, BUCKET, folder, pause_seconds=0)
    assert objects == len([path for path in folder.rglob("*") if path.is_file()])
    return verify_release(folder, operator_key=city.operator.public, bureau_key=city.bureau.public)


def _names(found: Verification) -> list[str]:
    assert found.passed, found.failures
    return [release.release_id for release in found.releases]


def test_a_cut_credential_is_told_what_may_have_cut_it(tmp_path: Path) -> None:
    """A data user can do nothing about policies, and may have to hear of a suspension."""
    store = MemoryStore().view(lambda _action, _bucket, _key: False)
    with pytest.raises(AuthorisationError) as refusal:
        fetch_bucket(store, BUCKET, tmp_path / "copy", pause_seconds=0)
    assert (refusal.value.code, refusal.value.article) == ("store_denied", "第十六条")
    for cause in ("suspension", "stop", "incident", "agreement"):
        assert cause in refusal.value.remedy


def _on_every(store: MemoryStore, effect: Callable[[], None], action: str = "") -> None:
    """Have `effect` happen ahead of each call of `action`, or of any."""

    def before(called: str, _bucket: str, _key: str) -> None:
        if called in {"s3:PutObject", "s3:DeleteObject"} or action not in {"", called}:
            return
        effect()

    store.before = before


@pytest.mark.parametrize("written", range(5))
def test_a_release_without_its_certificate_is_left_out(
    city: SmallCity,
    store: MemoryStore,
    steps: list[tuple[str, bytes]],
    tmp_path: Path,
    written: int,
) -> None:
    """However far the gate has come with a release's files, it is not published yet."""
    for key, data in steps[:written]:
        store.put_bytes(BUCKET, key, data)
    assert _names(_fetched(city, store, tmp_path / "copy")) == [FIRST]


@pytest.mark.parametrize("calls", range(12))
def test_a_copy_verifies_wherever_a_publication_falls_into_it(
    city: SmallCity,
    store: MemoryStore,
    steps: list[tuple[str, bytes]],
    tmp_path: Path,
    calls: int,
) -> None:
    """The whole second release appears between two calls of the fetch, at each place in turn."""
    left = [calls]

    def publish() -> None:
        left[0] -= 1
        if left[0] == -1:
            for key, data in steps:
                store.put_bytes(BUCKET, key, data)

    _on_every(store, publish)
    assert _names(_fetched(city, store, tmp_path / "copy")) in ([FIRST], [FIRST, SECOND])


@pytest.mark.parametrize("head_start", range(6))
def test_a_copy_verifies_while_a_release_is_being_written(
    city: SmallCity,
    store: MemoryStore,
    steps: list[tuple[str, bytes]],
    tmp_path: Path,
    head_start: int,
) -> None:
    """One object more appears ahead of every call; the certificate waits long for its pointer."""
    waiting = [*steps[:5], *[("", b"")] * 20, steps[5]]
    for key, data in waiting[:head_start]:
        store.put_bytes(BUCKET, key, data)
    del waiting[:head_start]

    def write() -> None:
        key, data = waiting.pop(0) if waiting else ("", b"")
        if key:
            store.put_bytes(BUCKET, key, data)

    _on_every(store, write)
    assert _names(_fetched(city, store, tmp_path / "copy")) in ([FIRST], [FIRST, SECOND])


@pytest.mark.parametrize("calls", range(16))
def test_a_copy_verifies_wherever_a_delisting_falls_into_it(
    city: SmallCity,
    store: MemoryStore,
    steps: list[tuple[str, bytes]],
    tmp_path: Path,
    calls: int,
) -> None:
    """From some call on the gate takes the second release away, one step before each call."""
    pointer = store.get_bytes(BUCKET, LATEST)
    for key, data in steps:
        store.put_bytes(BUCKET, key, data)
    tombstone = bury(city, tmp_path / "publisher", SECOND).read_bytes()
    left: list[Callable[[], object]] = [
        lambda: store.put_bytes(BUCKET, f"releases/{SECOND}/{TOMBSTONE}", tombstone),
        lambda: store.put_bytes(BUCKET, LATEST, pointer),
        *(partial(store.remove, BUCKET, key) for key, _ in steps[:4]),
    ]
    waited = [calls]

    def delist() -> None:
        waited[0] -= 1
        if waited[0] < 0 and left:
            left.pop(0)()

    _on_every(store, delist)
    found = _fetched(city, store, tmp_path / "copy")
    gone = [one.release_id for one in found.delisted]
    assert (_names(found), gone) in (([FIRST, SECOND], []), ([FIRST], [SECOND]))


def test_a_release_withdrawn_meanwhile_is_not_in_the_copy(
    city: SmallCity, store: MemoryStore, steps: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    """Certified, refused after all, and removed while the copy was made."""
    for key, data in steps[:5]:
        store.put_bytes(BUCKET, key, data)
    keys = [steps[4][0], *(key for key, _ in steps[:4])]

    def withdraw() -> None:
        if keys:
            store.remove(BUCKET, keys.pop(0))

    _on_every(store, withdraw, "s3:GetObject")
    copy = tmp_path / "copy"
    assert _names(_fetched(city, store, copy)) == [FIRST]
    assert not [path for path in copy.rglob("*") if path.is_file() and SECOND in path.parts]


def test_a_publication_cut_short_is_no_copy(
    city: SmallCity, store: MemoryStore, steps: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    """A release newer than the pointer that stays so: asked for again later, the old copy stands.

    A pointer that was put back looks the same, and must not pass either.
    """
    copy = tmp_path / "copy"
    _fetched(city, store, copy)
    for key, data in steps[:5]:
        store.put_bytes(BUCKET, key, data)
    with pytest.raises(UnavailableError) as refusal:
        fetch_bucket(store, BUCKET, copy, pause_seconds=0)
    assert refusal.value.code == "releases_unsettled"
    found = verify_release(copy, operator_key=city.operator.public, bureau_key=city.bureau.public)
    assert _names(found) == [FIRST]
    store.put_bytes(BUCKET, *steps[5])
    assert _names(_fetched(city, store, copy)) == [FIRST, SECOND]


def test_nothing_published_is_no_copy(store: MemoryStore, tmp_path: Path) -> None:
    """An empty bucket may hold a release later; a missing one is refused."""
    with pytest.raises(UnavailableError):
        fetch_bucket(store, BUCKET, tmp_path / "copy", pause_seconds=0)
    with pytest.raises(IntegrityError) as refusal:
        fetch_bucket(store, "release-nobody", tmp_path / "copy", pause_seconds=0)
    assert refusal.value.code == "object_missing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (LATEST, "latest_malformed"),
        (f"releases/{FIRST}/{CERTIFICATE}", "certificate_malformed"),
        (f"releases/{FIRST}/{DATA}", "file_changed"),
        (f"releases/{FIRST}/extra.txt", "file_unexpected"),
        ("extra.txt", "file_unexpected"),
    ],
)
@pytest.mark.usefixtures("steps")
def test_what_was_tampered_with_is_copied_for_the_verifier_to_name(
    city: SmallCity, store: MemoryStore, tmp_path: Path, key: str, code: str
) -> None:
    """Fetching hides nothing of what lies among the published."""
    store.put_bytes(BUCKET, key, b"[]")
    found = _fetched(city, store, tmp_path / "copy")
    assert code in {failure.code for failure in found.failures}


@pytest.mark.usefixtures("steps")
def test_a_folder_of_the_readers_own_is_left_alone(store: MemoryStore, tmp_path: Path) -> None:
    """Only an empty folder or an earlier copy is replaced."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("")
    with pytest.raises(ContractError) as refusal:
        fetch_bucket(store, BUCKET, tmp_path / "own", pause_seconds=0)
    assert refusal.value.code == "folder_not_empty"


@pytest.mark.usefixtures("steps")
def test_a_store_that_dies_leaves_the_earlier_copy(
    city: SmallCity, store: MemoryStore, tmp_path: Path
) -> None:
    """A copy takes its place whole or not at all."""
    copy = tmp_path / "copy"
    _fetched(city, store, copy)
    store.down = True
    with pytest.raises(StoreUnavailableError):
        fetch_bucket(store, BUCKET, copy, pause_seconds=0)
    assert (copy / LATEST).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city", "copy", "publisher"]


def test_a_copy_is_not_put_through_a_link(
    city: SmallCity, store: MemoryStore, steps: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    """It would replace what somebody else's name leads to."""
    del steps
    copy = tmp_path / "copy"
    assert _names(_fetched(city, store, copy)) == [FIRST]
    link = tmp_path / "link"
    link.symlink_to(copy)
    with pytest.raises(ContractError) as refusal:
        fetch_bucket(store, BUCKET, link, pause_seconds=0)
    assert refusal.value.code == "folder_not_empty"
    assert link.is_symlink()


def test_a_place_that_cannot_be_written_is_named(store: MemoryStore, tmp_path: Path) -> None:
    """Without a traceback, and nothing is left half done."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ContractError) as refusal:
        fetch_bucket(store, BUCKET, tmp_path / "file" / "copy", pause_seconds=0)
    assert refusal.value.code == "folder_unwritable"
    assert refusal.value.remedy
