"""When a minor's consent needs a guardian.

A consent is in force from the day it is granted until the day before it expires or is withdrawn
(`weir.exchange.selection`); this module holds the one rule that is no comparison of columns.
"""

from __future__ import annotations

from datetime import date


def adult_if_born_before(as_of: date, age_years: int) -> date:
    """Who was born before this day has completed `age_years` on `as_of`.

    A year of age is completed on the day after the birthday (法释〔2006〕1号 第二条). Someone born
    on 29 February has the birthday on 28 February in other years (民法典 第二百零二条).
    """
    try:
        return as_of.replace(year=as_of.year - age_years)
    except ValueError:
        return date(as_of.year - age_years, 3, 1)
