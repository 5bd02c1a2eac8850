"""What no file of the project may say, and what some must."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from docs.pages import makefile
from weir.settings import ROOT

IGNORED = {
    line.rstrip("/")
    for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    if line.endswith("/")
}
PLACES = b"|".join(name.encode() for name in ("work", "home", "Users", "mnt"))
MACHINE_PATH = re.compile(rb"(?<![\w.<>}-])/(?:" + PLACES + rb")/[\w.-]|(?<![\w.<>}-])/root/[\w.-]")
INDEX_HOST = re.compile(rb"--(?:extra-)?index-url|://[\w.:-]*(?:registry|mirror|proxy|nexus)")


def _files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the checkout that git is not told to ignore."""
    for path in sorted(folder.iterdir()):
        if path.name in IGNORED or path.name == ".git" or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix != ".pyc":
            yield path


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    """Nor the host of a package index: a checkout works wherever it lies."""
    found = [
        f"{path.relative_to(ROOT)}: {match.group().decode()}"
        for path in _files()
        for pattern in (MACHINE_PATH, INDEX_HOST)
        for match in [pattern.search(path.read_bytes())]
        if match and path != Path(__file__)
    ]
    assert found == []


def test_the_licence_is_apache_2() -> None:
    """The text itself, and the same name wherever it is given."""
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", licence)
    assert "END OF TERMS AND CONDITIONS" in licence
    for name in ("README.md", "README.zh-CN.md", "pyproject.toml"):
        assert "Apache-2.0" in (ROOT / name).read_text("utf-8")


def test_make_help_lists_every_target() -> None:
    """`make help` shows each target with what it does, and each is declared as no file."""
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],  # noqa: S607 - the make of whoever runs this
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    listed = {line.split()[0]: line.partition(" ")[2].strip() for line in shown.splitlines()}
    text = makefile()
    declared = " ".join(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)).split()
    assert sorted(listed) == sorted(declared)
    assert all(listed.values())
    assert set(re.findall(r"^([a-z-]+):", text, re.MULTILINE)) == set(declared)
