"""The allocator's stores, in a program of its own, as glibc tells of them."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from weir.settings import ROOT

PROGRAM = """
import ctypes, sys, threading

import weir
import numpy

def work():
    for _ in range(50):
        numpy.ones(100_000).sum()

threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_info"), reason="the C library is not glibc"
)
def test_all_threads_take_memory_from_one_store() -> None:
    """Those too that a library begins as it is imported."""
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(ROOT / "include")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert told.count("<heap nr=") == 1
