"""Documents that are made from the code. Run as a program, this writes them anew."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typer

from docs import articles, entities_page
from weir.cli import app as cli
from weir.contracts.compile import compile_plan
from weir.contracts.loader import load_bundle, scenario_names
from weir.contracts.plan import Plan
from weir.model import Role
from weir.policy.machine import NEW, Machine
from weir.policy.procedures import MACHINES
from weir.policy.roles import MATRIX
from weir.privacy.evaluation.evaluate import evaluation_text
from weir.privacy.evaluation.measured import kept
from weir.settings import ROOT

_MADE = "<!-- Made from the code by tests/docs/generated.py; see CONTRIBUTING.md. -->"

_CLI = f"""\
# Command line

{_MADE}

`bin/weir …`, or `python -m weir …` with `include/` on `PYTHONPATH`. A refusal exits with
{cli.EXIT_REFUSED}, a service that did not answer with {cli.EXIT_UNAVAILABLE}; neither prints a
traceback. Which command needs which secrets stands in [operations.md](operations.md).

| command | what it does |
|---|---|
{{commands}}

| option | of | meaning | default |
|---|---|---|---|
{{options}}
"""

_DAGS = f"""\
# DAGs

{_MADE}

One DAG per scenario contract, in the order of stages that [architecture.md](architecture.md) gives,
and those that look after the rest. A DAG is paused until somebody unpauses it.

| DAG | scenario | purpose | data user | inputs | grade | schedule |
|---|---|---|---|---|---|---|
{{scenarios}}

| DAG | what it does | schedule |
|---|---|---|
{{others}}
"""

_PROCEDURES = f"""\
# Procedures and roles

{_MADE}

Each kind of case is a state machine declared as data in `weir.policy.machines`; `weir.governance`
keeps every move with its audit record, in one transaction. A move out of order, by the wrong role
or without what it must state is refused with code, article and remedy, and the attempt is kept.

{{machines}}
## Who may do what

`weir.policy.roles` holds this matrix; gate, bureau and intake ask nothing else.

| act | {{roles}} |
|{{rule}}|
{{rows}}
"""

_MACHINE = """\
## {kind} {zh}

```mermaid
stateDiagram-v2
{picture}
```

| move | by | states | article |
|---|---|---|---|
{moves}
"""

_ARTICLES = f"""\
# Articles and the checks that hold them

{_MADE}

For each article of the Measures: codes of the refusals that cite it, moves of procedures and policy
parameters that rest on it, and the tests that name these codes or are marked with the article. An
article that nothing holds shows as a **gap**. What each code means stands in the
[runbook](runbook.md), each move in [procedures.md](procedures.md).

| article | checks | tests |
|---|---|---|
{{rows}}
"""


_BENCHMARK = f"""\
# Benchmark

{_MADE}

The last run of `weir scan --evaluate` that was kept; [grading.md](grading.md) says how it is made
and what it does not tell. It holds for the entity table named here.

