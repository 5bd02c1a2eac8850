"""A scenario's release bucket, as the gate alone writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from weir.crypto.sm2 import SigningKey
from weir.crypto.sm3 import sm3_file, sm3_hex
from weir.errors import IntegrityError, StoreUnavailableError
from weir.model import Digest, ObjectRef, ReleaseId, ScenarioId
from weir.release.certificate import Certificate, read_certificate
from weir.release.latest import LATEST, Latest, read_latest
from weir.release.manifest import CERTIFICATE, JSON, MANIFEST
from weir.release.tombstone import TOMBSTONE, Tombstone, read_tombstone
from weir.release.verify import RELEASES
from weir.storage.objects import ObjectStore

_LIMIT_BYTES = 8 * 1024 * 1024
_RACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """A certificate as it lies in the bucket."""

    certificate: Certificate
    sm3: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBucket:
    """Every write is conditional: an object is put once, and `latest.json` moves only from the
    version that was read. What has a tombstone is never pointed to again."""

    store: ObjectStore
    bucket: str
    key: SigningKey

    def prefix(self, release_id: ReleaseId) -> str:
        return f"{RELEASES}/{release_id}/"

    def put_once(
        self, release_id: ReleaseId, name: str, path: Path, content_type: str
    ) -> ObjectRef:
        """Write a file of the release, or find that it is there.

        Anything else under its name raises `IntegrityError` (code `release_occupied`).
        """
        key = self.prefix(release_id) + name
        ref = ObjectRef(
            bucket=self.bucket, key=key, sm3=sm3_file(path), size_bytes=path.stat().st_size
        )
        try:
            self.store.put_file(self.bucket, key, path, if_absent=True, content_type=content_type)
        except IntegrityError as error:
            if error.code != "precondition_failed":
                raise
            self._expect(ref, path.with_name(path.name + ".held"))
        return ref

    def certify(self, release_id: ReleaseId, certificate: Certificate) -> Certified:
        """Sign and write the certificate. If another process was first, its certificate stands."""
        data = certificate.sign(self.key)
        try:
            self.store.put_bytes(
                self.bucket,
                self.prefix(release_id) + CERTIFICATE,
                data,
                if_absent=True,
                content_type=JSON,
            )
        except IntegrityError as error:
            held = self.certificate(release_id)
            if error.code != "precondition_failed" or held is None:
                raise
            return held
        return Certified(certificate=certificate, sm3=sm3_hex(data))

    def certificate(self, release_id: ReleaseId) -> Certified | None:
        """The certificate in the bucket, if there is one; a foreign one is an `IntegrityError`."""
        key = self.prefix(release_id) + CERTIFICATE
        if self.store.stat(self.bucket, key) is None:
            return None
        data = self.store.get_bytes(self.bucket, key, limit_bytes=_LIMIT_BYTES)
        certificate = read_certificate(data, self.key.public)
        if certificate.predicate.release_id != release_id:
            raise IntegrityError(
                "release_occupied",
                "another release's certificate lies under this one's name",
                where={"bucket": self.bucket, "release": release_id},
                remedy="report this: only the gate may write here",
            )
        return Certified(certificate=certificate, sm3=sm3_hex(data))

    def expect_files(self, release_id: ReleaseId, certified: Certified, scratch: Path) -> None:
        """Raise `IntegrityError` unless every file of the certificate lies in the bucket."""
        for name, sm3 in certified.certificate.digests().items():
            key = self.prefix(release_id) + name
            held = self.store.fetch(self.bucket, key, scratch / "held")
            if held.sm3 != sm3:
                raise _changed(self.bucket, key)

    def latest(self) -> Latest | None:
        """The pointer as it stands; one that the gate has not signed is an `IntegrityError`."""
        if self.store.stat(self.bucket, LATEST) is None:
            return None
        return read_latest(self.store.get_bytes(self.bucket, LATEST), self.key.public)

    def point_to(self, certified: Certified, at: datetime) -> None:
        """Let `latest.json` name this release, unless it names one certified later.

        Raises `IntegrityError` (code `release_delisted`) for a release that has a tombstone.
        """
        predicate = certified.certificate.predicate

        def moved(held: Latest | None) -> Latest | None:
            # Looked for after the pointer was read: a delisting puts its tombstone before it moves
            # the pointer, so that one of the two is seen here.
            if self.tombstone(ReleaseId(predicate.release_id)):
                raise IntegrityError(
                    "release_delisted",
                    "the release was delisted meanwhile",
                    where={"bucket": self.bucket, "release": predicate.release_id},
                    article="第二十三条",
                    remedy="nothing is left to do: it stays delisted",
                )
            if held is None or held.older_than(predicate.certified_at):
                return _pointer(predicate.scenario, certified, held, at)
            return None

        self._move(moved)

    def point_away(
        self, scenario: ScenarioId, release_id: ReleaseId, newest: Certified | None, at: datetime
    ) -> None:
        """Let `latest.json` name `newest`, or none, where it names this release.

        It is written anew in any case: whoever read it before the tombstone was there, and is about
        to move it to this release, finds another version and looks again.
        """

        def moved(held: Latest | None) -> Latest | None:
            if held is None or held.release_id == release_id:
                return _pointer(scenario, newest, held, at)
            return held.model_copy(update={"pointed_at": max(at, held.pointed_at)})

        self._move(moved)

    def tombstone(self, release_id: ReleaseId) -> tuple[Tombstone, Digest] | None:
        """The release's tombstone and the SM3 of its file, if it has one."""
        key = self.prefix(release_id) + TOMBSTONE
        if self.store.stat(self.bucket, key) is None:
            return None
        data = self.store.get_bytes(self.bucket, key, limit_bytes=_LIMIT_BYTES)
        return read_tombstone(data, self.key.public), sm3_hex(data)

    def bury(self, tombstone: Tombstone) -> tuple[Tombstone, Digest]:
        """Sign and write the tombstone. If another process was first, its tombstone stands."""
        release_id = ReleaseId(tombstone.release_id)
        data = tombstone.sign(self.key)
        key = self.prefix(release_id) + TOMBSTONE
        try:
            self.store.put_bytes(self.bucket, key, data, if_absent=True, content_type=JSON)
        except IntegrityError as error:
            held = self.tombstone(release_id)
            if error.code != "precondition_failed" or held is None:
                raise
            return held
        return tombstone, sm3_hex(data)

    def clear(self, release_id: ReleaseId) -> int:
        """Remove every file of a delisted release but certificate and tombstone; how many."""
        prefix = self.prefix(release_id)
        kept = {prefix + CERTIFICATE, prefix + TOMBSTONE}
        removed = [info.key for info in self.store.list(self.bucket, prefix)]
        removed = [key for key in removed if key not in kept]
        for key in removed:
            self.store.remove(self.bucket, key)
        return len(removed)

    def _move(self, moved: Callable[[Latest | None], Latest | None]) -> None:
        """Write what `moved` makes of the pointer as it stands, if anything."""
        for _ in range(_RACES):
            info = self.store.stat(self.bucket, LATEST)
            latest = moved(self.latest() if info else None)
            if latest is None:
                return
            try:
                self.store.put_bytes(
                    self.bucket,
                    LATEST,
                    latest.sign(self.key),
                    if_match=info.etag if info else None,
                    if_absent=info is None,
                    content_type=JSON,
                )
            except IntegrityError as error:
                if error.code != "precondition_failed":
                    raise
            else:
                return
        raise StoreUnavailableError(
            "latest_contended",
            "latest.json kept changing under the gate",
            where={"bucket": self.bucket, "attempts": _RACES},
        )

    def withdraw(self, release_id: ReleaseId) -> None:
        """Remove what an unfinished release left behind, its certificate first. What was published
        and delisted meanwhile keeps certificate and tombstone."""
        prefix = self.prefix(release_id)
        try:
            if self.store.stat(self.bucket, prefix + TOMBSTONE):
                self.clear(release_id)
                return
            self.store.remove(self.bucket, prefix + CERTIFICATE)
            for info in list(self.store.list(self.bucket, prefix)):
                self.store.remove(self.bucket, info.key)
        except IntegrityError as error:
            # Without a bucket there is nothing to remove.
            if error.code != "object_missing":
                raise

    def _expect(self, ref: ObjectRef, scratch: Path) -> None:
        held = self.store.fetch(ref.bucket, ref.key, scratch)
        scratch.unlink()
        if held != ref:
            raise _changed(ref.bucket, ref.key)


def _pointer(
    scenario: str, certified: Certified | None, held: Latest | None, at: datetime
) -> Latest:
    stated = certified.certificate if certified else None
    return Latest(
        scenario=scenario,
        release_id=stated.predicate.release_id if stated else None,
        manifest_sm3=stated.digests()[MANIFEST] if stated else None,
        certificate_sm3=certified.sm3 if certified else None,
        certified_at=stated.predicate.certified_at if stated else None,
        pointed_at=max(at, held.pointed_at) if held else at,
    )


def _changed(bucket: str, key: str) -> IntegrityError:
    return IntegrityError(
        "release_occupied",
        "the bucket holds other bytes under this release's name",
        where={"bucket": bucket, "key": key},
        remedy="report this: only the gate may write here",
    )
