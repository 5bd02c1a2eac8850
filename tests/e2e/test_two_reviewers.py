"""Products of grade 3 and above: two people first, and nothing in the bucket before them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from e2e.running_platform import Platform
from weir.crypto.dsse import Envelope
from weir.demo.scenarios import RELEASED
from weir.release.certificate import Certificate

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

REVIEWED = ("sme-credit", "clinic-planning")
CHIEF, OFFICER = "chief-data-officer", "security-officer"
RUN = "reviewed-by-hand"


def certificate_of(folder: Path, release_id: str) -> Certificate:
    data = (folder / "releases" / release_id / "certificate.json").read_bytes()
    return Certificate.model_validate_json(Envelope.from_json(json.loads(data)).payload)


def seen_by_consumer(platform: Platform, scenario: str) -> dict[str, datetime]:
    """What lies in the bucket, and since when, under the data user's own credential."""
    told = platform.consumer(scenario)
    client: Any = boto3.client(
        "s3",
        endpoint_url=f"http://{told['WEIR_S3_ENDPOINT']}",
        aws_access_key_id=told["WEIR_S3_ACCESS_KEY"],
        aws_secret_access_key=told["WEIR_S3_SECRET_KEY"],
        region_name="us-east-1",
    )
    found = client.list_objects_v2(Bucket=f"release-{scenario}")
    client.close()
    return {one["Key"]: one["LastModified"] for one in found.get("Contents", [])}


def in_review(platform: Platform, scenario: str, told: Mapping[str, str]) -> str:
    """The id of the scenario's release that waits, as `weir release list` prints it."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        for line in platform.weir("release", "list", scenario, told=told).stdout.splitlines():
            release_id, _, state, _ = line.split("\t")
            if state == "in_review":
                return release_id
        time.sleep(1)
    message = f"no release of {scenario} came to its review"
    raise AssertionError(message)


@pytest.mark.article("第二十三条")
@pytest.mark.parametrize("scenario", RELEASED)
def test_the_demo_had_two_distinct_reviewers_where_the_grade_asks(
    platform: Platform, scenario: str
) -> None:
    """By the certificate, over the manifest; every object came after the second word."""
    item = next(one for one in platform.summary["scenarios"] if one["scenario"] == scenario)
    stated = certificate_of(platform.output / "consumer" / scenario, item["release_id"])
    approvals = stated.predicate.approvals
    if scenario not in REVIEWED:
        assert (item["reviewers_needed"], item["reviewed_by"]) == (0, [])
        assert (approvals, item["objects_before_review"]) == ((), None)
        return
    assert (item["reviewers_needed"], item["reviewed_by"]) == (2, [CHIEF, OFFICER])
    assert item["objects_before_review"] == 0
    assert [(one.reviewer, one.role) for one in approvals] == [
        (CHIEF, "chief_data_officer"),
        (OFFICER, "security_officer"),
    ]
    assert {one.manifest_sm3 for one in approvals} == {stated.digests()["manifest.json"]}
    # The store tells whole seconds.
    last = max(one.approved_at for one in approvals).replace(microsecond=0)
    prefix = f"releases/{item['release_id']}/"
    written = {key: at for key, at in seen_by_consumer(platform, scenario).items() if prefix in key}
    assert len(written) == 5
    assert min(written.values()) >= last


@pytest.mark.article("第二十三条")
def test_a_release_waits_without_a_worker_until_two_people_have_approved_it(
    platform: Platform, tmp_path: Path
) -> None:
    """By the command line, as the README says; nobody's second word and no other digest counts."""
    scenario = "clinic-planning"
    chief, officer = (platform.instance.sign_in(name) for name in (CHIEF, OFFICER))
    before = seen_by_consumer(platform, scenario)
    platform.airflow.trigger(scenario, RUN)
    release_id = in_review(platform, scenario, chief)

    def approve(told: Mapping[str, str], *more: str, check: bool = True) -> str:
        words = ("release", "approve", release_id, "--words", "与合同一致")
        done = platform.weir(*words, *more, check=check, told=told)
        assert check or done.returncode == 1
        return done.stdout + done.stderr

    run = platform.airflow.run(scenario, RUN)
    assert (run.state, run.tasks.get("deferred")) == ("running", 1)
    engineer = platform.instance.sign_in("operator-engineer")
    assert "role_not_allowed" in approve(engineer, check=False)
    assert "in_review" in approve(chief)
    assert "reviewer_twice" in approve(chief, check=False)
    assert "approval_other_manifest" in approve(officer, "--manifest", "0" * 64, check=False)
    assert seen_by_consumer(platform, scenario) == before
    last = approve(officer)
    assert "reviewed" in last
    assert f"weir release show {release_id}" in last
    assert platform.wait(scenario, RUN).state == "success"
    assert f"releases/{release_id}/certificate.json" in seen_by_consumer(platform, scenario)
    copy = tmp_path / "copy"
    platform.weir("fetch", scenario, str(copy), told=platform.consumer(scenario))
    verified = platform.weir("verify", str(copy)).stdout
    assert f"{release_id} {CHIEF}, {OFFICER}" in verified
    assert verified.endswith("通过 PASS\n")
