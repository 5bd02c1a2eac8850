"""The words and codes that made-up values are put together from, read from `pools.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from weir.privacy.evaluation.draw import Draw

_FILE = Path(__file__).with_name("pools.yaml")


def pick(draw: Draw, pool: str) -> str:
    return draw.one(_pools()[pool])


@cache
def _pools() -> Mapping[str, list[str]]:
    told = yaml.safe_load(_FILE.read_text("utf-8"))
    return TypeAdapter(dict[str, list[str]]).validate_python(told)
