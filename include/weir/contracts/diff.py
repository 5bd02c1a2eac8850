"""What changed between two versions of a contract, in words a reviewer of the bureau reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from weir.contracts.digest import canonical_bundle, contract_digest
from weir.contracts.plan import ContractBundle
from weir.contracts.scenario import Scenario
from weir.contracts.wording import mask_text

Place = tuple[str, ...]

_SECTIONS = {
    "scenario": "场景 scenario",
    "datasets": "数据集 dataset",
    "operation_agreement": "授权运营协议 operation agreement",
    "use_agreement": "数据利用协议 use agreement",
    "policy": "政策参数包 policy pack",
    "suites": "质量规则集 suite",
    "fields": "字段 field",
    "rows": "行范围 rows",
    "inputs": "输入 input",
    "joins": "关联 join",
    "after": "先行场景 after",
    "aggregate": "汇总 aggregate",
    "authorisation": "主体授权 authorisation",
    "disclosure": "披露控制 disclosure",
    "quasi_identifiers": "准标识符 quasi-identifiers",
    "retention": "保存期限 retention",
    "supply": "提供方式 supply",
    "purpose": "目的 purpose",
    "data_user": "数据使用方 data user",
    "operator": "数据运营单位 operator",
    "approval": "发布审批 approval",
    "schedule": "运行 schedule",
    "attribution": "来源注明 attribution",
    "parameters": "参数 parameter",
    "expectations": "规则 rule",
    "title": "名称 title",
}
_WORDS = {"added": "新增 added", "removed": "删除 removed", "changed": "修改 changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `before` is empty for what was added, `after` for what was removed."""

    kind: Literal["added", "removed", "changed"]
    place: Place
    before: str
    after: str


def diff_bundles(old: ContractBundle, new: ContractBundle) -> tuple[Change, ...]:
    """Every difference that the digest sees, in order of place; none for equal digests."""
    before, after = dict(_statements(old)), dict(_statements(new))
    changes = []
    for place in sorted(before.keys() | after.keys()):
        if place not in before:
            changes.append(Change(kind="added", place=place, before="", after=after[place]))
        elif place not in after:
            changes.append(Change(kind="removed", place=place, before=before[place], after=""))
        elif before[place] != after[place]:
            changes.append(
                Change(kind="changed", place=place, before=before[place], after=after[place])
            )
    return tuple(changes)


def diff_text(old: ContractBundle, new: ContractBundle) -> str:
    """The changes, one a line, and what follows from them (第十三条)."""
    changes = diff_bundles(old, new)
    lines = [
        f"场景 Scenario: {new.scenario.scenario}",
        f"原摘要 digest before: {contract_digest(old)}",
        f"现摘要 digest now:    {contract_digest(new)}",
    ]
    if not changes:
        return "\n".join([*lines, "内容未变 nothing changed", ""])
    for change in changes:
        place = " / ".join(_SECTIONS.get(part, part) for part in change.place)
        said = " ⇒ ".join(part for part in (change.before, change.after) if part)
        lines.append(f"  {_WORDS[change.kind]}: {place}: {said}")
    lines.append(
        "合同已变，须重新提交同意 the contract changed: it must be decided again (第十三条)"
    )
    return "\n".join([*lines, ""])


def _statements(bundle: ContractBundle) -> Iterator[tuple[Place, str]]:
    """Every statement of a bundle by its place. Lists whose order says nothing go by content."""
    canonical = canonical_bundle(bundle)
    scenario = canonical.pop("scenario")
    del scenario["inputs"], scenario["joins"]
    yield from _flat(("scenario",), scenario)
    yield from _inputs(bundle.scenario)
    yield from _flat((), canonical)


def _inputs(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    for order, one in enumerate(scenario.inputs, 1):
        place = ("scenario", "inputs", one.dataset)
        yield place, f"第 {order} 个 no. {order}"
        for name, granted in one.fields.items():
            yield (*place, "fields", name), f"{mask_text(granted.mask)} → {granted.as_ or name}"
        for name, values in one.rows.items():
            yield (*place, "rows", name), ", ".join(values)
    for order, join in enumerate(scenario.joins, 1):
        yield ("scenario", "joins", str(order)), f"{join.left} = {join.right}"


def _flat(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    match value:
        case {"$decimal": str(number)}:
            yield place, number
        case dict():
            for key, item in value.items():
                yield from _flat((*place, key), item)
        case list() if any(isinstance(item, dict) for item in value):
            for order, item in enumerate(value, 1):
                yield from _flat((*place, str(order)), item)
        case list():
            yield place, ", ".join(_scalar(item) for item in value)
        case _:
            yield place, _scalar(value)


def _scalar(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
