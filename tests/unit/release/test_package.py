from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from fakes.memory_store import MemoryStore
from fakes.small_city import LIBRARY, NOW, ROWS, RUN, SmallCity
from weir.crypto.sm3 import sm3_hex
from weir.errors import IntegrityError, SchemaDriftError
from weir.model import Column, RunContext, ScenarioId, StagedProduct
from weir.release.manifest import CONTENT, DATA, DICTIONARY, NOTICE, Manifest, read_manifest
from weir.release.package import package
from weir.storage.objects import STAGING
from weir.storage.parquet import schema_of
from weir.storage.table import write_table

PREFIX = f"{LIBRARY}/{RUN}/package/"


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    return SmallCity(tmp_path / "city")


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


def test_a_package_lies_in_staging_under_its_run(city: SmallCity, memory: MemoryStore) -> None:
    """Data, dictionary, notice and manifest lie where the gate will look for them."""
    packed = city.stage(memory, city.decision(city.plan()))
    assert packed.manifest.key == PREFIX + "manifest.json"
    assert [ref.key for ref in packed.files] == [PREFIX + path for path in CONTENT]
    assert packed.rows == len(ROWS)


def test_the_manifest_tells_every_file_by_its_digest(city: SmallCity, memory: MemoryStore) -> None:
    """What the manifest states of a file is what the store holds."""
    packed = city.stage(memory, city.decision(city.plan()))
    manifest = read_manifest(memory.get_bytes(STAGING, packed.manifest.key))
    for file in manifest.files:
        data = memory.get_bytes(STAGING, PREFIX + file.path)
        assert (file.sm3, file.size_bytes) == (sm3_hex(data), len(data))
    assert manifest.file(DATA).rows == manifest.rows == len(ROWS)
    assert manifest.columns == city.plan().output_columns


def test_the_product_goes_out_as_it_was_written(city: SmallCity, memory: MemoryStore) -> None:
    """Nothing is encoded a second time."""
    city.stage(memory, city.decision(city.plan()))
    written = memory.get_bytes(STAGING, f"{LIBRARY}/{RUN}/disclosed.parquet")
    assert memory.get_bytes(STAGING, PREFIX + DATA) == written


def test_packing_twice_gives_the_same_bytes(city: SmallCity, memory: MemoryStore) -> None:
    """A second attempt of the stage overwrites the first with itself."""
    decision = city.decision(city.plan())
    assert city.stage(memory, decision) == city.stage(memory, decision)


def test_the_source_is_named_in_every_file_a_reader_opens(
    city: SmallCity, memory: MemoryStore, tmp_path: Path
) -> None:
    """Attribution stands in notice, dictionary and Parquet metadata (第十四条)."""
    packed = city.stage(memory, city.decision(city.plan()))
    attribution = city.plan().scenario.attribution
    files = dict(zip(CONTENT, packed.files, strict=True))
    memory.get_file(files[DATA], tmp_path / "data.parquet")
    metadata = pq.read_metadata(tmp_path / "data.parquet").metadata
    assert metadata[b"weir.attribution"].decode() == attribution
    assert attribution in memory.get_bytes(STAGING, files[NOTICE].key).decode()
    dictionary = json.loads(memory.get_bytes(STAGING, files[DICTIONARY].key))
    assert dictionary["attribution"] == attribution
    assert json.loads(metadata[b"weir.dictionary"]) == dictionary


def test_the_data_file_opens_in_duckdb(
    city: SmallCity, memory: MemoryStore, tmp_path: Path
) -> None:
    """A consumer reads the product with an ordinary tool."""
    packed = city.stage(memory, city.decision(city.plan()))
    memory.get_file(packed.files[CONTENT.index(DATA)], tmp_path / "data.parquet")
    count = duckdb.sql(f"select count(*), sum(visits) from '{tmp_path / 'data.parquet'}'")
    assert count.fetchone() == (len(ROWS), sum(row[2] for row in ROWS))


def test_an_empty_product_is_packed(city: SmallCity, memory: MemoryStore) -> None:
    """No rows are a table too."""
    packed = city.stage(memory, city.decision(city.plan()), rows=())
    assert packed.rows == 0
    assert read_manifest(memory.get_bytes(STAGING, packed.manifest.key)).rows == 0


