"""What a header says its column holds.

The head of a Chinese or English header stands at its end (法定代表人身份证号, patient_id_card), so
the longest word of the lexicon that ends the header wins; a word that stands elsewhere in it counts
for less, and so does a word that heads columns of other things as well. What stands before the head
tells whose it is: 单位地址 is no person's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from weir.contracts.dataset import Classification
from weir.privacy.classification.lexicon import (
    Concept,
    Identifying,
    Subject,
    concepts_by_word,
    weak_words,
)
from weir.privacy.traditional import simplified

WHOLE, HEAD, WITHIN = 1.0, 0.9, 0.6
_WEAK, _TOGETHER = 0.5, 0.75
_KIND = "kind"
_LONGEST = 64
_FEWEST_LETTERS = 4
_FEWEST_WITHIN = 2

_BRACKETED = re.compile(r"[(\[【〔<《{]([^)\]】〕>》}]*)[)\]】〕>》}]?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HAN = re.compile(r"[㐀-䶿一-鿿]")
_WORD = re.compile(r"[a-z]+|[0-9]+")
_ENTERPRISE = re.compile(
    r"企业|单位|公司|机构|商户|店铺|经营|注册|用人|(?:^|_)(?:company|enterprise|corp|org|firm|"
    r"business|merchant|employer|qy|dw|gs|jg)(?:_|$)"
)
_ROLE = re.compile(
    r"法定代表人|法人|代表人|负责人|联系人|联络员|经办人|代理人|经理|[校院局处科所站馆河林湖店社主村组]长|主任|书记|"
    r"专家|网格员|帮扶|干部|医生|医师|作者|发明人|审核|制单|填报|操作员|"
    r"legal_?(?:rep|person)|contact|manager|principal|doctor|author|frdb|fddbr|frxm|lxr|fzr|jbr|lerep"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderReading:
    """The concept that a header names, by which of its words and how surely (up to 1). `role`:
    whoever is named acts for an organisation, and the rows are not about them."""

    concept: Concept
    word: str
    strength: float
    subject: Subject
    role: bool = False


def read_header(header: str) -> HeaderReading | None:
    """The best reading of `header`; None where no word of the lexicon stands in it."""
    text = unicodedata.normalize("NFKC", header)[:_LONGEST].translate(simplified())
    outside = _BRACKETED.sub(" ", text)
    candidates = [*_readings(outside)]
    if not candidates:
        candidates = [*_readings(" ".join(_BRACKETED.findall(text)))]
    best = max(candidates, key=lambda one: (one.strength, len(one.word)), default=None)
    if best is not None and _ROLE.search(text.lower()):
        return replace(best, role=True)
    return best


def _readings(text: str) -> Iterator[HeaderReading]:
    joined = re.sub(r"[\s_\-./\\:,;|'\"*]+", "", text).lower().rstrip("0123456789")
    if _HAN.search(joined):
        yield from _in_chinese(joined)
        latin = _HAN.sub(" ", text)
        if not re.search("[A-Za-z]", latin):
            return
        text = latin
    yield from _in_latin(_WORD.findall(_CAMEL.sub("_", text).lower()))


def _in_chinese(text: str) -> Iterator[HeaderReading]:
    words = concepts_by_word()
    for start in range(len(text)):
        if text[start:] in words:
            yield _reading(text[start:], text[:start], WHOLE if start == 0 else HEAD)
            return
    for length in range(len(text) - 1, _FEWEST_WITHIN - 1, -1):
        for start in range(len(text) - length + 1):
            word = text[start : start + length]
            if word in words and _HAN.search(word):
                yield _reading(word, text[:start], WITHIN)
                return


def _in_latin(tokens: list[str]) -> Iterator[HeaderReading]:
    words = concepts_by_word()
    if "".join(tokens) in words:
        yield _reading("".join(tokens), "", WHOLE)
        return
    while len(tokens) > 1 and tokens[-1].isdigit():
        tokens = tokens[:-1]
    while len(tokens) > 1 and len(tokens[0]) == 1:
        tokens = tokens[1:]
    for start in range(len(tokens)):
        word = "".join(tokens[start:])
        if word in words:
            yield _reading(word, "_".join(tokens[:start]), WHOLE if start == 0 else HEAD)
            return
    if len(tokens) == 1:
        yield from _in_one_word(tokens[0])
    for length in range(len(tokens) - 1, 0, -1):
        for start in range(len(tokens) - length):
            word = "".join(tokens[start : start + length])
            if word in words and len(word) >= _FEWEST_LETTERS - 1:
                yield _reading(word, "_".join(tokens[:start]), WITHIN)
                return


def _in_one_word(text: str) -> Iterator[HeaderReading]:
    """`usermobile`, `hzsfzhm`: words written together, the head at the end."""
    for start in range(1, len(text) - _FEWEST_LETTERS + 1):
        if text[start:] in concepts_by_word():
            yield _reading(text[start:], text[:start], _TOGETHER)
            return


def _reading(word: str, before: str, strength: float) -> HeaderReading:
    concept = concepts_by_word()[word]
    if word in weak_words():
        # `diagnosis_name` is no person's: what stands before a weak word tells more than it.
        earlier = max(_readings(before), key=lambda one: one.strength, default=None)
        if earlier is not None:
            return replace(earlier, strength=min(earlier.strength, _TOGETHER))
        strength = min(strength, _WEAK)
    if concept.concept == _KIND:
        # 残疾等级, 优抚对象类别: of which kind tells as much as what.
        earlier = max(_readings(before), key=lambda one: one.strength, default=None)
        if (
            earlier is not None
            and earlier.strength >= HEAD
            and earlier.concept.sensitive
            and earlier.concept.identifying is not Identifying.DIRECT
        ):
            return replace(earlier, strength=min(strength, HEAD))
    about_a_firm = (
        concept.subject is Subject.NONE or concept.classification is Classification.PERSON_CONTACT
    ) and _ENTERPRISE.search(before)
    return HeaderReading(
        concept=concept,
        word=word,
        strength=strength,
        subject=Subject.ENTERPRISE if about_a_firm else concept.subject,
    )
