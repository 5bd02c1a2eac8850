"""The stream of characters that the model reads."""

from __future__ import annotations

import numpy as np

from weir.privacy.cells import Cells
from weir.privacy.names.symbols import PAD, Stream, holding_han, symbol_of


def stream(*texts: str) -> Stream:
    return Stream.of(Cells.joined([text.encode() for text in texts]))


def shown(of: Stream) -> str:
    return "".join(map(chr, of.symbols.tolist()))


def test_cells_stand_apart_by_as_many_separators_as_features_reach() -> None:
    """At both ends too."""
    assert shown(stream("王", "", "李四")) == "\n\n\n王\n\n\n\n\n\n李四\n\n\n"


def test_digits_letters_and_old_forms_become_one_symbol() -> None:
    """Full-width ones too; a radical becomes the character it looks like."""
    assert shown(stream("3７Xｙ　⼈，·•")).strip() == "00aa 人,··"


def test_invisible_characters_are_left_out_and_found_again() -> None:
    """Places in bytes count them."""
    made = stream("王\u200b五", "\ufeff李")
    assert shown(made).split() == ["王五", "李"]
    cells, starts, ends = made.in_cells(np.array([PAD, PAD + 5]), np.array([PAD + 2, PAD + 6]))
    assert (cells.tolist(), starts.tolist(), ends.tolist()) == ([0, 1], [0, 3], [9, 6])


def test_segments_end_at_separators_and_at_the_longest_length() -> None:
    """A stretch without a separator is cut, so that no text takes unbounded time."""
    starts, ends = stream("王五，李四。", "一" * 25).segments(10)
    assert (ends - starts).tolist() == [2, 2, 10, 10, 5]


def test_only_cells_with_two_han_characters_are_read() -> None:
    """Numbers, codes and single characters are passed over."""
    cells = Cells.joined(
        [text.encode() for text in ("王五", "123456", "", "王", "é" * 9, "x王y五")]
    )
    assert holding_han(cells).tolist() == [0, 5]


def test_every_code_point_has_a_symbol_or_is_left_out() -> None:
    """The table covers Unicode; what is left out is invisible."""
    table = symbol_of()
    assert len(table) == 0x110000
    assert (table[0x20:0x3000] == 0).sum() < 40
