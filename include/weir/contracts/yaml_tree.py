"""YAML read strictly, as plain data that remembers its lines.

Only what a contract needs is taken: one document of mappings, sequences and scalars. Anchors,
aliases, tags and repeated keys are refused. An unquoted scalar is true, false, null or a decimal
number when it is written exactly so, and text in every other case: `no`, `on`, `12:30`, `0x1F`,
`1_000` and `2026-03-01` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from yaml import events

from weir.contracts.problem import Problem, ProblemError, key_text

MAX_DEPTH = 32
MAX_NODES = 50_000

Scalar = str | int | float | bool | None

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "~": None, "": None}

_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\ufeff\\ufff9-\\uffff\\ud800-\\udfff\\ue000-\\uf8ff"
    "\\U000e0000-\\U0010ffff]|\\r(?!\\n)"
)
"""Characters a reviewer cannot see, or sees in another order than they stand in."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line it is announced on: that of its key or its dash, counted from 1."""

    line: int
    value: dict[str, Node] | list[Node] | Scalar

    def plain(self) -> Any:
        """The value without lines."""
        match self.value:
            case dict():
                return {key: child.plain() for key, child in self.value.items()}
            case list():
                return [child.plain() for child in self.value]
            case _:
                return self.value

    def locate(self, path: Sequence[str | int]) -> tuple[int, tuple[str | int, ...]]:
        """Line and path of the deepest place on `path` that the document has.

        Parts that name no child are passed over: validators put the names of union members and
        `[key]` among them.
        """
        node, found = self, list[str | int]()
        for part in path:
            child: Node | None = None
            match node.value, part:
                case dict(), str():
                    child = node.value.get(part)
                case list(), int() if part < len(node.value):
                    child = node.value[part]
            if child is not None:
                node = child
                found.append(part)
        return node.line, tuple(found)


def read_tree(text: str, file: str) -> Node:
    """The document in `text`. Raises `ProblemError` naming `file`, line, path and remedy."""
    if unseen := _UNSEEN.search(text):
        _refuse(
            "invisible_character",
            f"the character U+{ord(unseen.group()[0]):04X} cannot be seen by a reviewer",
            file,
            text.count("\n", 0, unseen.start()) + 1,
            remedy="delete it; save the file as UTF-8 without a byte order mark",
        )
    try:
        return _Reader(file, yaml.parse(text, Loader=yaml.CSafeLoader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(
            "yaml_malformed",
            f"not YAML: {error.problem or 'it cannot be read'}",
            file,
            mark.line + 1 if mark else 1,
            remedy="check indentation, quotes and colons on this line and the one before",
        )
    except yaml.YAMLError as error:
        _refuse("yaml_malformed", f"not YAML: {type(error).__name__}", file, 1)


def _refuse(
    code: str,
    what: str,
    file: str,
    line: int,
    *,
    path: tuple[str | int, ...] = (),
    remedy: str = "",
) -> NoReturn:
    problem = Problem(code=code, what=what, file=file, line=line, path=path, remedy=remedy)
    raise ProblemError(problem)


class _Reader:
    """Builds the tree from the parser's events; recursion ends at `MAX_DEPTH`."""

    def __init__(self, file: str, stream: Iterator[events.Event]) -> None:
        self._file = file
        self._stream = stream
        self._path: list[str | int] = []
        self._nodes = 0

    def document(self) -> Node:
        next(self._stream)
        start = next(self._stream)
        if isinstance(start, events.StreamEndEvent):
            self._refuse("yaml_empty", "the file is empty", start, remedy="write the contract")
        root = self._node(next(self._stream))
        next(self._stream)
        end = next(self._stream)
        if not isinstance(end, events.StreamEndEvent):
            self._refuse(
                "yaml_many_documents",
                "the file holds more than one document",
                end,
                remedy="keep one contract per file; remove the line `---`",
            )
        return root

    def _node(self, event: events.Event, line: int | None = None) -> Node:
        self._check(event)
        line = line or _line(event)
        match event:
            case events.ScalarEvent():
                return Node(line, _scalar(event))
            case events.MappingStartEvent():
                return Node(line, self._mapping())
            case _:
                return Node(line, self._sequence())

    def _mapping(self) -> dict[str, Node]:
        children: dict[str, Node] = {}
        while not isinstance(event := next(self._stream), events.MappingEndEvent):
            key = self._key(event)
            if key in children:
                self._refuse(
                    "yaml_duplicate_key",
                    f"the key {key_text(key)} stands twice, first on line {children[key].line}",
                    event,
                    remedy="keep one of the two",
                )
            self._path.append(key)
            children[key] = self._node(next(self._stream), _line(event))
            self._path.pop()
        return children

    def _sequence(self) -> list[Node]:
        children: list[Node] = []
        while not isinstance(event := next(self._stream), events.SequenceEndEvent):
            self._path.append(len(children))
            children.append(self._node(event))
            self._path.pop()
        return children

    def _key(self, event: events.Event) -> str:
        self._check(event)
        key = _scalar(event) if isinstance(event, events.ScalarEvent) else None
        if not isinstance(key, str):
            self._refuse("yaml_key", "a key must be text", event, remedy="put the key in quotes")
        return key

    def _check(self, event: events.Event) -> None:
        self._nodes += 1
        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(
                "yaml_alias",
                "anchors and aliases are not taken",
                event,
                remedy="write the value out where it is used",
            )
        if unseen := _UNSEEN.search(getattr(event, "value", "")):
            self._refuse(
                "invisible_character",
                f"an escape stands for U+{ord(unseen.group()[0]):04X}, which nobody can see",
                event,
                remedy="remove the escape",
            )
        if getattr(event, "tag", None):
            self._refuse(
                "yaml_tag", "tags are not taken", event, remedy="remove the word that starts with !"
            )
        if len(self._path) > MAX_DEPTH or self._nodes > MAX_NODES:
            self._refuse(
                "yaml_too_large",
                f"more than {MAX_DEPTH} levels or {MAX_NODES} values",
                event,
                remedy="a contract needs far fewer; split it",
            )

    def _refuse(self, code: str, what: str, event: events.Event, *, remedy: str) -> NoReturn:
        _refuse(code, what, self._file, _line(event), path=tuple(self._path), remedy=remedy)


def _line(event: events.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: events.ScalarEvent) -> Scalar:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        # 1e999 is written like a number but is none
        return number if abs(number) < float("inf") else text
    return text
