"""Adversarial texts, made from the forms of the entity table: many, quickly, and the same for a
seed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.shapes import Mark, Run, Runs

GLUE = [
    *[
        "",
        "",
        "",
        "号",
        "，",
        "：",
        "（",
        "）",
        "川",
        "京",
        "学",
        "港",
        "挂",
        "⿊",
        "é",
        "😀",
        "…",
        "族",
    ],
    *[" ", "-", ".", "@", "_", "+", "·", "•", "\n", "\t", "\x00", "\u200b", "\ufeff", "．", "＠"],
    *[
        "a",
        "Z",
        "9",
        "0",
        "x",
        "X",
        "１",
        "ſ",
        "K",
        "㏂",
        "IP",
        "+86",
        "%",
        ")",
        ":",
        "::",
        "/",
        "–",
    ],
    *["號", "證", "醫", "社會保障卡", "診斷", "佛教", "高血壓", "患者", "'"],
    *["<", ">", "。", "第", "一三八〇〇〇〇", "零", "\ufe0f"],
]
_TRIES = 256
_PER_FORM = 24
_PLANTED = 4
"""How many times each example stands among the values made: of some types chance makes none that
pass their check."""
_FEWER = 8
"""How many times fewer of forms with a label: they are many, and much the same."""

Rng = np.random.Generator


def texts(seed: int, count: int) -> list[str]:
    """Up to three fragments in a row, with glue before, between and behind."""
    rng = np.random.default_rng(seed)
    pool = _pool()
    glue = np.array([*GLUE, *_cues()], dtype=object)
    weights = np.r_[np.full(len(GLUE), 2.0), np.full(len(glue) - len(GLUE), 0.1)]
    parts = [rng.choice(glue, count, p=weights / weights.sum())]
    for share in (1.0, 0.15, 0.05):
        fragments = rng.choice(pool, count)
        fragments[rng.random(count) > share] = ""
        parts += [fragments, rng.choice(glue, count, p=weights / weights.sum())]
    return [*map("".join, zip(*parts, strict=True))]


def _cues() -> Iterator[str]:
    for entity in ENTITIES:
        for cue in (*entity.cues, *entity.denials):
            yield from (cue, f"{cue}：", f"{cue} ")
            if cue[0].isascii():
                yield from (f"{cue.replace(' ', '_')}_no=", f"my{cue.title().replace(' ', '')}No")


@cache
def _pool() -> npt.NDArray[np.object_]:
    return np.array(list(_fragments(np.random.default_rng(20261125))), dtype=object)


def _fragments(rng: Rng) -> Iterator[str]:
    """Values of every form, with and without cue, valid and nearly so, each in several guises."""
    planted = _PLANTED * [text for e in ENTITIES for text in e.examples + e.counter_examples]
    made = list(chain.from_iterable(_of_forms(entity, rng) for entity in ENTITIES))
    for text in chain(planted, made):
        place = int(rng.integers(len(text)))
        glue = GLUE[int(rng.integers(len(GLUE)))]
        yield from (text, text)
        yield [
            text.lower(),
            full_width(text),
            text[:place] + glue + text[place:],
            text[:place] + glue + text[place + 1 :],
            text + text[place:],
            text[place:],
        ][int(rng.integers(6))]
    for length in range(4, 22):
        for _ in range(20):
            yield "".join(map(str, rng.integers(0, 10, length).tolist()))


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _of_forms(entity: Entity, rng: Rng) -> Iterator[str]:
    """Random texts of each form: some that pass the check, if chance gives any, and some that may
    not."""
    if not isinstance(entity.shape, Runs):
        return
    for form in entity.shape.forms:
        few = _FEWER if form.label else 1
        candidates = [_of_elements(form.elements, rng) for _ in range(_TRIES // few)]
        good = [text for text in candidates if _passes(entity, text[form.label_length :])]
        count = _PER_FORM // few
        for number, text in enumerate(good[:count] + candidates[: count // 3]):
            cue = entity.cues[number % len(entity.cues)] if entity.cues and number % 2 else ""
            yield cue + (_spaced(text, rng) if form.spaced and number % 3 == 0 else text)


def _of_elements(elements: tuple[Run | Mark, ...], rng: Rng) -> str:
    made = []
    for element in elements:
        match element:
            case Mark(characters=characters):
                made.append(_one_of(characters, rng))
            case Run(positions=positions, shortest=shortest):
                length = int(rng.integers(shortest, len(positions) + 1))
                made += [_one_of(allowed, rng) for allowed in positions[:length]]
    return "".join(made)


def _one_of(characters: frozenset[str], rng: Rng) -> str:
    return sorted(characters)[int(rng.integers(len(characters)))]


def _passes(entity: Entity, text: str) -> bool:
    if entity.check is None:
        return True
    return bool(entity.check.passes(np.frombuffer(text.encode(), np.uint8)[None, :])[0])


def _spaced(text: str, rng: Rng) -> str:
    gaps = rng.choice(["", "", " ", "-"], len(text))
    return "".join(chain.from_iterable(zip(text, gaps, strict=True)))
