"""The entity table: every row does what it says."""

from __future__ import annotations

import pytest

from weir.contracts.hiding import LENGTHS
from weir.contracts.wording import ENTITIES as CONTRACT_ENTITIES
from weir.privacy.classification.lexicon import concept_of_entity
from weir.privacy.entities import BY_NAME, ENTITIES, Entity, table_digest
from weir.privacy.rules import Rules
from weir.privacy.shapes import Phrase, Run, Runs, Search

CONTEXTS = ("{}", "号码{}。", "😀{}é", "（{}）", "\x00{}\x00", "a {} b", "，{}\n")
RULES = Rules()


def spans(entity: Entity, text: str) -> list[tuple[int, int]]:
    return [(f.start, f.end) for f in RULES.find(text) if f.entity == entity.name]


def full_width(text: str) -> str:
    """Letters, digits and signs in full width; the punctuation of Chinese text is its own."""
    return "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c not in ":(),;?!~" else c for c in text
    )


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_example_is_found_glued_to_any_neighbour(entity: Entity, context: str) -> None:
    """Han text, emoji, NUL and full-width brackets are boundaries; spaces are not needed. Words
    beside words make other words."""
    if isinstance(entity.shape, Phrase) and context == CONTEXTS[1]:
        context = "号码：{}。"
    for example in entity.examples:
        text = context.format(example)
        place = context.index("{")
        expected = [(start + place, end + place) for start, end in spans(entity, example)]
        assert expected, example
        assert spans(entity, text) == expected, example


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_no_counter_example_is_found(entity: Entity) -> None:
    """A wrong check digit, length or class is not the identifier, nor is a weak form alone."""
    for example in entity.counter_examples:
        assert spans(entity, f"号{example}号") == [], example


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_an_identifier_glued_to_letters_or_digits_is_part_of_something_else(entity: Entity) -> None:
    """A run of letters and digits belongs to an identifier whole or not at all."""
    example = entity.examples[0]
    if example[-1].isascii() and example[-1].isalnum():
        text = f"{example}7Q"
        assert all(end == len(text) for _, end in spans(entity, text))


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_full_width_forms_are_found_at_their_own_place(entity: Entity) -> None:
    """Text is compared in NFKC, and spans are of the text as given."""
    for example in entity.examples:
        text = f"见，{full_width(example)}，号"
        expected = [(start + 2, end + 2) for start, end in spans(entity, example)]
        assert spans(entity, text) == expected, example


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_a_zero_width_joiner_within_hides_nothing(entity: Entity) -> None:
    """An invisible character is not there, and the span covers it."""
    for example in entity.examples:
        (start, end), *_ = spans(entity, example)
        text = f"{example[: start + 1]}\u200d{example[start + 1 :]}"
        assert end == start + 1 or (start, end + 1) in spans(entity, text), example


@pytest.mark.parametrize(
    "entity", [e for e in ENTITIES if e.shape.weak], ids=lambda entity: entity.name
)
def test_a_type_that_is_weak_altogether_needs_a_cue(entity: Entity) -> None:
    """Beside the cue or under a header with one, and nowhere else."""
    for example in entity.examples:
        (start, end), *_ = spans(entity, example)
        value = example[start:end]
        assert spans(entity, value) == []
        assert RULES.find(value, header=entity.cues[0])


def test_the_table_holds_what_it_is_for() -> None:
    """Forty types or more, each with examples, counter-examples and a source."""
    assert len(ENTITIES) >= 40
    for entity in ENTITIES:
        assert entity.examples, entity.name
        assert entity.counter_examples, entity.name
        assert entity.standard, entity.name
        if entity.shape.weak:
            assert entity.cues, entity.name


def test_ranks_and_names_are_distinct() -> None:
    """Arbitration is decided and a report can name a type."""
    assert len({entity.rank for entity in ENTITIES}) == len(ENTITIES)
    assert len(BY_NAME) == len(ENTITIES)


def test_an_identifier_that_passes_two_check_digits_is_called_by_rank() -> None:
    """A resident ID that passes Luhn too is a resident ID."""
    text = "620102199001010257"
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


def test_how_somebody_is_reached_is_not_sensitive_and_where_one_goes_is() -> None:
    """GB/T 35273-2020, annex B: neither telephone numbers nor device numbers stand there."""
    reached = ("CN_MOBILE", "CN_LANDLINE", "EMAIL", "MAC_ADDRESS", "IMEI", "IMSI", "IPV4", "CN_QQ")
    assert not [name for name in reached if BY_NAME[name].sensitive]
    concepts = filter(None, map(concept_of_entity, reached))
    assert not [one.concept for one in concepts if one.sensitive]
    for name in ("CN_RESIDENT_ID", "CN_BANK_CARD", "GPS_COORDINATES", "HEALTH_TERM", "RELIGION"):
        assert BY_NAME[name].sensitive


@pytest.mark.parametrize("name", LENGTHS)
def test_contracts_know_the_shortest_form_of_a_type(name: str) -> None:
    """How much `partial` may show of it goes by letters and digits; a label is no part of it."""
    shape = BY_NAME[name].shape
    assert isinstance(shape, Runs)
    assert LENGTHS[name] == min(
        sum(
            element.shortest
            if isinstance(element, Run)
            else any(character.isalnum() for character in element.characters)
            for element in form.elements
        )
        - form.label_length
        for form in shape.forms
    )
