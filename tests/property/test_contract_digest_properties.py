"""The digest changes when, and only when, the content does."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.sample_contracts import Data, contract_data, sample_bundle, write_contracts
from weir.contracts.compile import compile_plan
from weir.contracts.digest import bundle_from_canonical, canonical_bundle, contract_digest
from weir.contracts.document import SCENARIO, read_document
from weir.contracts.loader import load_bundle
from weir.contracts.yaml_tree import read_tree
from weir.errors import ContractError

SAMPLE = sample_bundle()
PLAIN = contract_digest(SAMPLE)

TEXTS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20
)


def _shuffled(value: Any, random: Any) -> Any:
    match value:
        case dict():
            items = list(value.items())
            random.shuffle(items)
            return {key: _shuffled(item, random) for key, item in items}
        case list():
            return [_shuffled(item, random) for item in value]
        case _:
            return value


@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_change_the_digest_or_the_plan(random: Any) -> None:
    """Mappings mean the same in any order."""
    bundle = sample_bundle(data=_shuffled(contract_data(), random))
    assert contract_digest(bundle) == PLAIN
    assert compile_plan(bundle) == compile_plan(SAMPLE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    layout=st.fixed_dictionaries(
        {
            "indent": st.integers(1, 8),
            "default_flow_style": st.sampled_from([True, False, None]),
            "width": st.integers(20, 200),
        }
    ),
    quote=st.sampled_from(["", '"', "'"]),
    comment=TEXTS,
)
def test_layout_and_comments_do_not_change_the_digest(
    tmp_path_factory: Any, layout: Data, quote: str, comment: str
) -> None:
    """The same values in any spelling of YAML have one digest."""
    data = contract_data()
    folders = write_contracts(tmp_path_factory.mktemp("contracts"), data)
    text = str(yaml.safe_dump(data["scenario"], allow_unicode=True, sort_keys=False, **layout))
    text = text.replace("title: 企业信贷", f"title: {quote}企业信贷{quote}")
    note = " ".join(comment.split())
    path = folders[0] / "scenarios" / "firm-credit.yaml"
    path.write_text(f"# {note}\n\n{text}\n# {note}\n", encoding="utf-8")
    assert contract_digest(load_bundle("firm-credit", *folders)) == PLAIN


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    match value:
        case dict():
            return [p for key, item in value.items() for p in _leaves(item, (*path, key))]
        case list():
            return [p for n, item in enumerate(value) for p in _leaves(item, (*path, n))]
        case _:
            return [path]


LEAVES = _leaves(contract_data())


@given(st.sampled_from(LEAVES), TEXTS, st.integers(0, 2000))
def test_any_changed_value_changes_the_digest(
    path: tuple[Any, ...], text: str, number: int
) -> None:
    """Whatever a contract says, anywhere in any of its files, is under the signature."""
    data = contract_data()
    place: Any = data
    for part in path[:-1]:
        place = place[part]
    old = place[path[-1]]
    place[path[-1]] = number if isinstance(old, int | float) else text
    try:
        bundle = sample_bundle(data=data)
    except ContractError:
        return
    assert (contract_digest(bundle) == PLAIN) == (bundle == SAMPLE)


@given(st.lists(st.floats(0, 1e12), min_size=2, max_size=9, unique=True))
def test_edges_come_back_as_the_same_numbers(edges: list[float]) -> None:
    """Numbers with a fraction keep every bit on the way through the canonical form."""

    def edit(data: Data) -> None:
        fields = data["scenario"]["inputs"][0]["fields"]
        fields["capital"]["mask"]["edges"] = [float(one) for one in sorted(edges)]

    bundle = sample_bundle(edit)
    written = json.loads(json.dumps(canonical_bundle(bundle)))
    assert bundle_from_canonical(written) == bundle


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_json_in_place_of_a_contract_is_refused_in_words(obj: Any) -> None:
    """What is not the canonical form raises ContractError and nothing else."""
    data = copy.deepcopy(contract_data())
    data["scenario"] = obj
    for candidate in (obj, data):
        with pytest.raises(ContractError) as refusal:
            bundle_from_canonical(candidate)
        assert refusal.value.code == "canonical_malformed"


@given(st.dictionaries(TEXTS, JSON, max_size=5))
def test_what_yaml_writes_is_read_back(data: dict[str, Any]) -> None:
    """What a stock YAML library writes reads back equal, or is refused."""
    text = yaml.safe_dump(data, allow_unicode=True, default_style='"')
    try:
        read = read_tree(text, "f").plain()
    except ContractError:
        return
    assert read == yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text only


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_answered_with_problems_and_never_with_a_crash(
    tmp_path_factory: Any, data: bytes
) -> None:
    """Reading raises nothing, whatever lies there."""
    path: Path = tmp_path_factory.mktemp("bytes") / "x.yaml"
    path.write_bytes(data)
    assert read_document(SCENARIO, path, "x.yaml").problems
