"""What the policy was asked in one attempt at a release, so that the verdict can be given again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from weir.contracts.plan import ContractBundle, Plan
from weir.crypto.sm2 import VerifyingKey
from weir.policy.order import concerns
from weir.policy.replay import Question, ask
from weir.policy.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A question, the contract it was asked of, and the codes of the answer: none for a yes."""

    contract_digest: str
    question: Question
    reasons: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Hearing:
    """Keeps the last question of an attempt: it is the one that the attempt ended on.

    `bundle` is the contract that the attempt goes by, once it has been read. Later questions are
    asked of the product too, once `made_under` is known.
    """

    bureau_key: VerifyingKey
    acknowledge_lapsed: bool
    bundle: ContractBundle | None = None
    made_under: str = ""
    approvers: tuple[str, ...] = ()
    last: Heard | None = None

    def hear(self, plan: Plan, standing: Standing, as_of: datetime) -> None:
        """Keep what is asked at `as_of`, with its answer. Orders that do not concern the plan are
        left out: they have no part in it."""
        if self.bundle is None:
            return
        concerned = tuple(order for order in standing.suspensions if concerns(order, plan))
        question = Question(
            bundle=self.bundle,
            standing=Standing(decision=standing.decision, suspensions=concerned),
            as_of=as_of,
            acknowledge_lapsed=self.acknowledge_lapsed,
            made_under=self.made_under,
            approvers=self.approvers,
        )
        self.last = Heard(
            contract_digest=plan.contract_digest,
            question=question,
            reasons=ask(question, self.bureau_key),
        )
