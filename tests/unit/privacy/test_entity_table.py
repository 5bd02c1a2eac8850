"""The entity table: every row does what it says."""

from __future__ import annotations

import pytest

from weir.contracts.wording import ENTITIES as CONTRACT_ENTITIES
from weir.privacy.entities import BY_NAME, ENTITIES, Entity, table_digest
from weir.privacy.rules import Rules
from weir.privacy.shapes import Search

CONTEXTS = ("{}", "号码{}。", "😀{}é", "（{}）", "\x00{}\x00", "a {} b", "，{}\n")


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_example_is_found_glued_to_any_neighbour(entity: Entity, context: str) -> None:
    """Han text, emoji, NUL and full-width brackets are boundaries; spaces are not needed."""
    for example in entity.examples:
        text = context.format(example)
        names = {f.entity for f in Rules().find(text) if text[f.start : f.end] in example}
        assert entity.name in names, example


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_no_counter_example_is_found(entity: Entity) -> None:
    """A wrong check digit, length or class is not the identifier."""
    for example in entity.counter_examples:
        names = {finding.entity for finding in Rules().find(f"号{example}号")}
        assert entity.name not in names, example


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_an_identifier_glued_to_letters_or_digits_is_part_of_something_else(entity: Entity) -> None:
    """A run of letters and digits belongs to an identifier whole or not at all."""
    example = entity.examples[0]
    found = [f for f in Rules().find(f"{example}7Q") if f.entity == entity.name]
    assert found == []


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_full_width_forms_are_found_at_their_own_place(entity: Entity) -> None:
    """Text is compared in NFKC, and spans are of the text as given."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in entity.examples[0])
    found = [f for f in Rules().find(f"见{wide}号") if f.entity == entity.name]
    assert [(f.start, f.end) for f in found] == [(1, 1 + len(wide))]


def test_ranks_and_names_are_distinct() -> None:
    """Arbitration is decided and a report can name a type."""
    assert len({entity.rank for entity in ENTITIES}) == len(ENTITIES)
    assert len(BY_NAME) == len(ENTITIES)


def test_an_identifier_that_passes_two_check_digits_is_called_by_rank() -> None:
    """A resident ID that passes Luhn too is a resident ID."""
    text = "610104199001010207"
    assert [f.entity for f in Rules().find(text)] == ["CN_RESIDENT_ID"]
    luhn = [entity for entity in ENTITIES if entity.name == "CN_BANK_CARD"]
    assert [f.entity for f in Rules(luhn).find(text)] == ["CN_BANK_CARD"]


def test_the_digest_changes_with_what_is_found() -> None:
    """A report names the table it was made with."""
    assert table_digest() == table_digest(ENTITIES)
    assert table_digest(ENTITIES[1:]) != table_digest()


def test_contracts_speak_of_the_same_types() -> None:
    """A dataset contract can name every type of the table, and no other, by the same title."""
    assert dict(CONTRACT_ENTITIES) == {entity.name: entity.title for entity in ENTITIES}


def test_searched_shapes_declare_the_marks_they_name() -> None:
    """The normal form is decided by declared marks, so none may be missing."""
    for entity in ENTITIES:
        if isinstance(entity.shape, Search):
            named = {c for example in entity.examples for c in example if not c.isalnum()}
            assert named <= entity.shape.marks
