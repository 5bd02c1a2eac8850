from __future__ import annotations

from pathlib import Path

from weir.crypto.sm3 import Sm3, sm3_file, sm3_hex

ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
ABCD_SIXTEEN_TIMES = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_the_examples_of_gb_t_32905_come_out() -> None:
    """Appendix A of GB/T 32905-2016."""
    assert sm3_hex(b"abc") == ABC
    assert sm3_hex(b"abcd" * 16) == ABCD_SIXTEEN_TIMES


def test_pieces_and_files_have_the_digest_of_the_whole(tmp_path: Path) -> None:
    """How the bytes arrive does not matter."""
    data = bytes(range(256)) * 9000
    running = Sm3()
    for start in range(0, len(data), 70_001):
        running.update(memoryview(data)[start : start + 70_001])
    (tmp_path / "file").write_bytes(data)
    assert running.hexdigest() == sm3_hex(data) == sm3_file(tmp_path / "file")
    running.update(b"more")
    assert running.hexdigest() == sm3_hex(data + b"more")
