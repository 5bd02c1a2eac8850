"""Whoever calls too often waits, and whoever floods fills no memory."""

from __future__ import annotations

import pytest
from fastapi import Request

from weir.service.answers import HttpRefusal
from weir.service.limits import KEYS_HELD, Limiter, Rate, address_of, require_pause


@pytest.fixture
def ticks() -> list[float]:
    return [0.0]


@pytest.fixture
def limiter(ticks: list[float]) -> Limiter:
    """Sixty a minute, five at once."""
    return Limiter(Rate(per_minute=60, burst=5), lambda: ticks[0])


def test_a_burst_passes_and_then_one_a_second(limiter: Limiter, ticks: list[float]) -> None:
    """What was not used is kept up to the burst."""
    assert [limiter.take("a") for _ in range(5)] == [0.0] * 5
    assert limiter.take("a") == pytest.approx(1.0)
    assert limiter.take("b") == 0.0
    ticks[0] = 1.0
    assert limiter.take("a") == 0.0
    assert limiter.take("a") > 0
    ticks[0] = 1000.0
    assert [limiter.take("a") for _ in range(6)].count(0.0) == 5


def test_a_charge_makes_the_next_one_wait_longer(limiter: Limiter, ticks: list[float]) -> None:
    """Up to a burst's worth of debt, and no more: the wait has an end."""
    for _ in range(100):
        limiter.charge("a", 3)
    assert limiter.take("a") == pytest.approx(6.0)
    ticks[0] = 6.1
    assert limiter.take("a") == 0.0
    limiter.charge("b", -100)
    assert [limiter.take("b") for _ in range(6)].count(0.0) == 5


def test_a_clock_that_stands_or_runs_back_gives_nothing_away(
    limiter: Limiter, ticks: list[float]
) -> None:
    """Monotonic as it is, it is not believed."""
    for _ in range(5):
        limiter.take("a")
    ticks[0] = -1000.0
    assert limiter.take("a") > 0


def test_the_keys_that_are_remembered_are_few(limiter: Limiter) -> None:
    """The one that was quiet for longest is forgotten first."""
    for _ in range(5):
        limiter.take("kept")
    for number in range(KEYS_HELD + 500):
        limiter.take(str(number))
        limiter.take("kept")
    assert len(limiter._levels) == KEYS_HELD
    assert limiter.take("kept") > 0


def test_who_must_wait_is_told_how_long(limiter: Limiter) -> None:
    """429, and whole seconds."""
    for _ in range(5):
        require_pause(limiter, "a")
    with pytest.raises(HttpRefusal) as refusal:
        require_pause(limiter, "a", 2.0)
    assert refusal.value.status == 429
    assert refusal.value.error.code == "rate_limited"
    assert refusal.value.headers["Retry-After"] == "2"


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_client_is_its_network(host: str, key: str) -> None:
    """It has 2^64 addresses of its own to call from."""
    assert address_of(Request({"type": "http", "client": (host, 1)})) == key
    assert address_of(Request({"type": "http", "client": None})) == ""
