"""Loopback ports: the ones a person chooses and the ones nobody needs to know."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection, Iterator
from itertools import islice

from weir.errors import ContractError

LOOPBACK = "127.0.0.1"
GRPC_OFFSET = 10_000
"""SeaweedFS expects each component's gRPC port at its HTTP port plus this."""
_PAIRED = range(10_000, 20_000)
_SINGLE = range(30_000, 32_768)
"""Three ranges that never meet: the first of a pair, its second, and a port by itself. All lie
below the ports that Linux and macOS hand to outgoing connections."""


def require_free(port: int, setting: str) -> None:
    """Raise `ContractError` (code `port_busy`) when something listens on `port` already.

    `setting` is the variable a person changes to move to another port.
    """
    if not 0 < port < 2**16:
        raise ContractError(
            "port_invalid",
            "a port is a number from 1 to 65535",
            where={"port": port, "setting": setting},
            remedy=f"set {setting} to a free port",
        )
    if not is_free(port):
        raise ContractError(
            "port_busy",
            f"port {port} is in use by another program",
            where={"port": port, "setting": setting},
            remedy=f"stop that program, or set {setting} to a free port",
        )


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT from an earlier run is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick_free(count: int) -> tuple[int, ...]:
    """`count` free ports. Raises `ContractError` (code `port_busy`) where there are not so many."""
    return _pick(count, (port for port in _shuffled(_SINGLE) if is_free(port)))


def pick_free_pairs(count: int, *, apart_from: Collection[int]) -> tuple[int, ...]:
    """`count` ports that are free together with the ports 10,000 above them.

    No pair holds a port of `apart_from`, which may look free and is not to be used. Raises as
    `pick_free` does.
    """
    taken = {*apart_from, *(port - GRPC_OFFSET for port in apart_from)}
    return _pick(
        count,
        (
            port
            for port in _shuffled(_PAIRED)
            if port not in taken and is_free(port) and is_free(port + GRPC_OFFSET)
        ),
    )


def _shuffled(ports: range) -> list[int]:
    return random.sample(ports, len(ports))


def _pick(count: int, free: Iterator[int]) -> tuple[int, ...]:
    found = tuple(islice(free, count))
    if len(found) < count:
        raise ContractError(
            "port_busy",
            "no free loopback ports are left",
            where={"wanted": count, "found": len(found)},
            remedy="stop programs that hold many ports",
        )
    return found
