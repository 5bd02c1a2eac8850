"""Made-up phrases: words of jieba's dictionary in the order of their kinds."""

from __future__ import annotations

import random
from itertools import accumulate

from weir.privacy.names.training.dictionary import words

_EVENNESS = 0.65
_KINDS = {
    "n": ("n", "vn", "an"),
    "v": ("v", "vi"),
    "d": ("d", "ad"),
    "a": ("a", "b", "z"),
    "t": ("t",),
    "f": ("f", "s"),
    "p": ("p",),
    "q": ("q",),
    "r": ("r",),
}
_LONGEST = 4

CLAUSES = (
    *("d v n", "v n", "n v", "a 的 n", "v 了 n", "n d v", "p n v n", "M q n", "v v", "n n v"),
    *("t n v", "不 v", "n f", "v 得 a", "d a", "n n", "n 的 n", "v n n", "r n v", "没 v n"),
    *("n 被 v", "把 n v 了", "M q n v", "n 不 a", "在 n f v", "n 和 n", "请 v n", "n v M q"),
)
AFTER = (
    *("v", "d v", "v 了", "v 了 n", "d v n", "v n", "不 v", "没 v", "已 v", "也 v n", "又 v"),
    *("的 n", "的 n v", "在 n v", "在 n f v", "和 n v", "等 M 人 v", "将 n v", "说", "把 n v"),
    *("被 v", "因 n v", "v 过 n", "于 t v", "对 n v", "与 n v", "向 n v", "就 v", "v v n", "n"),
    *("p n v", "为 n", "是 n", "系 n", "从 n v", "给 n v", "a", "t v", "还 v", "都 v n", "能 v"),
)
BEFORE = (
    *(
        "n",
        "v",
        "v 了",
        "p",
        "n 是",
        "n 叫",
        "d v",
        "和",
        "n 的 n",
        "n n",
        "n v",
        "n 和",
        "t",
        "由",
    ),
    *(
        "与",
        "对",
        "给",
        "请",
        "被",
        "把",
        "让",
        "找",
        "向",
        "为",
        "经",
        "因",
        "如",
        "有",
        "问 n",
        "跟",
    ),
    *("v 到", "v 给", "n 由", "t n", "v n", "a n", "M 名 n", "在 n f", "r n", "r", "原 n", "新 n"),
)


class Phrases:
    """Phrases by pattern: a letter stands for a word of its kind, anything else for itself."""

    def __init__(self) -> None:
        self._words: dict[str, list[str]] = {}
        self._weights: dict[str, list[float]] = {}
        for letter, kinds in _KINDS.items():
            some = [w for w in words() if w.kind in kinds and len(w.text) <= _LONGEST]
            self._words[letter] = [word.text for word in some]
            self._weights[letter] = list(accumulate(word.use**_EVENNESS for word in some))

    def made(self, rng: random.Random, patterns: tuple[str, ...]) -> str:
        return "".join(self._part(rng, part) for part in rng.choice(patterns).split(" "))

    def _part(self, rng: random.Random, part: str) -> str:
        if part == "M":
            return rng.choice((str(rng.randrange(1, 100)), rng.choice("一二两三四五六七八九十几")))
        if part not in self._words:
            return part
        return rng.choices(self._words[part], cum_weights=self._weights[part])[0]
