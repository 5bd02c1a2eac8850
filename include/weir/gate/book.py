"""The cases that the gate keeps."""

from __future__ import annotations

from collections.abc import Callable

from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.ports import GatePorts
from weir.gate.records import SERVICE
from weir.gate.tables import cases
from weir.governance.cases import CaseBook
from weir.model import Principal


def case_book(ports: GatePorts, may_keep: Callable[[Principal], bool] = lambda _: True) -> CaseBook:
    """The operator's procedures in the governance store; `may_keep` bounds the refused attempts
    that are kept of one caller."""
    return CaseBook(
        engine=ports.engine,
        database=DATABASE,
        tables=cases,
        clock=ports.clock,
        service=SERVICE,
        key_id=ports.signing_key.public.key_id,
        keep=append,
        pack=ports.contracts.pack,
        may_keep=may_keep,
    )
