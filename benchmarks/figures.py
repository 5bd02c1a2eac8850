"""Measured figures beside their bounds, as JSON under var/bench and as lines of text."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from weir.settings import ROOT

FOLDER = ROOT / "var" / "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure, and what it has to stay below."""

    what: str
    value: float
    unit: str
    bound: float

    @property
    def within(self) -> bool:
        return self.value < self.bound

    def line(self) -> str:
        verdict = "达标 within" if self.within else "超限 BEYOND"
        return f"{self.what}: {self.value:g} {self.unit}, {verdict} {self.bound:g} {self.unit}"


def keep(document: dict[str, Any], figures: tuple[Figure, ...]) -> int:
    """Write `document` under its name; 0 where every figure is within its bound, else 1."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    bounded = [asdict(one) | {"within": one.within} for one in figures]
    text = json.dumps(document | {"figures": bounded}, ensure_ascii=False, indent=2)
    (FOLDER / f"{document['name']}.json").write_text(text + "\n", encoding="utf-8")
    for one in figures:
        print(one.line(), flush=True)
    return 0 if all(one.within for one in figures) else 1


def main() -> int:
    """Print every figure that was kept; 1 where one is beyond its bound, or none was kept."""
    kept = [
        Figure(**{name: one[name] for name in ("what", "value", "unit", "bound")})
        for path in sorted(FOLDER.glob("*.json"))
        for one in json.loads(path.read_text(encoding="utf-8"))["figures"]
    ]
    for one in kept:
        print(one.line())
    return 0 if kept and all(one.within for one in kept) else 1


if __name__ == "__main__":
    sys.exit(main())
