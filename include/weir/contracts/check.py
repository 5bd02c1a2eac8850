"""Every contract file checked, and what is wrong as values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from weir.contracts.agreement import UseAgreement
from weir.contracts.compile import plan_problems
from weir.contracts.document import Document
from weir.contracts.inputs import dataset_problems
from weir.contracts.loader import ContractFiles, is_name, names_in
from weir.contracts.parties import operator_problems
from weir.contracts.problem import Problem, ProblemError, path_text
from weir.contracts.scenario import Scenario
from weir.contracts.titles import title_of
from weir.errors import ContractError


def check_all(contracts_dir: Path, policy_dir: Path, expectations_dir: Path) -> tuple[Problem, ...]:
    """Every problem of every contract file, in order of file and line; none when all compile."""
    files = ContractFiles(contracts_dir, policy_dir, expectations_dir)
    found = {*_strays(files), *_file_problems(files), *_scenario_problems(files)}
    return tuple(sorted(found, key=lambda one: (one.file, one.line, one.code, one.what)))


def check_text(problems: tuple[Problem, ...]) -> str:
    """Problems as text: `file:line`, the Chinese title, what it is and what would help."""
    if not problems:
        return "合同检查通过 all contracts are in order\n"
    lines = []
    for one in problems:
        place = f"{one.file}:{one.line}" if one.line else one.file
        path = f" {path_text(one.path)}" if one.path else ""
        article = f" [{one.article}]" if one.article else ""
        lines.append(f"{place}{path}: {title_of(one.code)} {one.code}: {one.what}{article}")
        if one.remedy:
            lines.append(f"    补救 remedy: {one.remedy}")
    lines.append(f"共 {len(problems)} 个问题 {len(problems)} problems")
    return "\n".join([*lines, ""])


def _folders(files: ContractFiles) -> Iterator[tuple[Path, str, str]]:
    for folder in ("agreements", "datasets", "scenarios"):
        name = f"{files.contracts_dir.name}/{folder}"
        yield files.contracts_dir / folder, name, ".yaml"
    yield files.policy_dir, files.policy_dir.name, ".yaml"
    yield files.expectations_dir, files.expectations_dir.name, ".json"


def _strays(files: ContractFiles) -> Iterator[Problem]:
    """A file that no contract could have would be passed over in silence."""
    for folder, label, suffix in _folders(files):
        if not folder.is_dir():
            yield Problem(
                code="folder_missing", what="there is no such folder", file=label, remedy="make it"
            )
            continue
        for path in folder.iterdir():
            known = path.suffix == suffix and is_name(path.stem)
            if not known and not path.name.startswith(".") and path.name != "README.md":
                yield Problem(
                    code="file_stray",
                    what="no contract is read from a file of this name",
                    file=f"{label}/{path.name!a}",
                    remedy=f"call it <name>{suffix}, or take it away",
                )


def _file_problems(files: ContractFiles) -> Iterator[Problem]:
    yield from _agreement_file_problems(files)
    for name in names_in(files.policy_dir, ".yaml"):
        yield from files.policy(name).problems
    for name in names_in(files.expectations_dir, ".json"):
        yield from files.suite(name).problems
    for name in names_in(files.contracts_dir / "datasets", ".yaml"):
        dataset = files.dataset(name)
        yield from dataset.problems
        if dataset.value is not None:
            for problem in dataset_problems(dataset.value):
                yield dataset.place(problem)


def _agreement_file_problems(files: ContractFiles) -> Iterator[Problem]:
    names = names_in(files.contracts_dir / "agreements", ".yaml")
    documents = [files.agreement(name) for name in names]
    operators = {one.value.operator for one in documents if one.value is not None}
    for document in documents:
        yield from document.problems
        if isinstance(document.value, UseAgreement):
            for problem in operator_problems(document.value, operators):
                yield document.place(problem)


def _scenario_problems(files: ContractFiles) -> Iterator[Problem]:
    after: dict[str, tuple[str, ...]] = {}
    for name in names_in(files.contracts_dir / "scenarios", ".yaml"):
        document = files.scenario(name)
        yield from document.problems
        if document.value is not None:
            after[name] = document.value.after
            yield from _compiled_problems(files, document, name)
    for name in after:
        if name in _reached(after, name):
            cycle = Problem(
                code="after_cycle",
                what="the scenario waits for itself",
                path=("after",),
                remedy="remove one of the names from `after`",
            )
            yield files.scenario(name).place(cycle)


def _compiled_problems(
    files: ContractFiles, document: Document[Scenario], name: str
) -> Iterator[Problem]:
    references = files.reference_problems(document)
    yield from references
    if references:
        return
    try:
        bundle = files.bundle(name)
    except ProblemError as error:
        yield error.problem
        return
    except ContractError:
        # what is wrong inside a file has been reported as that file
        return
    for problem in plan_problems(bundle):
        if not problem.file:
            yield document.place(problem)


def _reached(after: dict[str, tuple[str, ...]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(after[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += after.get(name, ())
    return reached
