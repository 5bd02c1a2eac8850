"""A receiver of evidence that keeps it in memory and can be told to misbehave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weir.crypto.sm3 import sm3_hex
from weir.errors import BureauUnavailableError, IntegrityError, WeirError
from weir.evidence.audit import from_bytes
from weir.evidence.delivery import Kind, Receipt


class MemoryReceiver:
    """Behaves as the bureau does: each record once, by its id, and only as canonical bytes."""

    def __init__(self) -> None:
        self.audit: dict[str, bytes] = {}
        self.lineage: dict[str, bytes] = {}
        self.down = False
        self.poison: set[bytes] = set()
        self.batches = 0
        self.dies_after_keeping = False

    def receive(self, kind: Kind, bodies: Sequence[bytes]) -> Sequence[Receipt]:
        if self.down:
            raise BureauUnavailableError("bureau_unavailable", "down")
        if self.poison.intersection(bodies):
            raise IntegrityError("batch_refused", "one of these cannot be taken")
        self.batches += 1
        receipts = [self._take(kind, body) for body in bodies]
        if self.dies_after_keeping:
            raise BureauUnavailableError("bureau_unavailable", "died before it answered")
        return receipts

    def digests(self, ids: Sequence[str]) -> Mapping[str, str]:
        return {name: sm3_hex(self.audit[name]) for name in ids if name in self.audit}

    def _take(self, kind: Kind, body: bytes) -> Receipt:
        sm3 = sm3_hex(body)
        if kind == "lineage":
            known = sm3 in self.lineage
            self.lineage[sm3] = body
            return Receipt(outcome="duplicate" if known else "accepted", sm3=sm3)
        try:
            name = str(from_bytes(body).id)
        except WeirError as error:
            return Receipt(outcome="rejected", code=error.code)
        known = name in self.audit
        if known and self.audit[name] != body:
            return Receipt(outcome="rejected", code="audit_id_conflict")
        self.audit[name] = body
        return Receipt(outcome="duplicate" if known else "accepted", sm3=sm3)
