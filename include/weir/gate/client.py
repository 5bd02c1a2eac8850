"""The gate as others reach it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from weir.crypto.dsse import Envelope
from weir.errors import GateUnavailableError, RefusedError
from weir.gate.verdict_page import VerdictPage
from weir.governance.cases import Case
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
from weir.policy.retention import DisputedScope, Lot
from weir.policy.revocation import DecisionRevocation
from weir.policy.standing import Standing
from weir.policy.stops import OperatorStop
from weir.policy.termination import Termination
from weir.service.client import open_client, outage_in, path_part, refusal_in, send
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
        """The decision that speaks on the scenario, every order and notice of the bureau, and what
        the operator stops."""
        found = self._call("GET", f"/v1/scenarios/{path_part(scenario)}/standing")
        try:
            decision, orders = found["decision"], found["suspensions"]
            taken_back, notices = found["revocations"], found["terminations"]
            return Standing(
                decision=None if decision is None else Envelope.from_json(decision),
                suspensions=tuple(_value(Order, order) for order in orders),
                revocations=tuple(_value(DecisionRevocation, one) for one in taken_back),
                terminations=tuple(_value(Termination, one) for one in notices),
                operator_stops=tuple(_value(OperatorStop, one) for one in found["operator_stops"]),
            )
        except (KeyError, TypeError, RefusedError):
            raise _unintelligible() from None

    def request_release(
        self, scenario: ScenarioId, run_id: RunId, manifest: ObjectRef, requested_by: str = ""
    ) -> ReleaseStatus:
        """Hand a staged package in. The gate answers at once and decides in its own time.

        `requested_by` is the person who started the run, if one did: somebody else reviews it.
        """
        body = {
            "scenario": scenario,
            "run_id": run_id,
            "manifest": to_json(manifest),
            "requested_by": requested_by,
        }
        return _value(ReleaseStatus, self._call("POST", "/v1/releases", body))

    def review(
        self, release_id: str, manifest_sm3: str, words: str, *, approve: bool
    ) -> ReleaseStatus:
        """Approve or reject, as the caller, the manifest of that digest (第二十三条第(三)项)."""
        body = {"manifest_sm3": manifest_sm3, "approve": approve, "words": words}
        path = f"/v1/releases/{path_part(release_id)}/approvals"
        return _value(ReleaseStatus, self._call("POST", path, body))

    def delist(self, release_id: str, ground: str) -> ReleaseStatus:
        """Have a published release taken from consumers; its tombstone stays."""
        path = f"/v1/releases/{path_part(release_id)}/delisting"
        return _value(ReleaseStatus, self._call("POST", path, {"ground": ground}))

    def release_status(self, release_id: ReleaseId) -> ReleaseStatus:
        return _value(ReleaseStatus, self._call("GET", f"/v1/releases/{path_part(release_id)}"))

    def releases(self, scenario: str | None = None) -> list[ReleaseStatus]:
        """The newest releases and refusals, of one scenario or of all."""
        query = {} if scenario is None else {"scenario": scenario}
        found = self._call("GET", "/v1/releases", query=query)
        if not isinstance(found, list):
            raise _unintelligible()
        return [_value(ReleaseStatus, one) for one in found]

    def register_decision(self, envelope: Envelope) -> bool:
        """Hand in what the bureau decided and signed; the same one twice is one.
        Whether it was new to the gate."""
        return self._register("decisions", envelope)

    def register_revocation(self, envelope: Envelope) -> bool:
        """Hand in what the bureau took back and signed; the same one twice is one.
        Whether it was new to the gate."""
        return self._register("revocations", envelope)

    def register_order(self, envelope: Envelope) -> bool:
        """Hand in what the bureau ordered and signed; the same one twice is one.
        Whether it was new to the gate."""
        return self._register("orders", envelope)

    def register_termination(self, envelope: Envelope) -> bool:
        """Hand in the bureau's notice that an agreement ends; the same one twice is one.
        Whether it was new to the gate."""
        return self._register("terminations", envelope)

    def issue_credential(self, use_agreement: str, environment: str = "production") -> Credential:
        """A new credential of the agreement's data user; an earlier one is void from now on.

        Takes an account that may issue one. The gate keeps no secret: it is told this once.
        """
        return self._credential(use_agreement, "credentials", environment)

    def rotate_credential(self, use_agreement: str, environment: str = "production") -> Credential:
        """A second key of the credential; the earlier one serves on for the overlap."""
        return self._credential(use_agreement, "credentials/rotation", environment)

    def credentials(self) -> list[dict[str, Any]]:
        """Every credential with its keys, never a secret."""
        return _list(self._call("GET", "/v1/credentials"))

    def stop_user(self, stop_kind: str, stop_name: str, ground: str) -> Case:
        """Stop a data user or a use agreement as its operator (第十九条)."""
        body = {"stop_kind": stop_kind, "stop_name": stop_name, "ground": ground}
        return _value(Case, _record(self._call("POST", "/v1/stops", body)).get("case"))

    def lift_stop(self, stop_id: str, reason: str) -> Case:
        """Lift a stop of the operator's; an order of the bureau's stays."""
        path = f"/v1/stops/{path_part(stop_id)}/lift"
        return _value(Case, _record(self._call("POST", path, {"reason": reason})).get("case"))

    def move(self, kind: str, case_id: str, move: str, facts: Mapping[str, Any]) -> Case:
        """Make a move of a case that the gate keeps, under this account's role."""
        path = f"/v1/cases/{path_part(kind)}/{path_part(case_id)}/{path_part(move)}"
        return _value(Case, self._call("POST", path, dict(facts)))

    def case(self, kind: str, case_id: str) -> Case:
        """One case that the gate keeps; `IntegrityError` (code `case_unknown`) where none is."""
        return _value(Case, self._call("GET", f"/v1/cases/{path_part(kind)}/{path_part(case_id)}"))

    def cases(self, kind: str) -> list[Case]:
        """The gate's cases of a kind, the last changed first."""
        return [
            _value(Case, one) for one in _list(self._call("GET", f"/v1/cases/{path_part(kind)}"))
        ]

    def feedback(self) -> list[dict[str, Any]]:
        """The quarters on which data users owe feedback, and what came of each."""
        return _list(self._call("GET", "/v1/feedback"))

    def drill_due(self) -> bool:
        """Is it time for another drill?"""
        return _record(self._call("GET", "/v1/drills/due")).get("due") is True

    def start_drill(self) -> dict[str, Any]:
        """A drill's id and probe, and the credential that reads it."""
        return _record(self._call("POST", "/v1/drills"))

    def complete_drill(
        self, drill_id: str, *, milliseconds: int, reads: int, ended: bool
    ) -> dict[str, Any]:
        """Have the gate keep what a drill measured."""
        body = {"milliseconds": milliseconds, "reads": reads, "ended": ended}
        return _record(self._call("POST", f"/v1/drills/{path_part(drill_id)}/outcome", body))

    def drills(self) -> list[dict[str, Any]]:
        """The drills, the last one first."""
        return _list(self._call("GET", "/v1/drills"))

    def _register(self, kept_as: str, envelope: Envelope) -> bool:
        found = _record(self._call("PUT", f"/v1/{kept_as}", envelope.to_json()))
        return found.get("registered") is True

    def _credential(self, use_agreement: str, what: str, environment: str) -> Credential:
        path = f"/v1/use-agreements/{path_part(use_agreement)}/{what}"
        found = _record(self._call("POST", path, query={"environment": environment}))
        return credential_in(found)

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

    def owed_reports(self) -> list[Notice]:
        """The notices that stand for a report, the first to end first."""
        return [_value(Notice, one) for one in _list(self._call("GET", "/v1/notices/reports"))]

    def issue_notices(self) -> list[Notice]:
        """Have the gate issue the notices that are due; gives those that are new."""
        return [_value(Notice, one) for one in _list(self._call("POST", "/v1/notices"))]

    def retention(self, disputes: Iterable[DisputedScope], *, destroy: bool) -> list[Lot]:
        """What is kept beyond its term; with `destroy`, what of it was destroyed now."""
        asked = {"disputes": [to_json(one) for one in disputes], "destroy": destroy}
        return [_value(Lot, one) for one in _list(self._call("POST", "/v1/retention", asked))]

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
        raise outage_in(answer, GateUnavailableError, "gate") or _unintelligible(answer.status_code)


def _value(kind: type[T], data: object) -> T:
    try:
        return from_json(kind, data)
    except ValidationError:
        raise _unintelligible() from None


def credential_in(found: dict[str, Any]) -> Credential:
    """The credential in an answer of the gate."""
    try:
        return Credential(access_key=str(found["access_key"]), secret_key=str(found["secret_key"]))
    except KeyError:
        raise _unintelligible() from None


def _record(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _unintelligible()
    return found


def _list(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _unintelligible()
    return found


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
