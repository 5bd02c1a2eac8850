"""Consumer credentials, one per use agreement and environment: issued, rotated, cut when supply
stops, given back after."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import structlog

from weir.errors import AuthorisationError, IntegrityError, UnavailableError
from weir.evidence.actions import Action
from weir.gate.credential_store import CredentialStore, Grant
from weir.gate.operators import KnownOperators
from weir.gate.ports import GatePorts
from weir.gate.reach import (
    PRODUCTION,
    about_grant,
    check_environment,
    data_of,
    grant_over,
    not_to_be_read,
    plans_allowed,
    policy_of,
)
from weir.gate.records import Recorder
from weir.gate.standing_store import StandingStore
from weir.gate.stop_store import stops_in_force
from weir.gate.turns import own_turn
from weir.governance.attempts import initiator_of
from weir.model import Principal
from weir.policy.order import Order, suspensions_in_force
from weir.policy.stops import OperatorStop
from weir.policy.termination import Termination, ends
from weir.storage.provisioning import Credential

log = structlog.get_logger()

_UNSETTLED = {"disabling", "enabling", "issuing"}
TURN = "credentials"


class Credentials:
    """Every effect on the object store's users is an intent, the effect, an outcome.

    Calls wait for each other, in all processes: no user is ever changed twice at once.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._store = CredentialStore(ports.engine)
        self._standings = StandingStore(ports.engine, ports.bureau_key)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)
        self._operators = KnownOperators(ports.contracts)

    def issue(
        self, use_agreement: str, by: Principal, environment: str = PRODUCTION
    ) -> tuple[Credential, tuple[str, ...]]:
        """A new credential and the buckets it reads; an earlier one of the agreement is void in
        this environment.

        It is returned here once and kept nowhere. It reads the buckets of those scenarios under
        the agreement that may run now; errors as of `plans_allowed`.
        """
        check_environment(environment)
        with own_turn(self._ports.engine, TURN):
            plans = plans_allowed(use_agreement, self._standings, self._ports)
            grant = grant_over(use_agreement, environment, plans)
            made = self._make(grant, by)
        log.info("credential_issued", use_agreement=use_agreement, buckets=len(grant.buckets))
        return made, grant.buckets

    def issue_for_drill(self, grant: Grant, by: Principal) -> Credential:
        """A credential that reaches no scenario; an earlier drill's is void."""
        with own_turn(self._ports.engine, TURN):
            return self._make(grant, by)

    def rotate(
        self, use_agreement: str, by: Principal, environment: str = PRODUCTION
    ) -> tuple[Credential, tuple[str, ...]]:
        """A second key of the same credential; the first one serves on for the agreed overlap.

        Raises as `issue` does, and `AuthorisationError` where there is no credential in use (code
        `credential_not_active`) or an overlap still runs (code `rotation_under_way`).
        """
        check_environment(environment)
        with own_turn(self._ports.engine, TURN):
            plans = plans_allowed(use_agreement, self._standings, self._ports)
            grant = self._store.find(use_agreement, environment)
            if grant is None or grant.state != "active":
                raise AuthorisationError(
                    "credential_not_active",
                    "no credential of this agreement and environment is in use",
                    where={"use_agreement": use_agreement, "environment": environment},
                    article="第十四条",
                    remedy="issue one",
                )
            if not set(grant.buckets) <= {plan.release_bucket for plan in plans}:
                raise AuthorisationError(
                    "credential_too_wide",
                    "the credential reads more than may be read under the agreement now",
                    where={"use_agreement": use_agreement, "environment": environment},
                    article="第十四条",
                    remedy="issue a new one, which reads what may be read",
                )
            if any(key.ends_at for key in grant.keys):
                raise AuthorisationError(
                    "rotation_under_way",
                    "the overlap of the last rotation still runs",
                    where={"use_agreement": use_agreement, "environment": environment},
                    article="第十四条",
                    remedy="wait until the earlier key has ended, or issue a new credential",
                )
            return self._rotate(grant, by), grant.buckets

    def enforce(self) -> int:
        """Cut every credential whose supply is suspended or stopped, a decision under which was
        taken back or is over, whose agreement has ended or was terminated or whose holder has
        become an operator; give back those that nothing of this stops any more. Returns how many
        changed.

        A credential whose making was cut short is cut too: nobody holds its secret.
        """
        with own_turn(self._ports.engine, TURN):
            grants = self._store.all()
            if not grants:
                return 0
            orders = suspensions_in_force(self._standings.orders(), self._ports.clock.now())
            stops = stops_in_force(self._ports.engine)
            notices = self._standings.terminations()
            unread = not_to_be_read(
                {one for grant in grants for one in grant.scenarios}, self._standings, self._ports
            )
            return sum(self._settle(grant, orders, stops, notices, unread) for grant in grants)

    def enforce_now(self) -> dict[str, int | bool]:
        """`enforce` for whoever asked, who is told when it is still to be done.

        What was asked stands and stops releases already; the worker goes on cutting access.
        """
        try:
            return {"credentials_changed": self.enforce(), "credentials_pending": False}
        except UnavailableError:
            return {"credentials_changed": 0, "credentials_pending": True}

    def _make(self, grant: Grant, by: Principal) -> Credential:
        for bucket in grant.buckets:
            self._ports.make_bucket(bucket)
        about, data = about_grant(grant), data_of(grant)
        intent = self._recorder.intent(Action.CREDENTIAL_ISSUED, about, data, by=initiator_of(by))
        self._store.begin(grant, intent)
        made = self._ports.provisioner.ensure_user(grant.user_name, None, None, policy_of(grant))
        outcome = self._recorder.outcome(
            Action.CREDENTIAL_ISSUED,
            about,
            data,
            intent_id=intent.id,
            reconciled=False,
            by=initiator_of(by),
        )
        self._store.serve(grant, made.access_key, outcome, earlier_end_at=outcome.occurred_at)
        return made

    def _rotate(self, grant: Grant, by: Principal) -> Credential:
        about = about_grant(grant)
        ends_at = self._ports.clock.now() + self._ports.credential_overlap
        data = data_of(grant, valid_until=ends_at.isoformat())
        intent = self._recorder.intent(Action.CREDENTIAL_ROTATED, about, data, by=initiator_of(by))
        self._store.change(grant, {"state": "rotating", "intent_id": intent.id}, intent)
        made = self._ports.provisioner.add_key(grant.user_name)
        outcome = self._recorder.outcome(
            Action.CREDENTIAL_ROTATED,
            about,
            data,
            intent_id=intent.id,
            reconciled=False,
            by=initiator_of(by),
        )
        self._store.serve(grant, made.access_key, outcome, earlier_end_at=ends_at)
        log.info("credential_rotated", use_agreement=grant.use_agreement)
        return made

    def _settle(
        self,
        grant: Grant,
        orders: Collection[Order],
        stops: Collection[OperatorStop],
        notices: Collection[Termination],
        unread: Collection[str],
    ) -> bool:
        state = self._close_rotation(grant) if grant.state == "rotating" else grant.state
        now = self._ports.clock.now()
        stopped = (
            now >= min(grant.valid_until, ends(notices, grant.agreements) or grant.valid_until)
            or any(grant.concerned_by(order) for order in orders)
            or any(grant.stopped_by(stop) for stop in stops)
            or any(scenario in unread for scenario in grant.scenarios)
            or grant.data_user in self._operators.names()
        )
        void = state in {"issuing", "void"}
        wanted = "void" if void else "disabled" if stopped else "active"
        if state == wanted:
            return False
        reconciled = state in _UNSETTLED
        action = Action.CREDENTIAL_ISSUED if wanted == "active" else Action.CREDENTIAL_REVOKED
        intent_id = self._open(grant, wanted, action, reconciled=reconciled)
        self._effect(grant, enable=wanted == "active")
        outcome = self._recorder.outcome(
            action, about_grant(grant), data_of(grant), intent_id=intent_id, reconciled=reconciled
        )
        self._store.change(grant, {"state": wanted, "intent_id": None}, outcome)
        log.info("credential_changed", use_agreement=grant.use_agreement, state=wanted)
        return True

    def _close_rotation(self, grant: Grant) -> str:
        """A rotation that a killed process left open gave nobody a key: the earlier one serves on,
        and the one that may have been made is foreign."""
        outcome = self._recorder.outcome(
            Action.CREDENTIAL_ROTATED,
            about_grant(grant),
            data_of(grant),
            intent_id=grant.intent_id,
            reconciled=True,
            reason_code="rotation_cut_short",
        )
        self._store.change(grant, {"state": "active", "intent_id": None}, outcome)
        return "active"

    def _open(self, grant: Grant, wanted: str, action: Action, *, reconciled: bool) -> UUID | None:
        """The intent of the change: one left open by a killed process, or a new one."""
        if reconciled:
            return grant.intent_id
        intent = self._recorder.intent(action, about_grant(grant), data_of(grant))
        state = "enabling" if wanted == "active" else "disabling"
        self._store.change(grant, {"state": state, "intent_id": intent.id}, intent)
        return intent.id

    def _effect(self, grant: Grant, *, enable: bool) -> None:
        try:
            if enable:
                self._ports.provisioner.enable_user(grant.user_name, policy_of(grant))
            else:
                self._ports.provisioner.disable_user(grant.user_name)
        except IntegrityError as error:
            # A user that was never made, or was removed by hand, can read nothing.
            if error.code != "user_missing":
                raise
