"""Contract folders: a scenario with every file it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from weir.contracts.agreement import OperationAgreement, UseAgreement
from weir.contracts.dataset import Dataset
from weir.contracts.document import (
    AGREEMENT,
    DATASET,
    POLICY,
    SCENARIO,
    SUITE,
    Document,
    Kind,
    read_document,
)
from weir.contracts.plan import ContractBundle
from weir.contracts.policy_pack import PolicyPack
from weir.contracts.problem import Problem, ProblemError, refuse
from weir.contracts.scenario import Scenario
from weir.contracts.suite import Suite
from weir.contracts.yaml_tree import Node

T = TypeVar("T")
A = TypeVar("A", OperationAgreement, UseAgreement)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME_LENGTH = 48


def load_bundle(
    scenario: str, contracts_dir: Path, policy_dir: Path, expectations_dir: Path
) -> ContractBundle:
    """`scenario` and the files it names. Raises `ContractError` with file, line and path."""
    return ContractFiles(contracts_dir, policy_dir, expectations_dir).bundle(scenario)


def scenario_names(contracts_dir: Path) -> tuple[str, ...]:
    """The scenarios that have a file, in order; `check_all` complains of stray files."""
    return names_in(contracts_dir / "scenarios", ".yaml")


def names_in(folder: Path, suffix: str) -> tuple[str, ...]:
    """Names of contracts in `folder`, in order. Files that no contract could have are left out."""
    paths = folder.glob(f"*{suffix}")
    return tuple(sorted(path.stem for path in paths if is_name(path.stem)))


def all_agreements(contracts_dir: Path) -> tuple[OperationAgreement | UseAgreement, ...]:
    """Every agreement on file, also one that no scenario names. Raises `ContractError` for the
    first that cannot be read: its end must not pass unnoticed."""
    files = ContractFiles(contracts_dir, contracts_dir, contracts_dir)
    names = names_in(contracts_dir / "agreements", ".yaml")
    return tuple(files.agreement(name).require() for name in names)


class ContractFiles:
    """The contract folders of one moment: each file is read once and kept."""

    def __init__(self, contracts_dir: Path, policy_dir: Path, expectations_dir: Path) -> None:
        self.contracts_dir = contracts_dir
        self.policy_dir = policy_dir
        self.expectations_dir = expectations_dir
        self._documents: dict[Path, Document[Any]] = {}

    def scenario(self, name: str) -> Document[Scenario]:
        return self._read(SCENARIO, self.contracts_dir, "scenarios", name, ".yaml")

    def dataset(self, name: str) -> Document[Dataset]:
        return self._read(DATASET, self.contracts_dir, "datasets", name, ".yaml")

    def agreement(self, name: str) -> Document[OperationAgreement | UseAgreement]:
        return self._read(AGREEMENT, self.contracts_dir, "agreements", name, ".yaml")

    def policy(self, name: str) -> Document[PolicyPack]:
        return self._read(POLICY, self.policy_dir, "", name, ".yaml")

    def suite(self, name: str) -> Document[Suite]:
        return self._read(SUITE, self.expectations_dir, "", name, ".json")

    def bundle(self, name: str) -> ContractBundle:
        """Scenario `name` and the files it names, or `ContractError` for the first problem."""
        document = self.scenario(name)
        scenario = document.require()
        refuse(self.reference_problems(document), scenario=name)
        inputs = [one.dataset for one in scenario.inputs]
        register = [scenario.authorisation.register_] if scenario.authorisation else []
        suites = {self.dataset(one).require().suite for one in inputs}
        for suite in suites:
            self.suite(suite).require()
        return ContractBundle(
            scenario=scenario,
            datasets={one: self.dataset(one).require() for one in [*inputs, *register]},
            operation_agreement=self._agreement_of(document, OperationAgreement),
            use_agreement=self._agreement_of(document, UseAgreement),
            policy=self.policy(scenario.policy).require(),
            suites={suite: self.suite(suite).tree.plain() for suite in sorted(suites)},
        )

    def _agreement_of(self, document: Document[Scenario], kind: type[A]) -> A:
        key = "operation_agreement" if kind is OperationAgreement else "use_agreement"
        agreement = self.agreement(getattr(document.require(), key)).require()
        if isinstance(agreement, kind):
            return agreement
        other = Problem(
            code="agreement_kind",
            what=f"{agreement.agreement} is an agreement of the other kind",
            path=(key,),
            article="第十四条" if kind is UseAgreement else "第十一条",
            remedy="name an operation agreement and a use agreement",
        )
        raise ProblemError(document.place(other))

    def reference_problems(self, document: Document[Scenario]) -> tuple[Problem, ...]:
        """A problem for each name in a scenario, or in a dataset it uses, that has no file."""
        problems = []
        for holder, path, kind, target in self._references(document):
            if target.problems and target.problems[0].code == "file_missing":
                missing = Problem(
                    code=f"{kind}_unknown",
                    what=f"no {kind} of this name",
                    path=path,
                    remedy=f"write {target.file} or correct the name",
                )
                problems.append(holder.place(missing))
        return tuple(problems)

    def _references(
        self, document: Document[Scenario]
    ) -> Iterator[tuple[Document[Any], tuple[str | int, ...], str, Document[Any]]]:
        scenario = document.require()
        for place, one in enumerate(scenario.inputs):
            dataset = self.dataset(one.dataset)
            yield document, ("inputs", place, "dataset"), "dataset", dataset
            if dataset.value is not None:
                yield dataset, ("suite",), "suite", self.suite(dataset.value.suite)
        if scenario.authorisation:
            register = self.dataset(scenario.authorisation.register_)
            yield document, ("authorisation", "register"), "dataset", register
        for key in ("operation_agreement", "use_agreement"):
            yield document, (key,), "agreement", self.agreement(getattr(scenario, key))
        yield document, ("policy",), "policy", self.policy(scenario.policy)
        for place, earlier in enumerate(scenario.after):
            yield document, ("after", place), "scenario", self.scenario(earlier)

    def _read(self, kind: Kind[T], root: Path, folder: str, name: str, suffix: str) -> Document[T]:
        path = root / folder / f"{name}{suffix}"
        if path not in self._documents:
            label = "/".join(part for part in (root.name, folder, path.name) if part)
            if is_name(name):
                self._documents[path] = _read_under(kind, path, label)
            else:
                self._documents[path] = _misnamed(folder)
        return self._documents[path]


def _read_under(kind: Kind[T], path: Path, label: str) -> Document[T]:
    if not path.parent.is_symlink():
        return read_document(kind, path, label)
    problem = Problem(
        code="file_not_regular",
        what="its folder is a link",
        file=label,
        remedy="put the folder itself in its place",
    )
    return Document(file=label, value=None, tree=Node(1, None), problems=(problem,))


def _misnamed(folder: str) -> Document[Any]:
    problem = Problem(
        code="name_malformed",
        what="a contract's name is lower-case words joined by hyphens, 48 characters at most",
        file=folder,
        remedy="correct the name",
    )
    return Document(file=folder, value=None, tree=Node(1, None), problems=(problem,))


def is_name(text: str) -> bool:
    """May a contract be called so?"""
    return len(text) <= _NAME_LENGTH and _NAME.fullmatch(text) is not None
