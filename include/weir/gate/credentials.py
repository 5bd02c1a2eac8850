"""One consumer credential per use agreement: issued, cut when supply stops, given back after."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import structlog

from weir.contracts.plan import Plan
from weir.errors import IntegrityError, RefusedError, WeirError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target
from weir.gate.credential_store import CredentialStore, Grant
from weir.gate.leave import leave_for
from weir.gate.ports import GatePorts
from weir.gate.records import About, Recorder
from weir.gate.standing_store import StandingStore
from weir.gate.turns import own_turn
from weir.governance.attempts import initiator_of
from weir.model import Principal
from weir.policy.order import suspensions_in_force
from weir.storage.provisioning import Credential, Policy, consumer_policy

log = structlog.get_logger()

_UNSETTLED = {"disabling", "enabling", "issuing"}


class Credentials:
    """Every effect on the object store's users is an intent, the effect, an outcome.

    Calls wait for each other, in all processes: no user is ever changed twice at once.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._store = CredentialStore(ports.engine)
        self._standings = StandingStore(ports.engine, ports.bureau_key)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)

    def issue(self, use_agreement: str, by: Principal) -> tuple[Credential, tuple[str, ...]]:
        """A new credential and the buckets it reads; an earlier one of the agreement is void.

        It is returned here once and kept nowhere. It reads the buckets of those scenarios under
        the agreement that may run now; where none may, the refusal of the first is raised, and
        `IntegrityError` (code `use_agreement_unknown`) where no contract names the agreement.
        """
        with own_turn(self._ports.engine, "credentials"):
            plans = self._allowed(use_agreement)
            buckets = tuple(plan.release_bucket for plan in plans)
            for bucket in buckets:
                self._ports.make_bucket(bucket)
            grant = _grant(use_agreement, plans)
            about, data = _about(grant), {"bucket": " ".join(buckets)}
            intent = self._recorder.intent(
                Action.CREDENTIAL_ISSUED, about, data, by=initiator_of(by)
            )
            self._store.begin(grant, intent)
            made = self._ports.provisioner.ensure_user(
                grant.user_name, None, None, _policy(buckets)
            )
            outcome = self._recorder.outcome(
                Action.CREDENTIAL_ISSUED,
                about,
                data,
                intent_id=intent.id,
                reconciled=False,
                by=initiator_of(by),
            )
            self._store.change(
                use_agreement,
                {"state": "active", "intent_id": None, "access_key": made.access_key},
                outcome,
            )
        log.info("credential_issued", use_agreement=use_agreement, buckets=len(buckets))
        return made, buckets

    def enforce(self) -> int:
        """Cut every credential whose supply is suspended or whose agreement has ended, give back
        those whose suspension was lifted; returns how many changed.

        A credential whose making was cut short is cut too: nobody holds its secret.
        """
        with own_turn(self._ports.engine, "credentials"):
            return sum(self._settle(grant) for grant in self._store.all())

    def _settle(self, grant: Grant) -> bool:
        now = self._ports.clock.now()
        stopped = now >= grant.valid_until or any(
            grant.concerned_by(order)
            for order in suspensions_in_force(self._standings.orders(), now)
        )
        void = grant.state in {"issuing", "void"}
        wanted = "void" if void else "disabled" if stopped else "active"
        if grant.state == wanted:
            return False
        action = Action.CREDENTIAL_ISSUED if wanted == "active" else Action.CREDENTIAL_REVOKED
        about, data = _about(grant), {"bucket": " ".join(_buckets(grant))}
        reconciled = grant.state in _UNSETTLED
        intent_id = self._open(grant, wanted, action, about, data, reconciled=reconciled)
        self._effect(grant.user_name, enable=wanted == "active")
        outcome = self._recorder.outcome(
            action, about, data, intent_id=intent_id, reconciled=reconciled
        )
        self._store.change(grant.use_agreement, {"state": wanted, "intent_id": None}, outcome)
        log.info("credential_changed", use_agreement=grant.use_agreement, state=wanted)
        return True

    def _open(
        self,
        grant: Grant,
        wanted: str,
        action: Action,
        about: About,
        data: dict[str, str],
        *,
        reconciled: bool,
    ) -> UUID | None:
        """The intent of the change: one left open by a killed process, or a new one."""
        if reconciled:
            return grant.intent_id
        intent = self._recorder.intent(action, about, data)
        state = "enabling" if wanted == "active" else "disabling"
        self._store.change(grant.use_agreement, {"state": state, "intent_id": intent.id}, intent)
        return intent.id

    def _effect(self, user_name: str, *, enable: bool) -> None:
        try:
            if enable:
                self._ports.provisioner.enable_user(user_name)
            else:
                self._ports.provisioner.disable_user(user_name)
        except IntegrityError as error:
            # A user that was never made, or was removed by hand, can read nothing.
            if error.code != "user_missing":
                raise

    def _allowed(self, use_agreement: str) -> tuple[Plan, ...]:
        plans: list[Plan] = []
        refusals: list[WeirError] = []
        for plan in self._under(use_agreement):
            try:
                leave_for(plan, self._standings, self._ports)
                plans.append(plan)
            except RefusedError as error:
                refusals.append(error)
        if plans:
            return tuple(plans)
        if refusals:
            raise refusals[0]
        raise IntegrityError(
            "use_agreement_unknown",
            "no scenario contract names this use agreement",
            article="第十四条",
            remedy="conclude the agreement and name it in a scenario's contract",
        )

    def _under(self, use_agreement: str) -> Iterator[Plan]:
        for name in self._ports.contracts.names():
            try:
                plan = self._ports.contracts.plan(name)
            except RefusedError as error:
                log.warning("contract_skipped", scenario=name, code=error.code)
                continue
            if plan.scenario.use_agreement == use_agreement:
                yield plan


def _grant(use_agreement: str, plans: tuple[Plan, ...]) -> Grant:
    inputs = [planned.dataset for plan in plans for planned in plan.inputs]
    return Grant(
        use_agreement=use_agreement,
        user_name=f"consumer-{use_agreement}",
        access_key="",
        data_user=plans[0].scenario.data_user,
        scenarios=tuple(sorted(plan.scenario.scenario for plan in plans)),
        datasets=tuple(sorted({dataset.dataset for dataset in inputs})),
        providers=tuple(sorted({dataset.provider for dataset in inputs})),
        valid_until=min(plan.valid_until for plan in plans),
    )


def _policy(buckets: tuple[str, ...]) -> Policy:
    statements = [one for bucket in buckets for one in consumer_policy(bucket)["Statement"]]
    return {**consumer_policy(buckets[0]), "Statement": statements}


def _buckets(grant: Grant) -> tuple[str, ...]:
    return tuple(f"release-{scenario}" for scenario in grant.scenarios)


def _about(grant: Grant) -> About:
    return About(
        target=Target(kind="use_agreement", name=grant.use_agreement),
        legal=Legal(article="第十四条", use_agreement=grant.use_agreement),
    )
