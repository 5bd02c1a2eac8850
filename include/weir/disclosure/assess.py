"""Stage `assess_disclosure`: no group of a product may single out too few subjects.

k-anonymity by distinct units, after L. Sweeney, "k-anonymity: a model for protecting privacy"
(2002): rows are not counted, subjects are.
"""

from __future__ import annotations

from pathlib import Path

from weir.contracts.plan import Plan
from weir.contracts.scenario import Disclosure
from weir.disclosure.groups import Groups, count_units
from weir.model import (
    DisclosureVerdict,
    Reason,
    RunContext,
    StagedProduct,
    Verdict,
)
from weir.storage.objects import STAGING, ObjectStore
from weir.storage.parquet import TableReader
from weir.storage.table import open_table, write_table

ARTICLE = "个人信息保护法 第七十三条"


def assess_disclosure(
    plan: Plan,
    product: StagedProduct,
    context: RunContext,
    *,
    store: ObjectStore,
    scratch: Path | None,
) -> tuple[StagedProduct, DisclosureVerdict]:
    """The product without its small groups, and the verdict over what is left.

    The verdict refuses (`too_much_suppressed`) where suppression would take more than the
    contract's share of the rows, and (`disclosure_rule_missing`) where subjects' data has no rule.
    A refused product is returned as it came.
    """
    rule = _rule(plan)
    if rule is None:
        return product, _without_rule(plan)
    with open_table(product.data, store=store, scratch=scratch) as table:
        groups = count_units(plan, rule, table)
        verdict = _verdict(rule, groups, table.rows)
        if not verdict.rows_suppressed or not verdict.verdict.passed:
            return product, verdict
        data, rows = write_table(
            (groups.keep(batch) for batch in table.batches()),
            table.schema,
            store=store,
            bucket=STAGING,
            key=f"{context.scenario}/{context.run_id}/disclosed.parquet",
            scratch=scratch,
            metadata=table.metadata,
        )
    kept = StagedProduct(
        data=data,
        rows=rows,
        columns=product.columns,
        rows_suppressed=product.rows_suppressed + verdict.rows_suppressed,
    )
    return kept, verdict


def recheck_disclosure(plan: Plan, table: TableReader) -> DisclosureVerdict:
    """The gate's own look at a finished product: a small group in it refuses (`too_few_units`)."""
    rule = _rule(plan)
    if rule is None:
        return _without_rule(plan)
    groups = count_units(plan, rule, table)
    reasons = (
        (
            Reason(
                code="too_few_units",
                what=f"{groups.small} groups hold fewer than {rule.k} distinct {rule.unit}",
                article=ARTICLE,
                remedy="run the scenario again; its disclosure stage suppresses such groups",
            ),
        )
        if groups.small
        else ()
    )
    return DisclosureVerdict(
        k_required=rule.k,
        k_found=groups.small_units if groups.small else groups.kept_units,
        groups=groups.kept.height + groups.small,
        rows_suppressed=0,
        verdict=Verdict(reasons=reasons),
    )


def _rule(plan: Plan) -> Disclosure | None:
    """The contract's rule, with the policy pack's k where that is larger."""
    if plan.disclosure is None:
        return None
    k = max(plan.disclosure.k, plan.policy.parameters.min_k.value)
    return plan.disclosure.model_copy(update={"k": k})


def _verdict(rule: Disclosure, groups: Groups, rows: int) -> DisclosureVerdict:
    suppressed = groups.small_rows
    reasons: tuple[Reason, ...] = ()
    if suppressed > rule.max_suppressed_share * rows:
        reasons = (
            Reason(
                code="too_much_suppressed",
                what=f"{suppressed} of {rows} rows lie in groups of fewer than {rule.k} "
                f"distinct {rule.unit}",
                article=ARTICLE,
                remedy="coarsen the quasi-identifiers in the scenario contract",
            ),
        )
    return DisclosureVerdict(
        k_required=rule.k,
        k_found=groups.kept_units,
        groups=groups.kept.height,
        rows_suppressed=suppressed,
        verdict=Verdict(reasons=reasons),
    )


def _without_rule(plan: Plan) -> DisclosureVerdict:
    subjects = [item.dataset.dataset for item in plan.inputs if item.dataset.subject is not None]
    reasons = tuple(
        Reason(
            code="disclosure_rule_missing",
            what=f"{dataset} holds subjects' data and the contract has no disclosure rule",
            article=ARTICLE,
            remedy="add `disclosure` to the scenario contract and have it decided again",
        )
        for dataset in subjects
    )
    return DisclosureVerdict(
        k_required=0, k_found=0, groups=0, rows_suppressed=0, verdict=Verdict(reasons=reasons)
    )
