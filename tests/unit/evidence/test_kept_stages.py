"""Whatever becomes of a stage, its outcome and its evidence are kept, and no value with them."""

from __future__ import annotations

import json

import pytest

from fakes import stage_values as sample
from fakes.memory_ledger import MemoryLedger
from fakes.stage_values import CONTEXT, NOW
from openlineage_spec import spec_problems
from weir.clock import FixedClock
from weir.errors import (
    ExchangeUnavailableError,
    QualityError,
    RefusedError,
    StoreUnavailableError,
)
from weir.evidence import lineage
from weir.evidence.actions import Action
from weir.evidence.kept import Keeper
from weir.model import Party

PLAN = sample.plan()
FIRST = PLAN.inputs[0]
SNAPSHOT = sample.snapshot(PLAN, FIRST)
CANARY = "言谨之"


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def keeper(ledger: MemoryLedger) -> Keeper:
    return Keeper(plan=PLAN, context=CONTEXT, ledger=ledger, clock=FixedClock(NOW))


def test_a_stage_that_succeeds_leaves_outcome_record_and_lineage(
    keeper: Keeper, ledger: MemoryLedger
) -> None:
    """With its figures, its ground and its responsible party."""
    with keeper.stage("pull", Action.SNAPSHOT_TAKEN, "firms") as kept:
        kept.rows_in, kept.rows_out = 1017, 1000
        kept.detail["content"] = SNAPSHOT.content
        kept.flows.append(lineage.pulled(PLAN, FIRST, SNAPSHOT))
    ((context, result),) = ledger.stages
    assert (context, result.outcome, result.rows_in) == (CONTEXT, "success", 1017)
    (record,) = ledger.records
    assert (record.action, record.outcome) == ("snapshot.taken", "success")
    assert record.data == {"rows_in": 1017, "rows_out": 1000, "content": SNAPSHOT.content}
    assert record.legal.contract_digest == PLAN.contract_digest
    assert record.responsible_party is Party.BUREAU
    assert [event["eventType"] for event in ledger.events] == ["START", "COMPLETE"]
    assert [problem for event in ledger.events for problem in spec_problems(event)] == []


def test_a_refusal_closes_the_run_with_its_reason(keeper: Keeper, ledger: MemoryLedger) -> None:
    """The stage and the run are both refused, and the error goes on."""
    error = QualityError("expectation_failed", "3 rows", article="第六条", remedy="清洗")
    quality = sample.quality(SNAPSHOT, passed=False)
    flow = lineage.quality_checked(PLAN, FIRST, SNAPSHOT, quality)

    def check() -> None:
        with keeper.stage("check_quality", Action.QUALITY_CHECKED, "firms") as kept:
            kept.flows.append(flow)
            raise error

    with pytest.raises(QualityError):
        check()
    assert [(r.stage, r.outcome) for _, r in ledger.stages] == [
        ("check_quality", "refused"),
        ("run", "refused"),
    ]
    stage, run = ledger.records
    assert (stage.action, run.action) == ("quality.checked", "run.refused")
    assert (stage.reason_code, stage.legal.article) == ("expectation_failed", "第六条")
    assert run.data == {"stage": "check_quality", "dataset": "firms"}
    failed = ledger.events[-1]
    assert failed["eventType"] == "FAIL"
    assert "dataQualityAssertions" in failed["inputs"][0]["inputFacets"]
    assert spec_problems(failed) == []


def test_a_service_that_is_away_fails_the_stage_and_leaves_the_run_open(
    keeper: Keeper, ledger: MemoryLedger
) -> None:
    """The stage may be tried again."""
    with (
        pytest.raises(ExchangeUnavailableError),
        keeper.stage("pull", Action.SNAPSHOT_TAKEN, "firms"),
    ):
        raise ExchangeUnavailableError("exchange_unavailable", "no answer")
    assert [(r.stage, r.outcome) for _, r in ledger.stages] == [("pull", "failure")]
    assert [record.action for record in ledger.records] == ["snapshot.taken"]


def test_a_foreign_error_is_refused_without_its_text(keeper: Keeper, ledger: MemoryLedger) -> None:
    """A library's message may quote a cell; what is kept and raised names type and place only."""
    with (
        pytest.raises(RefusedError) as refusal,
        keeper.stage("mask", Action.PRODUCT_MASKED, "firm-credit"),
    ):
        raise ValueError(f"could not convert {CANARY}")
    assert refusal.value.code == "internal_error"
    assert CANARY not in str(refusal.value)
    assert refusal.value.__suppress_context__
    kept = json.dumps(
        [repr(ledger.stages), repr(ledger.records), ledger.events], ensure_ascii=False
    )
    assert CANARY not in kept


def test_a_stage_whose_evidence_cannot_be_kept_has_not_succeeded(
    keeper: Keeper, ledger: MemoryLedger
) -> None:
    """No effect without its record: the stage raises what the ledger raised."""
    ledger.down = True
    with (
        pytest.raises(StoreUnavailableError),
        keeper.stage("pull", Action.SNAPSHOT_TAKEN, "firms"),
    ):
        pass


def test_an_effect_outside_is_announced_before_it_and_settled_after_it(
    keeper: Keeper, ledger: MemoryLedger
) -> None:
    """The intent is kept when the body begins; the outcome names it, also where it is a no."""
    with keeper.stage("pull", Action.SNAPSHOT_TAKEN, "firms", effect=True):
        (intent,) = ledger.records
    outcome = ledger.records[-1]
    assert (intent.phase, intent.outcome, intent.intent_id) == ("intent", "unknown", None)
    assert (outcome.phase, outcome.outcome, outcome.intent_id) == ("outcome", "success", intent.id)
    assert intent.action == outcome.action == "snapshot.taken"
    with (
        pytest.raises(RefusedError),
        keeper.stage("mask", Action.PRODUCT_MASKED, "sme", effect=True),
    ):
        raise RefusedError("no", "no")
    announced, refused, closing = ledger.records[-3:]
    assert (refused.phase, refused.outcome, refused.intent_id) == (
        "outcome",
        "refused",
        announced.id,
    )
    assert (closing.action, closing.phase, closing.intent_id) == ("run.refused", "state", None)


def test_nothing_is_done_outside_while_the_ledger_is_down(
    keeper: Keeper, ledger: MemoryLedger
) -> None:
    """An effect that cannot be announced does not happen."""
    ledger.down = True
    done = False
    with (
        pytest.raises(StoreUnavailableError),
        keeper.stage("pull", Action.SNAPSHOT_TAKEN, "firms", effect=True),
    ):
        done = True
    assert not done
