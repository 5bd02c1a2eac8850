"""Callers known by their tokens, in any role of the matrix."""

from __future__ import annotations

from dataclasses import dataclass, field

from weir.gate.access import Access
from weir.model import Principal, Role

OPERATOR = Principal(id="operator", role=Role.CHIEF_DATA_OFFICER, org="city-operator")
SECURITY = Principal(id="guard", role=Role.SECURITY_OFFICER, org="city-operator")
ENGINEER = Principal(id="engineer", role=Role.OPERATOR_ENGINEER, org="city-operator")
REVIEWER = Principal(id="reviewer", role=Role.BUREAU_REVIEWER, org="bureau")
PLANNER = Principal(id="planner", role=Role.DATA_USER, org="city-planner")
INSTITUTE = Principal(id="institute", role=Role.DATA_USER, org="trade-institute")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCallers(Access):
    """An `Access` that knows `people` by their ids as tokens."""

    worker_token: str = "worker-token"
    operator_token: str = "operator-token"
    desk_user: str = "desk"
    desk_password: str = "口令-1"
    people: tuple[Principal, ...] = field(
        default=(OPERATOR, SECURITY, ENGINEER, REVIEWER, PLANNER, INSTITUTE)
    )

    def _tokens(self) -> dict[Principal, str]:
        return {one: one.id for one in self.people}
