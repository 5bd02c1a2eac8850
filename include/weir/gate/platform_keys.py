"""The store's keys of the platform's own accounts: the one each was given, and no other."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from weir.errors import IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator, Legal, Target
from weir.evidence.outbox import append
from weir.gate.credentials import TURN
from weir.gate.ports import GatePorts
from weir.gate.records import About, Recorder
from weir.gate.turns import own_turn

log = structlog.get_logger()

_EVERY = timedelta(minutes=1)
_CAUSE = "credential_foreign_key"


class PlatformKeyUpkeep:
    """Removes what workers, intake, gate or bureau hold beside the key that they were given: on
    some servers a user may make itself more, which would outlive the given one.

    An intent without an outcome is one that a killed process left; the key is looked for again.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)
        self._looked_at: datetime | None = None

    def run(self) -> int:
        """One look at every account that the gate was told of, at most one a minute; returns how
        many keys were removed."""
        now = self._ports.clock.now()
        if self._looked_at and now < self._looked_at + _EVERY:
            return 0
        removed = sum(self._look(*one) for one in self._ports.platform_keys.items())
        self._looked_at = now
        return removed

    def _look(self, account: str, given: str) -> int:
        with own_turn(self._ports.engine, TURN):
            held = self._ports.provisioner.look_up(account)
            foreign = sorted(held.access_keys - {given}) if held else []
            for access_key in foreign:
                self._remove(account, access_key)
        return len(foreign)

    def _remove(self, account: str, access_key: str) -> None:
        about = About(
            target=Target(kind="store_account", name=account), legal=Legal(article="第十九条")
        )
        data = {"access_key": access_key, "cause": _CAUSE}
        holder = Initiator(type="service", id=account, role="store_account")
        attempt = self._recorder.refusal(about, _CAUSE, by=holder)
        intent = self._recorder.intent(Action.CREDENTIAL_KEY_REMOVED, about, data)
        with self._ports.engine.begin() as transaction:
            append(transaction, attempt)
            append(transaction, intent)
        try:
            self._ports.provisioner.remove_key(account, access_key)
        except IntegrityError as error:
            # With the user gone its keys are gone.
            if error.code != "user_missing":
                raise
        outcome = self._recorder.outcome(
            Action.CREDENTIAL_KEY_REMOVED, about, data, intent_id=intent.id, reconciled=False
        )
        with self._ports.engine.begin() as transaction:
            append(transaction, outcome)
        log.warning("access_key_removed", account=account, cause=_CAUSE)
