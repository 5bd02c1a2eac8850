"""What the code holds: the names that documents may speak of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from weir.demo.ports import Ports
from weir.settings import ROOT, Settings

_PROGRAMS = ("include", "dags", "plugins", "benchmarks", "deploy")
_OTHERS = ("Makefile", "make/*.mk", "docker-compose.yaml", ".env.example", "deploy/**/*")
_VARIABLE = re.compile(r"\b(?:WEIR|AIRFLOW)_[A-Z0-9_]*[A-Z0-9]")
_KEY = re.compile(r"^\s*(?:- )?([a-z_]+):", re.MULTILINE)


@cache
def trees() -> Mapping[Path, ast.Module]:
    """Every Python file of the project but its tests."""
    return {
        path: ast.parse(path.read_text("utf-8"))
        for folder in _PROGRAMS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


@cache
def strings() -> frozenset[str]:
    """Every string constant: an error's code is one."""
    return frozenset(text for node in _nodes() if (text := _text(node)) is not None)


@cache
def error_codes() -> frozenset[str]:
    """Every constant that may be a code, and what `f"{kind}_tail"` makes of agreements' kinds."""
    tails = {_text(node.values[-1]) for node in _nodes() if isinstance(node, ast.JoinedStr)}
    kinds = strings() & {"operation_agreement", "use_agreement"}
    return strings() | {f"{kind}{tail}" for kind in kinds for tail in tails}


@cache
def names() -> frozenset[str]:
    """Every name that code gives to something, and every key of a contract or policy file."""
    found = {*strings(), *(name.lower() for name in variables())}
    for node in _nodes():
        for kind in ("id", "attr", "arg", "name"):
            name = getattr(node, kind, None)
            if isinstance(name, str):
                found.add(name)
    for path in (*(ROOT / "contracts").rglob("*.yaml"), *(ROOT / "policy").glob("*.yaml")):
        found.update(_KEY.findall(path.read_text("utf-8")))
    return frozenset(found)


@cache
def classes() -> frozenset[str]:
    return frozenset(node.name for node in _nodes() if isinstance(node, ast.ClassDef))


@cache
def variables() -> frozenset[str]:
    """Every variable of the environment that a process reads or that a file of ours sets."""
    files = [*trees(), *(p for pattern in _OTHERS for p in ROOT.glob(pattern) if p.is_file())]
    return frozenset(
        {f"WEIR_{name.upper()}" for name in Settings.model_fields}
        | {f"WEIR_PORT_{name.upper()}" for name in Ports.model_fields}
        | {name for path in files for name in _VARIABLE.findall(path.read_text("utf-8"))}
    )


def outages_and_reasons() -> Iterator[tuple[str, Path]]:
    """The code of every outage and of every reason of a verdict, and the file that states it."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            told = [word.value for word in node.keywords if word.arg == "code"]
            if name.endswith("UnavailableError"):
                told = node.args[:1]
            elif name != "Reason":
                continue
            yield from ((code, path) for one in told if (code := _text(one)) is not None)


def defines(dotted: str) -> bool:
    """Whether `weir.a.b` is a package, a module, or what module `weir.a` defines as `b`."""
    place = ROOT / "include" / Path(*dotted.split("."))
    if place.is_dir() or place.with_suffix(".py").is_file():
        return True
    tree = trees().get(place.parent.with_suffix(".py"))
    return tree is not None and any(getattr(one, "name", "") == place.name for one in tree.body)


def _nodes() -> Iterator[ast.AST]:
    for tree in trees().values():
        yield from ast.walk(tree)


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