def test_a_product_with_other_columns_is_not_packed(city: SmallCity, memory: MemoryStore) -> None:
    """A column that the contract does not grant never gets a manifest; its name is not told."""
    plan = city.plan()
    memory.ensure_bucket(STAGING)
    schema = schema_of((*plan.output_columns, Column(name="身份证号", type="string")))
    ref, _ = write_table([], schema, store=memory, bucket=STAGING, key="x.parquet", scratch=None)
    with pytest.raises(SchemaDriftError) as refusal:
        package(
            plan,
            StagedProduct(data=ref, rows=0, columns=plan.output_columns),
            city.provenance(plan, city.decision(plan), 0),
            RunContext(scenario=ScenarioId(LIBRARY), run_id=RUN, as_of=NOW),
            store=memory,
            scratch=None,
        )
    assert refusal.value.code == "product_schema_mismatch"
    assert "身份证号" not in str(refusal.value)


def test_columns_in_another_order_are_refused(city: SmallCity, memory: MemoryStore) -> None:
    """Order is part of the contract's output."""
    plan = city.plan()
    memory.ensure_bucket(STAGING)
    ref, _ = write_table(
        [],
        schema_of(plan.output_columns[::-1]),
        store=memory,
        bucket=STAGING,
        key="x.parquet",
        scratch=None,
    )
    with pytest.raises(SchemaDriftError):
        package(
            plan,
            StagedProduct(data=ref, rows=0, columns=plan.output_columns),
            city.provenance(plan, city.decision(plan), 0),
            RunContext(scenario=ScenarioId(LIBRARY), run_id=RUN, as_of=NOW),
            store=memory,
            scratch=None,
        )


def _manifest(city: SmallCity, memory: MemoryStore) -> bytes:
    packed = city.stage(memory, city.decision(city.plan()))
    return memory.get_bytes(STAGING, packed.manifest.key)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"schema": "weir/manifest/v2"}',
        b'{"rows": NaN}',
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    """Hostile bytes end in one clear refusal."""
    with pytest.raises(IntegrityError) as refusal:
        read_manifest(data)
    assert refusal.value.code == "manifest_malformed"


def test_a_refused_manifest_is_not_quoted(city: SmallCity, memory: MemoryStore) -> None:
    """Text from outside does not come back in the error."""
    told = json.loads(_manifest(city, memory)) | {"刘德华510903199001011234": 1, "rows": "很多"}
    with pytest.raises(IntegrityError) as refusal:
        read_manifest(json.dumps(told).encode())
    assert refusal.value.where["paths"] == "rows"
    assert "510903" not in str(refusal.value)


def test_a_manifest_in_other_bytes_is_refused(city: SmallCity, memory: MemoryStore) -> None:
    """A manifest has one byte form, so that its digest is its identity."""
    data = _manifest(city, memory)
    for other in (data + b"\n", json.dumps(json.loads(data)).encode()):
        with pytest.raises(IntegrityError) as refusal:
            read_manifest(other)
        assert refusal.value.code == "manifest_not_canonical"


def test_a_manifest_lists_the_files_of_a_release_and_no_others(
    city: SmallCity, memory: MemoryStore
) -> None:
    """A file outside the fixed layout, or a path that climbs, has no place in a manifest."""
    for path in ("../latest.json", "data/part-00001.parquet", "certificate.json"):
        told = json.loads(_manifest(city, memory))
        told["files"][0]["path"] = path
        with pytest.raises(IntegrityError):
            read_manifest(json.dumps(told).encode())


@pytest.mark.parametrize("run_id", ["../other", "a/b", "", "运行", "x" * 201, "a\n"])
def test_a_run_that_cannot_be_a_key_has_no_manifest(
    city: SmallCity, memory: MemoryStore, run_id: str
) -> None:
    """Run names become object keys; what could climb out of its place is refused."""
    told = json.loads(_manifest(city, memory)) | {"run_id": run_id}
    with pytest.raises(IntegrityError):
        read_manifest(json.dumps(told).encode())


def test_a_manifest_survives_a_round_trip(city: SmallCity, memory: MemoryStore) -> None:
    """Reading and writing give the same bytes and values."""
    data = _manifest(city, memory)
    manifest = read_manifest(data)
    assert manifest.to_bytes() == data
    assert isinstance(manifest, Manifest)
    assert manifest.provenance == city.provenance(
        city.plan(), city.decision(city.plan()), len(ROWS)
    )