```text
{{figures}}```
"""


def commands(command: Any = None, path: str = "weir") -> Iterator[tuple[str, Any]]:
    """Every command of the program with its full name, in the order of `--help`."""
    command = typer.main.get_command(cli.app) if command is None else command
    for name, child in command.commands.items():
        if hasattr(child, "commands"):
            yield from commands(child, f"{path} {name}")
        else:
            yield f"{path} {name}", child


def cli_document() -> str:
    """docs/cli.md."""
    found = list(commands())
    return _CLI.format(
        commands="\n".join(f"| `{_usage(path, one)}` | {one.help} |" for path, one in found),
        options="\n".join(
            f"| `{option.opts[0]}` | `{path}` | {option.help} | {_default(option)} |"
            for path, one in found
            for option in one.params
            if _is_option(option)
        ),
    )


def dags_document() -> str:
    """docs/dags.md."""
    folders = [ROOT / name for name in ("contracts", "policy", "expectations")]
    plans = [compile_plan(load_bundle(name, *folders)) for name in scenario_names(folders[0])]
    return _DAGS.format(scenarios="\n".join(map(_dag_row, plans)), others=_upkeep_row())


def _usage(path: str, command: Any) -> str:
    words = [path]
    for parameter in command.params:
        kind = parameter.type_descriptor.annotation
        choices = [str(one.value) for one in kind] if _is_choice(kind) else []
        word = "\\|".join(choices)
        if _is_option(parameter):
            word = f"{parameter.opts[0]} {word or f'<{kind.__name__.lower()}>'}"
        elif not word:
            word = f"<{parameter.name.replace('_', '-')}>"
        words.append(word if parameter.required else f"[{word}]")
    return " ".join(words)


def _is_choice(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _is_option(parameter: Any) -> bool:
    return bool(parameter.opts[0].startswith("--"))


def _default(option: Any) -> str:
    return "" if option.default is None else f"{option.default}"


def _dag_row(plan: Plan) -> str:
    scenario = plan.scenario
    inputs = ", ".join(f"`{one.dataset.dataset}`" for one in plan.inputs)
    schedule = f"after {', '.join(scenario.after)}" if scenario.after else scenario.schedule
    cells = (
        f"`{scenario.scenario}`",
        scenario.title,
        scenario.purpose,
        f"`{scenario.data_user}`",
        inputs,
        str(int(plan.grade)),
        schedule or "by hand",
    )
    return f"| {' | '.join(cells)} |"


def _upkeep_row() -> str:
    """The DAG that is no scenario's, read and not imported: importing it takes Airflow."""
    tree = ast.parse((ROOT / "dags" / "upkeep.py").read_text("utf-8"))
    (made,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "DAG"
    )
    return _row_of({word.arg or "": word.value for word in made.keywords})


def _row_of(told: Mapping[str, ast.expr]) -> str:
    dag, description = (ast.literal_eval(told[name]) for name in ("dag_id", "description"))
    schedule = told["schedule"]
    assert isinstance(schedule, ast.Call)
    (every,) = schedule.keywords
    return f"| `{dag}` | {description} | every {ast.unparse(every.value)} {every.arg} |"


def procedures_document() -> str:
    """docs/procedures.md."""
    roles = list(Role)
    rows = (
        f"| `{act}` | " + " | ".join("✓" if role in MATRIX[act] else "" for role in roles) + " |"
        for act in MATRIX
    )
    return _PROCEDURES.format(
        machines="\n".join(map(_machine_section, MACHINES.values())),
        roles=" | ".join(f"`{role}`" for role in roles),
        rule="|".join(["---"] * (len(roles) + 1)),
        rows="\n".join(rows),
    )


def articles_document() -> str:
    """docs/articles.md."""
    return _ARTICLES.format(rows=articles.document())


def benchmark_document() -> str:
    """docs/benchmark.md."""
    return _BENCHMARK.format(figures=evaluation_text(kept()))


def _machine_section(machine: Machine) -> str:
    lines = [f"  {name} : {name} {zh}" for name, zh in machine.states.items()]
    for move in machine.moves:
        for source in sorted(move.sources):
            start = "[*]" if source == NEW else source
            lines.append(f"  {start} --> {move.target} : {move.name}")
    lines += [f"  {name} --> [*]" for name in machine.states if machine.final(name)]
    moves = "\n".join(
        f"| `{move.name}` {move.zh} | "
        + ", ".join(f"`{role}`" for role in sorted(MATRIX[move.act]))
        + f" | {', '.join(f'`{name}`' for name in move.facts.model_fields) or '-'}"
        + f" | {move.article} |"
        for move in machine.moves
    )
    picture = "\n".join(lines)
    return _MACHINE.format(kind=machine.kind, zh=machine.zh, picture=picture, moves=moves)


def entities_document() -> str:
    """docs/entities.md."""
    return entities_page.document(_MADE)


DOCUMENTS: Mapping[Path, Callable[[], str]] = MappingProxyType(
    {
        ROOT / "docs" / "cli.md": cli_document,
        ROOT / "docs" / "dags.md": dags_document,
        ROOT / "docs" / "articles.md": articles_document,
        ROOT / "docs" / "entities.md": entities_document,
        ROOT / "docs" / "procedures.md": procedures_document,
        ROOT / "docs" / "benchmark.md": benchmark_document,
    }
)

if __name__ == "__main__":
    for path, make in DOCUMENTS.items():
        path.write_text(make(), encoding="utf-8")
