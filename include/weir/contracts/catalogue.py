"""The catalogue of public data (公共数据目录): all that the exchange platform offers (第五条)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from weir.contracts.dataset import Dataset, OpenType
from weir.contracts.loader import ContractFiles, names_in
from weir.contracts.text_table import text_table
from weir.contracts.wording import OPEN_TYPES
from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.model import Digest

_Marks = frozenset[tuple[str | int, ...]]

IN_OPERATION: Mapping[OpenType, str] = {
    OpenType.UNCONDITIONAL: "纳入运营 in operation",
    OpenType.CONDITIONAL: "经同意后运营 upon decision",
    OpenType.PROHIBITED: "不纳入运营 never",
}
"""What 第十三条 says of each open type."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One version of the catalogue, by name of dataset."""

    datasets: Mapping[str, Dataset]

    @cached_property
    def version(self) -> Digest:
        """SM3 of the canonical form."""
        return sm3_hex(catalogue_bytes(self))

    def unconditional(self) -> tuple[str, ...]:
        """The datasets that are all in operation, by name (第十三条)."""
        return tuple(
            name
            for name, one in sorted(self.datasets.items())
            if one.open_type is OpenType.UNCONDITIONAL
        )


def load_catalogue(contracts_dir: Path) -> Catalogue:
    """Every dataset contract in `contracts_dir`. Raises `ContractError` for one that is broken: a
    catalogue with a hole would pass for a whole one."""
    files = ContractFiles(contracts_dir, contracts_dir, contracts_dir)
    names = names_in(contracts_dir / "datasets", ".yaml")
    return Catalogue(datasets={name: files.dataset(name).require() for name in names})


class CatalogueFolder:
    """The catalogue that a folder holds at each call: as long as no file of it changes, the same
    object. Thousands of files are not read again for each decision."""

    def __init__(self, contracts_dir: Path) -> None:
        self._contracts_dir = contracts_dir
        self._held: tuple[_Marks | None, Catalogue] | None = None

    def __call__(self) -> Catalogue:
        """Raises `ContractError` as `load_catalogue` does."""
        # Taken before the files are read: what changes meanwhile is read at the next call.
        marks, held = self._marks(), self._held
        if marks is None or held is None or held[0] != marks:
            held = marks, load_catalogue(self._contracts_dir)
            self._held = held
        return held[1]

    def _marks(self) -> _Marks | None:
        """What tells each file's content, short of reading it: the time of its last change cannot
        be set at will. None where that is not known."""
        try:
            with os.scandir(self._contracts_dir / "datasets") as files:
                found = [(file.name, file.stat(follow_symlinks=False)) for file in files]
        except OSError:
            return None
        return frozenset(
            (name, mark.st_ino, mark.st_size, mark.st_mtime_ns, mark.st_ctime_ns)
            for name, mark in found
        )


def catalogue_bytes(catalogue: Catalogue) -> bytes:
    """The canonical form: what a version of the catalogue is kept and named by."""
    return canonical_json(
        {
            name: one.model_dump(mode="json", by_alias=True)
            for name, one in catalogue.datasets.items()
        }
    )


def catalogue_text(catalogue: Catalogue) -> str:
    """The catalogue as people read it: what is open, of which grade, whose, with which fields."""
    lines = [f"目录版本 catalogue (SM3): {catalogue.version}", ""]
    lines.append(
        text_table(
            ("数据集 dataset", "名称", "提供方 provider", "开放类型", "级 grade", "运营 operation"),
            [
                (
                    name,
                    one.title,
                    one.provider,
                    OPEN_TYPES[one.open_type],
                    highest_grade(one),
                    IN_OPERATION[one.open_type],
                )
                for name, one in sorted(catalogue.datasets.items())
            ],
        )
    )
    return "\n".join([*lines, *_field_lines(catalogue), ""])


def highest_grade(dataset: Dataset) -> str:
    """The grade of a dataset is that of its highest field; `!` where one has none (第五条)."""
    grades = [one.grade for one in dataset.fields.values()]
    return "!" if None in grades else str(max(int(one) for one in grades if one is not None))


def _field_lines(catalogue: Catalogue) -> Iterator[str]:
    for name, one in sorted(catalogue.datasets.items()):
        yield f"{name}: " + ", ".join(
            f"{field}({int(told.grade) if told.grade else '!'})"
            for field, told in one.fields.items()
        )
