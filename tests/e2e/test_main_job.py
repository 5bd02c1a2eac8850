"""The main job, live: what is released, what is refused, and who can do what afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import boto3
import botocore.exceptions
import duckdb
import pandas as pd
import psutil
import pytest
from sqlalchemy import create_engine

from e2e.running_platform import Platform
from weir.demo.processes import running
from weir.demo.scenarios import REFUSED, RELEASED
from weir.demo.secrets import WORKER
from weir.errors import AuthorisationError
from weir.evidence.run_history import last_runs
from weir.storage.minio_store import MinioObjectStore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_three_scenarios_are_released_and_two_refused(platform: Platform) -> None:
    """The summary, read back from the running system, says what the demo means to show."""
    by_name = {item["scenario"]: item for item in platform.summary["scenarios"]}
    for name in RELEASED:
        item = by_name[name]
        assert (item["outcome"], item["certificate_verified"]) == ("released", True), item
        assert 0 < item["rows_out"] <= item["rows_in"]
        assert item["objects"] == 5
    for name, code in REFUSED.items():
        item = by_name[name]
        assert (item["outcome"], item["reason_code"], item["article"]) == (
            "refused",
            code,
            "第十三条",
        )
        assert not item["release_id"]
    assert sum(item["rows_quarantined"] for item in by_name.values()) > 0


def test_switching_a_dag_on_makes_up_for_no_past_run(platform: Platform) -> None:
    """Only what the demo triggered has run: a tick before the decision would be refused."""
    for name in RELEASED:
        runs = platform.airflow._call("GET", f"/api/v2/dags/{name}/dagRuns")["dag_runs"]
        assert [run["run_type"] for run in runs] == ["manual"], name


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_what_quarantine_holds_is_not_masked(platform: Platform, name: str) -> None:
    """Each stage is told to begin with the rows that the one before it passed on."""
    engine = create_engine(platform.instance.url("weir", "weir_gate"))
    try:
        run = next(one for one in last_runs(engine, scenario=name) if one.run_id.startswith("demo"))
    finally:
        engine.dispose()
    passed = sum(stage.rows_out for stage in run.stages if stage.stage == "check_quality")
    (masked,) = (stage for stage in run.stages if stage.stage == "mask")
    assert masked.rows_in == passed
    assert masked.rows_in < run.rows_in


def test_all_evidence_arrived_unchanged(platform: Platform) -> None:
    """The bureau holds every audit record byte for byte, and lineage of every run."""
    totals = platform.summary["totals"]
    assert totals["audit_verified"] is True
    assert totals["audit_records"] > 40
    assert totals["lineage_events"] > 40
    assert totals["airflow_version"].startswith("3.3")
    assert totals["audit_records_held"] >= totals["audit_records"]
    assert totals["object_store"].startswith("SeaweedFS")
    assert "GB" not in totals["object_store"]


def test_fetched_releases_read_with_duckdb_and_pandas(platform: Platform) -> None:
    """A data user's own tools read the product."""
    folder = platform.output / "consumer" / "sme-credit"
    (path,) = folder.glob("releases/*/data/*.parquet")
    frame = pd.read_parquet(path)
    counted = duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchone()
    assert counted is not None
    assert len(frame) == counted[0] > 0
    assert "enterprise_key" in frame.columns


@pytest.mark.parametrize("scenario", RELEASED)
def test_a_changed_byte_of_any_file_fails_verification(
    platform: Platform, scenario: str, tmp_path: Path
) -> None:
    """`weir verify` passes the copy, and fails with a reason once any file of it changes."""
    folder = platform.output / "consumer" / scenario
    assert "PASS" in platform.weir("verify", str(folder)).stdout
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 6
    for name in files:
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        data = bytearray((copy / name).read_bytes())
        data[len(data) // 2] ^= 1
        (copy / name).write_bytes(data)
        done = platform.weir("verify", str(copy), check=False)
        assert done.returncode == 1, name
        assert "FAIL" in done.stderr, name
        shutil.rmtree(copy)


def test_a_consumer_reads_its_own_bucket_with_plain_s3_and_no_other(platform: Platform) -> None:
    """The credential of one use agreement is refused at another scenario's bucket."""
    told = platform.consumer("sme-credit")
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{told['WEIR_S3_ENDPOINT']}",
        aws_access_key_id=told["WEIR_S3_ACCESS_KEY"],
        aws_secret_access_key=told["WEIR_S3_SECRET_KEY"],
        region_name="us-east-1",
    )
    assert client.get_object(Bucket="release-sme-credit", Key="latest.json")["Body"].read()
    for call in (
        lambda: client.get_object(Bucket="release-water-open", Key="latest.json"),
        lambda: client.list_objects_v2(Bucket="weir-staging"),
        lambda: client.put_object(Bucket="release-sme-credit", Key="x", Body=b"x"),
    ):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            call()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_command_line_fetches_with_the_consumers_credential(
    platform: Platform, tmp_path: Path
) -> None:
    """`weir fetch` copies the bucket, and is refused at another's."""
    told = platform.consumer("water-open")
    platform.weir("fetch", "water-open", str(tmp_path / "w"), told=told)
    assert "PASS" in platform.weir("verify", str(tmp_path / "w")).stdout
    done = platform.weir("fetch", "sme-credit", str(tmp_path / "s"), check=False, told=told)
    assert done.returncode == 1
    assert "store_denied" in done.stderr
    assert not (tmp_path / "s").exists()


def test_airflows_credential_cannot_write_a_release_bucket(platform: Platform) -> None:
    """The store itself refuses what the worker must not do."""
    folder = platform.instance.vault.folder / "for" / WORKER
    store = MinioObjectStore(
        f"127.0.0.1:{platform.instance.ports.s3}",
        (folder / "weir_s3_access_key").read_text(),
        (folder / "weir_s3_secret_key").read_text(),
        secure=False,
        region="us-east-1",
    )
    with pytest.raises(AuthorisationError) as refused:
        store.put_bytes("release-sme-credit", "releases/x/data/part-00000.parquet", b"rows")
    assert refused.value.code == "store_denied"
    with pytest.raises(AuthorisationError):
        store.get_bytes("release-sme-credit", "latest.json")


def test_the_workers_secrets_hold_no_publish_credential(platform: Platform) -> None:
    """Airflow's processes are not even told what the gate knows."""
    folder = platform.instance.vault.folder / "for"
    gate = {path.name: path.read_text() for path in (folder / "gate").iterdir()}
    worker = {path.read_text() for path in (folder / WORKER).iterdir()}
    for name in ("weir_s3_secret_key", "weir_s3_admin_secret_key", "weir_governance_dsn"):
        assert gate[name] not in worker


def test_everything_listens_on_loopback_only(platform: Platform) -> None:
    """No process of the instance can be reached from another machine."""
    addresses = {
        address
        for process in running(platform.instance.state_dir)
        for address in listening_addresses(process)
    }
    assert addresses == {"127.0.0.1"}


def listening_addresses(process: psutil.Process) -> set[str]:
    """Where the process listens; a task's process that ended meanwhile listens nowhere."""
    try:
        connections = process.net_connections(kind="inet")
    except psutil.NoSuchProcess:
        return set()
    return {found.laddr.ip for found in connections if found.status == psutil.CONN_LISTEN}
