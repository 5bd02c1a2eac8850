"""What changed between two versions of a contract, in words a reviewer of the bureau reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from weir.contracts.diff_words import Place, place_words, value_words
from weir.contracts.digest import canonical_bundle, contract_digest
from weir.contracts.plan import ContractBundle
from weir.contracts.scenario import Scenario
from weir.contracts.wording import METHODS, mask_text

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
    for place in sorted(before.keys() | after.keys(), key=_order):
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
    """The changes, one a line, and what follows from them (第十三条).

    What the use is for and which data it takes comes first; `!` marks what bears on what may leave
    and to whom: a field or dataset granted, a mask, a row limit gone, disclosure, grades.
    """
    changes = diff_bundles(old, new)
    lines = [
        f"场景 Scenario: {new.scenario.scenario} {new.scenario.title}",
        f"原摘要 digest as decided: {contract_digest(old)}",
        f"现摘要 digest now:        {contract_digest(new)}",
    ]
    if not changes:
        return "\n".join([*lines, "内容未变 nothing changed", ""])
    lines.append(f"共 {len(changes)} 处改动 {len(changes)} changes, 原 ⇒ 现 as decided ⇒ now,")
    lines.append("! 关系到何种数据流向何人 bears on what may leave, and to whom:")
    for change in changes:
        said = " ⇒ ".join(part for part in (change.before, change.after) if part)
        mark = "!" if _bears_on_release(change) else " "
        place = place_words(change.place) + _granted(change, old, new)
        lines.append(f"{mark} {_WORDS[change.kind]}: {place}: {said}")
    lines.append("合同已变，须重新提交同意 changed: it takes a new demand (第十三条)")
    return "\n".join([*lines, ""])


_ROOTS = ("scenario", "datasets", "use_agreement", "operation_agreement", "policy", "suites")


_BEARING = {
    "purpose",
    "data_user",
    "approval",
    "supply",
    "authorisation",
    "disclosure",
    "aggregate",
    "joins",
}


def _order(place: Place) -> tuple[int, Place]:
    return (_ROOTS.index(place[0]) if place[0] in _ROOTS else len(_ROOTS), place)


def _bears_on_release(change: Change) -> bool:
    match change.place:
        case ("scenario", "inputs", _, "fields", _) | ("scenario", "inputs", _):
            return change.kind != "removed"
        case ("scenario", "inputs", _, "rows", _):
            return change.kind != "added"
        case ("scenario", part, *_) if part in _BEARING:
            return True
        case ("policy", "parameters", "min_k", *_):
            return True
        case ("datasets", _, "open_type") | ("datasets", _, "fields", _, "grade"):
            return True
        case _:
            return False


def _granted(change: Change, old: ContractBundle, new: ContractBundle) -> str:
    """Title and grade of a field that a scenario is granted, so that nobody has to look it up."""
    match change.place:
        case ("scenario", "inputs", dataset, "fields", field):
            bundle = old if change.kind == "removed" else new
            told = (
                bundle.datasets[dataset].fields.get(field) if dataset in bundle.datasets else None
            )
            if told is not None:
                return f" {told.title} ({int(told.grade) if told.grade else '!'} 级 grade)"
    return ""


def _statements(bundle: ContractBundle) -> Iterator[tuple[Place, str]]:
    """Every statement of a bundle by its place. Lists whose order says nothing go by content."""
    canonical = canonical_bundle(bundle)
    scenario = canonical.pop("scenario")
    del scenario["inputs"], scenario["joins"]
    yield from _flat(("scenario",), scenario)
    yield from _inputs(bundle.scenario)
    for name, suite in canonical["suites"].items():
        yield from _rules(name, suite.pop("expectations", []))
    yield from _flat((), canonical)


def _inputs(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    for order, one in enumerate(scenario.inputs, 1):
        place = ("scenario", "inputs", one.dataset)
        yield place, f"第 {order} 个 no. {order}"
        for name, granted in one.fields.items():
            how = f"{METHODS[granted.mask.method]} {mask_text(granted.mask)}"
            yield (*place, "fields", name), f"{how} → {granted.as_ or name}"
        for name, values in one.rows.items():
            yield (*place, "rows", name), ", ".join(values)
    for order, join in enumerate(scenario.joins, 1):
        yield ("scenario", "joins", str(order)), f"{join.left} = {join.right}"


def _rules(suite: str, expectations: list[dict[str, Any]]) -> Iterator[tuple[Place, str]]:
    """One statement a rule, by what it says and of which column: a rule put in front of the others
    is one change."""
    seen: dict[str, int] = {}
    for one in expectations:
        told = dict(one)
        kwargs = dict(told.pop("kwargs", {}))
        name = f"{told.pop('type', '')}({kwargs.pop('column', '')})"
        seen[name] = seen.get(name, 0) + 1
        numbered = name if seen[name] == 1 else f"{name} no. {seen[name]}"
        words = [str(told.pop("description", "")), *_pairs(told), *_pairs(kwargs)]
        yield ("suites", suite, "expectations", numbered), " ".join(w for w in words if w) or "-"


def _pairs(values: dict[str, Any]) -> Iterator[str]:
    for place, text in _flat((), values):
        yield f"{'.'.join(place)}={text}"


def _flat(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    match value:
        case {"$decimal": str(number)}:
            yield place, number
        case dict():
            for key in sorted(value):  # a bundle read back from its digest stands in this order
                yield from _flat((*place, key), value[key])
        case list() if any(isinstance(item, dict) for item in value):
            for order, item in enumerate(value, 1):
                yield from _flat((*place, str(order)), item)
        case list():
            yield place, ", ".join(_worded(place, _scalar(item)) for item in value) or "-"
        case _:
            yield place, _worded(place, _scalar(value))


def _worded(place: Place, text: str) -> str:
    return value_words(place, text) if place else text


def _scalar(value: object) -> str:
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )
