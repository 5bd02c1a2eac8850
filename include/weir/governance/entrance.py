"""The one way in: who calls, then whether the matrix lets that role do the act."""

from __future__ import annotations

import structlog
from fastapi import Request

from weir.errors import AuthorisationError
from weir.model import Principal
from weir.policy.roles import Act, check_may
from weir.service.answers import HttpRefusal

log = structlog.get_logger()


def admit(request: Request, principal: Principal, act: Act) -> Principal:
    """`principal`, where its role may do `act`; else the request is refused (403)."""
    try:
        check_may(principal, act)
    except AuthorisationError as error:
        log.warning("role_refused", path=request.url.path, role=principal.role, act=act)
        raise HttpRefusal(403, error.code, error.what, remedy=error.remedy) from None
    return principal
