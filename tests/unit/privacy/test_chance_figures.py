"""The table's figures for chance are what random numbers show."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.kernel import Kernel

NUMBERS = 400_000
LONGEST = 20
SIGMAS = 4.0


def amounts(digits: int) -> pa.Array:
    """Random numbers whose first three digits are as uneven as those of amounts (Benford)."""
    rng = np.random.default_rng(digits)
    leading = np.floor(10 ** rng.uniform(2, 3, NUMBERS)).astype(np.int64)
    made = rng.integers(0, 10, (NUMBERS, digits))
    made[:, :3] = leading[:, None] // [100, 10, 1] % 10
    offsets = pa.py_buffer(np.arange(NUMBERS + 1, dtype=np.int64) * digits)
    data = pa.py_buffer((made + ord("0")).astype(np.uint8))
    return pa.Array.from_buffers(pa.large_string(), NUMBERS, [None, offsets, data])


@pytest.mark.parametrize(
    "entity", [e for e in ENTITIES if e.shape.number_lengths], ids=lambda entity: entity.name
)
def test_random_numbers_match_as_often_as_the_table_says(entity: Entity) -> None:
    """At the length where chance is most likely, up to what so many numbers can tell."""
    kernel = Kernel([entity])
    lengths = [n for n in entity.shape.number_lengths if n <= LONGEST]
    most = max(len(kernel.find(amounts(digits))) for digits in lengths) / NUMBERS
    doubt = SIGMAS * np.sqrt(entity.number_chance / NUMBERS) + SIGMAS / NUMBERS
    assert abs(most - entity.number_chance) <= doubt + 0.1 * entity.number_chance


def test_every_type_that_a_number_can_be_has_a_figure() -> None:
    """Without one a column of random numbers would be called by its name."""
    for entity in ENTITIES:
        assert bool(entity.shape.number_lengths) == (entity.number_chance > 0), entity.name
