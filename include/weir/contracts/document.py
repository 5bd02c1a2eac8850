"""From a contract file to its model, with every complaint placed on a line."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from weir.contracts.agreement import OperationAgreement, UseAgreement
from weir.contracts.dataset import Dataset
from weir.contracts.files import read_contract_text
from weir.contracts.policy_pack import PolicyPack
from weir.contracts.problem import Problem, ProblemError, key_text, refuse
from weir.contracts.scenario import Scenario
from weir.contracts.suite import Suite
from weir.contracts.yaml_tree import Node, read_tree
from weir.errors import ContractError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """A kind of contract file: its model and the key that must repeat the file's name."""

    name: str
    identifier: str
    adapter: TypeAdapter[T]


SCENARIO = Kind(name="scenario", identifier="scenario", adapter=TypeAdapter(Scenario))
DATASET = Kind(name="dataset", identifier="dataset", adapter=TypeAdapter(Dataset))
POLICY = Kind(name="policy", identifier="pack", adapter=TypeAdapter(PolicyPack))
SUITE = Kind(name="suite", identifier="name", adapter=TypeAdapter(Suite))
AGREEMENT: Kind[OperationAgreement | UseAgreement] = Kind(
    name="agreement",
    identifier="agreement",
    adapter=TypeAdapter(
        Annotated[OperationAgreement | UseAgreement, Field(discriminator="kind")],
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Generic[T]):
    """A file as read: its value where it has one, its lines, and what is wrong with it."""

    file: str
    value: T | None
    tree: Node
    problems: tuple[Problem, ...] = ()

    def require(self) -> T:
        """The value, or `ContractError` for the first problem."""
        refuse(self.problems)
        if self.value is None:
            raise ContractError("file_missing", "there is no such file", where={"file": self.file})
        return self.value

    def place(self, problem: Problem) -> Problem:
        """`problem` put on the line of this file where its path stands."""
        line, path = self.tree.locate(problem.path)
        return replace(problem, file=self.file, line=line, path=path)


def read_document(kind: Kind[T], path: Path, file: str) -> Document[T]:
    """The contract in `path`, which messages call `file`. Raises nothing: see its problems."""
    try:
        text = read_contract_text(path, file)
    except ProblemError as error:
        return Document(file=file, value=None, tree=Node(1, None), problems=(error.problem,))
    document: Document[T] = _read_text(kind, text, path.name, file)
    return document


# Services read their files again at each call, to see an edit at once; the same text need not be
# parsed again.
@lru_cache(maxsize=256)
def _read_text(kind: Kind[Any], text: str, name: str, file: str) -> Document[Any]:
    stem, _, suffix = name.rpartition(".")
    try:
        tree = read_tree(text, file)
        data = tree.plain()
        if suffix == "json":
            _check_json(text, data, file)
    except ProblemError as error:
        return Document(file=file, value=None, tree=Node(1, None), problems=(error.problem,))
    empty: Document[Any] = Document(file=file, value=None, tree=tree)
    try:
        # JSON is the mode in which strictness still takes dates and tuples as text and lists
        value = kind.adapter.validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        causes = [item for item in details if not _follows(item, details)]
        return replace(empty, problems=tuple(_complaint(kind, empty, item) for item in causes))
    if data[kind.identifier] != stem:
        mismatch = Problem(
            code="name_mismatch",
            what=f"the file is called {name}, its {kind.identifier} is another",
            path=(kind.identifier,),
            remedy="give both the same name",
        )
        return replace(empty, problems=(empty.place(mismatch),))
    return replace(empty, value=value)


def _check_json(text: str, data: object, file: str) -> None:
    """JSON is narrower than the YAML that the tree takes: both readers must see the same."""
    try:
        agreed = json.loads(text) == data
    except json.JSONDecodeError as error:
        malformed = Problem(
            code="json_malformed",
            what=f"not JSON: {error.msg}",
            file=file,
            line=error.lineno,
            remedy="correct this line",
        )
        raise ProblemError(malformed) from error
    if not agreed:
        raise ProblemError(
            Problem(
                code="json_ambiguous",
                what="two readers of this file see different values",
                file=file,
                remedy="write numbers of at most 18 digits, and neither NaN nor Infinity",
            )
        )


def _follows(item: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """A list reported as too short only because what it holds was refused."""
    depth = len(item["loc"])
    return item["type"] == "too_short" and any(
        other["loc"][:depth] == item["loc"] and len(other["loc"]) > depth for other in details
    )


def _complaint(kind: Kind[T], document: Document[T], item: ErrorDetails) -> Problem:
    wrong = item["loc"][-1] if item["loc"] else ""
    what, remedy = item["msg"], _REMEDIES.get(item["type"], "")
    ctx = item.get("ctx", {})
    match item["type"]:
        case "greater_than_equal":
            what, remedy = f"the number is less than {ctx['ge']}", f"write {ctx['ge']} or more"
        case "less_than_equal":
            what, remedy = f"the number is more than {ctx['le']}", f"write {ctx['le']} or less"
        case "extra_forbidden":
            what = f"the key {key_text(str(wrong))} is not known here"
            if near := get_close_matches(str(wrong), _keys(kind), n=1):
                remedy = f"did you mean {near[0]}?"
        case "missing":
            what = f"the key {wrong} is missing"
        case "union_tag_not_found":
            what = f"the key {item['ctx']['discriminator']} is missing"
        case "value_error":
            what = item["msg"].removeprefix("Value error, ")
    placed = document.place(Problem(code=f"contract_{item['type']}", what=what, path=item["loc"]))
    if item["type"] == "missing":
        placed = replace(placed, path=(*placed.path, wrong))
    return replace(placed, remedy=remedy or "see the JSON Schema of this kind of contract")


_REMEDIES = {
    "extra_forbidden": "remove it, or correct its spelling",
    "missing": "add it",
    "string_type": "put the value in quotes",
    "int_type": "write a whole number without quotes",
    # text is what the reader makes of .nan and 1e999 too, where there are no quotes to take away
    "float_type": "write a finite number, and no quotes around it",
    "bool_type": "write true or false",
    "string_pattern_mismatch": "use the characters that the pattern allows",
    "string_too_long": "shorten it",
    "string_too_short": "write something",
    "too_short": "name at least as many as the message says",
    "enum": "use one of the values listed",
    "literal_error": "use one of the values listed",
    "union_tag_invalid": "use one of the values listed",
    "model_type": "write keys and values",
    "model_attributes_type": "write keys and values",
    "dict_type": "write keys and values",
    "tuple_type": "write a list",
    "union_tag_not_found": "add the key that tells which kind this is",
    "date_from_datetime_parsing": "write a date as 2026-03-01",
    "date_type": "write a date as 2026-03-01",
    "date_parsing": "write a date as 2026-03-01",
    "edges_order": "write the edges in ascending order, none of them twice",
    "term_order": "let ends_on be the day of starts_on or a later one",
    "value_error": "write it as the message says",
}


def _keys(kind: Kind[T]) -> list[str]:
    """Every key that contracts of `kind` know, for suggestions."""
    schema = kind.adapter.json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({key for part in parts for key in part.get("properties", {})})
