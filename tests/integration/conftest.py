"""Watches over every integration test: what Weir changes in a database, it keeps a record of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from written_tables import Writes, watched


@pytest.fixture(autouse=True)
def writes() -> Iterator[Writes]:
    """Fails a test in which anything of the product was changed without evidence of it."""
    with watched() as found:
        yield found
    assert found.unrecorded == [], "committed without an audit record"
