"""Without its model, whole and unaltered, nothing is searched for names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from weir.errors import IntegrityError
from weir.privacy.names.model_file import DIGESTS, FILES, MODEL, digest_of, read_tagger
from weir.privacy.names.word_lists import DATA, region_path, regions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def test_the_files_are_the_ones_whose_digests_are_written_down() -> None:
    """All of them, and they are small enough to ship."""
    assert {name: digest_of(DATA, name) for name in FILES} == DIGESTS
    assert sum((DATA / name).stat().st_size for name in FILES) < 10 * 2**20


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_an_error(folder: Path, name: str) -> None:
    """Never a scan that finds no names."""
    (folder / name).unlink()
    with pytest.raises(IntegrityError) as refused:
        read_tagger(folder)
    assert refused.value.code == "names_model_missing"
    assert refused.value.where == {"file": name}


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_an_error(folder: Path, name: str) -> None:
    """One byte is enough."""
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(IntegrityError) as refused:
        read_tagger(folder)
    assert refused.value.code == "names_model_altered"


def test_a_model_of_another_shape_is_an_error(folder: Path) -> None:
    """Digests can be written down for a file that this code cannot use."""
    import numpy as np

    np.savez(folder / MODEL, table=np.zeros((2, 2), np.int8), steps=np.zeros((8, 8), np.int32))
    with pytest.raises(IntegrityError) as refused:
        read_tagger(folder, {**DIGESTS, MODEL: digest_of(folder, MODEL)})
    assert refused.value.code == "names_model_altered"


def test_regions_reach_down_to_streets() -> None:
    """By GB/T 2260 code, and by the longer code of a street or town."""
    assert region_path("510903") == ("四川省", "遂宁市", "船山区")
    assert region_path("510903100") == ("四川省", "遂宁市", "船山区", "龙凤镇")
    assert sum(len(code) == 9 for code in regions()) > 40_000
