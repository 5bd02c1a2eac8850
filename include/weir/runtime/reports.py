"""Reports, made by a person at the command line or by the schedule."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from weir.clock import SystemClock
from weir.errors import ContractError, WeirError
from weir.evidence.audit import Initiator
from weir.policy.machines.incident import INCIDENT
from weir.policy.reporting import Reported, owed_report
from weir.runtime.adapters import (
    bureau_client,
    bureau_key,
    engine,
    gate_client,
    object_store,
    settings,
)
from weir.runtime.folders import writing_into

if TYPE_CHECKING:
    from weir.gate.reports.keep import MadeReport
    from weir.gate.reports.office import ReportOffice
    from weir.gate.reports.period import Period
    from weir.governance.cases import Case

    Make = Callable[[ReportOffice], tuple[MadeReport, ...]]

_log = structlog.get_logger()
_SCHEDULE = Initiator(type="schedule", id="weir-reports", role="operator")


def operation(first_day: str, until: str, out: Path) -> list[Path]:
    """The operation report of a period, into `out`; returns the files."""
    period = _period(first_day, until)
    return _written(lambda office: office.operation(period), out)


def sector(first_day: str, until: str, provider: str | None, out: Path) -> list[Path]:
    """The sector reports of a period: of every provider, or of one."""
    period = _period(first_day, until)
    return _written(lambda office: office.sector(period, provider), out)


def disclosure(year: int, out: Path) -> list[Path]:
    """The public list of a year."""
    period = _year(year)
    return _written(lambda office: office.disclosure(period), out)


def evaluation(year: int, out: Path) -> list[Path]:
    """The evaluation pack of a year, with the evaluations that the bureau keeps."""
    period = _year(year)
    return _written(lambda office: office.evaluation(period, _evaluations()), out)


def incident(case_id: str, out: Path) -> list[Path]:
    """The report file of one incident, which the gate tells to its handlers' accounts alone."""
    case = gate_client(settings()).case(INCIDENT.kind, case_id)
    return _written(lambda office: office.incident(case), out)


def make_owed() -> list[str]:
    """Make each report that a notice of the gate's stands for, however late, and have the gate
    settle it; returns the keys of the pages.

    Ratings that are given later come into the pack that a person makes then. The report to the
    department of a provider that no contract names any more is left to a person as well.
    """
    gate = gate_client(settings())
    gate.issue_notices()
    # Two operators owe one report of the same month.
    owed = tuple(dict.fromkeys(owed_report(one) for one in gate.owed_reports()))
    if not owed:
        return []
    made: list[str] = []
    with _office(_SCHEDULE) as office:
        for one in owed:
            try:
                made += [kept.key for kept in _made(office, one)]
            except ContractError as error:
                if error.code != "provider_unknown":
                    raise
                _log.warning("report_left", kind=one.kind, about=one.about, code=error.code)
    gate.issue_notices()
    return made


def write_schemas(folder: Path) -> None:
    from weir.gate.reports import schema

    with writing_into(folder):
        schema.write_schemas(folder)


def _period(first_day: str, until: str) -> Period:
    from weir.gate.reports.period import period_of

    return period_of(first_day, until, SystemClock().now())


def _year(year: int) -> Period:
    from weir.gate.reports.period import year_of

    return year_of(year, SystemClock().now())


def _written(make: Make, out: Path) -> list[Path]:
    from weir.gate.reports.keep import write

    fresh = not out.exists()
    with writing_into(out):  # before a report is kept as made that nobody could be handed
        out.mkdir(parents=True, exist_ok=True)
    try:
        with _office(_person()) as office:
            made = make(office)
    except WeirError:
        if fresh:
            out.rmdir()
        raise
    with writing_into(out):
        return [path for one in made for path in write(one, out)]


def _made(office: ReportOffice, owed: Reported) -> tuple[MadeReport, ...]:
    from weir.gate.reports.period import Period

    period = Period(first_day=owed.first_day, until=owed.until)
    match owed.kind:
        case "operation":
            return office.operation(period)
        case "sector":
            return office.sector(period, owed.about)
        case "disclosure":
            return office.disclosure(period)
        case "evaluation":
            return office.evaluation(period, _evaluations())


def _evaluations() -> tuple[Case, ...]:
    """As the bureau keeps them: what somebody else says of an evaluation is none."""
    with bureau_client(settings()) as bureau:
        return bureau.cases("evaluation")


def _person() -> Initiator:
    """Whoever typed the command, as far as this machine knows."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"  # an account without an entry, as in a container
    return Initiator(type="person", id=name, role="operator", auth_method="unix")


@contextmanager
def _office(by: Initiator) -> Iterator[ReportOffice]:
    from weir.gate.ports import ContractFolders
    from weir.gate.reports.office import ReportOffice

    told = settings()
    database = engine(told.report_dsn, "WEIR_REPORT_DSN")
    try:
        yield ReportOffice(
            engine=database,
            store=object_store(),
            contracts=ContractFolders(
                contracts_dir=told.contracts_dir,
                policy_dir=told.policy_dir,
                expectations_dir=told.expectations_dir,
            ),
            bureau_key=bureau_key(),
            clock=SystemClock(),
            by=by,
        )
    finally:
        database.dispose()
