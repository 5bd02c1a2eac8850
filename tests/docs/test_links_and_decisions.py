"""Links lead somewhere; decisions have their form."""

from __future__ import annotations

import pytest

from docs.pages import PAGES, Page, page
from weir.settings import ROOT

INDEX = page("docs/decisions/README.md")
DECISIONS = [one for one in PAGES if one.name.startswith("docs/decisions/0")]


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_every_link_leads_to_a_file_and_heading(one: Page) -> None:
    """Within the checkout; links to elsewhere are not followed."""
    for link in one.links:
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        path = (one.path.parent / target).resolve() if target else one.path
        assert path.exists(), link
        if anchor:
            assert anchor in Page(path).anchors, link


def test_every_decision_is_in_the_index() -> None:
    """Under its own title, in order."""
    rows = [(one.path.name, one.headings[0][1].partition(" ")) for one in DECISIONS]
    assert INDEX.tables[0][1:] == [[f"[{n}]({name})", title] for name, (n, _, title) in rows]
    assert rows


@pytest.mark.parametrize("one", DECISIONS, ids=lambda one: one.path.stem)
def test_a_decision_says_why_what_and_what_follows(one: Page) -> None:
    """Context, choice, consequences, in this order; its number is its file's."""
    places = [one.text.index(f"\n**{part}.** ") for part in ("Context", "Choice", "Consequences")]
    assert places == sorted(places)
    assert one.headings[0][1].split()[0] == one.path.name[:4]
    assert len(one.headings) == 1


def test_heavy_dependencies_are_dependencies() -> None:
    """What the decision lists is installed."""
    wanted = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    decision = page("docs/decisions/0008-heavy-dependencies.md")
    for row in decision.tables[0][1:]:
        for package in row[0].split(", "):
            assert any(line.startswith(package) for line in wanted), package
