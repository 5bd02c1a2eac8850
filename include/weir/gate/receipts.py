"""The snapshots of a candidate are those that the intake took, for this run and this contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from weir.crypto.sm2 import VerifyingKey
from weir.errors import IntegrityError
from weir.exchange.receipt import mismatch, open_receipt
from weir.gate.candidate import Candidate

SKEW = timedelta(minutes=5)
"""How far the intake's clock may run ahead of the gate's."""


def check_receipts(candidate: Candidate, intake_key: VerifyingKey, now: datetime) -> None:
    """Raise `IntegrityError` unless each planned input has, once and in the contract's order, a
    snapshot with the intake's receipt for this run, scenario and contract digest.

    A snapshot whose term of keeping is over by the contract is refused (`receipt_stale`): what was
    pulled long ago may hold rows whose consent has ended.
    """
    release, plan, told = candidate.release, candidate.plan, candidate.manifest
    snapshots = told.provenance.snapshots
    if [one.dataset for one in snapshots] != [one.dataset.dataset for one in plan.inputs]:
        raise mismatch(
            "the snapshots are not one of each input of the contract",
            {"scenario": release.scenario},
        )
    oldest = now - timedelta(days=plan.scenario.retention.snapshot_days)
    for planned, snapshot in zip(plan.inputs, snapshots, strict=True):
        where: dict[str, str | int] = {
            "scenario": release.scenario,
            "dataset": planned.dataset.dataset,
        }
        receipt = open_receipt(snapshot, intake_key)
        if (
            receipt.run_id != release.run_id
            or receipt.contract_digest != plan.contract_digest
            or receipt.as_of != told.created_at
            or snapshot.scenario != release.scenario
            or snapshot.columns != planned.snapshot_columns
        ):
            raise mismatch("the receipt is of another run, scenario or contract", where)
        if not oldest <= snapshot.taken_at <= now + SKEW:
            raise IntegrityError(
                "receipt_stale",
                "the snapshot is older than the contract keeps one, or not taken yet",
                where=where | {"snapshot_days": plan.scenario.retention.snapshot_days},
                article="第二十三条第(二)项",
                remedy="start a new run; compare the clocks of intake and gate",
            )


def without_receipts(candidate: Candidate) -> Candidate:
    """The candidate with the receipts, once checked, taken out of what its manifest tells."""
    told = candidate.manifest.provenance
    bare = replace(told, snapshots=tuple(replace(one, receipt="") for one in told.snapshots))
    return replace(candidate, manifest=candidate.manifest.model_copy(update={"provenance": bare}))
