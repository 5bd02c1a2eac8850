from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from weir.evidence import tables as evidence
from weir.gate import tables as governance
from weir.gate.migrate import migrate


def test_the_migrations_make_the_tables_the_code_knows(engine: Engine) -> None:
    """Nothing is left for alembic to generate, in either schema."""
    for metadata in (governance.metadata, evidence.metadata):
        schema = metadata.schema
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "include_schemas": True,
                    "version_table_schema": governance.SCHEMA,
                    "include_name": lambda name, kind, _, wanted=schema: (
                        kind != "schema" or name == wanted
                    ),
                },
            )
            assert compare_metadata(context, metadata) == []
    assert set(inspect(engine).get_table_names("evidence")) == {"outbox", "run_stages"}


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    """Every start of the gate migrates."""
    migrate(engine)
    migrate(engine)


def test_processes_that_start_at_once_migrate_once(postgres_database: str) -> None:
    """The second one waits for the first and finds its work done."""
    engines = [create_engine(postgres_database) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, engines))
    assert "releases" in inspect(engines[0]).get_table_names("governance")
    for engine in engines:
        engine.dispose()
