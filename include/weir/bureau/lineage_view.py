"""Column lineage as received: what each column of a scenario's product was made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from weir.bureau.tables import lineage_events


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """One source of one product column. `masked` is what the sender declared."""

    column: str
    dataset: str
    field: str
    how: str
    masked: bool


def columns_of(connection: Connection, scenario: str) -> list[ColumnView]:
    """From the last completed masking of `scenario`; empty where none was received."""
    body = connection.execute(
        select(lineage_events.c.body)
        .where(
            lineage_events.c.scenario == scenario,
            lineage_events.c.event_type == "COMPLETE",
            lineage_events.c.job_name == f"{scenario}.mask",
        )
        .order_by(lineage_events.c.event_time.desc())
        .limit(1)
    ).scalar_one_or_none()
    if body is None:
        return []
    found = []
    for output in _items(json.loads(body), "outputs"):
        fields = _at(output, "facets", "columnLineage", "fields")
        for column, made_of in sorted(fields.items()) if isinstance(fields, dict) else ():
            for source in _items(made_of, "inputFields"):
                steps = _items(source, "transformations")
                found.append(
                    ColumnView(
                        column=str(column),
                        dataset=str(source.get("name", "")),
                        field=str(source.get("field", "")),
                        how=", ".join(str(step.get("description", "")) for step in steps),
                        masked=any(step.get("masking") is True for step in steps),
                    )
                )
    return found


def _items(value: Any, key: str) -> list[dict[str, Any]]:
    """The objects of a list that a sender should have put under `key`."""
    items = value.get(key) if isinstance(value, dict) else None
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
