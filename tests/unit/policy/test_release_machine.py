"""The life of a release as data, beside the states that the gate's table and clients know."""

from __future__ import annotations

from sqlalchemy import CheckConstraint

from weir.gate.tables import releases
from weir.model import ReleaseState, Role
from weir.policy.machines.release import RELEASE
from weir.policy.procedures import KEPT_BY_BUREAU, KEPT_BY_GATE
from weir.policy.roles import MATRIX


def test_the_states_are_those_of_the_store() -> None:
    """Neither the machine nor the table nor a client's answer knows one more."""
    assert set(RELEASE.states) == set(ReleaseState)
    (rule,) = (
        str(one.sqltext)
        for one in releases.constraints
        if isinstance(one, CheckConstraint) and str(one.name) == "releases_state"
    )
    assert all(f"'{state}'" in rule for state in ReleaseState)


def test_what_is_settled_goes_on_by_a_new_request_or_a_delisting_alone() -> None:
    """Whoever waits for a release has its answer there."""
    for state in ReleaseState:
        onward = {move.name for move in RELEASE.moves if state in move.sources}
        assert state.settled == (onward <= {"request", "delist", "clear"})


def test_releases_are_not_moved_as_cases() -> None:
    """Nobody publishes by posting a move: the gate alone has the role of its own steps."""
    assert "release" not in {**KEPT_BY_BUREAU, **KEPT_BY_GATE}
    for move in RELEASE.moves:
        if move.target in {"checking", "reviewed", "published", "delisted"}:
            assert MATRIX[move.act] == {Role.GATE}


def test_the_gates_role_gives_nothing_else() -> None:
    """A caller who had it could do nothing that a route asks for."""
    assert [act for act, roles in MATRIX.items() if Role.GATE in roles] == ["release.settle"]
