"""What `docker-compose.yaml` promises, read from the rendered configuration.

It is rendered twice: by Docker Compose where it is at hand (Docker's own, or the one that
`make compose-client` built), and by a plain reading of the file with the values of `.env.example`.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NewType

import pytest
import yaml

from weir.settings import ROOT, Settings

COMPOSE = ROOT / "docker-compose.yaml"
CLIENTS = (["docker", "compose"], [str(ROOT / "var" / "tools" / "docker-compose")])
Rendered = NewType("Rendered", dict[str, Any])
AIRFLOW = {
    "airflow-init",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
}
JOBS = {"airflow-init", "demo-city", "migrate-bureau", "migrate-gate", "provision"}


def example() -> dict[str, str]:
    """The assignments of `.env.example`."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly made secrets folder."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    make_secrets(folder)
    return folder


def make_secrets(folder: Path) -> None:
    """What `make compose-secrets` runs."""
    subprocess.run(
        [sys.executable, ROOT / "deploy" / "make_secrets.py", folder],
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "include")},
        capture_output=True,
    )


@pytest.fixture(scope="module", params=["docker", "plain"])
def text(request: pytest.FixtureRequest, secrets_folder: Path) -> str:
    """The rendered configuration, every profile on."""
    values = example() | {"WEIR_SECRETS": str(secrets_folder), "COMPOSE_PROFILES": "*"}
    if request.param == "docker":
        return rendered_by_docker(values)
    return interpolated(COMPOSE.read_text(encoding="utf-8"), values)


