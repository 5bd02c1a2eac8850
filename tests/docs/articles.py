"""Which check holds which article of the regulation, read from the code and its tests.

An article is held by the refusals that cite it, by the moves and policy parameters that rest on it,
and by the tests that are marked with it; a refusal counts as tested where a test names its code.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from docs.code_facts import trees
from weir.contracts.packs import pack_in_force
from weir.policy.procedures import MACHINES
from weir.settings import ROOT

ARTICLES: Mapping[str, str] = {
    "第一条": "目的依据",
    "第二条": "用语含义",
    "第三条": "适用范围",
    "第四条": "遵循原则",
    "第五条": "职责分工",
    "第六条": "平台产生及功能",
    "第七条": "前置系统",
    "第八条": "安全要求",
    "第九条": "运营方式",
    "第十条": "数据运营单位选定",
    "第十一条": "授权运营协议",
    "第十二条": "需求收集",
    "第十三条": "数据申请确认",
    "第十四条": "数据利用",
    "第十五条": "授权管理",
    "第十六条": "运营监督",
    "第十七条": "安全责任",
    "第十八条": "制度建设",
    "第十九条": "风险防范",
    "第二十条": "运营评估机制",
    "第二十一条": "评估结果运用",
    "第二十二条": "争议解决",
    "第二十三条": "责任追究",
    "第二十四条": "执行时间和解释权",
}
NOTHING_ASKED = {"第一条", "第三条", "第九条"}
"""Purpose, scope and the city's own mandate: they ask nothing of software."""

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_NUMBER = re.compile("^(第[一二三四五六七八九十]+条)")


@dataclass(slots=True)
class Holds:
    """What holds one article: codes of refusals, moves, parameters, and tests by file."""

    codes: set[str] = field(default_factory=set)
    moves: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    tests: set[tuple[str, str]] = field(default_factory=set)


@cache
def every_test() -> Mapping[tuple[str, str], ast.FunctionDef]:
    """Every test function, by its file and name."""
    return {
        (str(path.relative_to(ROOT)), node.name): node
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@cache
def held() -> Mapping[str, Holds]:
    """For each article of the regulation, what holds it."""
    found: defaultdict[str, Holds] = defaultdict(Holds)
    for code, cited in _refusals():
        found[cited].codes.add(code)
    for machine in MACHINES.values():
        for move in machine.moves:
            found[_article(move.article)].moves.add(f"{machine.kind}.{move.name}")
    parameters = pack_in_force(ROOT / "policy", _NOW).parameters
    for name in type(parameters).model_fields:
        found[_article(getattr(parameters, name).article)].parameters.add(name)
    for place, node in every_test().items():
        for cited in _marked(node):
            found[cited].tests.add(place)
        named = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
        for holds in found.values():
            if holds.codes & {text for text in named if isinstance(text, str)}:
                holds.tests.add(place)
    return {name: found[name] for name in ARTICLES}


def untested() -> set[str]:
    """Codes that cite an article and that no test names; a row of docs/articles.md would show a
    check that nobody has ever seen refuse."""
    files = [path for kind in ("py", "json") for path in (ROOT / "tests").rglob(f"*.{kind}")]
    text = "\n".join(path.read_text("utf-8") for path in files)
    return {code for code, _ in _refusals() if f'"{code}"' not in text}


def document() -> str:
    """docs/articles.md, without its head."""
    rows = []
    for name, title in ARTICLES.items():
        holds = held()[name]
        checks = [f"`{one}`" for one in sorted({*holds.codes, *holds.moves, *holds.parameters})]
        files = sorted({path for path, _ in holds.tests})
        links = [f"[{Path(path).stem}](../{path})" for path in files]
        if name in NOTHING_ASKED:
            checks = ["nothing is asked of software"]
        elif not checks and not links:
            checks = ["**gap**"]
        rows.append(f"| {name} {title} | {', '.join(checks)} | {', '.join(links)} |")
    return "\n".join(rows)


def _refusals() -> Iterator[tuple[str, str]]:
    """Each code that is raised or reasoned with, and the article it cites."""
    for tree in trees().values():
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            told = {word.arg: word.value for word in node.keywords}
            code = told.get("code", node.args[0] if node.args else None)
            article = told.get("article")
            if isinstance(article, ast.BoolOp):
                article = article.values[-1]
            cited = constants.get(article.id) if isinstance(article, ast.Name) else None
            if isinstance(article, ast.Constant):
                cited = article.value
            if isinstance(code, ast.Constant) and _article(str(cited)) in ARTICLES:
                yield str(code.value), _article(str(cited))


def _marked(node: ast.FunctionDef) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.article":
            yield from (str(ast.literal_eval(one)) for one in mark.args)


def _article(cited: str) -> str:
    found = _NUMBER.match(cited)
    return found[1] if found else ""
