"""The OpenAPI of every service, fuzzed: never a failure, never a success without leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from fakes.both_services import KEPT_BY, Door, Served
from weir.bureau.decisions import DecisionRequest
from weir.bureau.orders import OrderRequest
from weir.bureau.revocations import RevocationRequest
from weir.gate.release_routes import ReleaseRequest
from weir.gate.retention_routes import RetentionRequest
from weir.intake.app import SnapshotRequest
from weir.model import Role
from weir.policy.roles import may

Serve = Callable[..., Served]
EXAMPLES = 12
ENVELOPE = {
    "type": "object",
    "required": ["payload", "payloadType", "signatures"],
    "properties": {
        "payload": {"type": "string"},
        "payloadType": {"type": "string"},
        "signatures": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["keyid", "sig"],
                "properties": {"keyid": {"type": "string"}, "sig": {"type": "string"}},
            },
        },
    },
}
BODIES: Mapping[tuple[str, str], dict[str, Any]] = {
    ("gate", "/v1/releases"): ReleaseRequest.model_json_schema(),
    ("gate", "/v1/decisions"): ENVELOPE,
    ("gate", "/v1/orders"): ENVELOPE,
    ("gate", "/v1/revocations"): ENVELOPE,
    ("gate", "/v1/terminations"): ENVELOPE,
    ("gate", "/v1/retention"): RetentionRequest.model_json_schema(),
    ("intake", "/v1/snapshots"): SnapshotRequest.model_json_schema(),
    ("bureau", "/v1/decisions"): DecisionRequest.model_json_schema(),
    ("bureau", "/v1/orders"): OrderRequest.model_json_schema(),
    ("bureau", "/v1/revocations"): RevocationRequest.model_json_schema(),
    ("bureau", "/api/v1/audit/digests"): {"type": "array", "items": {"type": "string"}},
}
"""What routes read as raw bytes, so that FastAPI does not know its form."""


def interface(served: Served) -> dict[str, Any]:
    """The service's OpenAPI with the bodies of its routes, and an address for every move."""
    told: dict[str, Any] = served.app.openapi()
    paths, definitions = told["paths"], told.setdefault("components", {}).setdefault("schemas", {})
    generic = {path: paths.pop(path) for path in list(paths) if path.startswith("/v1/cases/")}
    for kind, machine in KEPT_BY[served.name].items():
        reading = generic["/v1/cases/{kind}/{case_id}"]["get"]
        parameters = [one for one in reading["parameters"] if one["name"] == "case_id"]
        paths[f"/v1/cases/{kind}/{{case_id}}"] = {"get": reading | {"parameters": parameters}}
        listing = generic["/v1/cases/{kind}"]["get"]
        state = [one for one in listing["parameters"] if one["name"] == "state"]
        paths[f"/v1/cases/{kind}"] = {"get": listing | {"parameters": state}}
        for move in machine.moves:
            paths[f"/v1/cases/{kind}/{{case_id}}/{move.name}"] = {
                "post": {
                    "operationId": f"{kind}_{move.name}",
                    "parameters": parameters,
                    "requestBody": _body(move.facts.model_json_schema(), definitions),
                    "responses": {"200": {"description": "moved"}},
                }
            }
    for (service, path), schema in BODIES.items():
        for method in ("post", "put"):
            if service == served.name and method in paths[path]:
                paths[path][method]["requestBody"] = _body(schema, definitions)
    return told


def _body(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A request's body; its nested models go where OpenAPI keeps them."""
    inner = dict(schema)
    definitions |= _moved(inner.pop("$defs", {}))
    return {"required": True, "content": {"application/json": {"schema": _moved(inner)}}}


def _moved(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/")
            if key == "$ref"
            else _moved(value)
            for key, value in schema.items()
        }
    return [_moved(one) for one in schema] if isinstance(schema, list) else schema


def doors(served: Served) -> dict[tuple[str, str], Door]:
    """What every operation of that interface asks."""
    found = {(door.method, door.template): door for door in served.doors()}
    for door in served.moves():
        found[door.method, door.path.replace("/x", "/{case_id}")] = door
    return found


@pytest.mark.parametrize("name", ["gate", "bureau", "intake"])
def test_whatever_is_sent_by_whomever_is_answered_and_opens_nothing(
    serve: Serve, name: str
) -> None:
    """Sound and unsound input from every role and from strangers; a real database behind it."""
    served = serve(name)
    known = doors(served)
    schema = schemathesis.openapi.from_dict(interface(served))
    operations = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert {(one.method.upper(), one.path) for one in operations} == set(known)
    with served.client:
        for operation in operations:
            _fuzz(served, operation, known[operation.method.upper(), operation.path])


def _fuzz(served: Served, operation: Any, door: Door) -> None:
    sound = operation.as_strategy()
    unsound = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    anybody = st.sampled_from([None, *Role])
    allowed = st.sampled_from([one for one in Role if door.act is None or may(one, door.act)])

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(sound, unsound), role=st.one_of(anybody, allowed))
    def send(case: Any, role: Role | None) -> None:
        answer = _sent(served, case, served.bears(role, door))
        where = f"{case.method} {case.path} as {role}: {answer.status_code}"
        assert answer.status_code < 500, where
        if door.act is not None and (role is None or not may(role, door.act)):
            assert answer.status_code in {401, 403, 404, 405}, where

    send()


def _sent(served: Served, case: Any, headers: dict[str, str]) -> Any:
    told = case.as_transport_kwargs(base_url="http://testserver")
    body = told.get("data")
    content = {"json": told["json"]} if "json" in told else {"content": body} if body else {}
    return served.client.request(
        told["method"],
        told["url"],
        params=told.get("params"),
        headers={**_plain(told.get("headers")), **headers},
        **content,
    )


def _plain(headers: Any) -> dict[str, str]:
    """Headers of the generated request that name nobody."""
    return {
        name: value
        for name, value in dict(headers or {}).items()
        if name.lower() in {"content-type", "accept"}
    }
