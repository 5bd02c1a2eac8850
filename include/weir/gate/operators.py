"""Who is an operator, by the agreement files as they stand at each look."""

from __future__ import annotations

import structlog

from weir.errors import ContractError
from weir.gate.ports import ContractFolders

log = structlog.get_logger()


class KnownOperators:
    """The files are read anew when one of them has changed.

    While one cannot be read, the operators known before go on counting, and nobody else is taken
    for one; issuing reads the files itself, and refuses.
    """

    def __init__(self, contracts: ContractFolders) -> None:
        self._contracts = contracts
        self._seen: frozenset[tuple[str, int, int]] | None = None
        self._names: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        seen = self._contracts.agreement_files()
        if seen != self._seen:
            try:
                self._names = self._contracts.operators()
            except ContractError as error:
                log.warning("agreements_unreadable", code=error.code)
            self._seen = seen
        return self._names
