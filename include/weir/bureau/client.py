"""The bureau's client: for reviewers' tools, and for the operator to fetch what was signed."""

from __future__ import annotations

from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from weir.bureau.totals import Totals
from weir.contracts.digest import bundle_from_canonical, canonical_bundle
from weir.contracts.plan import ContractBundle
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError, BureauUnavailableError
from weir.policy.order import ScopeKind
from weir.service.client import open_client, refusal_in, send


class BureauClient:
    """Calls under one account; `decide` and `order` take a director's.

    `AuthorisationError` carries the code, article and remedy of the bureau's refusal;
    `BureauUnavailableError` means that it gave no answer of its own.
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

    def decide(
        self,
        bundle: ContractBundle,
        outcome: Literal["agreed", "refused"],
        *,
        reviewer: str,
        reason: str = "",
    ) -> Envelope:
        """Have a decision on `bundle` signed."""
        asked = {
            "bundle": canonical_bundle(bundle),
            "outcome": outcome,
            "reviewer": reviewer,
            "reason": reason,
        }
        return Envelope.from_json(self._call("POST", "/v1/decisions", asked))

    def decision(self, scenario: str) -> Envelope | None:
        """The decision that counts, or None where there is none."""
        found = self._call("GET", _decision_path(scenario), missing_code="decision_missing")
        return Envelope.from_json(found) if found is not None else None

    def decided_bundle(self, scenario: str) -> ContractBundle | None:
        """The contract of that decision, as the bureau keeps it."""
        path = f"{_decision_path(scenario)}/contract"
        found = self._call("GET", path, missing_code="decision_missing")
        return bundle_from_canonical(found) if found is not None else None

    def order(
        self,
        action: Literal["suspend", "resume"],
        scope_kind: ScopeKind,
        scope: str,
        *,
        ground: str,
        reviewer: str,
    ) -> Envelope:
        """Have supply suspended or resumed for a scope."""
        asked = {
            "action": action,
            "scope_kind": scope_kind,
            "scope": scope,
            "ground": ground,
            "reviewer": reviewer,
        }
        return Envelope.from_json(self._call("POST", "/v1/orders", asked))

    def orders(self) -> tuple[Envelope, ...]:
        """Every order ever signed, oldest first."""
        return tuple(Envelope.from_json(one) for one in self._call("GET", "/v1/orders"))

    def totals(self) -> Totals:
        """How much evidence the bureau holds."""
        try:
            return TypeAdapter(Totals).validate_python(self._call("GET", "/v1/totals"))
        except ValidationError:
            raise _unanswered("answer_malformed") from None

    def _call(self, method: str, path: str, body: object = None, *, missing_code: str = "") -> Any:
        answer = send(self._client, method, path, unanswered=_unanswered, json=body)
        if refusal := refusal_in(answer):
            if refusal.code == missing_code:
                return None
            raise AuthorisationError(
                refusal.code,
                refusal.what,
                where={"http": answer.status_code},
                article=refusal.article,
                remedy=refusal.remedy,
            )
        if not answer.is_success:
            raise _unanswered(f"http_{answer.status_code}")
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise _unanswered(f"http_{answer.status_code}") from None


def _decision_path(scenario: str) -> str:
    return f"/v1/decisions/{quote(scenario, safe='')}"


def _unanswered(why: str) -> BureauUnavailableError:
    return BureauUnavailableError(
        "bureau_unavailable", "the bureau gave no answer", where={"cause": why}
    )
