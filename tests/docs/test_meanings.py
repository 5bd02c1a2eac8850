"""Whatever refuses a run or a release is told in Chinese first."""

from __future__ import annotations

import re

from docs.code_facts import error_codes, outages_and_reasons
from weir.service.meanings import MEANINGS
from weir.settings import ROOT

SECTIONS = {
    "Exchange platform",
    "Schema drift",
    "Object store",
    "Databases, disk and keys",
    "Contracts",
    "Terms",
    "Quality",
    "Leaks",
    "Disclosure",
    "The gate refuses a package",
    "Anything else",
}
"""Sections of the runbook on what stops a run or a release."""
NO_CODES = {"authorise", "contained", "mask", "notices", "scan", "upkeep"}
"""Tasks and states that stand among the codes."""
GROUNDS = {"grounds.py", "resumed.py", "revocation.py", "assess.py", "review_store.py"}


def _of_the_runbook() -> set[str]:
    found: set[str] = set()
    section = ""
    for line in (ROOT / "docs/runbook.md").read_text("utf-8").splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.startswith("| ") and section in SECTIONS:
            found |= set(re.findall(r"`([a-z0-9_]+)`", line.split("|")[1]))
    return found - NO_CODES


def test_every_code_that_stops_a_run_or_a_release_has_a_chinese_meaning() -> None:
    """Of the runbook's sections on them, and of the policy's own reasons."""
    grounds = {code for code, path in outages_and_reasons() if path.name in GROUNDS}
    wanted = _of_the_runbook() | grounds
    assert len(wanted) > 80
    assert sorted(wanted - set(MEANINGS)) == []


def test_every_meaning_is_of_a_code_that_exists_and_is_chinese() -> None:
    """No meaning outlives its code."""
    assert set(MEANINGS) <= error_codes()
    assert all(re.search(r"[\u4e00-\u9fff]", one) for one in MEANINGS.values())
