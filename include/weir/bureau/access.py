"""Who may call the bureau: the operator's delivery token, the reviewer's token, desk sign-in."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from fastapi import Request

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

    def require_delivery(self, request: Request) -> None:
        require_bearer(request, {"delivery": self.delivery_token})

    def require_reviewer(self, request: Request) -> None:
        require_bearer(request, {"reviewer": self.reviewer_token})

    def require_either(self, request: Request) -> None:
        require_bearer(request, {"delivery": self.delivery_token, "reviewer": self.reviewer_token})

    def require_desk(self, request: Request) -> None:
        require_sign_in(request, "bureau", self.desk_user, self.desk_password)
