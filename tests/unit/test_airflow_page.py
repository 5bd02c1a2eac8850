"""The template of Airflow's "Weir" page, without Airflow."""

from __future__ import annotations

from datetime import date

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from weir.policy.lapse import Lapse
from weir.settings import ROOT

LAPSE = Lapse(pack="suining-2024", since=date(2026, 2, 1))


@pytest.mark.parametrize("lapsed", [(), (LAPSE,)])
def test_a_lapsed_pack_stands_above_the_scenarios(lapsed: tuple[Lapse, ...]) -> None:
    """In both languages, as an alert; nothing where none has lapsed."""
    pages = Environment(
        loader=FileSystemLoader(ROOT / "plugins" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    page = pages.get_template("weir_page.html").render(scenarios=[], more="", lapsed=lapsed)
    assert page.count('role="alert"') == len(lapsed)
    for lapse in lapsed:
        assert page.index(lapse.zh) < page.index("<h1>")
        assert lapse.en in page
