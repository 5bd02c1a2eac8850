"""One concept, one name, and no concept without one."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import weir.contracts
from docs.pages import page
from weir import model
from weir.contracts.dataset import Contract
from weir.evidence.actions import Action

GLOSSARY = page("GLOSSARY.md")
ROWS = GLOSSARY.tables[0][1:]
TERMS = [term.lower() for row in ROWS for term in re.split(", ", row[0])]
NAMED = set(GLOSSARY.codes)


def _contract_models(kind: type[Contract] = Contract) -> Iterator[type[Contract]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("weir.") and not child.__name__.startswith("_"):
            yield child
        yield from _contract_models(child)


def _concepts() -> list[type]:
    """Every contract model and every value of `weir.model`."""
    for module in pkgutil.iter_modules(weir.contracts.__path__, "weir.contracts."):
        importlib.import_module(module.name)
    values = [
        one
        for one in vars(model).values()
        if dataclasses.is_dataclass(one) and isinstance(one, type)
    ]
    return sorted({*_contract_models(), *values}, key=lambda one: one.__name__)


def test_every_row_has_english_chinese_and_a_meaning() -> None:
    """Three cells, none of them empty."""
    for row in ROWS:
        assert len(row) == len(GLOSSARY.tables[0][0])
        assert all(row)
        assert any("\u4e00" <= character <= "\u9fff" for character in row[1])


def test_no_term_is_explained_twice() -> None:
    """Neither in English nor in Chinese."""
    assert len(TERMS) == len(set(TERMS))
    chinese = [term for row in ROWS for term in row[1].split("、")]
    assert len(chinese) == len(set(chinese))


@pytest.mark.parametrize("concept", _concepts(), ids=lambda one: one.__name__)
def test_every_concept_of_the_code_is_in_the_glossary(concept: type) -> None:
    """As a term of its own, or by the name of its class within one."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", concept.__name__).lower()
    assert words in TERMS or concept.__name__ in NAMED


@pytest.mark.parametrize("noun", sorted({action.event_type for action in Action}))
def test_every_noun_of_the_audit_records_is_in_the_glossary(noun: str) -> None:
    """Whoever reads a record can look its subject up."""
    assert noun in TERMS or noun.removesuffix("s") in TERMS
