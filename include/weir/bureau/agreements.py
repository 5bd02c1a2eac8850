"""Agreements as the bureau keeps them, beside those that a contract names (第十一、十四条)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from weir.bureau.terminations import check_none_terminated
from weir.contracts.plan import ContractBundle
from weir.errors import AuthorisationError
from weir.governance.cases import CaseBook
from weir.policy.machines.agreement import AGREEMENT, IN_FORCE

_ARTICLES = {"operation": "第十一条", "use": "第十四条"}
_SAME = ("kind", "operator", "data_user", "starts_on", "ends_on")
"""What makes it the agreement that was concluded: who with whom, and from when to when."""


def check_in_force(
    connection: Connection, book: CaseBook, bundle: ContractBundle, now: datetime
) -> None:
    """Raise `AuthorisationError` (`agreement_not_in_force`, `agreement_differs`), or `ExpiredError`
    of one that was terminated, unless both agreements that the contract rests on came into force at
    the bureau, as its files have them."""
    rests_on = (bundle.operation_agreement, bundle.use_agreement)
    kept = book.read_named(connection, AGREEMENT.kind, [one.agreement for one in rests_on])
    for named in rests_on:
        where = {"scenario": bundle.scenario.scenario, "agreement": named.agreement}
        held = kept.get(named.agreement)
        if held is None or held.state not in IN_FORCE:
            check_none_terminated(connection, bundle, now)
            raise AuthorisationError(
                "agreement_not_in_force",
                "an agreement that the contract rests on has not come into force, or is over",
                where=where | {"state": held.state if held else "unknown"},
                article=_ARTICLES[named.kind],
                remedy="draft it from its file and bring it into force: weir agreement",
            )
        told = named.model_dump(mode="json")
        other = [name for name in _SAME if told.get(name) != held.facts.get(name)]
        if other:
            raise AuthorisationError(
                "agreement_differs",
                "the agreement's file is not what came into force: " + ", ".join(other),
                where=where,
                article=_ARTICLES[named.kind],
                remedy="restore the file, or conclude another agreement under another name",
            )
