"""A report that is made is evidence itself: its files for the bureau's desk, its record in the
outbox."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, insert

from weir.clock import Clock
from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.evidence.actions import Action
from weir.evidence.audit import Initiator, Legal, Target, new_record
from weir.evidence.database import transaction
from weir.evidence.outbox import append
from weir.gate.migrate import DATABASE
from weir.gate.reports.models import AnyReport, IncidentReport, SectorReport
from weir.gate.reports.page import COVERS, report_html
from weir.gate.reports.period import Period
from weir.gate.tables import reports
from weir.storage.objects import OPERATION_REPORTS, REPORTS, ObjectStore

SERVICE = "reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReport:
    """A report in both forms. `name` is what its files are called."""

    kind: str
    name: str
    report: AnyReport
    json: bytes
    html: bytes

    @property
    def key(self) -> str:
        """The page's key in the reports bucket: another report never takes its place."""
        return f"{OPERATION_REPORTS}/{self.name}/{sm3_hex(self.json)[:16]}.html"


def made(report: AnyReport) -> MadeReport:
    """`report` as canonical JSON and as a page."""
    kind = report.schema_.split("/")[0].rpartition(".")[2]
    body = canonical_json(report.model_dump(mode="json", by_alias=True))
    return MadeReport(
        kind=kind, name=_name(kind, report), report=report, json=body, html=report_html(report)
    )


def keep(
    one: MadeReport, *, engine: Engine, store: ObjectStore, clock: Clock, by: Initiator
) -> None:
    """Put the files where the bureau reads them, then tell of them in the outbox.

    In this order: a page without a record is shown to nobody, a record whose page is missing would
    be.
    """
    store.put_bytes(REPORTS, one.key, one.html, content_type="text/html; charset=utf-8")
    twin = one.key.removesuffix(".html") + ".json"
    store.put_bytes(REPORTS, twin, one.json, content_type="application/json")
    report = one.report
    days = (
        {}
        if isinstance(report, IncidentReport)
        else {"first_day": report.first_day.isoformat(), "until": report.until.isoformat()}
    )
    record = new_record(
        clock,
        Action.REPORT_MADE,
        initiator=by,
        target=Target(kind="report", name=one.name),
        service=SERVICE,
        legal=Legal(article=COVERS[type(report)].article),
        data={
            "kind": one.kind,
            "report": one.key,
            "sm3": sm3_hex(one.json),
            "html_sm3": sm3_hex(one.html),
            **days,
        },
    )
    with transaction(engine, DATABASE) as connection:
        append(connection, record)
        if not isinstance(report, IncidentReport):
            connection.execute(
                insert(reports).values(
                    audit_id=record.id,
                    kind=one.kind,
                    about=report.provider if isinstance(report, SectorReport) else "",
                    first_day=report.first_day,
                    until=report.until,
                    complete=report.complete,
                    made_at=record.occurred_at,
                )
            )


def write(one: MadeReport, folder: Path) -> tuple[Path, Path]:
    """`<name>.json` and `<name>.html` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / f"{one.name}.json", folder / f"{one.name}.html"
    for path, content in zip(paths, (one.json, one.html), strict=True):
        path.write_bytes(content)
    return paths


def _name(kind: str, report: AnyReport) -> str:
    if isinstance(report, IncidentReport):
        name = report.incident.incident
        plain = name if name.replace("-", "").isalnum() else sm3_hex(name.encode())[:16]
        return f"{kind}-{plain}"
    label = Period(first_day=report.first_day, until=report.until).label
    about = f"{report.provider}-" if isinstance(report, SectorReport) else ""
    return f"{kind}-{about}{label}"
