"""Give a verdict again from what it was taken on: values in, verdicts out, nothing looked up.

The same question at the same instant has the same answer. Under another policy pack it is asked as
if that pack had been named in the contract the bureau decided: the digest and the decision stay,
the numbers and dates are the other pack's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from weir.contracts.compile import compile_plan, plan_problems
from weir.contracts.digest import contract_digest
from weir.contracts.plan import ContractBundle
from weir.contracts.policy_pack import Parameters, PolicyPack
from weir.crypto.sm2 import VerifyingKey
from weir.model import Digest
from weir.policy.grounds import delisting_reasons
from weir.policy.standing import Standing, may_release, may_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that a verdict rests on. `made_under` is the digest that the product's manifest states,
    empty where the product had not been looked at yet: then it is asked whether it may run.

    `delisted` names the releases of the same run that consumers were to lose, by whoever's word;
    the bureau's orders to delist them are among the standing's.
    """

    bundle: ContractBundle
    standing: Standing
    as_of: datetime
    acknowledge_lapsed: bool
    made_under: str = ""
    approvers: tuple[str, ...] = ()
    delisted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdict:
    """A verdict as the gate kept it. `reasons` are the codes of the policy's answer, none for a
    yes; `outcome_code` is what the release was refused for, which may be its bytes."""

    at: datetime
    scenario: str
    run_id: str
    release_id: str
    reasons: tuple[str, ...]
    outcome: str
    outcome_code: str


class Comparison(StrEnum):
    """What replaying a verdict showed."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A kept verdict beside the one given again. `NOT_ASKED` where the contract itself did not hold
    and so nothing was asked."""

    kept: KeptVerdict
    comparison: Comparison
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A number, or a date, that two packs state differently."""

    name: str
    before: str
    after: str


def ask(
    question: Question, bureau_key: VerifyingKey, pack: PolicyPack | None = None
) -> tuple[str, ...]:
    """The codes of every reason against it, the most fundamental first; none for a yes.

    Under another `pack` a contract may ask for what its numbers forbid: those come first.
    """
    plan = compile_plan(question.bundle)
    problems: tuple[str, ...] = ()
    if pack is not None:
        bundle = replace(question.bundle, policy=pack)
        problems = tuple(dict.fromkeys(problem.code for problem in plan_problems(bundle)))
        plan = replace(plan, policy=pack)
    if question.made_under:
        verdict = may_release(
            plan,
            question.standing,
            made_under=Digest(question.made_under),
            approvers=question.approvers,
            bureau_key=bureau_key,
            as_of=question.as_of,
            acknowledge_lapsed=question.acknowledge_lapsed,
        )
    else:
        verdict = may_run(
            plan,
            question.standing,
            bureau_key=bureau_key,
            as_of=question.as_of,
            acknowledge_lapsed=question.acknowledge_lapsed,
        )
    delisted = delisting_reasons(question.standing.suspensions, question.delisted)
    return problems + tuple(reason.code for reason in (*verdict.reasons, *delisted))


def replay(
    kept: KeptVerdict,
    question: Question | None,
    *,
    digest: str,
    bureau_key: VerifyingKey,
    pack: PolicyPack | None = None,
) -> Replayed:
    """`kept` beside the answer to its own `question`, or to it under another `pack`.

    `digest` names the contract that the verdict was taken on: one that was changed in keeping since
    then gives another digest, and so a difference (`contract_changed_in_keeping`).
    """
    if question is None:
        return Replayed(kept=kept, comparison=Comparison.NOT_ASKED)
    if contract_digest(question.bundle) != digest:
        reasons: tuple[str, ...] = ("contract_changed_in_keeping",)
    else:
        reasons = ask(question, bureau_key, pack)
    same = reasons == kept.reasons
    return Replayed(
        kept=kept,
        comparison=Comparison.SAME if same else Comparison.DIFFERENT,
        reasons=reasons,
    )


def pack_changes(before: PolicyPack, after: PolicyPack) -> Iterator[Change]:
    """Every date and number that `after` states differently."""
    for name in ("effective_from", "effective_until"):
        yield from _change(name, getattr(before, name), getattr(after, name))
    for name in Parameters.model_fields:
        old, new = (getattr(pack.parameters, name).value for pack in (before, after))
        yield from _change(name, old, new)


def _change(name: str, old: object, new: object) -> Iterator[Change]:
    if old != new:
        yield Change(name=name, before=_said(old), after=_said(new))


def _said(value: object) -> str:
    return "…" if value is None else str(value)
