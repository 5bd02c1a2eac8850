"""The texts the model learns from, and that learning can be repeated."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from weir.privacy.names.evaluation import hand_written
from weir.privacy.names.labels import KINDS
from weir.privacy.names.model_file import FILES, MODEL, digest_of, read_tagger
from weir.privacy.names.training.__main__ import train
from weir.privacy.names.training.texts import Generator, families
from weir.privacy.names.word_lists import DATA


def test_the_same_seed_makes_the_same_sentences() -> None:
    """And another seed others."""
    some = families()[0]
    first = list(Generator(5).sentences(some, 20))
    assert first == list(Generator(5).sentences(some, 20))
    assert first != list(Generator(6).sentences(some, 20))


def test_labels_lie_on_what_they_name() -> None:
    """In order, apart, inside the text, and of every kind."""
    generator = Generator(3)
    made = [s for family in families() for s in generator.sentences(family, 5)]
    for sentence in made:
        assert all(a.end <= b.start for a, b in pairwise(sentence.labels))
        assert all(label.end <= len(sentence.text) for label in sentence.labels)
        assert all(label.start < label.end for label in sentence.labels)
    assert {label.kind for sentence in made for label in sentence.labels} == set(KINDS)


def test_families_kept_for_tests_share_no_template_with_those_learnt_from() -> None:
    """A template serves one part of the work."""
    parts: dict[str, set[str]] = {"train": set(), "dev": set(), "test": set()}
    for family in families():
        parts[family.part].update(family.templates)
    assert all(parts.values())
    assert not parts["train"] & (parts["dev"] | parts["test"])


def test_no_hand_written_sentence_is_made_of_a_template() -> None:
    """Nor does any template stand in one."""
    templates = {template for family in families() for template in family.templates}
    texts = {s.text for part in ("seen", "unseen") for s in hand_written(part)}
    assert not templates & texts


def test_learning_twice_gives_the_same_model(tmp_path: Path) -> None:
    """Byte for byte; and it finds something already after a few sentences."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        train(tmp_path / name, seed=7, per_family=12, passes=1)
    assert digest_of(tmp_path / "first", MODEL) == digest_of(tmp_path / "second", MODEL)
    for name in FILES:
        if name != MODEL:
            (tmp_path / "first" / name).write_bytes((DATA / name).read_bytes())
    digests = {name: digest_of(tmp_path / "first", name) for name in FILES}
    assert read_tagger(tmp_path / "first", digests)
