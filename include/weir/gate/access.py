"""Who may ask what of the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum

import structlog
from fastapi import Request

from weir.errors import ContractError
from weir.service.access import bearer_of, expect_secrets, require_bearer, require_sign_in
from weir.service.answers import HttpRefusal

log = structlog.get_logger()


class Role(StrEnum):
    WORKER = "worker"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The tokens of the two roles and the desk's sign-in.

    An empty secret would open its entrance to anyone, and two equal tokens would make one role
    the other: both raise `ContractError` (codes `gate_secret_missing`, `gate_tokens_equal`).
    """

    worker_token: str = field(repr=False)
    operator_token: str = field(repr=False)
    desk_user: str
    desk_password: str = field(repr=False)

    def __post_init__(self) -> None:
        expect_secrets("gate", "gate_secret_missing", asdict(self))
        if self.worker_token == self.operator_token:
            raise ContractError(
                "gate_tokens_equal",
                "worker and operator have the same token",
                remedy="give each role a token of its own",
            )

    def require(self, *roles: Role) -> Callable[[Request], Role]:
        """A dependency that admits the bearers of these roles' tokens."""

        def admit(request: Request) -> Role:
            role = require_bearer(request, self._tokens())
            if role not in roles:
                log.warning("role_refused", path=request.url.path, role=role)
                raise HttpRefusal(
                    403,
                    "role_not_allowed",
                    f"a {role} may not do this",
                    remedy=f"this takes the token of: {', '.join(roles)}",
                )
            return role

        return admit

    def require_desk(self, request: Request) -> None:
        require_sign_in(request, "gate", self.desk_user, self.desk_password)

    def role_of(self, request: Request) -> Role | None:
        """Whose token the request bears, if anyone's."""
        return bearer_of(request, self._tokens())

    def _tokens(self) -> dict[Role, str]:
        return {Role.WORKER: self.worker_token, Role.OPERATOR: self.operator_token}
