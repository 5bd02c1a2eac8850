"""The gate tells, once each, what is due by its contract files and its books."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from weir.clock import civil_date
from weir.evidence.actions import Action
from weir.evidence.audit import AuditRecord, Legal, Target
from weir.gate.duties import DutyBook
from weir.gate.notice_store import NoticeStore
from weir.gate.ports import GatePorts
from weir.gate.records import GATE, About, Recorder
from weir.policy.notices import Notice, NoticeKind, notice_data, notices_due


class Notices:
    """Raises `StoreUnavailableError` when the database does not answer, and `ContractError` for an
    agreement or a policy pack that cannot be read."""

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._book = DutyBook(ports)
        self._store = NoticeStore(ports.engine)
        self._recorder = Recorder(ports.clock, ports.signing_key.public.key_id)

    def run(self) -> tuple[Notice, ...]:
        """Settle what is done, and issue what is due today; returns what is new."""
        now, files = self._ports.clock.now(), self._ports.contracts
        owed = self._book.owed()
        self._store.settle(owed.done, partial(self._record, Action.NOTICE_SETTLED))
        due = notices_due(
            owed.agreements,
            files.packs_named(),
            pack=files.pack(now),
            duties=owed.duties,
            on=civil_date(now),
        )
        return self._store.issue(due, partial(self._record, Action.NOTICE_ISSUED))

    def standing(self, kinds: Collection[NoticeKind] = ()) -> tuple[Notice, ...]:
        """Those of what is not done, and of what has not ended; of `kinds` alone where any is
        named."""
        return self._store.not_over(civil_date(self._ports.clock.now()), kinds)

    def _record(self, action: Action, notice: Notice) -> AuditRecord:
        about = About(
            target=Target(kind="notice", name=notice.subject), legal=Legal(article=notice.article)
        )
        return self._recorder.state(action, about, notice_data(notice), by=GATE)
