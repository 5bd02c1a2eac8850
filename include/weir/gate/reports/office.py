"""Every report, from the gate's database to the files and the record of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine

from weir.clock import Clock
from weir.crypto.sm2 import VerifyingKey
from weir.evidence.audit import Initiator
from weir.gate.ports import ContractFolders
from weir.gate.reports.books import Books, Contracts
from weir.gate.reports.collect import read_books, read_contracts
from weir.gate.reports.incident import incident_report, incident_row
from weir.gate.reports.keep import MadeReport, keep, made
from weir.gate.reports.models import AnyReport
from weir.gate.reports.period import Period
from weir.gate.reports.periodic import operation_report, sector_report
from weir.gate.reports.yearly import disclosure_list, evaluation_pack
from weir.governance.cases import Case
from weir.storage.objects import ObjectStore


@dataclass(frozen=True, kw_only=True)
class ReportOffice:
    """`engine` needs no more than `weir.governance.grants` gives, `store` writes the reports
    bucket. Each method keeps what it made before it hands it out. Contract files are read once, so
    that many reports made at a time tell of the same contracts.

    Raises `StoreUnavailableError` when database or store does not answer.
    """

    engine: Engine
    store: ObjectStore
    contracts: ContractFolders
    bureau_key: VerifyingKey
    clock: Clock
    by: Initiator

    def operation(self, period: Period) -> tuple[MadeReport, ...]:
        return self._kept([operation_report(self._books(period))])

    def sector(self, period: Period, provider: str | None = None) -> tuple[MadeReport, ...]:
        """One for each provider whose data a contract uses, or for the one that is named."""
        books = self._books(period)
        names = books.contracts.providers() if provider is None else (provider,)
        return self._kept([sector_report(books, name) for name in names])

    def disclosure(self, period: Period) -> tuple[MadeReport, ...]:
        return self._kept([disclosure_list(self._books(period))])

    def evaluation(self, period: Period, evaluations: Iterable[Case]) -> tuple[MadeReport, ...]:
        """`evaluations` are the bureau's cases, fetched from it."""
        return self._kept([evaluation_pack(self._books(period), evaluations)])

    def incident(self, case: Case) -> tuple[MadeReport, ...]:
        """The case as the gate tells it to whoever may read what people wrote into it."""
        report = incident_report(incident_row(case), self._contracts, self.clock.now())
        return self._kept([report])

    @cached_property
    def _contracts(self) -> Contracts:
        return read_contracts(self.contracts)

    def _books(self, period: Period) -> Books:
        return read_books(
            self.engine,
            period,
            self._contracts,
            bureau_key=self.bureau_key,
            clock=self.clock,
        )

    def _kept(self, reports: Iterable[AnyReport]) -> tuple[MadeReport, ...]:
        done = tuple(map(made, reports))
        for one in done:
            keep(one, engine=self.engine, store=self.store, clock=self.clock, by=self.by)
        return done
