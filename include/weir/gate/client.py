"""The gate as others reach it."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from weir import errors
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError, GateUnavailableError, RefusedError, WeirError
from weir.model import (
    ObjectRef,
    ReleaseId,
    ReleaseStatus,
    RunId,
    ScenarioId,
    from_json,
    to_json,
)
from weir.policy.order import Order
from weir.policy.standing import Standing
from weir.storage.provisioning import Credential

T = TypeVar("T")

_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class GateClient:
    """A caller with one token. Safe to share between threads; keeps no connection open.

    Every call raises `GateUnavailableError` when the gate does not answer, fails or answers what
    no gate would, and the very error that the gate refused with: its class, code, article, remedy.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`timeout_seconds` bounds each silence of the gate; connecting may take 5 seconds."""
        self._base_url = base_url
        self._token = token
        self._timeout = httpx.Timeout(timeout_seconds, connect=5.0)
        self._transport = transport
        # Made once: it reads the trusted certificates, which takes longer than a call.
        self._verify = httpx.create_ssl_context()

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

        Takes the operator's token. The gate keeps no secret: this is the only time it is told.
        """
        path = f"/v1/use-agreements/{_part(use_agreement)}/credentials"
        found = self._call("POST", path)
        try:
            return Credential(
                access_key=str(found["access_key"]), secret_key=str(found["secret_key"])
            )
        except (KeyError, TypeError):
            raise _unintelligible() from None

    def _call(
        self, method: str, path: str, body: object = None, query: dict[str, str] | None = None
    ) -> Any:
        try:
            with httpx.Client(
                base_url=self._base_url,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=self._timeout,
                transport=self._transport,
                verify=self._verify,
                trust_env=False,
            ) as client:
                answer = client.request(method, path, json=body, params=query)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise GateUnavailableError(
                "gate_unavailable",
                "the gate does not answer",
                where={"reason": type(error).__name__},
                remedy="see whether it runs at WEIR_GATE_URL",
            ) from None
        try:
            found = answer.json()
        except ValueError:
            raise _unintelligible(answer.status_code) from None
        if answer.is_success:
            return found
        if _CLIENT_ERROR <= answer.status_code < _SERVER_ERROR:
            raise _refusal(found, answer.status_code)
        code = found.get("code") if isinstance(found, dict) else None
        raise GateUnavailableError(
            str(code or "gate_failed"),
            "the gate could not answer",
            where={"status": answer.status_code},
        )


def _refusal(found: Any, status: int) -> WeirError:
    """The error that the gate raised. A name that is no refusal of ours becomes the plainest."""
    if not isinstance(found, dict):
        return _unintelligible(status)
    kind = getattr(errors, str(found.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, RefusedError)):
        kind = AuthorisationError
    where = found.get("where")
    return kind(
        str(found.get("code", "gate_refused")),
        str(found.get("what", "")),
        where={str(k): v for k, v in where.items() if isinstance(v, str | int)}
        if isinstance(where, dict)
        else None,
        article=str(found.get("article", "")),
        remedy=str(found.get("remedy", "")),
    )


def _value(kind: type[T], data: object) -> T:
    try:
        return from_json(kind, data)
    except ValidationError:
        raise _unintelligible() from None


def _unintelligible(status: int = 200) -> GateUnavailableError:
    return GateUnavailableError(
        "gate_answer_malformed",
        "what answers is not a gate of this version",
        where={"status": status},
        remedy="see what runs at WEIR_GATE_URL",
    )


def _part(name: str) -> str:
    return quote(name, safe="")
