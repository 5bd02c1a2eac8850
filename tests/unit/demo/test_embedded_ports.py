"""Ports that nobody chose: they never get in each other's way, nor in that of a chosen one."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from weir.demo.embedded import ports
from weir.demo.embedded.ports import LOOPBACK, pick_free, pick_free_pairs
from weir.errors import ContractError


@pytest.mark.parametrize("attempt", range(20))
def test_no_two_ports_of_pairs_are_the_same(attempt: int) -> None:
    """A server's second port is no other's first, and none is one picked by itself."""
    del attempt
    chosen = pick_free(1)[0]
    pairs = pick_free_pairs(200, apart_from={chosen})
    held = [*pairs, *(port + 10_000 for port in pairs), chosen]
    assert len(set(held)) == len(held)


@pytest.mark.parametrize("chosen", [10_001, 20_001])
def test_a_port_meant_for_another_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, chosen: int
) -> None:
    """It is free while servers start, so that looking does not tell."""
    monkeypatch.setattr(ports, "_PAIRED", range(10_000, 10_003))
    monkeypatch.setattr(ports, "is_free", bool)
    assert set(pick_free_pairs(2, apart_from={chosen})) == {10_000, 10_002}


def test_a_busy_port_is_not_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither alone nor as the second of a pair; too few is an error with its count."""
    with closing(socket.create_server((LOOPBACK, 0))) as other:
        busy = other.getsockname()[1]
        monkeypatch.setattr(ports, "_SINGLE", range(busy, busy + 1))
        monkeypatch.setattr(ports, "_PAIRED", range(busy - 10_000, busy - 9_999))
        with pytest.raises(ContractError) as alone:
            pick_free(1)
        with pytest.raises(ContractError) as paired:
            pick_free_pairs(1, apart_from=())
    assert (alone.value.code, paired.value.where) == ("port_busy", {"wanted": 1, "found": 0})
