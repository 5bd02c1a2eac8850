"""Trains the model: `python -m weir.privacy.names.training FOLDER`, with jieba's dictionary.

Writes the model into FOLDER and prints the digests that `weir.privacy.names.model_file` states.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from weir.privacy.names.labels import Sentence
from weir.privacy.names.lexicon import Lexicon
from weir.privacy.names.model_file import FILES, MODEL, digest_of, write_model
from weir.privacy.names.training.crf import Crf, batches
from weir.privacy.names.training.dictionary import word_grades
from weir.privacy.names.training.texts import Generator, families
from weir.privacy.names.word_lists import DATA

SEED = 20261125
PASSES = 4
DROPPED = 0.2
SENTENCES = 2500
MORE_OF = {
    "grammar": 14,
    "no_names": 8,
    "connectors": 10,
    "salad": 4,
    "plain": 4,
    "near_misses": 5,
    "whereabouts": 5,
    "single_other": 4,
    "contacts": 2,
    "single_name": 2,
    "papers": 3,
}
"""How many times the usual number of sentences some families give."""


def sentences(seed: int, per_family: int) -> list[Sentence]:
    """What there is to learn from."""
    generator = Generator(seed)
    return [
        sentence
        for family in families()
        if family.part == "train"
        for sentence in generator.sentences(family, per_family * MORE_OF.get(family.name, 1))
    ]


def train(folder: Path, *, seed: int, per_family: int, passes: int) -> None:
    """Learns, and writes the model into `folder`. The same seed gives the same model."""
    words = word_grades()
    rng = np.random.default_rng(seed)
    learnt = batches(sentences(seed, per_family), Lexicon(words), rng)
    crf = Crf()
    for number in range(passes):
        crf.learn(learnt, rng, drop=DROPPED, summed=number > 0 or passes == 1)
    write_model(folder, crf.weights(), words)


def main() -> None:
    folder = Path(sys.argv[1])
    train(folder, seed=SEED, per_family=SENTENCES, passes=PASSES)
    for name in FILES:
        digest = digest_of(folder if name == MODEL else DATA, name)
        sys.stdout.write(f"{name} {digest}\n")


if __name__ == "__main__":
    main()
