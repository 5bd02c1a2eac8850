"""A page of the gate's verdicts as it goes over the wire, and the questions that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from weir.contracts.digest import bundle_from_canonical
from weir.crypto.dsse import Envelope
from weir.crypto.sm2 import VerifyingKey
from weir.errors import IntegrityError
from weir.policy.order import open_order
from weir.policy.replay import KeptVerdict, Question
from weir.policy.revocation import open_revocation
from weir.policy.standing import Standing
from weir.policy.stops import OperatorStop
from weir.policy.termination import open_termination


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictLine:
    """A kept verdict with the names of what it was taken on; the operator's own stops stand in it
    as they were, for nobody signs them."""

    seq: int
    kept: KeptVerdict
    contract_digest: str | None
    made_under: str
    approvers: tuple[str, ...]
    decision_digest: str | None
    orders: tuple[str, ...]
    revocations: tuple[str, ...]
    terminations: tuple[str, ...]
    operator_stops: tuple[OperatorStop, ...]
    delisted: tuple[str, ...]
    acknowledge_lapsed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPage:
    """Verdicts in the order in which they were kept, and what they name, each once: contracts in
    canonical form, and decisions, orders, revocations and notices of terminations as the envelopes
    that the bureau signed."""

    verdicts: tuple[VerdictLine, ...]
    contracts: dict[str, Any] = field(default_factory=dict)
    decisions: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, Any] = field(default_factory=dict)
    revocations: dict[str, Any] = field(default_factory=dict)
    terminations: dict[str, Any] = field(default_factory=dict)


def questions(
    page: VerdictPage, bureau_key: VerifyingKey
) -> Iterator[tuple[KeptVerdict, Question | None, str]]:
    """Each verdict of a page with its question and the digest of its contract.

    Raises `IntegrityError` where the page lacks what a verdict names, or a statement in it
    was not signed by the bureau.
    """
    for line in page.verdicts:
        yield line.kept, _question(line, page, bureau_key), line.contract_digest or ""


def _question(line: VerdictLine, page: VerdictPage, bureau_key: VerifyingKey) -> Question | None:
    if line.contract_digest is None:
        return None
    try:
        bundle = bundle_from_canonical(page.contracts[line.contract_digest])
        decision = page.decisions[line.decision_digest] if line.decision_digest else None
        ordered = [Envelope.from_json(page.orders[name]) for name in line.orders]
        taken_back = [Envelope.from_json(page.revocations[name]) for name in line.revocations]
        ended = [Envelope.from_json(page.terminations[name]) for name in line.terminations]
    except KeyError:
        raise IntegrityError(
            "verdict_incomplete",
            "what a verdict was taken on is no longer kept",
            where={"scenario": line.kept.scenario, "release": line.kept.release_id},
            article="第十六条",
            remedy="compare the gate's tables with a backup: nothing removes it",
        ) from None
    return Question(
        bundle=bundle,
        standing=Standing(
            decision=Envelope.from_json(decision) if decision else None,
            suspensions=tuple(open_order(one, bureau_key) for one in ordered),
            revocations=tuple(open_revocation(one, bureau_key) for one in taken_back),
            terminations=tuple(open_termination(one, bureau_key) for one in ended),
            operator_stops=line.operator_stops,
        ),
        as_of=line.kept.at,
        acknowledge_lapsed=line.acknowledge_lapsed,
        made_under=line.made_under,
        approvers=line.approvers,
        delisted=line.delisted,
    )
