"""What the store really holds of its users, against what the gate gave them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from weir.errors import IntegrityError
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator
from weir.gate.credential_store import AccessKey, CredentialStore, Grant
from weir.gate.credentials import TURN
from weir.gate.ports import GatePorts
from weir.gate.reach import about_grant, data_of
from weir.gate.records import GATE, Recorder
from weir.gate.turns import own_turn
from weir.storage.provisioning import Held

log = structlog.get_logger()

_LAST_USE_EVERY = timedelta(hours=1)
_CUT = {"disabled", "void"}


class KeyUpkeep:
    """Removes keys whose overlap is over and keys that are not the gate's, cuts again whoever was
    let in behind the gate's back, and notes when keys last served."""

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._store = CredentialStore(ports.engine)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)
        self._asked_at: dict[str, datetime] = {}

    def run(self) -> int:
        """One look at every credential; returns how many keys and users it had to change."""
        names = [(one.use_agreement, one.environment) for one in self._store.all()]
        return sum(self._look(*name) for name in names)

    def _look(self, use_agreement: str, environment: str) -> int:
        # A turn for each, so that an order never waits for all of them.
        with own_turn(self._ports.engine, TURN):
            grant = self._store.find(use_agreement, environment)
            if grant is None:
                return 0
            held = self._ports.provisioner.look_up(grant.user_name)
            changed = self._cut_again(grant, held) if held else 0
            for key, cause in self._doomed(grant, held):
                self._remove(grant, key, cause)
                changed += 1
            for key in grant.keys:
                self._note_last_use(grant, key)
            return changed

    def _doomed(self, grant: Grant, held: Held | None) -> Iterator[tuple[AccessKey, str]]:
        """Keys that have to go, each with its cause: first those already being removed."""
        now = self._ports.clock.now()
        for key in grant.keys:
            if key.state == "removing" or (key.ends_at is not None and key.ends_at <= now):
                yield key, "overlap_ended"
        foreign = (held.access_keys if held else frozenset()) - {
            key.access_key for key in grant.keys
        }
        for access_key in sorted(foreign):
            yield (
                AccessKey(
                    access_key=access_key,
                    issued_at=now,
                    ends_at=now,
                    last_used="unknown",
                    state="foreign",
                    intent_id=None,
                ),
                "credential_foreign_key",
            )

    def _remove(self, grant: Grant, key: AccessKey, cause: str) -> None:
        about = about_grant(grant)
        data = data_of(grant, access_key=key.access_key, cause=cause)
        intent_id = key.intent_id
        if intent_id is None:
            intent = self._recorder.intent(Action.CREDENTIAL_KEY_REMOVED, about, data)
            self._store.remove_begun(grant, key.access_key, intent)
            intent_id = intent.id
        try:
            self._ports.provisioner.remove_key(grant.user_name, key.access_key)
        except IntegrityError as error:
            # With the user gone its keys are gone.
            if error.code != "user_missing":
                raise
        outcome = self._recorder.outcome(
            Action.CREDENTIAL_KEY_REMOVED,
            about,
            data,
            intent_id=intent_id,
            reconciled=key.intent_id is not None,
        )
        attempts = []
        if key.state == "foreign":
            holder = Initiator(type="service", id=grant.user_name, role="data_user")
            attempts.append(self._recorder.refusal(about, cause, by=holder))
        self._store.removed(key.access_key, outcome, *attempts)
        log.warning("access_key_removed", use_agreement=grant.use_agreement, cause=cause)

    def _cut_again(self, grant: Grant, held: Held) -> int:
        if grant.state not in _CUT or not held.allowed:
            return 0
        about, data = about_grant(grant), data_of(grant, cause="credential_let_in_again")
        intent = self._recorder.intent(Action.CREDENTIAL_REVOKED, about, data)
        unsettled = "issuing" if grant.state == "void" else "disabling"
        self._store.change(grant, {"state": unsettled, "intent_id": intent.id}, intent)
        self._ports.provisioner.disable_user(grant.user_name)
        outcome = self._recorder.outcome(
            Action.CREDENTIAL_REVOKED, about, data, intent_id=intent.id, reconciled=False
        )
        self._store.change(grant, {"state": grant.state, "intent_id": None}, outcome)
        log.warning("credential_cut_again", use_agreement=grant.use_agreement)
        return 1

    def _note_last_use(self, grant: Grant, key: AccessKey) -> None:
        now = self._ports.clock.now()
        asked_at = self._asked_at.get(key.access_key)
        if key.state != "serving" or (asked_at and now < asked_at + _LAST_USE_EVERY):
            return
        self._asked_at[key.access_key] = now
        told = self._ports.provisioner.last_use(key.access_key)
        text = told.isoformat() if isinstance(told, datetime) else told
        if text == key.last_used:
            return
        data = data_of(grant, access_key=key.access_key, last_used=text)
        record = self._recorder.state(
            Action.CREDENTIAL_USED,
            about_grant(grant),
            data,
            by=GATE,
        )
        self._store.used(key.access_key, text, record)
