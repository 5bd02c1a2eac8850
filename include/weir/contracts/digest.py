"""The contract digest: SM3 over one canonical form of everything a scenario names.

The form holds every value, defaults written out, so a change of meaning changes the digest even
when no file changed. Order of keys, comments and layout do not enter it. A number with a fraction
stands as `{"$decimal": "0.1"}`, the shortest decimal text that reads back as the same number.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from weir.contracts.agreement import OperationAgreement, UseAgreement
from weir.contracts.dataset import Dataset
from weir.contracts.plan import ContractBundle
from weir.contracts.policy_pack import PolicyPack
from weir.contracts.scenario import Scenario
from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.errors import ContractError
from weir.model import Digest

FORM = "weir-contract/1"

_DECIMAL = "$decimal"


class _Canonical(BaseModel):
    """The canonical form, as read back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: str
    scenario: Scenario
    datasets: dict[str, Dataset]
    operation_agreement: OperationAgreement
    use_agreement: UseAgreement
    policy: PolicyPack
    suites: dict[str, dict[str, Any]]


def contract_bytes(bundle: ContractBundle) -> bytes:
    """The canonical form as it is kept, and digested."""
    return canonical_json(canonical_bundle(bundle))


def contract_digest(bundle: ContractBundle) -> Digest:
    """The digest that a decision is signed over."""
    return sm3_hex(contract_bytes(bundle))


def suite_digest(suite: Mapping[str, Any]) -> Digest:
    """The digest of one expectation suite."""
    return sm3_hex(canonical_json(_exact(dict(suite))))


def canonical_bundle(bundle: ContractBundle) -> dict[str, Any]:
    """The canonical form as JSON-ready values: no floats, every mapping free to be sorted."""
    exact = _exact(
        {
            "form": FORM,
            "scenario": _dump(bundle.scenario),
            "datasets": {name: _dump(dataset) for name, dataset in bundle.datasets.items()},
            "operation_agreement": _dump(bundle.operation_agreement),
            "use_agreement": _dump(bundle.use_agreement),
            "policy": _dump(bundle.policy),
            "suites": bundle.suites,
        }
    )
    return dict(exact)


def bundle_from_canonical(obj: object) -> ContractBundle:
    """The inverse of `canonical_bundle`. Raises `ContractError` (`canonical_malformed`)."""
    try:
        read = _Canonical.model_validate_json(json.dumps(_inexact(obj)), strict=True)
    except (ValidationError, ValueError, TypeError, RecursionError) as error:
        raise _malformed("it does not hold a scenario with its files") from error
    if read.form != FORM:
        raise _malformed("it is of another version")
    return ContractBundle(
        scenario=read.scenario,
        datasets=read.datasets,
        operation_agreement=read.operation_agreement,
        use_agreement=read.use_agreement,
        policy=read.policy,
        suites=read.suites,
    )


def _dump(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)


# Most of what a contract holds is text: a call for each would take longer than all the rest.
def _exact(value: Any) -> Any:
    match value:
        case str() | int() | None:
            return value
        case dict():
            if _DECIMAL in value:
                raise _malformed(f"{_DECIMAL} is no key for a contract")
            return {key: item if type(item) is str else _exact(item) for key, item in value.items()}
        case list() | tuple():
            return [item if type(item) is str else _exact(item) for item in value]
        case float() if math.isfinite(value):
            return {_DECIMAL: repr(value)}
        case _:
            return value


def _inexact(value: Any) -> Any:
    match value:
        case dict() if _DECIMAL in value:
            number = float(value[_DECIMAL])
            if value != {_DECIMAL: repr(number)} or not math.isfinite(number):
                raise _malformed("a decimal is not in its canonical text")
            return number
        case dict():
            return {
                key: item if type(item) is str else _inexact(item) for key, item in value.items()
            }
        case list():
            return [item if type(item) is str else _inexact(item) for item in value]
        case _:
            return value


def _malformed(what: str) -> ContractError:
    return ContractError(
        "canonical_malformed",
        f"this is not the canonical form of a contract: {what}",
        remedy="make it with canonical_bundle",
    )
