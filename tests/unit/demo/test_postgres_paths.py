"""Paths under which the embedded PostgreSQL can be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from weir.demo.embedded.postgres_data import check_path
from weir.errors import IntegrityError


@pytest.mark.parametrize("character", ["$", "`", '"', "\\", "\n"])
def test_a_path_that_a_shell_would_read_otherwise_is_refused_by_name(character: str) -> None:
    """Rather than by what initdb says of another path."""
    with pytest.raises(IntegrityError) as refusal:
        check_path(Path(f"/srv/we{character}ir/var"))
    assert refusal.value.code == "path_unusable"
    assert refusal.value.where["characters"] == repr(character)


@pytest.mark.parametrize("path", ["/srv/my project/var", "/srv/o'neill/var", "/srv/堰/var"])
def test_spaces_quotes_and_han_are_no_harm(path: str) -> None:
    """They stay what they are between double quotes."""
    check_path(Path(path))
