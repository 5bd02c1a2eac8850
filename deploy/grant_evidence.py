"""Lets workers add evidence, deliverers send it and reports be made, as the schemas' owner."""

from __future__ import annotations

import sys

from sqlalchemy import create_engine, text

from weir.evidence.tables import deliverer_grants, worker_grants
from weir.governance.grants import report_grants
from weir.settings import load_settings


def main() -> None:
    """Grant, as often as it is run, the same rights."""
    dsn = load_settings().governance_dsn
    if dsn is None:
        sys.exit("WEIR_GOVERNANCE_DSN is not set")
    with create_engine(dsn.get_secret_value()).begin() as connection:
        for statement in (
            *worker_grants("weir_worker"),
            *deliverer_grants("weir_delivery"),
            *report_grants("weir_reports"),
        ):
            connection.execute(text(statement))


if __name__ == "__main__":
    main()
