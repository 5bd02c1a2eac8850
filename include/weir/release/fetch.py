"""Fetch a scenario's bucket with a consumer's own credential."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path, PurePosixPath

from weir.errors import AuthorisationError, ContractError, IntegrityError, UnavailableError
from weir.release.certificate import peek_certificate
from weir.release.latest import LATEST, peek_latest
from weir.release.manifest import CERTIFICATE
from weir.release.tombstone import TOMBSTONE
from weir.release.verify import RELEASES
from weir.storage.names import check_key
from weir.storage.objects import ObjectStore

_LOOKS = 10


def fetch_bucket(
    store: ObjectStore, bucket: str, folder: Path, *, pause_seconds: float = 0.5
) -> int:
    """Copy what `bucket` publishes to `folder` and return the number of objects copied.

    The copy takes its place whole, or not at all: it replaces an earlier copy, and a folder that
    is neither empty nor such a copy is refused.

    Of a delisted release, tombstone and certificate are copied and nothing else.

    Publications and delistings may go on meanwhile. The gate writes a release's certificate after
    its other files and moves latest.json last, so a release without a certificate is left out, and
    the copy is looked over again until latest.json names the newest release that is offered in it.
    Where that takes more than ten looks, `pause_seconds` apart, `UnavailableError` (code
    `releases_unsettled`): nothing is published yet, a publication was cut short, or an old pointer
    was put back. Nothing is judged here: what has been tampered with is copied, for
    `verify_release` to name it.
    """
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or _foreign(folder))):
        raise ContractError(
            "folder_not_empty",
            "the folder holds something other than an earlier copy of a bucket",
            where={"folder": folder.name},
            remedy="name an empty or a new folder",
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as scratch:
            copy = Path(scratch) / "copy"
            copy.mkdir()
            objects = _copy_settled(store, bucket, copy, pause_seconds)
            if folder.exists():
                shutil.rmtree(folder)
            copy.replace(folder)
    except AuthorisationError as error:
        raise AuthorisationError(
            error.code,
            error.what,
            where=error.where,
            article="第十六条",
            remedy="ask the operator: a suspension, a stop, an open incident, a decision taken "
            "back or the end of the agreement cuts a credential, also that of a release you "
            "fetched before; where none of them holds, see that key and bucket are those you "
            "were given",
        ) from None
    except OSError as error:
        raise ContractError(
            "folder_unwritable",
            "the copy cannot be put there",
            where={"folder": folder.name, "errno": error.errno or 0},
            remedy="name a folder on a disk with room, where you may write",
        ) from None
    return objects


def _copy_settled(store: ObjectStore, bucket: str, copy: Path, pause_seconds: float) -> int:
    held: set[str] = set()
    for look in range(_LOOKS):
        if look:
            time.sleep(pause_seconds)
        wanted = _published_keys(store, bucket)
        for key in held - wanted:
            (copy / key).unlink()
        held &= wanted
        try:
            # Objects are written once: what an earlier look has copied is still the same.
            for key in sorted(wanted - held):
                _fetch(store, bucket, key, copy)
                held.add(key)
            _fetch(store, bucket, LATEST, copy)
        except IntegrityError as error:
            if error.code != "object_missing":
                raise
            # A release was withdrawn meanwhile, or there is no pointer yet.
            continue
        if _settled(copy, held):
            return len(held) + 1
    raise UnavailableError(
        "releases_unsettled",
        "latest.json does not name the newest release of the bucket",
        where={"bucket": bucket, "looks": _LOOKS},
        remedy="fetch again later; if it stays so, report it to the operator and the bureau",
    )


def _published_keys(store: ObjectStore, bucket: str) -> set[str]:
    """Every key but the pointer's and those of releases that have no certificate."""
    first = {info.key for info in store.list(bucket)}
    # Listed once more: a listing is no snapshot, and may have passed a file's place before the file
    # was there and come to the certificate after it was.
    keys = {info.key for info in store.list(bucket)} - {LATEST}
    certified = _certified(first) & _certified(keys)
    buried = _buried(first | keys)
    return {
        key
        for key in keys
        if _release(key) in {"", *certified}
        and (_release(key) not in buried or _name(key) in {CERTIFICATE, TOMBSTONE})
    }


def _fetch(store: ObjectStore, bucket: str, key: str, copy: Path) -> None:
    check_key(key)
    target = copy / key
    target.parent.mkdir(parents=True, exist_ok=True)
    store.fetch(bucket, key, target)


def _settled(copy: Path, held: set[str]) -> bool:
    latest = peek_latest((copy / LATEST).read_bytes())
    if latest is None:
        return True
    offered = _certified(held) - _buried(held)
    stated = [peek_certificate((copy / _certificate(name)).read_bytes()) for name in offered]
    newer = any(one and latest.older_than(one.predicate.certified_at) for one in stated)
    return latest.release_id in {None, *offered} and not newer


def _certified(keys: set[str]) -> set[str]:
    """The releases whose certificate is among `keys`."""
    return {name for name in map(_release, keys) if name and _certificate(name) in keys}


def _buried(keys: set[str]) -> set[str]:
    """The releases whose tombstone is among `keys`."""
    return {_release(key) for key in keys if _name(key) == TOMBSTONE}


def _name(key: str) -> str:
    """The key's name within its release, empty for what lies beside the releases."""
    release = _release(key)
    return key.removeprefix(f"{RELEASES}/{release}/") if release else ""


def _certificate(release: str) -> str:
    return f"{RELEASES}/{release}/{CERTIFICATE}"


def _release(key: str) -> str:
    """The release to which `key` belongs, empty for what lies beside the releases."""
    top, *rest = PurePosixPath(key).parts
    return rest[0] if top == RELEASES and len(rest) > 1 else ""


def _foreign(folder: Path) -> bool:
    names = {entry.name for entry in folder.iterdir()}
    return bool(names) and LATEST not in names
