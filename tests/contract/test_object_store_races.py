"""Races between writers: of all that start at one moment, one wins."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from weir.errors import (
    IntegrityError,
)
from weir.storage.conditional import PART_BYTES
from weir.storage.objects import ObjectStore

BUCKET = "weir-staging"


def test_of_sixteen_writers_if_absent_one_wins(subject: ObjectStore) -> None:
    """Fifteen are told that they lost, and the winner's bytes are what is there."""
    winners, losers = _race(
        lambda number: subject.put_bytes(BUCKET, "race", b"%d" % number, if_absent=True)
    )
    assert len(winners) == 1
    assert {error.code for error in losers} == {"precondition_failed"}
    assert subject.get_bytes(BUCKET, "race") == b"%d" % winners[0]


def test_of_sixteen_writers_if_match_one_wins(subject: ObjectStore) -> None:
    """A pointer moves from a known value once."""
    subject.put_bytes(BUCKET, "pointer", b"start")
    start = subject.stat(BUCKET, "pointer")
    assert start is not None
    winners, losers = _race(
        lambda number: subject.put_bytes(BUCKET, "pointer", b"%d" % number, if_match=start.etag)
    )
    assert len(winners) == 1
    assert {error.code for error in losers} == {"precondition_failed"}
    assert subject.get_bytes(BUCKET, "pointer") == b"%d" % winners[0]


def test_of_four_large_files_put_if_absent_one_wins(subject: ObjectStore, tmp_path: Path) -> None:
    """The race is decided between whole files."""
    paths = [tmp_path / str(number) for number in range(4)]
    for path in paths:
        path.write_bytes(os.urandom(PART_BYTES + 1))
    winners, losers = _race(
        lambda number: subject.put_file(BUCKET, "race", paths[number], if_absent=True), writers=4
    )
    assert len(winners) == 1
    assert {error.code for error in losers} == {"precondition_failed"}
    found = subject.stat(BUCKET, "race")
    assert found is not None
    assert found.size_bytes == PART_BYTES + 1


def _race(
    write: Callable[[int], object], writers: int = 16
) -> tuple[list[int], list[IntegrityError]]:
    """Let all write at one moment; gives the numbers that won and the errors of the others."""
    winners: list[int] = []
    losers: list[IntegrityError] = []
    start = threading.Barrier(writers)

    def run(number: int) -> None:
        start.wait()
        try:
            write(number)
        except IntegrityError as error:
            losers.append(error)
        else:
            winners.append(number)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(run, range(writers)))
    return winners, losers
