"""The concepts that headers of public-data tables name, read from `lexicon.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from weir.contracts.dataset import Classification
from weir.model import Grade

_FILE = Path(__file__).with_name("lexicon.yaml")


class Subject(StrEnum):
    """Whom a field is about."""

    PERSON = "person"
    ENTERPRISE = "enterprise"
    NONE = "none"


class Identifying(StrEnum):
    """Whether a field singles its subject out: alone, together with others, or not at all."""

    DIRECT = "direct"
    QUASI = "quasi"
    NONE = "none"


class Concept(BaseModel):
    """What a header can mean, and what follows for a field of that meaning.

    `entities` are the types of identifier that such a field holds. `weak` are those of its words
    that other columns bear as well. In a table about firms the field means `among_firms` instead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    concept: str
    title: str
    classification: Classification
    subject: Subject
    identifying: Identifying
    grade: Grade
    sensitive: bool = False
    entities: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    latin: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    among_firms: str = ""


@cache
def lexicon() -> tuple[Concept, ...]:
    """Every concept, in the order of the file."""
    told = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple(TypeAdapter(list[Concept]).validate_python(told))


@cache
def concepts_by_word() -> Mapping[str, Concept]:
    """Each word, in lower case and without separators, with the concept that it heads."""
    return MappingProxyType(
        {
            word.lower().replace("_", ""): one
            for one in lexicon()
            for word in (*one.zh, *one.latin, *one.codes)
        }
    )


@cache
def weak_words() -> frozenset[str]:
    return frozenset(word.lower().replace("_", "") for one in lexicon() for word in one.weak)


@cache
def concept_of_entity(entity: str) -> Concept | None:
    """The concept of fields that hold nothing but identifiers of this type."""
    return next((one for one in lexicon() if entity in one.entities), None)


@cache
def concept(name: str) -> Concept:
    return next(one for one in lexicon() if one.concept == name)
