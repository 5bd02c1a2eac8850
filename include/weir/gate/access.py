"""Who may ask what of the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial

from fastapi import Request

from weir.errors import ContractError
from weir.governance.entrance import admit
from weir.model import Principal, Role
from weir.policy.roles import Act
from weir.service.access import bearer_of, expect_secrets, require_bearer, require_sign_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The tokens of the two roles and the desk's sign-in. `others` are further people with tokens
    of their own, as two reviewers of one release need them.

    An empty secret would open its entrance to anyone, and two equal tokens would make one role
    the other: both raise `ContractError` (codes `gate_secret_missing`, `gate_tokens_equal`).
    """

    worker_token: str = field(repr=False)
    operator_token: str = field(repr=False)
    desk_user: str
    desk_password: str = field(repr=False)
    others: Mapping[Principal, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        secrets = {one.name: getattr(self, one.name) for one in fields(self)}
        secrets |= {one.id: token for one, token in secrets.pop("others").items()}
        expect_secrets("gate", "gate_secret_missing", secrets)
        tokens = self._tokens()
        if len(set(tokens.values())) < len(tokens):
            raise ContractError(
                "gate_tokens_equal",
                "two callers have the same token",
                remedy="give each of them a token of its own",
            )

    def permit(self, request: Request, act: Act) -> Principal:
        """The caller, where the matrix lets it do `act`; else 401 (a stranger) or 403."""
        return admit(request, require_bearer(request, self._tokens()), act)

    def requires(self, act: Act) -> Callable[[Request], Principal]:
        """`permit` as a dependency of a route."""
        return partial(self.permit, act=act)

    def require_desk(self, request: Request) -> None:
        require_sign_in(request, "gate", self.desk_user, self.desk_password)

    def caller(self, request: Request) -> Principal | None:
        """Whose token the request bears, if anyone's."""
        return bearer_of(request, self._tokens())

    def _tokens(self) -> dict[Principal, str]:
        return {_WORKER: self.worker_token, _OPERATOR: self.operator_token, **self.others}


_WORKER = Principal(id="weir-worker", role=Role.WORKER, org="operator")
_OPERATOR = Principal(id="operator", role=Role.CHIEF_DATA_OFFICER, org="operator")
