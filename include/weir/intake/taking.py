"""Take one snapshot: by the intake's own contract, leave, clock and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from weir.clock import Clock
from weir.contracts.plan import Plan
from weir.crypto.keystore import KeyStore, SharedKeyStore
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.errors import AuthorisationError, IntegrityError
from weir.exchange.pull import pull
from weir.exchange.receipt import Receipt, with_receipt
from weir.exchange.source import Source
from weir.masking.identifiers import masking_keys_of
from weir.model import DatasetId, RunContext, RunId, ScenarioId, Snapshot
from weir.policy.standing import Standing, check_may_run
from weir.storage.objects import ObjectStore

SKEW = timedelta(minutes=5)
"""How far a run's instant may lie ahead of the intake's clock."""
OLDEST_RUN = timedelta(days=2)
"""How old a run may be that still asks: its retries, and a night in a queue."""

log = structlog.get_logger()


class StandingDesk(Protocol):
    """The gate as the intake sees it. Raises `GateUnavailableError` when it does not answer."""

    def standing(self, scenario: ScenarioId) -> Standing: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePorts:
    """What the intake is given, by the composition root. `store` alone may write snapshots; `plan`
    compiles the intake's own copy of a contract. `keys` is what workers reach too; in
    `masking_keys`, which they do not, the intake makes the keys that the gate masks with."""

    plan: Callable[[str], Plan]
    source: Source
    store: ObjectStore
    keys: SharedKeyStore
    masking_keys: KeyStore
    desk: StandingDesk
    signing_key: SigningKey
    bureau_key: VerifyingKey
    clock: Clock
    acknowledge_lapsed: bool
    scratch: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotOrder:
    """What a worker asks for: one input of one run."""

    scenario: ScenarioId
    run_id: RunId
    dataset: DatasetId
    as_of: datetime


def take(order: SnapshotOrder, ports: IntakePorts) -> Snapshot:
    """Pull what the contract grants of the dataset, seal it, and sign a receipt over it.

    The scenario's masking keys are laid out for the workers first, over whatever lies there.

    Consent and age are read on the intake's own day and the bureau's leave at its own instant: a
    caller cannot go back to a consent that was withdrawn by naming an earlier instant. The run's
    instant is only bound into the receipt, and has to be near.

    Raises `AuthorisationError` (`as_of_out_of_bounds`, and those of `check_may_run`),
    `IntegrityError` (`input_not_planned`), and what `pull` raises.
    """
    now = ports.clock.now()
    if not now - OLDEST_RUN <= order.as_of <= now + SKEW:
        raise AuthorisationError(
            "as_of_out_of_bounds",
            "the run's instant is not near the intake's clock",
            where={"scenario": order.scenario, "run_id": order.run_id},
            article="第二十三条第(二)项",
            remedy="start a new run; if this one is new, compare the clocks of workers and intake",
        )
    plan = ports.plan(order.scenario)
    planned = next((one for one in plan.inputs if one.dataset.dataset == order.dataset), None)
    if planned is None:
        raise IntegrityError(
            "input_not_planned",
            "the contract has no such input",
            where={"scenario": order.scenario},
            article="第二十三条第(二)项",
            remedy="have the contract changed and decided again",
        )
    check_may_run(
        plan,
        ports.desk.standing(order.scenario),
        bureau_key=ports.bureau_key,
        as_of=now,
        acknowledge_lapsed=ports.acknowledge_lapsed,
    )
    for key_id in masking_keys_of(plan):
        ports.keys.put(key_id, ports.masking_keys.create(key_id))
    snapshot = pull(
        plan,
        planned,
        RunContext(scenario=order.scenario, run_id=order.run_id, as_of=now),
        source=ports.source,
        store=ports.store,
        keys=ports.keys,
        scratch=ports.scratch,
    )
    log.info(
        "snapshot_taken",
        scenario=order.scenario,
        run_id=order.run_id,
        dataset=order.dataset,
        rows=snapshot.rows,
        rows_without_consent=snapshot.rows_without_consent,
    )
    return with_receipt(
        Receipt(
            run_id=order.run_id,
            contract_digest=plan.contract_digest,
            as_of=order.as_of,
            snapshot=snapshot,
        ),
        ports.signing_key,
    )
