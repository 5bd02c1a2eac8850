"""Reports, made by a person at the command line or by the schedule."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from weir.clock import SystemClock
from weir.errors import ContractError
from weir.evidence.audit import Initiator
from weir.policy.machines.incident import INCIDENT
from weir.runtime.adapters import bureau_key, engine, gate_client, object_store, settings

if TYPE_CHECKING:
    from weir.gate.reports.keep import MadeReport
    from weir.gate.reports.models import OperatorRating
    from weir.gate.reports.office import ReportOffice
    from weir.gate.reports.period import Period

    Make = Callable[[ReportOffice], tuple[MadeReport, ...]]

_SCHEDULE = Initiator(type="schedule", id="weir-reports", role="operator")
RATINGS_LIMIT_BYTES = 1024 * 1024


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


def evaluation(year: int, ratings: Path | None, out: Path) -> list[Path]:
    """The evaluation pack of a year, with the ratings of a JSON file."""
    period = _year(year)
    given = read_ratings(ratings) if ratings else ()
    return _written(lambda office: office.evaluation(period, given), out)


def incident(case_id: str, out: Path) -> list[Path]:
    """The report file of one incident, which the gate tells to its handlers' accounts alone."""
    case = gate_client(settings()).case(INCIDENT.kind, case_id)
    return _written(lambda office: office.incident(case), out)


def monthly(kind: str, as_of: datetime) -> list[str]:
    """The schedule's `operation` or `sector` report of the month before `as_of`; returns the keys
    of the pages."""
    from weir.gate.reports.period import month_before

    return _scheduled(kind, month_before(as_of))


def yearly(kind: str, as_of: datetime) -> list[str]:
    """The schedule's `disclosure` or `evaluation` of the year before `as_of`. Ratings, if there
    are any by then, are added when a person makes the pack again."""
    from weir.gate.reports.period import year_before

    return _scheduled(kind, year_before(as_of))


def read_ratings(path: Path) -> tuple[OperatorRating, ...]:
    """A JSON list of ratings; `ContractError` (code `ratings_malformed`) for anything else."""
    from pydantic import TypeAdapter, ValidationError

    from weir.gate.reports.models import OperatorRating

    try:
        if path.stat().st_size > RATINGS_LIMIT_BYTES:
            raise _ratings_malformed()
        given = path.read_bytes()
        return TypeAdapter(tuple[OperatorRating, ...]).validate_json(given, strict=True)
    except (OSError, ValidationError, RecursionError):
        raise _ratings_malformed() from None


def write_schemas(folder: Path) -> None:
    from weir.gate.reports import schema

    schema.write_schemas(folder)


def _ratings_malformed() -> ContractError:
    return ContractError(
        "ratings_malformed",
        "the ratings are no JSON list of ratings",
        article="第二十条",
        remedy='write [{"by": "provider", "org": "…", "score": 1 to 5}], by provider or data_user',
    )


def _period(first_day: str, until: str) -> Period:
    from weir.gate.reports.period import period_of

    return period_of(first_day, until, SystemClock().now())


def _year(year: int) -> Period:
    from weir.gate.reports.period import year_of

    return year_of(year, SystemClock().now())


def _written(make: Make, out: Path) -> list[Path]:
    from weir.gate.reports.keep import write

    with _office(_person()) as office:
        return [path for one in make(office) for path in write(one, out)]


def _scheduled(kind: str, period: Period) -> list[str]:
    with _office(_SCHEDULE) as office:
        makes = {
            "operation": office.operation,
            "sector": office.sector,
            "disclosure": office.disclosure,
            "evaluation": office.evaluation,
        }
        return [one.key for one in makes[kind](period)]


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
