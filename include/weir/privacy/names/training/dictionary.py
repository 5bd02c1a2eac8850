"""The common words of jieba's dictionary: what surrounds names, and what only looks like one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from weir.privacy.names.lexicon import PAIR, TRIPLE, WordGrades, rows_of
from weir.privacy.names.word_lists import lists

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_NAMES = ("nr", "ns", "nt", "nz")
_LEAST_USE = 3
_USES = (3, 60, 1500)
_ROLE_ENDS = "员者人师长手家生民户商主友夫妻父母子女工客贩匠星兵"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    text: str
    use: int
    kind: str

    @property
    def is_name(self) -> bool:
        return self.kind.startswith(_NAMES)


@cache
def words() -> tuple[Word, ...]:
    """Every Han word, in the dictionary's order."""
    import jieba

    with jieba.get_dict_file() as lines:
        rows = [line.decode().split() for line in lines]
    return tuple(
        Word(text=text, use=int(use), kind=kind)
        for text, use, kind in rows
        if _HAN.fullmatch(text) and int(use) >= _LEAST_USE
    )


def common_words() -> Mapping[str, int]:
    """Words of two to four characters that name nothing, with their use."""
    return {w.text: w.use for w in words() if 2 <= len(w.text) <= 4 and not w.is_name}


def like_surnames() -> list[str]:
    """Common words that begin like a name."""
    surnames = "".join(lists()["surnames"][tier] for tier in ("frequent", "common"))
    return [w for w, use in common_words().items() if w[0] in surnames and len(w) <= 3 and use > 20]


def word_grades() -> WordGrades:
    """The common words of two and three characters as the lexicon keeps them, by use."""
    known = common_words()
    grades = enumerate(zip(_USES, (*_USES[1:], math.inf), strict=True), 1)
    return {
        (length, grade): rows_of(
            [w for w, n in known.items() if len(w) == length and low <= n < high], length
        )
        for grade, (low, high) in grades
        for length in (PAIR, TRIPLE)
    }


def roles() -> list[str]:
    """Words for what a person is or does."""
    return [
        w for w, use in common_words().items() if w[-1] in _ROLE_ENDS and len(w) <= 3 and use > 9
    ]


def common_characters() -> str:
    """Characters in common use, of which names of places and firms may be made."""
    used: dict[str, int] = {}
    for word in words():
        for character in word.text:
            used[character] = used.get(character, 0) + word.use
    return "".join(sorted(used, key=lambda c: (-used[c], c))[:2500])
