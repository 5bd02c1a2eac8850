"""A journey in which something failed still tells what became of each scenario."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from weir.crypto.sm2 import SigningKey
from weir.demo.embedded.ports import pick_free
from weir.demo.journey import _fetch_all
from weir.demo.progress import Progress
from weir.settings import Settings
from weir.storage.provisioning import Credential


def test_a_data_user_that_can_fetch_nothing_hides_no_other(tmp_path: Path) -> None:
    """Each is told with the reason, none is in the answer, and nothing is raised."""
    key = tmp_path / "key.pem"
    key.write_bytes(SigningKey.generate().public.to_pem())
    (port,) = pick_free(1)
    told = Settings(s3_endpoint=f"127.0.0.1:{port}", operator_public_key=key, bureau_public_key=key)
    credential = Credential(access_key="consumer", secret_key="secret-of-nobody")
    screen = io.StringIO()
    fetched = _fetch_all(
        {"water-open": credential, "sme-credit": credential},
        told,
        tmp_path / "consumer",
        Progress(Console(file=screen)),
    )
    assert fetched == {}
    for name in ("water-open", "sme-credit"):
        assert f"{name}: 未能取数 could not fetch: store_unavailable" in screen.getvalue()
