"""The files that decide what is found: the model's weights with its words, and the lists.

All are checked against the digests that were written down when the model was trained. Without
them nothing is searched: an altered or missing file is an error, never "no names".
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from weir.crypto.sm3 import sm3_hex
from weir.errors import IntegrityError
from weir.model import Digest
from weir.privacy.names import features
from weir.privacy.names.lexicon import Lexicon, WordGrades
from weir.privacy.names.tagger import TAGS, Tagger, Weights
from weir.privacy.names.word_lists import DATA

MODEL = "model.npz"
FILES = (MODEL, "lists.toml", "regions.txt.xz")
DIGESTS: Mapping[str, str] = {
    MODEL: "947266b9a62fc255f1b299ab4eb0b3f11368df609597bfcef1abf1d4132db3ba",
    "lists.toml": "51fc71a2e01f4b2a3b1c4ae23b78faa49e9dd75357c7b49d42d8051c224233ea",
    "regions.txt.xz": "534f2b66490c4a5fa2a634c6b181631ae1ec49c2e61055eb45ac478f727e49a4",
}
"""SM3 by file, as training prints them."""

_SHAPES = {"table": (1 << features.BITS, len(TAGS)), "steps": (len(TAGS), len(TAGS))}


def write_model(folder: Path, weights: Weights, words: WordGrades) -> None:
    """The same weights and words give the same bytes."""
    arrays = {f"words_{length}_{grade}": rows for (length, grade), rows in words.items()}
    packed = io.BytesIO()
    table = weights.table.astype(np.int8)
    np.savez_compressed(packed, table=table, steps=weights.steps, **arrays)  # type: ignore[arg-type]
    (folder / MODEL).write_bytes(packed.getvalue())


def read_tagger(folder: Path = DATA, digests: Mapping[str, str] = DIGESTS) -> Tagger:
    """The tagger of the files in `folder`."""
    contents = {name: _checked(folder / name, digests[name]) for name in FILES}
    with np.load(io.BytesIO(contents[MODEL]), allow_pickle=False) as arrays:
        if any(arrays[name].shape != shape for name, shape in _SHAPES.items()):
            raise _altered(MODEL)
        words = {
            (int(length), int(grade)): arrays[name]
            for name in arrays.files
            if name.startswith("words_")
            for _, length, grade in [name.split("_")]
        }
        weights = Weights(table=arrays["table"].astype(np.int16), steps=arrays["steps"])
    return Tagger(weights, Lexicon(words))


def digest_of(folder: Path, name: str) -> Digest:
    return sm3_hex((folder / name).read_bytes())


def _checked(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IntegrityError(
            "names_model_missing",
            "a file of the model for names, addresses and organisations cannot be read",
            where={"file": path.name},
            remedy="Install the release of Weir again; nothing is scanned for names without it.",
        ) from error
    if sm3_hex(content) != digest:
        raise _altered(path.name)
    return content


def _altered(name: str) -> IntegrityError:
    return IntegrityError(
        "names_model_altered",
        "a file of the model for names is not the one its digest was taken of",
        where={"file": name},
        remedy="Install the release of Weir again, or train the model and write down its digests.",
    )
