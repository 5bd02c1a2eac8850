"""The intake as workers reach it."""

from __future__ import annotations

import time
from typing import Any

import httpx
from pydantic import ValidationError

from weir.errors import IntakeUnavailableError
from weir.model import DatasetId, RunContext, Snapshot, from_json
from weir.service.client import open_client, outage_in, refusal_in, send


class IntakeClient:
    """A caller with one account. Safe to share between threads; keeps no connection open."""

    def __init__(
        self,
        base_url: str,
        account: str,
        secret: str,
        *,
        poll_seconds: float = 0.5,
        patience_seconds: float = 4 * 3600.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`patience_seconds` bounds a whole pull; the intake is asked every `poll_seconds`."""
        self._client = open_client(
            base_url, account, secret, timeout_seconds=30.0, transport=transport
        )
        self._poll_seconds = poll_seconds
        self._patience_seconds = patience_seconds

    def take(self, context: RunContext, dataset: DatasetId) -> Snapshot:
        """Have a snapshot taken for a run, and wait for it.

        Raises the very error that the intake refused with, and `IntakeUnavailableError` when it
        does not answer, fails, takes too long or was restarted meanwhile: asking again begins
        anew, and finds what is already whole.
        """
        asked = {
            "scenario": context.scenario,
            "run_id": context.run_id,
            "dataset": dataset,
            "as_of": context.as_of.isoformat(),
        }
        deadline = time.monotonic() + self._patience_seconds
        told = self._call("POST", "/v1/snapshots", json=asked)
        while told.get("state") == "taking":
            if time.monotonic() > deadline:
                raise IntakeUnavailableError(
                    "snapshot_timed_out",
                    "the pull did not end in time",
                    where={"dataset": dataset, "patience_seconds": int(self._patience_seconds)},
                    remedy="ask again; see the intake's log",
                )
            time.sleep(self._poll_seconds)
            told = self._call("GET", f"/v1/snapshots/{told.get('id')}")
        try:
            return from_json(Snapshot, told["snapshot"])
        except (KeyError, ValidationError):
            raise _unintelligible(200) from None

    def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        answer = send(self._client, method, path, unanswered=_unanswered, **content)
        refusal = refusal_in(answer)
        if refusal is not None and refusal.code == "snapshot_unknown":
            raise IntakeUnavailableError(refusal.code, refusal.what, remedy=refusal.remedy)
        if refusal is not None:
            raise refusal
        try:
            found = answer.json()
        except (ValueError, RecursionError):
            raise _unintelligible(answer.status_code) from None
        if not isinstance(found, dict):
            raise _unintelligible(answer.status_code)
        if answer.is_success:
            return found
        failed = outage_in(answer, IntakeUnavailableError, "intake")
        raise failed or _unintelligible(answer.status_code)


def _unanswered(reason: str) -> IntakeUnavailableError:
    return IntakeUnavailableError(
        "intake_unavailable",
        "the intake does not answer",
        where={"reason": reason},
        remedy="see whether it runs at WEIR_INTAKE_URL",
    )


def _unintelligible(status: int) -> IntakeUnavailableError:
    return IntakeUnavailableError(
        "intake_answer_malformed",
        "what answers is not an intake of this version",
        where={"status": status},
        remedy="see what runs at WEIR_INTAKE_URL",
    )
