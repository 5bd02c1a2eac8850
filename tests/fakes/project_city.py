"""The repository's own contracts with keys of a test, and a service on a real port."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from fakes.small_city import SmallCity
from weir.settings import ROOT


@dataclass
class ProjectCity(SmallCity):
    """As the small city, over the contracts, policy and expectations of this repository."""

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    @property
    def folders(self) -> tuple[Path, Path, Path]:
        return ROOT / "contracts", ROOT / "policy", ROOT / "expectations"


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of `app` while it is served on a port of the loopback interface."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
