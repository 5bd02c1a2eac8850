"""Who may call the bureau: the operator's delivery token, the reviewer's token, desk sign-in."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial

from fastapi import Request

from weir.governance.entrance import admit
from weir.model import Principal, Role
from weir.policy.roles import Act
from weir.service.access import expect_secrets, require_bearer, require_sign_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The secrets of the three entrances. An empty one would open its entrance to anyone and
    raises `ContractError` (code `bureau_secret_missing`)."""

    delivery_token: str = field(repr=False)
    reviewer_token: str = field(repr=False)
    desk_user: str
    desk_password: str = field(repr=False)

    def __post_init__(self) -> None:
        expect_secrets("bureau", "bureau_secret_missing", asdict(self))

    def permit(self, request: Request, act: Act) -> Principal:
        """The caller, where the matrix lets it do `act`; else 401 (a stranger) or 403."""
        tokens = {_DELIVERER: self.delivery_token, _REVIEWER: self.reviewer_token}
        return admit(request, require_bearer(request, tokens | self._interim(request)), act)

    def _interim(self, request: Request) -> dict[Principal, str]:
        _, _, given = request.headers.get("Authorization", "").partition(" ")
        role, _, rest = given.partition(".")
        org = rest.partition(".")[0]
        if role not in set(Role):
            return {}
        claimed = Principal(id=f"{org}:{role}", role=Role(role), org=org)
        return {claimed: interim_token(self.reviewer_token, claimed.role, org)}

    def requires(self, act: Act) -> Callable[[Request], Principal]:
        """`permit` as a dependency of a route."""
        return partial(self.permit, act=act)

    def require_desk(self, request: Request) -> None:
        require_sign_in(request, "bureau", self.desk_user, self.desk_password)


def interim_token(secret: str, role: Role, org: str) -> str:
    """A token of one role of one party, until people have accounts: whoever holds the bureau's own
    token deals them out."""
    signed = hmac.digest(secret.encode(), f"{role}.{org}".encode(), "sha256").hex()
    return f"{role}.{org}.{signed}"


_DELIVERER = Principal(id="weir-delivery", role=Role.DELIVERER, org="operator")
_REVIEWER = Principal(id="reviewer", role=Role.BUREAU_DIRECTOR, org="bureau")
