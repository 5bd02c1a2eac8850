"""The report file of one data security incident (第十九条)."""

from __future__ import annotations

from datetime import datetime

from weir.gate.reports import figures
from weir.gate.reports.books import Contracts, IncidentRow, StepRow
from weir.gate.reports.models import IncidentReport, IncidentStep, IncidentTexts
from weir.gate.reports.words import redacted
from weir.governance.cases import Case


def incident_row(case: Case) -> IncidentRow:
    """A case of the incident machine, with every move that led there."""
    return IncidentRow(
        case_id=case.case_id,
        state=case.state,
        facts=case.facts,
        steps=tuple(
            StepRow(move=one.move, by_role=one.by.role.value, at=one.at) for one in case.history
        ),
    )


def incident_report(row: IncidentRow, contracts: Contracts, made_at: datetime) -> IncidentReport:
    """What happened, how far it reaches, until when it had to be told and what was done.

    It alone repeats what people wrote, redacted: the bureau must learn what happened.
    """
    line = figures.incident_line(row, contracts)
    texts = {
        name: redacted(text)
        for name in IncidentTexts.model_fields
        if isinstance(text := row.facts.get(name), str)
    }
    return IncidentReport(
        made_at=made_at,
        incident=line,
        overdue=figures.is_overdue(line, made_at),
        texts=IncidentTexts(**texts),
        steps=tuple(
            IncidentStep(move=step.move, by=step.by_role, at=step.at) for step in row.steps
        ),
    )
