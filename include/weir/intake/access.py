"""Who may ask the intake for a snapshot: the pipeline's workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial

from fastapi import Request

from weir.governance.entrance import admit
from weir.model import Principal, Role
from weir.policy.roles import Act
from weir.service.access import expect_secrets, require_bearer


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The workers' token. An empty one would open the entrance to anyone and raises
    `ContractError` (code `intake_secret_missing`)."""

    worker_token: str = field(repr=False)

    def __post_init__(self) -> None:
        expect_secrets("intake", "intake_secret_missing", asdict(self))

    def permit(self, request: Request, act: Act) -> Principal:
        """The caller, where the matrix lets it do `act`; else 401 (a stranger) or 403."""
        return admit(request, require_bearer(request, {_WORKER: self.worker_token}), act)

    def requires(self, act: Act) -> Callable[[Request], Principal]:
        """`permit` as a dependency of a route."""
        return partial(self.permit, act=act)


_WORKER = Principal(id="weir-worker", role=Role.WORKER, org="operator")
