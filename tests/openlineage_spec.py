"""Validation of events against the published OpenLineage schemas, stricter than they are.

The core schema lets any facet name pass, and a time without zone. Here each facet must be one the
specification knows, at the place it belongs, valid by the very schema that its `_schemaURL` names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_ASSETS = Path(__file__).parent / "assets" / "openlineage"
_PLACES = {
    "RunFacet": "run",
    "JobFacet": "job",
    "DatasetFacet": "dataset",
    "InputDatasetFacet": "input",
    "OutputDatasetFacet": "output",
}


def spec_problems(event: dict[str, Any]) -> list[str]:
    """Everything that is wrong with `event`; empty for a valid run event."""
    found = [f"{e.json_path}: {e.message}" for e in _validator(_core()).iter_errors(event)]
    if not str(event.get("schemaURL", "")).startswith(_core()["$id"]):
        found.append("schemaURL: not the core schema")
    if "eventType" not in event:
        found.append("eventType: a run event names its transition")
    for place, facets in _facets(event):
        found += [
            f"{place}.{problem}" for n, f in facets.items() for problem in _facet(place, n, f)
        ]
    return found


def _facets(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("run", "job"):
        yield name, event.get(name, {}).get("facets", {})
    for side in ("input", "output"):
        for dataset in event.get(f"{side}s", []):
            yield "dataset", dataset.get("facets", {})
            yield side, dataset.get(f"{side}Facets", {})


def _facet(place: str, name: str, facet: dict[str, Any]) -> Iterator[str]:
    url, _, pointer = str(facet.get("_schemaURL", "")).partition("#")
    schema = _by_id().get(url)
    if schema is None or name not in schema["properties"]:
        yield f"{name}: no schema of the specification is named"
        return
    definition = schema["properties"][name]["$ref"]
    if f"#{pointer}" != definition:
        yield f"{name}: _schemaURL names another definition"
    allowed = schema["$defs"][definition.rsplit("/", 1)[-1]]["allOf"][0]["$ref"]
    if _PLACES.get(allowed.rsplit("/", 1)[-1]) != place:
        yield f"{name}: does not belong to {place}"
    for error in _validator(schema).iter_errors({name: facet}):
        yield f"{name}{error.json_path[1:]}: {error.message}"


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, registry=_registry(), format_checker=FormatChecker())


@cache
def _core() -> dict[str, Any]:
    core: dict[str, Any] = json.loads((_ASSETS / "OpenLineage.json").read_bytes())
    return core


@cache
def _by_id() -> dict[str, dict[str, Any]]:
    schemas = [json.loads(path.read_bytes()) for path in sorted(_ASSETS.glob("facets/*.json"))]
    return {schema["$id"]: schema for schema in schemas if "properties" in schema}


@cache
def _registry() -> Registry[Any]:
    everything = [_core(), *_by_id().values()]
    return Registry().with_resources(
        (s["$id"], Resource.from_contents(s, default_specification=DRAFT202012)) for s in everything
    )
