"""When someone has completed a year of age."""

from __future__ import annotations

from datetime import date

import pytest

from weir.exchange.consent import adult_if_born_before


@pytest.mark.parametrize(
    ("born", "as_of", "adult"),
    [
        (date(2012, 11, 23), date(2026, 11, 23), False),
        (date(2012, 11, 23), date(2026, 11, 24), True),
        (date(2012, 2, 29), date(2026, 2, 28), False),
        (date(2012, 2, 29), date(2026, 3, 1), True),
        (date(2014, 2, 28), date(2028, 2, 28), False),
        (date(2014, 2, 28), date(2028, 2, 29), True),
        (date(2014, 3, 1), date(2028, 3, 1), False),
        (date(2012, 2, 29), date(2028, 2, 29), True),
    ],
)
def test_an_age_is_completed_the_day_after_the_birthday(
    born: date, as_of: date, *, adult: bool
) -> None:
    """Leap days included: their birthday is the last of February."""
    assert (born < adult_if_born_before(as_of, 14)) is adult