def rendered_by_docker(values: Mapping[str, str]) -> str:
    """What `docker compose config` prints; no engine is needed for it."""
    compose = next((one for one in CLIENTS if _answers(one)), None)
    if compose is None:
        pytest.skip("no Docker Compose on this machine: `make compose-client` builds it with Go")
    answer = subprocess.run(
        [*compose, "--file", str(COMPOSE), "--env-file", os.devnull, "config"],
        check=False,
        env={**os.environ, **values},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def _answers(client: list[str]) -> bool:
    try:
        answer = subprocess.run([*client, "version"], check=False, capture_output=True)
    except OSError:
        return False
    return answer.returncode == 0


def interpolated(source: str, values: Mapping[str, str]) -> str:
    """The file with `${NAME:-default}` replaced, as compose does."""

    def value(found: re.Match[str]) -> str:
        return values.get(found["name"]) or found["default"]

    pattern = r"\$\{(?P<name>[A-Z_0-9]+):-(?P<default>[^}]*)\}"
    return re.sub(pattern, value, source).replace("$$", "$")


@pytest.fixture(scope="module")
def config(text: str) -> Rendered:
    loaded: dict[str, Any] = yaml.safe_load(text)
    return Rendered({key: part for key, part in loaded.items() if not key.startswith("x-")})


def services(config: Rendered) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = config["services"]
    return found


def secret_mounts(service: Mapping[str, Any]) -> dict[str, str]:
    """The names under which a service sees its secrets, with each one's source."""
    mounts = {}
    for entry in service.get("secrets", []):
        source, target = (
            (entry, entry) if isinstance(entry, str) else (entry["source"], entry.get("target"))
        )
        mounts[Path(target or source).name] = source
    return mounts


def holders(config: Rendered, secret: str) -> set[str]:
    """The services that mount a secret under any name."""
    return {
        name
        for name, service in services(config).items()
        if secret in secret_mounts(service).values()
    }


def networks_of(config: Rendered, name: str) -> set[str]:
    """The networks a service is on, through the one whose network it shares where it shares one."""
    service = services(config)[name]
    shared = str(service.get("network_mode", ""))
    if shared:
        assert shared.startswith("service:"), f"{name} uses the network of the host"
        return networks_of(config, shared.removeprefix("service:"))
    return set(service["networks"])


def test_every_process_of_the_platform_is_there(config: Rendered) -> None:
    """Databases, stores, jobs, Airflow, gate, bureau, intake and one way in."""
    stores = {"minio", "seaweedfs", "seaweedfs-s3"}
    rest = {"postgres", "exchange", "bureau-db", "gate", "bureau", "intake", "entrance"}
    assert set(services(config)) == AIRFLOW | JOBS | stores | rest


def test_only_the_gate_can_publish(config: Rendered) -> None:
    """It alone mounts the publish secret and the operator's signing key."""
    assert holders(config, "gate_s3_secret_key") == {"gate"}
    assert holders(config, "operator_signing_key") == {"gate"}
    assert holders(config, "gate_accounts") == {"gate"}


def test_only_the_bureau_can_decide(config: Rendered) -> None:
    """Its key and its accounts are nobody else's, and so is its database."""
    assert holders(config, "bureau_signing_key") == {"bureau"}
    assert holders(config, "bureau_accounts") == {"bureau"}
    assert holders(config, "dsn_bureau") == {"bureau", "migrate-bureau"}
    reach = {name for name in services(config) if "bureau" in networks_of(config, name)}
    assert reach == {"bureau", "bureau-db", "migrate-bureau"}


def test_the_stores_administrator_is_known_to_those_who_make_users(config: Rendered) -> None:
    """And to the store."""
    assert holders(config, "store_admin_secret_key") == {"gate", "provision", "minio"}
    assert holders(config, "seaweedfs_identities") == {"seaweedfs"}


def test_the_intake_alone_reads_the_exchange_platform(config: Rendered) -> None:
    """By a role that reads, and it alone writes and signs for snapshots; tasks cannot even reach
    the database. The owner's role is for filling a demonstration."""
    assert holders(config, "dsn_exchange_reader") == {"intake"}
    assert holders(config, "intake_signing_key") == {"intake"}
    assert holders(config, "intake_s3_secret_key") == {"intake", "provision"}
    assert holders(config, "intake_accounts") == {"intake"}
    assert holders(config, "intake_worker_secret") == {"airflow-scheduler"}
    assert holders(config, "gate_intake_secret") == {"intake"}
    assert holders(config, "dsn_exchange_owner") == {"demo-city"}
    reach = {name for name in services(config) if "exchange" in networks_of(config, name)}
    assert reach == {"exchange", "intake", "demo-city"}


def test_a_database_knows_the_passwords_of_its_own_roles(config: Rendered) -> None:
    """Which are those it is told to make."""
    for name in ("postgres", "exchange", "bureau-db"):
        service = services(config)[name]
        told = service["environment"]
        pairs = f"{told['WEIR_DATABASES']} {told.get('WEIR_READERS', '')}".split()
        roles = {f"pg_{pair.split('=')[1]}" for pair in pairs}
        mounted = set(secret_mounts(service))
        assert {secret for secret in mounted if secret.startswith("pg_")} == roles
        assert told["POSTGRES_PASSWORD_FILE"].removeprefix("/run/secrets/") in mounted


def test_no_secret_stands_in_the_configuration(text: str, secrets_folder: Path) -> None:
    """Whoever reads the rendered file learns where secrets lie, and none of them."""
    values = {
        file.name: file.read_text(encoding="ascii").strip() for file in secrets_of(secrets_folder)
    }
    assert len(values) > 30
    leaked = [name for name, value in values.items() if value in text]
    assert leaked == []


def secrets_of(folder: Path) -> Iterator[Path]:
    """The files that are secret: a public key is not, and an access key is a name."""
    for file in filter(Path.is_file, folder.iterdir()):
        if not file.name.endswith("public_key") and file.name != "store_admin_access_key":
            yield file


def test_a_variable_that_could_be_a_secret_names_a_file(config: Rendered) -> None:
    """Passwords, tokens, keys and addresses with passwords come from files or commands."""
    telling = re.compile(r"PASSWORD|TOKEN|SECRET|DSN|SQL_ALCHEMY|FERNET|SIGNING")
    for name, service in services(config).items():
        for variable, value in (service.get("environment") or {}).items():
            if telling.search(variable):
                assert "/run/secrets" in str(value), f"{name}: {variable}"


@pytest.mark.article("第七条")
def test_airflow_cannot_reach_outside(config: Rendered) -> None:
    """Every network it is on is internal."""
    for name in AIRFLOW:
        for network in networks_of(config, name):
            assert config["networks"][network]["internal"] is True, f"{name}: {network}"


def test_the_entrance_alone_has_a_way_out(config: Rendered) -> None:
    """And it holds no secret."""
    ways_out = {
        name for name, network in config["networks"].items() if not (network or {}).get("internal")
    }
    assert {name for name in services(config) if networks_of(config, name) & ways_out} == {
        "entrance"
    }
    assert secret_mounts(services(config)["entrance"]) == {}


def test_only_the_ports_people_need_are_published_on_loopback(config: Rendered) -> None:
    """Airflow, gate, bureau and S3, by the entrance, on 127.0.0.1."""
    published = {
        (name, port["host_ip"], int(port["published"]), port["target"])
        for name, service in services(config).items()
        for port in service.get("ports", [])
    }
    assert published == {("entrance", "127.0.0.1", port, port) for port in range(8700, 8704)}


def test_the_entrance_leads_to_services_that_are_there(config: Rendered) -> None:
    """Each published port to a name on one of its networks."""
    conf = (ROOT / "deploy" / "entrance" / "nginx.conf").read_text(encoding="ascii")
    targets = dict(re.findall(r"^\s+(\d+) ([a-z-]+):\d+;$", conf, re.MULTILINE))
    assert targets == {
        "8700": "airflow-api-server",
        "8701": "gate",
        "8702": "bureau",
        "8703": "store",
    }
    for name in ("airflow-api-server", "gate", "bureau", "minio", "seaweedfs"):
        assert networks_of(config, name) & networks_of(config, "entrance")
    for name in ("minio", "seaweedfs"):
        for network in services(config)[name]["networks"].values():
            assert network["aliases"] == ["store"]


def test_seaweedfs_shows_its_s3_port_alone(config: Rendered) -> None:
    """Its other ports obey no policy and stay inside its container."""
    command = services(config)["seaweedfs"]["command"]
    assert {"-ip=127.0.0.1", "-ip.bind=127.0.0.1"} <= set(command)
    conf = (ROOT / "deploy" / "entrance" / "store.conf").read_text(encoding="ascii")
    assert re.findall(r"(?:listen|proxy_pass) (\S+);", conf) == ["9000", "127.0.0.1:8333"]
    assert "-s3.port=8333" in command


def test_every_container_is_hardened(config: Rendered) -> None:
    """Read-only, without capabilities or new privileges, as an ordinary user."""
    for name, service in services(config).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert not service.get("cap_add"), name
        assert not service.get("privileged"), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(str(service["user"]).split(":", maxsplit=1)[0]) > 0, name
        for mount in service.get("volumes", []):
            assert mount["type"] == "volume" or mount["read_only"] is True, name


def test_every_service_has_a_health_check(config: Rendered) -> None:
    """And every job ends: it is run once."""
    for name, service in services(config).items():
        if name in JOBS:
            assert service["restart"] == "no", name
        else:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_services_wait_for_what_they_need(config: Rendered) -> None:
    """For a job until it has succeeded, for a service until it is healthy."""
    for name, service in services(config).items():
        for needed, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if needed in JOBS else "service_healthy"
            assert how["condition"] == expected, f"{name}: {needed}"
    needs = services(config)["airflow-scheduler"]["depends_on"]
    assert {"airflow-init", "provision", "migrate-gate"} <= set(needs)


def test_data_lies_on_named_volumes(config: Rendered) -> None:
    """Each declared, and each with one writer; logs are Airflow's own, and of the keys the intake
    makes those of snapshots and lays out those of masks, workers make those of quarantine, and the
    gate destroys those that are over. No worker has the volume in which masking keys are made."""
    writers: dict[str, set[str]] = {}
    for name, service in services(config).items():
        for mount in service.get("volumes", []):
            if mount["type"] == "volume" and not mount.get("read_only"):
                writers.setdefault(mount["source"], set()).add(name)
    assert set(writers) == set(config["volumes"])
    assert writers.pop("airflow-logs") == AIRFLOW
    assert writers.pop("worker-keys") == {"airflow-scheduler", "gate", "intake"}
    assert all(len(names) == 1 for names in writers.values())
    masking = {
        name
        for name, service in services(config).items()
        if any(one.get("source") == "masking-keys" for one in service.get("volumes", []))
    }
    assert masking == {"gate", "intake"}
    assert writers["masking-keys"] == {"intake"}


PINNED = re.compile(r"[a-z0-9./-]+:v?\d+(\.\d+)*[a-z0-9.-]*")


def test_images_are_pinned(config: Rendered) -> None:
    """By a full version, here and in the Dockerfile."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert bases
    for image in (*bases, *(service["image"] for service in services(config).values())):
        assert PINNED.fullmatch(image), image
        assert "latest" not in image


def test_minio_is_built_at_one_version() -> None:
    """The image and `make minio` agree."""
    pattern = r"MINIO_VERSION\s*:?=\s*(\S+)"
    versions = {
        match
        for file in ("Dockerfile", "make/minio.mk")
        for match in re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"))
    }
    assert len(versions) == 1


def test_every_setting_that_is_told_is_one(config: Rendered) -> None:
    """A misspelt variable or file would be ignored in silence."""
    known = {f"weir_{name}" for name in Settings.model_fields}
    jobs_own = {
        "weir_databases",
        "weir_readers",
        "weir_tables_of",
        "weir_secrets_dir",
        "weir_exchange_owner_dsn_file",
        "weir_demo_rows",
    }
    for name, service in services(config).items():
        told = {v.lower() for v in service.get("environment") or {} if v.startswith("WEIR_")}
        mounted = {target for target in secret_mounts(service) if target.startswith("weir_")}
        assert told | mounted <= known | jobs_own, name


def test_every_secret_is_made_and_used(config: Rendered, secrets_folder: Path) -> None:
    """None is missing, none is left over, and all lie in the folder."""
    made = {file.name for file in secrets_folder.iterdir() if file.is_file()}
    declared = set(config["secrets"]) | {
        name for name in config["configs"] if name.endswith("public_key")
    }
    assert declared == made
    used = {
        source
        for service in services(config).values()
        for source in secret_mounts(service).values()
    }
    assert used == set(config["secrets"])
    assert all(Path(entry["file"]).parent == secrets_folder for entry in config["secrets"].values())


def test_the_example_names_every_variable() -> None:
    """Each has a default, so that nothing need be set."""
    source = COMPOSE.read_text(encoding="utf-8").replace("$$", "")
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", source))
    assert used | {"COMPOSE_PROFILES"} == set(example())
    assert re.findall(r"\$(?!\{[A-Z0-9_]+:-)\S+", source) == []
    for name, default in re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", source):
        assert example()[name] == default


def test_secrets_are_kept_when_made_again(secrets_folder: Path) -> None:
    """Running containers go on with what they were given; the folder is its owner's alone."""
    before = {file: file.read_bytes() for file in secrets_folder.rglob("*") if file.is_file()}
    make_secrets(secrets_folder)
    after = {file: file.read_bytes() for file in secrets_folder.rglob("*") if file.is_file()}
    assert after == before
    assert stat.S_IMODE(secrets_folder.stat().st_mode) == 0o700


def test_accounts_of_a_service_that_came_later_are_made_beside_the_others(
    secrets_folder: Path,
) -> None:
    """An installation from before it goes on: nobody's secret changes."""
    before = {path: path.read_bytes() for path in secrets_folder.rglob("*") if path.is_file()}
    (secrets_folder / "intake_accounts").unlink()
    make_secrets(secrets_folder)
    after = {path: path.read_bytes() for path in secrets_folder.rglob("*") if path.is_file()}
    made = {path.name for path in after if after[path] != before.get(path)}
    assert made == {"intake_accounts"}


def test_no_container_is_told_a_persons_secret(config: Rendered, secrets_folder: Path) -> None:
    """Each person's sign-in lies apart, its owner's alone; the services hold verifiers."""
    sign_ins = {
        file.stem: file.read_text("ascii") for file in (secrets_folder / "sign-ins").iterdir()
    }
    assert {"bureau-director", "chief-data-officer", "auditor"} <= set(sign_ins)
    assert not {"weir-worker", "weir-intake", "weir-delivery"} & set(sign_ins)
    assert stat.S_IMODE((secrets_folder / "sign-ins").stat().st_mode) == 0o700
    assert "sign-ins" not in str(config["secrets"])
    told = "".join(file.read_text("utf-8") for file in secrets_of(secrets_folder))
    for text in sign_ins.values():
        secrets = re.findall(r"_SECRET=(\S+)", text)
        assert len(set(secrets)) == 2
        assert not any(secret in told for secret in secrets)


def test_no_two_secrets_are_alike(secrets_folder: Path) -> None:
    """Each password, token and key is its own, and too long to be guessed."""
    values = [file.read_bytes() for file in secrets_of(secrets_folder)]
    assert len(set(values)) == len(values)
    assert min(map(len, values)) >= 44
