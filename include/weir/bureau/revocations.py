"""The bureau takes decisions back (第十五条)."""

from __future__ import annotations

import json

import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.bureau.tables import decisions, revocations
from weir.contracts.dataset import Name
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError, RefusedError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target, new_id
from weir.evidence.database import transaction
from weir.governance.cases import CaseBook
from weir.model import Digest, Principal
from weir.policy.machines.demand import names_article
from weir.policy.revocation import DecisionRevocation, sign_revocation

log = structlog.get_logger("weir.bureau")


class RevocationRequest(BaseModel):
    """Which decision is taken back, on what ground, by which formal notice to the operator."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    scenario: Name
    decision_digest: str = Field(pattern="^[0-9a-f]{64}$")
    ground: str = Field(max_length=2000)
    article: str = Field(max_length=100)
    notice: str = Field(max_length=500)


def revoke(book: CaseBook, acts: BureauActs, request: RevocationRequest, by: Principal) -> Envelope:
    """Sign and keep a revocation, and one of each earlier decision on other contracts of the
    scenario that still gives leave: what is taken back may not go on under an older contract. The
    newest is returned.

    Refused, and the attempt kept, without ground, article or notice (`revocation_without_ground`),
    for what was never decided (`decision_unknown`), was no consent (`decision_not_agreed`) or is
    taken back already (`decision_revoked`)."""
    try:
        with transaction(book.engine, DATABASE) as connection:
            envelope = _revoke(connection, acts, request, by)
    except RefusedError as error:
        if book.may_keep(by):
            with transaction(book.engine, DATABASE) as connection:
                _record(connection, acts, request, by, {}, error=error)
        raise
    log.info("revocation_signed", scenario=request.scenario)
    return envelope


def all_revocations(engine: Engine) -> list[Envelope]:
    """Every revocation ever signed, oldest first."""
    with transaction(engine, DATABASE) as connection:
        kept = connection.execute(
            select(revocations.c.envelope).order_by(revocations.c.seq)
        ).scalars()
        return [Envelope.from_json(json.loads(one)) for one in kept]


def _revoke(
    connection: Connection, acts: BureauActs, request: RevocationRequest, by: Principal
) -> Envelope:
    if request.article.strip() and not names_article(request.article):
        raise _refused(
            "revocation_without_ground",
            "the ground names no article",
            "cite the article by its number",
            request,
        )
    signed = [
        _take_back(connection, acts, request, decided, by)
        for decided in _in_force(connection, request)
    ]
    return signed[0]


def _take_back(
    connection: Connection,
    acts: BureauActs,
    request: RevocationRequest,
    decided: Row[tuple[str, str]],
    by: Principal,
) -> Envelope:
    revocation = DecisionRevocation(
        revocation_id=str(new_id(acts.clock)),
        scenario=request.scenario,
        contract_digest=Digest(decided.contract_digest),
        decision_digest=Digest(decided.decision_digest),
        ground=request.ground.strip(),
        article=request.article.strip(),
        notice=request.notice.strip(),
        revoked_at=acts.clock.now(),
        revoked_by=by.id,
    )
    envelope = sign_revocation(revocation, acts.key)
    row = {
        "revocation_id": revocation.revocation_id,
        "scenario": revocation.scenario,
        "decision_digest": revocation.decision_digest,
        "ground": revocation.ground,
        "article": revocation.article,
        "notice": revocation.notice,
        "revoked_by": revocation.revoked_by,
        "revoked_at": revocation.revoked_at,
        "envelope": canonical_json(envelope.to_json()),
    }
    if not connection.execute(insert(revocations).values(row).on_conflict_do_nothing()).rowcount:
        raise _revoked(request)
    told = {"revocation_id": revocation.revocation_id}
    _record(connection, acts, request, by, told, decision_digest=revocation.decision_digest)
    return envelope


def _in_force(connection: Connection, request: RevocationRequest) -> list[Row[tuple[str, str]]]:
    """The decision named and earlier ones on other contracts, as far as they give leave: of each
    contract the last one, where that agreed and was not taken back. The newest first, at least one.
    """
    of_scenario = decisions.c.scenario == request.scenario
    named = connection.execute(
        select(decisions.c.seq, decisions.c.outcome).where(
            of_scenario, decisions.c.decision_digest == request.decision_digest
        )
    ).first()
    if named is None:
        raise _refused(
            "decision_unknown",
            "the bureau has taken no such decision on this scenario",
            "name a decision that was signed; weir revoke takes the last one",
            request,
        )
    last = (
        select(func.max(decisions.c.seq))
        .where(of_scenario, decisions.c.seq <= named.seq)
        .group_by(decisions.c.contract_digest)
    )
    found = connection.execute(
        select(decisions.c.contract_digest, decisions.c.decision_digest)
        .where(
            decisions.c.seq.in_(last),
            decisions.c.outcome == "agreed",
            decisions.c.decision_digest.not_in(select(revocations.c.decision_digest)),
        )
        .order_by(decisions.c.seq.desc())
    ).all()
    if not found and named.outcome == "agreed":
        raise _revoked(request)
    if not found:
        raise _refused(
            "decision_not_agreed",
            "the decision gave nothing that could be taken back",
            "to agree after a refusal takes a new demand",
            request,
        )
    return list(found)


def _revoked(request: RevocationRequest) -> AuthorisationError:
    return _refused(
        "decision_revoked",
        "this decision has been taken back already",
        "nothing is left to take back; a new decision needs a new demand",
        request,
    )


def _refused(code: str, what: str, remedy: str, request: RevocationRequest) -> AuthorisationError:
    return AuthorisationError(
        code, what, where={"scenario": request.scenario}, article="第十五条", remedy=remedy
    )


def _record(
    connection: Connection,
    acts: BureauActs,
    request: RevocationRequest,
    by: Principal,
    data: dict[str, str],
    *,
    decision_digest: str = "",
    error: RefusedError | None = None,
) -> None:
    acts.keep(
        connection,
        Action.REVOCATION_SIGNED,
        by=by,
        target=Target(kind="scenario", name=request.scenario),
        legal=Legal(
            article=error.article if error else request.article,
            scenario=request.scenario,
            decision_digest=decision_digest or request.decision_digest,
        ),
        data=data,
        reason_code=error.code if error else "",
    )
