"""JSON Schemas of the contract files, for editors; kept in `schemas/` and compared by a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weir.contracts.document import AGREEMENT, DATASET, POLICY, SCENARIO, Kind

FOLDER = Path(__file__).parent / "schemas"

_KINDS: tuple[Kind[Any], ...] = (AGREEMENT, DATASET, POLICY, SCENARIO)


def schemas() -> Mapping[str, str]:
    """Each schema as JSON text by file name, made from the models."""
    return {f"{kind.name}.json": _schema_text(kind) for kind in _KINDS}


def write_schemas(folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


def _schema_text(kind: Kind[Any]) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **kind.adapter.json_schema(by_alias=True),
    }
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    write_schemas()
