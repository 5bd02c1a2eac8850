from __future__ import annotations

from pathlib import Path

SHEETS = Path(__file__).parent / "sheets"
"""Stylesheets that pages of several parts share, as templates to include."""
