"""The bureau's own acts: who signs, at what time, and the record each act leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from weir.bureau.reception import keep_own
from weir.clock import Clock
from weir.crypto.sm2 import SigningKey
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target, new_record
from weir.governance.attempts import initiator_of
from weir.model import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauActs:
    """The bureau's signing key and clock."""

    key: SigningKey
    clock: Clock

    def keep(
        self,
        connection: Connection,
        action: Action,
        *,
        by: Principal,
        target: Target,
        legal: Legal,
        data: Mapping[str, str | int],
        reason_code: str = "",
    ) -> None:
        """Record what `by` did, in the transaction of the act; with a reason, a refused attempt."""
        record = new_record(
            self.clock,
            action,
            initiator=initiator_of(by),
            target=target,
            service="bureau",
            outcome="refused" if reason_code else "success",
            legal=legal,
            reason_code=reason_code,
            data=data,
            key_id=self.key.public.key_id,
        )
        keep_own(connection, record)
