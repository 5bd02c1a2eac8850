"""The kernel at its edges: what arrays can look like that texts cannot."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from weir.privacy.kernel import Kernel
from weir.privacy.rules import Rules

KERNEL = Kernel()
MOBILE = "13900009021"


def found(array: pa.Array) -> list[tuple[int, str, int, int]]:
    hits = KERNEL.find(array)
    names = [KERNEL.entities[number].name for number in hits.entity.tolist()]
    return list(zip(hits.cell.tolist(), names, hits.start.tolist(), hits.end.tolist(), strict=True))


def told(rules: Rules, column: list[str]) -> list[tuple[int, str, int, int]]:
    """What the rules find, in bytes."""
    return sorted(
        (cell, one.entity, len(text[: one.start].encode()), len(text[: one.end].encode()))
        for cell, text in enumerate(column)
        for one in rules.find(text)
    )


@pytest.mark.parametrize(
    "values", [[], [None], [""], ["", None, ""], ["号"], ["川"], ["@"], ["川J"]]
)
def test_arrays_with_nothing_in_them_hold_nothing(values: list[str | None]) -> None:
    """Empty, null-only and too short."""
    for kind in (pa.string(), pa.large_string(), pa.binary()):
        assert found(pa.array(values, kind)) == []


def test_spans_are_bytes_of_the_cell() -> None:
    """Han characters take three bytes each."""
    assert found(pa.array(["x", f"电话{MOBILE}"])) == [(1, "CN_MOBILE", 6, 17)]


def test_a_latin_cue_glued_to_a_word_is_none() -> None:
    """Of every type with such a cue, and as the rules have it."""
    rules = Rules()
    for entity in KERNEL.entities:
        for cue in (cue for cue in entity.cues if cue[-1].isascii()):
            for text in (f"{cue}DNA", f"{cue}AB12345678", f"{cue} AB12345678", f"{cue}12345678"):
                assert sorted(found(pa.array([text]))) == told(rules, [text]), text


def test_an_identifier_does_not_run_from_one_cell_into_the_next() -> None:
    """Cells lie next to each other in the buffer, and stay apart."""
    assert found(pa.array(["139", "00009021"])) == []
    assert found(pa.array(["川", "J12345"])) == []
    assert found(pa.array(["0825", "-2345678"])) == []
    assert found(pa.array(["0825-", "2345678"])) == []
    assert found(pa.array(["1.2.", "3.4"])) == []
    assert found(pa.array(["川J1234", "学"])) == []
    assert found(pa.array(["1.2.3.4", ".5"])) == [(0, "IPV4", 0, 7)]
    assert found(pa.array(["a@b", ".com"])) == []


def test_cells_of_one_width_are_cut_as_any_others() -> None:
    """Columns of codes and dates are of one pattern; they are read as the rules read each cell."""
    rules = Rules()
    of_width: dict[int, set[str]] = {}
    for entity in KERNEL.entities:
        for text in (*entity.examples, *entity.counter_examples):
            of_width.setdefault(len(text.encode()), set()).add(text)
    for alike in of_width.values():
        for column in (sorted(alike), *([text] * 9 for text in alike)):
            assert sorted(found(pa.array(column))) == told(rules, column), column


def test_bytes_under_a_null_are_not_read() -> None:
    """Arrow leaves what it likes under a null."""
    values = pa.array([MOBILE, MOBILE])
    masked = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x02"), *values.buffers()[1:]])
    assert masked.to_pylist() == [None, MOBILE]
    assert found(masked) == [(1, "CN_MOBILE", 0, 11)]


def test_slices_and_offsets_are_followed() -> None:
    """A slice shares the buffers of the whole."""
    whole = pa.array(["x" * 50, MOBILE, "", MOBILE, "y"])
    assert found(whole.slice(2, 2)) == [(1, "CN_MOBILE", 0, 11)]
    assert found(whole.slice(4)) == []


def test_a_column_of_many_pieces_keeps_its_cell_numbers() -> None:
    """Columns are read in pieces of about a megabyte."""
    values = [MOBILE if place % 10_000 == 0 else "x" * 60 for place in range(70_000)]
    assert [cell for cell, *_ in found(pa.array(values))] == list(range(0, 70_000, 10_000))


def test_hostile_text_takes_linear_time() -> None:
    """No quadratic search: a megabyte of anything is read in well under a second."""
    for text in ("a." * 500_000, "a@" * 500_000, "a@b." * 250_000, "1." * 500_000, "-" * 10**6):
        found(pa.array([text]))


def test_other_arrays_are_refused() -> None:
    """Numbers have to be given as text."""
    with pytest.raises(TypeError, match="int64"):
        KERNEL.find(pa.array([1]))


def test_a_kernel_of_no_types_finds_nothing() -> None:
    """The table may be empty."""
    assert len(Kernel(()).find(pa.array([MOBILE]))) == 0


def test_shapes_are_counted_check_digits_aside() -> None:
    """Chance is judged by how many candidates there were."""
    cards = [f"622202100111624570{digit}" for digit in range(10)]
    hits, shaped = KERNEL.survey(pa.array(cards))
    counted = dict(zip((e.name for e in KERNEL.entities), shaped.tolist(), strict=True))
    assert len(hits) == 1
    assert counted["CN_BANK_CARD"] == 10
    assert np.all(hits.entity == hits.entity[0])


@pytest.mark.parametrize(
    "raw", [b"\xff", b"\xe4", b"\xe4\xb8", b"\xf0\x9f", b"\xff1", b"\xe4\xb813"]
)
def test_a_few_broken_bytes_alone_hold_nothing(raw: bytes) -> None:
    """Shorter than a character, or than any table of characters."""
    assert found(pa.array([raw], pa.binary())) == []
