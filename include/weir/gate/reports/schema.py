"""JSON Schemas of the reports, for those who receive them; a test compares them with the models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from weir.gate.reports.models import (
    AnyReport,
    DisclosureList,
    EvaluationPack,
    IncidentReport,
    OperationReport,
    SectorReport,
)

FOLDER = Path(__file__).parent / "schemas"

KINDS: Mapping[str, type[AnyReport]] = MappingProxyType(
    {
        "operation": OperationReport,
        "sector": SectorReport,
        "disclosure": DisclosureList,
        "evaluation": EvaluationPack,
        "incident": IncidentReport,
    }
)


def schemas() -> Mapping[str, str]:
    """Each schema as JSON text by file name, made from the models."""
    return {f"{kind}.json": _schema_text(model) for kind, model in KINDS.items()}


def write_schemas(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


def _schema_text(model: type[AnyReport]) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(by_alias=True, mode="serialization"),
    }
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    write_schemas()
