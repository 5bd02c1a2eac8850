"""Names, addresses and organisations in free text, beside jieba's tags and Presidio, in one run.

    python benchmarks/names.py

One core, CPU time, on the hand-written sentences, a hundred times over: no side remembers a text.
The bounds: 20,000 sentences a second, and 1.5 seconds from a process's start to its first text.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import pyarrow as pa

from figures import Figure, keep
from weir.privacy.names.evaluation import by_jieba, hand_written
from weir.privacy.names.finder import name_finder
from weir.privacy.names.recogniser import NamesRecognizer

BOUND_MICROS, BOUND_START_SECONDS, FEWEST_CHARACTERS = 50.0, 1.5, 30
START = (
    "import pyarrow as pa; from weir.privacy.names.finder import name_finder;"
    "assert len(name_finder().find(pa.array(['联系人王建国']))) == 1"
)


def main() -> int:
    """Measure, print the table and write var/bench/names.json; 1 beyond a bound."""
    sentences = _sentences()
    characters = sum(map(len, sentences)) / len(sentences)
    array = pa.array(sentences * 100)
    recogniser = NamesRecognizer()
    sides = {
        "weir, a column": _rate(lambda: name_finder().find(array), len(array)),
        "weir, in Presidio": _rate(
            lambda: [recogniser.analyze(text, None) for text in sentences], len(sentences)
        ),
        "jieba's tags": _rate(lambda: [by_jieba(text) for text in sentences], len(sentences)),
    }
    start_seconds = min(_start() for _ in range(3))
    print(f"{len(array)} sentences of {characters:.0f} characters on one core")
    for name, rate in sides.items():
        print(f"  {name:<20}{rate:>12,.0f} sentences/s")
    document = {
        "name": "names",
        "work": f"{len(array)} sentences of {characters:.0f} characters on one core",
        "sentences_per_second": {name: round(rate) for name, rate in sides.items()},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    a_sentence = round(1e6 / sides["weir, a column"], 1)
    return keep(
        document,
        (
            Figure(what="names in a sentence", value=a_sentence, unit="µs", bound=BOUND_MICROS),
            Figure(
                what="names, from start to first text",
                value=round(start_seconds, 2),
                unit="s",
                bound=BOUND_START_SECONDS,
            ),
        ),
    )


def _sentences() -> list[str]:
    """Whole sentences: short hand-written ones are put together to that many characters."""
    made: list[str] = []
    text = ""
    for sentence in (s.text for part in ("seen", "unseen") for s in hand_written(part)):
        text += ("，" if text else "") + sentence
        if len(text) >= FEWEST_CHARACTERS:
            made.append(text)
            text = ""
    return made


def _start() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", START], check=True)
    return time.perf_counter() - started


def _rate(work: Callable[[], object], sentences: int) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return sentences / best


if __name__ == "__main__":
    sys.exit(main())
