"""What the operator stops by itself: a data user, or what an incident reaches (第十九条)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

UserStopKind = Literal["data_user", "use_agreement"]
StopKind = UserStopKind | Literal["scenario", "dataset", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStop:
    """A stop in force. It is the operator's, and says nothing of the bureau's orders.

    `by_incident` tells that it contains an incident, and ends with it.
    """

    stop_id: str
    kind: StopKind
    name: str
    by_incident: bool = False

    def stops(
        self,
        *,
        data_user: str,
        use_agreement: str,
        scenarios: Collection[str],
        datasets: Collection[str],
    ) -> bool:
        """Whether what goes to this user under this agreement, by these scenarios over these
        datasets, is stopped. A kind that is not known stops everything."""
        match self.kind:
            case "data_user":
                return self.name == data_user
            case "use_agreement":
                return self.name == use_agreement
            case "scenario":
                return self.name in scenarios
            case "dataset":
                return self.name in datasets
        return True
