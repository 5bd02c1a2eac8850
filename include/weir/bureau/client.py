"""The bureau's client: for people's tools, and for the operator to fetch what was signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError

from weir.bureau.notices import NoticeView
from weir.bureau.totals import Totals
from weir.contracts.digest import bundle_from_canonical, canonical_bundle
from weir.contracts.plan import ContractBundle
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError, BureauUnavailableError
from weir.governance.cases import Case
from weir.model import adapter_of
from weir.policy.order import OrderAction, ScopeKind
from weir.policy.retention import DisputedScope
from weir.service.client import open_client, outage_in, path_part, refusal_in, send

T = TypeVar("T")


class BureauClient:
    """Calls under one account; what its role may do, the bureau's matrix says.

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

    def move(self, kind: str, case_id: str, move: str, facts: Mapping[str, Any]) -> Case:
        """Make a move on a case, such as `draft` on a demand."""
        path = f"/v1/cases/{path_part(kind)}/{path_part(case_id)}/{path_part(move)}"
        return _value(Case, self._call("POST", path, dict(facts)))

    def case(self, kind: str, case_id: str) -> Case | None:
        """A case with its history, or None where there is none of this name."""
        found = self._call(
            "GET", f"/v1/cases/{path_part(kind)}/{path_part(case_id)}", missing_code="case_unknown"
        )
        return _value(Case, found) if found is not None else None

    def cases(self, kind: str, *, state: str = "", scenario: str = "") -> tuple[Case, ...]:
        """Cases of a kind, the last changed first; in one state, of one scenario where asked."""
        asked = {key: text for key, text in (("state", state), ("scenario", scenario)) if text}
        query = f"?{urlencode(asked)}" if asked else ""
        return _value(tuple[Case, ...], self._call("GET", f"/v1/cases/{path_part(kind)}{query}"))

    def decide(
        self,
        demand: str,
        bundle: ContractBundle,
        outcome: Literal["agreed", "refused"],
        *,
        reason: str = "",
        article: str = "",
    ) -> Envelope:
        """Have a decision on `bundle` signed, upon the demand for it."""
        asked = {
            "demand": demand,
            "bundle": canonical_bundle(bundle),
            "outcome": outcome,
            "reason": reason,
            "article": article,
        }
        return Envelope.from_json(self._call("POST", "/v1/decisions", asked))

    def revoke(
        self, scenario: str, decision_digest: str, *, ground: str, article: str, notice: str
    ) -> Envelope:
        """Have a decision taken back."""
        asked = {
            "scenario": scenario,
            "decision_digest": decision_digest,
            "ground": ground,
            "article": article,
            "notice": notice,
        }
        return Envelope.from_json(self._call("POST", "/v1/revocations", asked))

    def revocations(self) -> tuple[Envelope, ...]:
        """Every revocation ever signed, oldest first."""
        return tuple(Envelope.from_json(one) for one in self._call("GET", "/v1/revocations"))

    def decision(self, scenario: str) -> Envelope | None:
        """The decision that counts, or None where there is none."""
        found = self._call("GET", _decision_path(scenario), missing_code="decision_missing")
        return Envelope.from_json(found) if found is not None else None

    def decided_bundle(self, scenario: str) -> ContractBundle | None:
        """The contract of that decision, as the bureau keeps it."""
        path = f"{_decision_path(scenario)}/contract"
        found = self._call("GET", path, missing_code="decision_missing")
        return bundle_from_canonical(found) if found is not None else None

    def catalogue(self) -> Any:
        """The bureau's own catalogue: its version, and every dataset with its open type."""
        return self._call("GET", "/v1/catalogue")

    def order(
        self,
        action: OrderAction,
        scope_kind: ScopeKind,
        scope: str,
        *,
        ground: str,
        article: str = "",
        due_on: date | None = None,
    ) -> Envelope:
        """Have supply suspended, resumed or closed for a scope, or a release delisted.

        `due_on` is the last day for rectifying what a suspension is for; without an `article` the
        order rests on the one that is usual for it.
        """
        asked = {
            "action": action,
            "scope_kind": scope_kind,
            "scope": scope,
            "ground": ground,
            "article": article,
            "due_on": due_on.isoformat() if due_on else None,
        }
        return Envelope.from_json(self._call("POST", "/v1/orders", asked))

    def order_drill(self, drill_id: str) -> Envelope:
        """Have the order signed that a drill of revocation measures; it stops nobody."""
        return Envelope.from_json(self._call("POST", f"/v1/drills/{path_part(drill_id)}/order"))

    def orders(self) -> tuple[Envelope, ...]:
        """Every order ever signed, oldest first."""
        return tuple(Envelope.from_json(one) for one in self._call("GET", "/v1/orders"))

    def terminations(self) -> tuple[Envelope, ...]:
        """Every notice of a termination ever signed, oldest first."""
        found = self._call("GET", "/v1/terminations")
        return tuple(Envelope.from_json(one) for one in found)

    def notices(self) -> tuple[NoticeView, ...]:
        """What stands of the notices that were issued, the bureau's own and the gate's."""
        return _value(tuple[NoticeView, ...], self._call("GET", "/v1/notices"))

    def advice(self, evaluation: str) -> str | None:
        """The letter that advises the city government to end an operation, where one failed."""
        path = f"/v1/evaluations/{path_part(evaluation)}/advice"
        found = self._call("GET", path, missing_code="advice_missing")
        if found is None:
            return None
        if not isinstance(found, dict) or not isinstance(found.get("advice"), str):
            raise _unanswered("answer_malformed")
        return str(found["advice"])

    def disputed(self) -> tuple[DisputedScope, ...]:
        """What the open disputes are about."""
        return _value(tuple[DisputedScope, ...], self._call("GET", "/v1/disputes/scopes"))

    def totals(self) -> Totals:
        """How much evidence the bureau holds."""
        return _value(Totals, self._call("GET", "/v1/totals"))

    def _call(self, method: str, path: str, body: object = None, *, missing_code: str = "") -> Any:
        answer = send(self._client, method, path, unanswered=_unanswered, json=body)
        if refusal := refusal_in(answer):
            if refusal.code == missing_code:
                return None
            raise AuthorisationError(
                refusal.code,
                refusal.what,
                where=refusal.where | {"http": answer.status_code},
                article=refusal.article,
                remedy=refusal.remedy,
            )
        if not answer.is_success:
            failed = outage_in(answer, BureauUnavailableError, "bureau")
            raise failed or _unanswered(f"http_{answer.status_code}")
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise _unanswered(f"http_{answer.status_code}") from None


def _decision_path(scenario: str) -> str:
    return f"/v1/decisions/{path_part(scenario)}"


def _value(kind: type[T], data: object) -> T:
    try:
        value: T = adapter_of(kind).validate_python(data)
    except ValidationError:
        raise _unanswered("answer_malformed") from None
    return value


def _unanswered(why: str) -> BureauUnavailableError:
    return BureauUnavailableError(
        "bureau_unavailable",
        "the bureau gave no answer",
        where={"cause": why},
        remedy="see whether it runs at WEIR_BUREAU_URL",
    )
