"""How often somebody may call: a bucket of leave for each key, refilled as time passes."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from fastapi import Request

from weir.service.answers import HttpRefusal

KEYS_HELD = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many calls a minute on average, and `burst` at once."""

    per_minute: int
    burst: int


class Limiter:
    """A bucket for each key, in this process's memory. At most `KEYS_HELD` are remembered: the key
    that was quiet for longest is forgotten first, and then has a full bucket again."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = rate.per_minute / 60
        self._burst = float(rate.burst)
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, cost: float = 1.0) -> float:
        """0 where `key` may go on, else the seconds until it may ask again."""
        with self._lock:
            level = self._level(key)
            if level >= cost:
                self._keep(key, level - cost)
                return 0.0
            self._keep(key, level)
            return (cost - level) / self._per_second

    def charge(self, key: str, cost: float) -> None:
        """Take `cost` from what `key` has, also where it has less; a negative cost gives back."""
        with self._lock:
            self._keep(key, min(self._burst, max(-self._burst, self._level(key) - cost)))

    def _level(self, key: str) -> float:
        level, at = self._levels.get(key, (self._burst, self._monotonic()))
        return min(self._burst, level + (self._monotonic() - at) * self._per_second)

    def _keep(self, key: str, level: float) -> None:
        self._levels[key] = (level, self._monotonic())
        self._levels.move_to_end(key)
        while len(self._levels) > KEYS_HELD:
            self._levels.popitem(last=False)


def require_pause(limiter: Limiter, key: str, cost: float = 1.0) -> None:
    """Refuse the call (429, with Retry-After) of a `key` that calls too often."""
    if wait := limiter.take(key, cost):
        raise HttpRefusal(
            429,
            "rate_limited",
            "this caller calls too often",
            remedy="wait as long as Retry-After says",
            headers={"Retry-After": str(math.ceil(wait))},
        )


def address_of(request: Request) -> str:
    """The client's address; of IPv6 the network of 64 bits, which is one client's."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return host
