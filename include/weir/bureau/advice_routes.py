"""The advice that follows from an evaluation not passed, as a text (第二十一条)."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from weir.governance.cases import CaseBook
from weir.governance.entrance import Entrance
from weir.policy.advice import advice_text
from weir.policy.machines.evaluation import EVALUATION
from weir.policy.roles import Act
from weir.service.answers import HttpRefusal


def routes(book: CaseBook, access: Entrance) -> APIRouter:
    router = APIRouter()
    reads = [Depends(access.requires(Act.EVALUATION_READ))]

    @router.get("/v1/evaluations/{evaluation}/advice", dependencies=reads)
    def advice(evaluation: str) -> dict[str, str]:
        held = book.find(EVALUATION.kind, evaluation)
        letter = advice_text(held.facts, held.history) if held is not None else None
        if letter is None:
            raise HttpRefusal(
                404,
                "advice_missing",
                "no operator failed an evaluation so named",
                remedy="check its name and result",
            )
        return {"advice": letter}

    return router
