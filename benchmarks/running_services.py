"""Gate, bureau and intake for the benchmarks: what `make up` runs, without Airflow."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from weir.demo.embedded.ports import pick_free
from weir.demo.instance import Instance
from weir.demo.ports import Ports
from weir.demo.progress import Progress
from weir.demo.stack import Stack, stop
from weir.settings import load_settings


@contextmanager
def running() -> Iterator[Instance]:
    """An instance over embedded servers in a folder of its own; all of it is gone at the end."""
    airflow, gate, bureau, s3, postgres, intake = pick_free(6)
    ports = Ports(
        airflow=airflow, gate=gate, bureau=bureau, s3=s3, postgres=postgres, intake=intake
    )
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        # Run by root, PostgreSQL works as another account, which has to pass through.
        Path(folder).chmod(0o711)
        instance = Instance(state_dir=Path(folder), ports=ports, told=load_settings())
        try:
            Stack(
                instance=instance, progress=Progress(Console(quiet=True)), with_airflow=False
            ).start()
            yield instance
        finally:
            stop(Path(folder))
