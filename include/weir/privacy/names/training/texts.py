"""Synthetic administrative text: templates by family, filled with made-up names."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from weir.privacy.names.labels import Label, Sentence
from weir.privacy.names.training import dictionary, numbers
from weir.privacy.names.training.numbers import Maker
from weir.privacy.names.training.organisations import Organisations
from weir.privacy.names.training.people import People
from weir.privacy.names.training.phrases import AFTER, BEFORE, CLAUSES, Phrases
from weir.privacy.names.training.places import Places

_HERE = Path(__file__).parent
_SLOT = re.compile(r"\{([^{}]+)\}")
_PARTS = ("train", "dev", "test")
_PAIR = 2
_ENDS = ("", "", "", "。", "。", "，", "；", "！")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Templates of one kind of document; all of them serve the same part of the work."""

    name: str
    part: str
    templates: tuple[str, ...]


def families() -> list[Family]:
    """Every family, in the order of files and lines."""
    found: list[tuple[str, str, list[str]]] = []
    for path in sorted((_HERE / "templates").glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("# family "):
                name, part = line.split()[2:]
                found.append((name, part, []))
            elif line:
                found[-1][2].append(line)
    if any(part not in _PARTS for _, part, _ in found):
        raise ValueError(f"a family serves one of {_PARTS}")
    return [Family(name=n, part=p, templates=tuple(lines)) for n, p, lines in found]


class Generator:
    """Fills templates. The same seed gives the same sentences."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 — the same texts in every run
        lists = tomllib.loads((_HERE / "words.toml").read_text("utf-8"))
        common = dictionary.common_characters()
        use = dictionary.common_words()
        self._words = list(use)
        self._weights = list(accumulate(count**0.6 for count in use.values()))
        pairs = [word for word in self._words if len(word) == _PAIR]
        people, places = People(common, pairs), Places(lists["places"], common)
        firms = Organisations(lists["firms"], people, places, self._words, common)
        self._named: Mapping[str, tuple[str, Maker]] = {
            "人": ("PERSON_NAME", people.name),
            "空名": ("PERSON_NAME", people.spaced),
            "址": ("ADDRESS", places.address),
            "楼址": ("ADDRESS", places.home),
            "构": ("ORGANISATION", firms.any),
            "企": ("ORGANISATION", firms.firm),
            "店": ("ORGANISATION", firms.shop),
            "社": ("ORGANISATION", firms.cooperative),
            "局": ("ORGANISATION", firms.bureau),
            "委": ("ORGANISATION", firms.committee),
            "医": ("ORGANISATION", firms.hospital),
            "校": ("ORGANISATION", firms.school),
            "律": ("ORGANISATION", firms.lawyers),
        }
        self._fillers = _fillers(lists["fillers"], people, places, self)

    def sentences(self, family: Family, count: int) -> Iterator[Sentence]:
        """`count` sentences of one or two templates each."""
        for _ in range(count):
            how_many = self._rng.choice((1, 1, 2)) if len(family.templates) > 1 else 1
            chosen = [self._rng.choice(family.templates) for _ in range(how_many)]
            glue = self._rng.choice(("，", "。", "；", " ", "\n"))
            yield self._filled(glue.join(chosen) + self._rng.choice(_ENDS), family.name)

    def words(self, count: int) -> str:
        """Words that follow one another by chance, some of them little ones."""
        return "".join(self._rng.choices(self._words, cum_weights=self._weights, k=count))

    def _filled(self, template: str, family: str) -> Sentence:
        text, labels, last = "", [], 0
        for slot in _SLOT.finditer(template):
            text += template[last : slot.start()]
            last = slot.end()
            if slot[1] in self._named:
                kind, make = self._named[slot[1]]
                made = make(self._rng)
                labels.append(Label(start=len(text), end=len(text) + len(made), kind=kind))
            else:
                made = self._fillers[slot[1]](self._rng)
            text += made
        return Sentence(text=text + template[last:], labels=tuple(labels), family=family)


def _fillers(
    lists: Mapping[str, str], people: People, places: Places, generator: Generator
) -> Mapping[str, Maker]:
    split = {name: text.split() for name, text in lists.items()}
    alike, roles = dictionary.like_surnames(), dictionary.roles()
    phrases = Phrases()

    def salad(rng: random.Random) -> str:
        parts = []
        for _ in range(rng.randrange(1, 5)):
            parts.append(generator.words(rng.randrange(1, 3)))
            parts.append(rng.choice(split["functions"]) if rng.random() < 0.6 else "")
        return "".join(parts)

    def trap(rng: random.Random) -> str:
        return rng.choice(split["traps"]) if rng.random() < 0.5 else rng.choice(alike)

    def masked(rng: random.Random) -> str:
        ends = ("某", "某某", "**", "*", "××", "XX", "某甲", "X")
        return people.surname(rng) + rng.choice(ends)

    return {
        **numbers.MAKERS,
        "句": salad,
        "短": lambda rng: phrases.made(rng, CLAUSES),
        "前": lambda rng: phrases.made(rng, BEFORE),
        "后": lambda rng: phrases.made(rng, AFTER),
        "词": lambda rng: trap(rng) if rng.random() < 0.15 else generator.words(1),
        "名词": trap,
        "区": lambda rng: places.landmark(rng) if rng.random() < 0.2 else places.region(rng),
        "路": places.road,
        "村": places.village,
        "小区": places.estate,
        "姓": people.surname,
        "某": masked,
        "职": lambda rng: rng.choice(rng.choice((split["polite"], split["titles"], roles))),
        "病": lambda rng: rng.choice(split["diseases"]),
        "物": lambda rng: rng.choice(split["goods"]),
        "法": lambda rng: rng.choice(split["laws"]),
        "发": lambda rng: rng.choice(split["issuers"]) + rng.choice(split["papers"]),
        "药": lambda rng: rng.choice(split["drugs"]),
        "苗": lambda rng: rng.choice(split["vaccines"]),
        "族": lambda rng: rng.choice(split["peoples"]),
        "案": lambda rng: rng.choice(split["courts"]),
    }
