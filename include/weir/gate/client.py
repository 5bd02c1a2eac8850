"""The gate as others reach it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from weir.crypto.dsse import Envelope
from weir.errors import GateUnavailableError, RefusedError
from weir.gate.verdict_page import VerdictPage
from weir.model import (
    ObjectRef,
    ReleaseId,
    ReleaseStatus,
    RunId,
    ScenarioId,
    from_json,
    to_json,
)
from weir.policy.notices import Notice
from weir.policy.order import Order
from weir.policy.standing import Standing
from weir.service.client import open_client, refusal_in, send
from weir.storage.provisioning import Credential

T = TypeVar("T")


class GateClient:
    """A caller with one account. Safe to share between threads; keeps no connection open.

    Every call raises `GateUnavailableError` when the gate does not answer, fails or answers what
    no gate would, and the very error that the gate refused with: its class, code, article, remedy.
    """

    def __init__(
        self,
        base_url: str,
        account: str,
        secret: str,
        *,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`timeout_seconds` bounds each silence of the gate; connecting may take 5 seconds."""
        self._client = open_client(
            base_url, account, secret, timeout_seconds=timeout_seconds, transport=transport
        )

    def standing(self, scenario: ScenarioId) -> Standing:
        """The decision that speaks on the scenario, and every order of the bureau."""
        found = self._call("GET", f"/v1/scenarios/{_part(scenario)}/standing")
        try:
            decision, orders = found["decision"], found["suspensions"]
            return Standing(
                decision=None if decision is None else Envelope.from_json(decision),
                suspensions=tuple(_value(Order, order) for order in orders),
            )
        except (KeyError, TypeError, RefusedError):
            raise _unintelligible() from None

    def request_release(
        self, scenario: ScenarioId, run_id: RunId, manifest: ObjectRef
    ) -> ReleaseStatus:
        """Hand a staged package in. The gate answers at once and decides in its own time."""
        body = {"scenario": scenario, "run_id": run_id, "manifest": to_json(manifest)}
        return _value(ReleaseStatus, self._call("POST", "/v1/releases", body))

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus:
        return _value(ReleaseStatus, self._call("GET", f"/v1/releases/{_part(release_id)}"))

    def releases(self, scenario: str | None = None) -> list[ReleaseStatus]:
        """The newest releases and refusals, of one scenario or of all."""
        query = {} if scenario is None else {"scenario": scenario}
        found = self._call("GET", "/v1/releases", query=query)
        if not isinstance(found, list):
            raise _unintelligible()
        return [_value(ReleaseStatus, one) for one in found]

    def register_decision(self, envelope: Envelope) -> None:
        """Hand in what the bureau decided and signed; the same one twice is one."""
        self._call("PUT", "/v1/decisions", envelope.to_json())

    def register_order(self, envelope: Envelope) -> None:
        """Hand in what the bureau ordered and signed; the same one twice is one."""
        self._call("PUT", "/v1/orders", envelope.to_json())

    def issue_credential(self, use_agreement: str) -> Credential:
        """A new credential of the agreement's data user; an earlier one is void from now on.

        Takes an account that may issue one. The gate keeps no secret: it is told this once.
        """
        path = f"/v1/use-agreements/{_part(use_agreement)}/credentials"
        found = self._call("POST", path)
        try:
            return Credential(
                access_key=str(found["access_key"]), secret_key=str(found["secret_key"])
            )
        except (KeyError, TypeError):
            raise _unintelligible() from None

    def verdicts(self, since: datetime, until: datetime) -> Iterator[VerdictPage]:
        """The verdicts taken in [since, until), page by page, with what they were taken on."""
        after = 0
        while True:
            query = {
                "since": since.isoformat(),
                "until": until.isoformat(),
                "after": str(after),
            }
            page = _value(VerdictPage, self._call("GET", "/v1/verdicts", query=query))
            if not page.verdicts:
                return
            yield page
            after = page.verdicts[-1].seq

    def issue_notices(self) -> list[Notice]:
        """Have the gate issue the notices that are due; gives those that are new."""
        found = self._call("POST", "/v1/notices")
        if not isinstance(found, list):
            raise _unintelligible()
        return [_value(Notice, one) for one in found]

    def _call(
        self, method: str, path: str, body: object = None, query: dict[str, str] | None = None
    ) -> Any:
        answer = send(self._client, method, path, unanswered=_unanswered, json=body, params=query)
        if refusal := refusal_in(answer):
            raise refusal
        try:
            found = answer.json()
        except (ValueError, RecursionError):
            raise _unintelligible(answer.status_code) from None
        if answer.is_success:
            return found
        code = found.get("code") if isinstance(found, dict) else None
        raise GateUnavailableError(
            str(code or "gate_failed"),
            "the gate could not answer",
            where={"status": answer.status_code},
        )


def _value(kind: type[T], data: object) -> T:
    try:
        return from_json(kind, data)
    except ValidationError:
        raise _unintelligible() from None


def _unanswered(reason: str) -> GateUnavailableError:
    return GateUnavailableError(
        "gate_unavailable",
        "the gate does not answer",
        where={"reason": reason},
        remedy="see whether it runs at WEIR_GATE_URL",
    )


def _unintelligible(status: int = 200) -> GateUnavailableError:
    return GateUnavailableError(
        "gate_answer_malformed",
        "what answers is not a gate of this version",
        where={"status": status},
        remedy="see what runs at WEIR_GATE_URL",
    )


def _part(name: str) -> str:
    return quote(name, safe="")
