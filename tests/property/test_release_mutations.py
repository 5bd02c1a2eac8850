"""No change to a released folder is ever accepted."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.released_folder import FIRST, SECOND, THIRD, bury, write_release
from fakes.small_city import SmallCity
from weir.release.verify import Verification, verify_release


class Released:
    """Two genuine releases and a delisted one in one bucket, and copies of it to spoil."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.city = SmallCity(root / "city")
        self.folder = root / "bucket"
        write_release(self.city, self.folder, release_id=THIRD, run_id="run-0")
        bury(self.city, self.folder, THIRD, order=self.city.order("delist", "release", THIRD))
        write_release(self.city, self.folder, release_id=FIRST, run_id="run-1")
        write_release(self.city, self.folder, release_id=SECOND, run_id="run-2")
        self.files = sorted(
            path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file()
        )

    def verify(self, folder: Path) -> Verification:
        return verify_release(
            folder,
            operator_key=self.city.operator.public,
            bureau_key=self.city.bureau.public,
        )

    def copy(self) -> Path:
        target = Path(tempfile.mkdtemp(dir=self.root)) / "bucket"
        shutil.copytree(self.folder, target)
        return target


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    one = Released(tmp_path_factory.mktemp("released"))
    assert one.verify(one.folder).passed
    return one


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_no_changed_byte_is_accepted(released: Released, data: st.DataObject) -> None:
    """Replace, insert, delete, cut or append at any place of any file: it fails."""
    name = data.draw(st.sampled_from(released.files))
    path = released.folder / name
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    change = data.draw(st.sampled_from(["replace", "insert", "delete", "cut", "append"]))
    byte = data.draw(st.binary(min_size=1, max_size=1))
    after = {
        "replace": before[:place] + byte + before[place + 1 :],
        "insert": before[:place] + byte + before[place:],
        "delete": before[:place] + before[place + 1 :],
        "cut": before[:place],
        "append": before + byte,
    }[change]
    path.write_bytes(after)
    try:
        assert released.verify(released.folder).passed == (after == before)
    finally:
        path.write_bytes(before)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_rearrangement_is_accepted(released: Released, data: st.DataObject) -> None:
    """Swap, copy, move or remove whole files, between releases too: it fails."""
    folder = released.copy()
    first = folder / data.draw(st.sampled_from(released.files))
    second = folder / data.draw(st.sampled_from(released.files))
    contents = first.read_bytes(), second.read_bytes()
    match data.draw(st.sampled_from(["swap", "copy", "move", "remove", "add"])):
        case "swap":
            first.write_bytes(contents[1])
            second.write_bytes(contents[0])
        case "copy":
            second.write_bytes(contents[0])
        case "move":
            first.rename(first.with_name("moved"))
        case "remove":
            first.unlink()
        case "add":
            (first.parent / "added").write_bytes(contents[1])
    same = all(
        (folder / name).is_file()
        and (folder / name).read_bytes() == (released.folder / name).read_bytes()
        for name in released.files
    ) and len([path for path in folder.rglob("*") if path.is_file()]) == len(released.files)
    assert released.verify(folder).passed == same
