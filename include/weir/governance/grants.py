"""What the role that makes reports may do in the gate's database."""

from __future__ import annotations

from weir.evidence import tables as evidence

SCHEMA = "governance"
_CREDENTIAL = "use_agreement, environment, data_user, scenarios, state, issued_at, valid_until"
_CASE = "kind, case_id, state, opened_at"
_MOVE = "kind, case_id, version, move, by_role, at"
_OUTBOX = "kind, recorded_at, delivered_at, rejected_at"
"""Columns, as `weir.gate.tables` and `weir.evidence.tables` have them."""


def report_grants(role: str) -> tuple[str, ...]:
    """SQL that lets `role` read what reports tell and add the record of a report.

    It can alter nothing, reads no access key, none of what people wrote into cases, and none of
    the records in the outbox.
    """
    name = evidence.quoted_role(role)
    whole = ", ".join(f"{SCHEMA}.{table}" for table in ("releases", "orders", "incident_figures"))
    return (
        f"GRANT USAGE ON SCHEMA {SCHEMA}, {evidence.SCHEMA} TO {name}",
        f"GRANT SELECT ON {whole}, {evidence.SCHEMA}.run_stages TO {name}",
        f"GRANT SELECT ({_CASE}) ON {SCHEMA}.cases TO {name}",
        f"GRANT SELECT ({_MOVE}) ON {SCHEMA}.moves TO {name}",
        f"GRANT SELECT ({_CREDENTIAL}) ON {SCHEMA}.credentials TO {name}",
        f"GRANT INSERT ON {SCHEMA}.reports TO {name}",
        *evidence.adding_grants(evidence.outbox, evidence.APPENDED, name),
        f"GRANT SELECT ({_OUTBOX}) ON {evidence.SCHEMA}.outbox TO {name}",
    )
