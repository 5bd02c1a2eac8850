"""Which recognisers look at a column: ours in bulk, any other through Presidio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.privacy.entities import table_digest
from weir.privacy.hits import Hits
from weir.privacy.kernel import Kernel

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

Ints = npt.NDArray[np.int64]

_DIGEST_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """By type: the cells that hold it, ascending, and how many values had its shape."""

    cells: Mapping[str, Ints]
    shaped: Mapping[str, int]


class Detector:
    """Detection over columns of text, as a Presidio registry states it.

    A kernel finds what Presidio's AnalyzerEngine would find with the recogniser of the same
    entities. `analyzer` holds the recognisers that have no such bulk path; it sees every value.
    """

    def __init__(self, kernels: Sequence[Kernel], analyzer: AnalyzerEngine | None = None) -> None:
        self._kernels = tuple(kernels)
        self._analyzer = analyzer
        others = analyzer.registry.recognizers if analyzer else []
        entities = {entity.name for kernel in self._kernels for entity in kernel.entities}
        entities.update(name for other in others for name in other.supported_entities)
        self.entities_covered = tuple(sorted(entities))
        self.name = "; ".join(
            [
                f"presidio-analyzer {version('presidio-analyzer')}",
                *(_table_name(kernel) for kernel in self._kernels),
                *(f"{other.name} {other.version}" for other in others),
            ]
        )

    @property
    def reads_values_one_by_one(self) -> bool:
        """Whether it pays to be given distinct values only."""
        return self._analyzer is not None

    def search(self, values: pa.Array) -> Found:
        """What a string or binary array holds. Null cells hold nothing."""
        cells: dict[str, Ints] = {}
        shaped: dict[str, int] = {}
        for kernel in self._kernels:
            hits, of_shape = kernel.survey(values)
            present = np.bincount(hits.entity, minlength=len(kernel.entities)).tolist()
            for number, entity in enumerate(kernel.entities):
                shaped[entity.name] = int(of_shape[number])
                if present[number]:
                    _add(cells, entity.name, _cells(hits, number))
        if self._analyzer is not None:
            for name, of_name in _read(self._analyzer, values).items():
                _add(cells, name, np.array(of_name, np.int64))
        return Found(cells=cells, shaped=shaped)


@cache
def table_kernel() -> Kernel:
    """The kernel of the entity table."""
    return Kernel()


@cache
def table_detector() -> Detector:
    """The detector of the entity table. Presidio itself is not loaded."""
    return Detector([table_kernel()])


def detector_of(registry: RecognizerRegistry) -> Detector:
    """The detector of every recogniser for Chinese in `registry`."""
    from presidio_analyzer import RecognizerRegistry

    from weir.privacy.recognisers import LANGUAGE, IdentifierRecognizer, build_analyzer

    recognisers = registry.get_recognizers(language=LANGUAGE, all_fields=True)
    kernels = [Kernel(r.entities) for r in recognisers if isinstance(r, IdentifierRecognizer)]
    others = [r for r in recognisers if not isinstance(r, IdentifierRecognizer)]
    if not others:
        return Detector(kernels)
    rest = RecognizerRegistry(recognizers=others, supported_languages=[LANGUAGE])
    return Detector(kernels, build_analyzer(rest))


def _read(analyzer: AnalyzerEngine, values: pa.Array) -> dict[str, list[int]]:
    from weir.privacy.recognisers import LANGUAGE

    cells: dict[str, list[int]] = {}
    for cell, raw in enumerate(values.cast(pa.large_binary()).to_pylist()):
        if not raw:
            continue
        text = raw.decode("utf-8", "replace")
        for name in {found.entity_type for found in analyzer.analyze(text, language=LANGUAGE)}:
            cells.setdefault(name, []).append(cell)
    return cells


def _cells(hits: Hits, entity: int) -> Ints:
    cells = hits.cell[hits.entity == entity]
    return np.asarray(cells[np.concatenate([[True], cells[1:] != cells[:-1]])])


def _add(cells: dict[str, Ints], name: str, more: Ints) -> None:
    cells[name] = np.union1d(cells[name], more) if name in cells else more


def _table_name(kernel: Kernel) -> str:
    return f"weir identifier table sm3:{table_digest(kernel.entities)[:_DIGEST_CHARACTERS]}"
