"""Expectation suites as far as contracts need them; `weir.quality` reads the rest."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from weir.contracts.dataset import Name


class Expectation(BaseModel):
    """One expectation; its arguments belong to the engine."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str


class Suite(BaseModel):
    """expectations/<name>.json, in the standard form of Great Expectations."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: Name
    expectations: tuple[Expectation, ...]
