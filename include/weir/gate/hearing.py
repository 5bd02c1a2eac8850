"""What the policy was asked in one attempt at a release, so that the verdict can be given again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from weir.contracts.plan import ContractBundle, Plan
from weir.crypto.sm2 import VerifyingKey
from weir.model import ReleaseId
from weir.policy.grounds import operator_stop_reasons
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
    asked of the product too, once `made_under` is known. `run` holds every release of the run, and
    `delisted` those of them that consumers were to lose already.
    """

    bureau_key: VerifyingKey
    acknowledge_lapsed: bool
    bundle: ContractBundle | None = None
    made_under: str = ""
    approvers: tuple[str, ...] = ()
    run: tuple[ReleaseId, ...] = ()
    delisted: tuple[ReleaseId, ...] = ()
    last: Heard | None = None

    def hear(self, plan: Plan, standing: Standing, as_of: datetime) -> None:
        """Keep what is asked at `as_of`, with its answer. Orders and stops that concern neither the
        plan nor this run's releases, and notices on other agreements, are left out: they have no
        part in it."""
        if self.bundle is None:
            return
        concerned = tuple(
            order
            for order in standing.suspensions
            if concerns(order, plan) or (order.action == "delist" and order.scope in self.run)
        )
        stops = tuple(
            stop for stop in standing.operator_stops if any(operator_stop_reasons(plan, (stop,)))
        )
        named = {plan.operation_agreement.agreement, plan.use_agreement.agreement}
        ended = tuple(one for one in standing.terminations if one.agreement in named)
        question = Question(
            bundle=self.bundle,
            standing=replace(
                standing, suspensions=concerned, operator_stops=stops, terminations=ended
            ),
            as_of=as_of,
            acknowledge_lapsed=self.acknowledge_lapsed,
            made_under=self.made_under,
            approvers=self.approvers,
            delisted=self.delisted,
        )
        self.last = Heard(
            contract_digest=plan.contract_digest,
            question=question,
            reasons=ask(question, self.bureau_key),
        )
