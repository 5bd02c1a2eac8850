"""The project's documents, taken apart: headings, links, tables, code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from weir.settings import ROOT

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def codes(self) -> list[str]:
        """What stands in code font within the prose."""
        return _CODE.findall(self.prose)

    @cached_property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text."""
        return [(len(marks), text.strip()) for marks, text in _HEADING.findall(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What a link may name after `#`, as GitHub makes it of headings."""
        return {
            re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _, text in self.headings
        }

    @cached_property
    def tables(self) -> list[list[list[str]]]:
        """Tables of rows of cells, headings first; the line under them is left out."""
        found: list[list[list[str]]] = [[]]
        for line in self.prose.splitlines():
            if not line.startswith("|"):
                found.append([])
            elif not re.fullmatch(r"[|\s:-]+", line) or not found[-1]:
                found[-1].append([cell.strip() for cell in _CELL.split(line.strip())[1:-1]])
        return [table for table in found if table]

    def blocks(self, *languages: str) -> list[str]:
        """The fenced blocks of these languages; of all where none is named."""
        return [
            body
            for language, body in _FENCE.findall(self.text)
            if language in languages or not languages
        ]

    def commands(self) -> Iterator[list[str]]:
        """The words of every command of the shell blocks, without the variables set before it."""
        for block in self.blocks("bash"):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                while words and re.match(r"\w+=", words[0]):
                    words = words[1:]
                if words:
                    yield words


PAGES = tuple(
    Page(path) for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
)
GENERATED = frozenset({"docs/cli.md", "docs/dags.md"})
WRITTEN = tuple(page for page in PAGES if page.name not in GENERATED)


def makefile() -> str:
    """The Makefile with the files that it includes."""
    text = (ROOT / "Makefile").read_text("utf-8")
    included = re.findall(r"^include (\S+)$", text, re.MULTILINE)
    return "\n".join([text, *((ROOT / name).read_text("utf-8") for name in included)])


def page(name: str) -> Page:
    return Page(ROOT / name)
