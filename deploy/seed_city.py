"""Puts the demo city on the exchange platform's database, in place of an earlier city."""

from __future__ import annotations

import os
from pathlib import Path

from weir.demo.city.seed import seed_city


def main() -> None:
    """The owner's DSN lies in a file, the number of rows in a variable."""
    dsn = Path(os.environ["WEIR_EXCHANGE_OWNER_DSN_FILE"]).read_text(encoding="ascii").strip()
    seed_city(dsn, rows=int(os.environ.get("WEIR_DEMO_ROWS", "4000")))


if __name__ == "__main__":
    main()
