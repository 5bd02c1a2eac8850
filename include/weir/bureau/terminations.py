"""Terminations of agreements: the move of a case and the notice that it signs (第十五条)."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine, bindparam, insert, select

from weir.bureau.acts import BureauActs
from weir.bureau.migrate import DATABASE
from weir.bureau.tables import terminations
from weir.contracts.plan import ContractBundle
from weir.crypto.canonical import canonical_json
from weir.crypto.dsse import Envelope
from weir.errors import ExpiredError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target, new_id
from weir.evidence.database import transaction
from weir.governance.cases import Case, Effect
from weir.model import Principal
from weir.policy.machines.agreement import AGREEMENT
from weir.policy.termination import Termination, sign_termination


def effects(acts: BureauActs) -> dict[tuple[str, str], Effect]:
    """What signs the notice that ends an agreement early."""
    return {(AGREEMENT.kind, "terminate"): partial(_sign, acts)}


def all_terminations(engine: Engine) -> list[Envelope]:
    """Every notice ever signed, oldest first."""
    query = select(terminations.c.envelope).order_by(
        terminations.c.issued_at, terminations.c.agreement
    )
    with transaction(engine, DATABASE) as connection:
        return [Envelope.from_json(json.loads(one)) for one in connection.scalars(query)]


def check_none_terminated(connection: Connection, bundle: ContractBundle, now: datetime) -> None:
    """Raise `ExpiredError` (code `agreement_terminated`) where an agreement that the contract
    rests on was terminated."""
    named = (bundle.operation_agreement.agreement, bundle.use_agreement.agreement)
    ended = connection.scalars(_ENDED, {"named": named, "now": now}).first()
    if ended is not None:
        raise ExpiredError(
            "agreement_terminated",
            "an agreement that the contract rests on was terminated",
            where={"scenario": bundle.scenario.scenario, "agreement": ended},
            article="第十五条",
            remedy="conclude a new agreement and submit the contract again",
        )


_ENDED = select(terminations.c.agreement).where(
    terminations.c.agreement.in_(bindparam("named", expanding=True)),
    terminations.c.effective_at <= bindparam("now"),
)


def _sign(acts: BureauActs, connection: Connection, case: Case, by: Principal) -> None:
    stated, at = case.history[-1].facts, case.changed_at
    told = stated["effective_at"]
    notice = Termination(
        termination_id=str(new_id(acts.clock)),
        kind=case.facts["kind"],
        agreement=case.case_id,
        grounds=stated["grounds"],
        article=stated["article"],
        notice=stated["notice"],
        issued_at=at,
        effective_at=datetime.fromisoformat(told) if told else at,
    )
    connection.execute(
        insert(terminations).values(
            agreement=notice.agreement,
            termination_id=notice.termination_id,
            issued_at=notice.issued_at,
            effective_at=notice.effective_at,
            envelope=canonical_json(sign_termination(notice, acts.key).to_json()),
        )
    )
    use = notice.agreement if notice.kind == "use" else ""
    operation = notice.agreement if notice.kind == "operation" else ""
    acts.keep(
        connection,
        Action.TERMINATION_SIGNED,
        by=by,
        target=Target(kind="agreement", name=notice.agreement),
        legal=Legal(article=notice.article, operation_agreement=operation, use_agreement=use),
        data={
            "termination_id": notice.termination_id,
            "effective_at": notice.effective_at.isoformat(),
        },
    )
