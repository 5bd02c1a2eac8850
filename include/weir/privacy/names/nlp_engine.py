"""Presidio's language engine for Chinese: words by jieba, so that context words are seen.

Presidio looks for a recogniser's context words among the words before a match. Its blank Chinese
pipeline makes a word of every character, and so none is ever found.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from weir.privacy.names.word_lists import lists, regions
from weir.privacy.recognisers import LANGUAGE

_STOPWORDS = frozenset(
    "的了在是和与及对等被把将已未请因为于从向并不也都就还又让给用以经由后前中时内外上下其该此各每个"
    "我你他她它这那有无之而或再可会要应"
)
_NO_WORDS = "PSZC"
"""Unicode's categories of punctuation, symbols, spaces and controls."""

_COUNTY_DIGITS = 6
_USE_OF_REGION = 1000


class JiebaNlpEngine(NlpEngine):  # type: ignore[misc]  # Presidio has no types
    """Words, lemmas and keywords of Chinese text. Names are the recognisers' affair."""

    engine_name = "jieba"
    is_available = True

    def __init__(self) -> None:
        self._segmenter: Any = None
        self._vocabulary: Any = None

    def load(self) -> None:
        import rjieba
        from spacy.vocab import Vocab

        segmenter = rjieba.Jieba()
        for code, name in regions().items():
            if len(code) <= _COUNTY_DIGITS:
                segmenter.add_word(name, _USE_OF_REGION, "ns")
        for surname in lists()["surnames"]["compound"].split():
            segmenter.add_word(surname, _USE_OF_REGION, "nr")
        self._segmenter, self._vocabulary = segmenter, Vocab()

    def is_loaded(self) -> bool:
        return self._segmenter is not None

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        from spacy.tokens import Doc

        valid = text.encode("utf-8", "replace").decode()
        words = [word for word, _, _ in self._segmenter.tokenize(valid)]
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word))
        return NlpArtifacts(
            entities=[],
            tokens=Doc(self._vocabulary, words=words, spaces=[False] * len(words)),
            tokens_indices=starts[:-1],
            lemmas=[word.lower() for word in words],
            nlp_engine=self,
            language=language,
        )

    def process_batch(
        self,
        texts: Iterable[Any],
        language: str,
        batch_size: int = 1,
        n_process: int = 1,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Each text with its artifacts; with `as_tuples`, also with the context given to it."""
        del batch_size, n_process
        for item in texts:
            text, *context = item if kwargs.get("as_tuples") else (item,)
            yield text, self.process_text(text, language), *context

    def is_stopword(self, word: str, language: str) -> bool:
        del language
        return word in _STOPWORDS

    def is_punct(self, word: str, language: str) -> bool:
        del language
        return all(unicodedata.category(character)[0] in _NO_WORDS for character in word)

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return [LANGUAGE]
