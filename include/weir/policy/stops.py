"""The operator's own stops: a data user, or one of its agreements, is refused (第十九条)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StopKind = Literal["data_user", "use_agreement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStop:
    """A stop in force. It is the operator's, and says nothing of the bureau's orders."""

    stop_id: str
    kind: StopKind
    name: str

    def stops(self, *, data_user: str, use_agreement: str) -> bool:
        """Whether what goes to this user under this agreement is stopped."""
        return self.name == (data_user if self.kind == "data_user" else use_agreement)
