"""The bureau's evidence endpoints over HTTP: one canonical record a line (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import httpx
from pydantic import TypeAdapter, ValidationError

from weir.errors import AuthorisationError, BureauUnavailableError, IntegrityError
from weir.evidence.delivery import Kind, Receipt
from weir.service.client import open_client, send


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The bureau's answer to a batch."""

    receipts: tuple[Receipt, ...]


_RECEIPTS = TypeAdapter(Receipts)
_DIGESTS = TypeAdapter(dict[str, str])
_DENIED = frozenset({401, 403})
_BATCH_REFUSED = frozenset({413, 422})


class HttpReceiver:
    """`Receiver` and `DigestSource` at the bureau's `base_url`, under the deliverer's account.

    Any answer that is no clear acceptance or refusal counts as none: the evidence stays in the
    outbox. Use as a context manager, or call `close`.
    """

    def __init__(
        self, base_url: str, account: str, secret: str, *, timeout_seconds: float = 30.0
    ) -> None:
        self._client = open_client(base_url, account, secret, timeout_seconds=timeout_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def receive(self, kind: Kind, bodies: Sequence[bytes]) -> Sequence[Receipt]:
        answer = self._post(f"/api/v1/{kind}", b"\n".join(bodies), "application/x-ndjson")
        try:
            return _RECEIPTS.validate_json(answer).receipts
        except ValidationError:
            raise _unanswered("answer_malformed") from None

    def digests(self, ids: Sequence[str]) -> Mapping[str, str]:
        """SM3 of the records the bureau holds, by id; an id it does not hold is left out."""
        answer = self._post(
            "/api/v1/audit/digests", json.dumps(list(ids)).encode(), "application/json"
        )
        try:
            return _DIGESTS.validate_json(answer)
        except ValidationError:
            raise _unanswered("answer_malformed") from None

    def _post(self, path: str, content: bytes, content_type: str) -> bytes:
        answer = send(
            self._client,
            "POST",
            path,
            unanswered=_unanswered,
            content=content,
            headers={"Content-Type": content_type},
        )
        if answer.status_code in _DENIED:
            raise AuthorisationError(
                "delivery_denied",
                "the bureau refuses this account",
                remedy="compare WEIR_BUREAU_ACCOUNT and its secret with the bureau's accounts",
            )
        if answer.status_code in _BATCH_REFUSED:
            raise IntegrityError(
                "batch_refused", "the bureau refused the batch", where={"http": answer.status_code}
            )
        if answer.status_code != httpx.codes.OK:
            raise _unanswered(f"http_{answer.status_code}")
        return answer.content


def _unanswered(why: str) -> BureauUnavailableError:
    return BureauUnavailableError(
        "bureau_unavailable",
        "the bureau did not take the evidence",
        where={"cause": why},
        remedy="nothing is lost; see whether it runs at WEIR_BUREAU_URL",
    )
