"""The consent register: whose data may be pulled for a recipient and purpose (第二十三条第(六)项).

A consent is in force from the day it is granted until the day before it expires or is withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from weir.contracts.dataset import FieldType

REGISTER: Mapping[str, FieldType] = {
    "subject_id": FieldType.STRING,
    "recipient": FieldType.STRING,
    "purpose": FieldType.STRING,
    "granted_on": FieldType.DATE,
    "expires_on": FieldType.DATE,
    "withdrawn_on": FieldType.DATE,
    "by_guardian": FieldType.BOOLEAN,
}
"""The columns that a consent register must have; it may have others."""


def adult_if_born_before(as_of: date, age_years: int) -> date:
    """Who was born before this day has completed `age_years` on `as_of`.

    A year of age is completed on the day after the birthday (法释〔2006〕1号 第二条). Someone born
    on 29 February has the birthday on 28 February in other years (民法典 第二百零二条).
    """
    try:
        return as_of.replace(year=as_of.year - age_years)
    except ValueError:
        return date(as_of.year - age_years, 3, 1)
