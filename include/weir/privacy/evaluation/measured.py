"""The kept figures of the detector: `weir scan --evaluate --json` over the test family.

They hold for one entity table. Where the table has changed since, nothing is known, and that is
what is said.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from weir.model import Digest
from weir.privacy.entities import table_digest
from weir.privacy.evaluation.evaluate import Evaluation

FILE = Path(__file__).with_name("measured.json")


def measured(table: Digest | None = None) -> Evaluation | None:
    """The kept evaluation of the entity table `table`, by default the present one; None where the
    kept one is of another."""
    found = kept()
    return found if found.entity_table == (table or table_digest()) else None


@cache
def kept() -> Evaluation:
    """The kept evaluation, whatever entity table it is of."""
    return TypeAdapter(Evaluation).validate_json(FILE.read_bytes())
