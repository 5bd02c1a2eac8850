"""A later start over the same state: what the bureau said meanwhile comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.running_platform import ROWS, Platform

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

NOTICE = ("--ground", "用途已变", "--article", "第十五条", "--notice", "函1")


@pytest.mark.article("第十五条")
def test_a_revocation_that_the_gate_has_not_heard_holds_back_the_next_start(
    platform: Platform, tmp_path: Path
) -> None:
    """It is handed over before a credential is issued or a scenario runs."""
    before = platform.releases("water-open")
    assert before
    reader = platform.consumer("water-open")
    platform.killed("gate")
    director = platform.instance.sign_in("bureau-director")
    revoked = platform.weir("revoke", "water-open", *NOTICE, check=False, told=director)
    assert "not_yet_at_gate" in revoked.stderr
    platform.weir("down")
    said = platform.weir("up", "--rows", str(ROWS)).stdout
    assert "water-open: 未发凭证 no credential: decision_revoked" in said
    assert platform.releases("water-open") == before
    (found,) = (one for one in platform.summary["scenarios"] if one["scenario"] == "water-open")
    assert found["outcome"] == "refused"
    done = platform.weir("fetch", "water-open", str(tmp_path / "w"), check=False, told=reader)
    assert (done.returncode, "store_denied" in done.stderr) == (1, True)
