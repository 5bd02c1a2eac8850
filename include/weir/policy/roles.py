"""Who may do what: one matrix for every service (第十六、十七、十九条).

A cell that is not here is a no. Signatures of the bureau are a second ground beside it: what the
gate takes as the bureau's word must also bear the bureau's key.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from weir.errors import AuthorisationError
from weir.model import Principal, Role


class Act(StrEnum):
    """What a caller may be allowed to do: `<noun>.<verb>`."""

    DEMAND_DRAFT = "demand.draft"
    DEMAND_SCREEN = "demand.screen"
    DEMAND_SUBMIT = "demand.submit"
    DEMAND_ASSESS = "demand.assess"
    DEMAND_RETURN = "demand.return"
    DEMAND_READ = "demand.read"
    OPINION_GIVE = "opinion.give"
    DECISION_SIGN = "decision.sign"
    DECISION_READ = "decision.read"
    DECISION_REVOKE = "decision.revoke"
    CATALOGUE_READ = "catalogue.read"
    ORDER_SIGN = "order.sign"
    ORDER_READ = "order.read"
    RECTIFICATION_DO = "rectification.do"
    RECTIFICATION_JUDGE = "rectification.judge"
    STOP_READ = "stop.read"
    AGREEMENT_DRAFT = "agreement.draft"
    AGREEMENT_CONCLUDE = "agreement.conclude"
    AGREEMENT_WATCH = "agreement.watch"
    AGREEMENT_TERMINATE = "agreement.terminate"
    AGREEMENT_READ = "agreement.read"
    EVALUATION_CONDUCT = "evaluation.conduct"
    EVALUATION_CONCLUDE = "evaluation.conclude"
    EVALUATION_READ = "evaluation.read"
    RATING_GIVE = "rating.give"
    OPERATION_EXIT = "operation.exit"
    DISPUTE_OPEN = "dispute.open"
    DISPUTE_SETTLE = "dispute.settle"
    DISPUTE_READ = "dispute.read"
    DISPUTE_SCOPES_READ = "dispute.read_scopes"
    RETENTION_KEEP = "retention.keep"
    EVIDENCE_DELIVER = "evidence.deliver"
    EVIDENCE_READ = "evidence.read"
    STANDING_READ = "standing.read"
    SNAPSHOT_TAKE = "snapshot.take"
    RELEASE_REQUEST = "release.request"
    RELEASE_READ = "release.read"
    RELEASE_APPROVE = "release.approve"
    RELEASE_DELIST = "release.delist"
    RELEASE_SETTLE = "release.settle"
    CREDENTIAL_ISSUE = "credential.issue"
    GATE_DESK_READ = "gate_desk.read"
    BUREAU_DESK_READ = "bureau_desk.read"
    INCIDENT_OPEN = "incident.open"
    INCIDENT_HANDLE = "incident.handle"
    INCIDENT_CLOSE = "incident.close"
    INCIDENT_READ = "incident.read"
    VERDICT_READ = "verdict.read"
    NOTICE_ISSUE = "notice.issue"
    NOTICE_READ = "notice.read"
    CREDENTIAL_READ = "credential.read"
    USER_STOP = "user.stop"
    USER_STOP_READ = "user.read_stops"
    FEEDBACK_GIVE = "feedback.give"
    FEEDBACK_NOTE = "feedback.note"
    FEEDBACK_READ = "feedback.read"
    DRILL_HOLD = "drill.hold"
    DRILL_ORDER = "drill.order"
    DRILL_READ = "drill.read"


_BUREAU = {Role.BUREAU_REVIEWER, Role.BUREAU_DIRECTOR}
_OPERATOR = {Role.OPERATOR_ENGINEER, Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER}

MATRIX: Mapping[Act, frozenset[Role]] = MappingProxyType(
    {
        act: frozenset(roles)
        for act, roles in {
            Act.DEMAND_DRAFT: {Role.OPERATOR_ENGINEER, Role.CHIEF_DATA_OFFICER},
            Act.DEMAND_SCREEN: {Role.CHIEF_DATA_OFFICER},
            Act.DEMAND_SUBMIT: {Role.CHIEF_DATA_OFFICER},
            Act.DEMAND_ASSESS: _BUREAU,
            Act.DEMAND_RETURN: _BUREAU,
            Act.DEMAND_READ: {*_BUREAU, *_OPERATOR, Role.PROVIDER, Role.AUDITOR},
            Act.OPINION_GIVE: {Role.PROVIDER},
            Act.DECISION_SIGN: {Role.BUREAU_DIRECTOR},
            Act.DECISION_READ: {*_BUREAU, *_OPERATOR, Role.AUDITOR, Role.DELIVERER},
            Act.DECISION_REVOKE: {Role.BUREAU_DIRECTOR},
            Act.CATALOGUE_READ: {
                *_BUREAU,
                *_OPERATOR,
                Role.PROVIDER,
                Role.DATA_USER,
                Role.AUDITOR,
            },
            Act.ORDER_SIGN: {Role.BUREAU_DIRECTOR},
            Act.ORDER_READ: {*_BUREAU, *_OPERATOR, Role.AUDITOR, Role.DELIVERER},
            Act.RECTIFICATION_DO: {Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER},
            Act.RECTIFICATION_JUDGE: _BUREAU,
            Act.STOP_READ: {*_BUREAU, *_OPERATOR, Role.PROVIDER, Role.AUDITOR, Role.DELIVERER},
            Act.AGREEMENT_DRAFT: {Role.CHIEF_DATA_OFFICER},
            Act.AGREEMENT_CONCLUDE: {Role.BUREAU_DIRECTOR},
            Act.AGREEMENT_WATCH: {*_BUREAU, Role.CHIEF_DATA_OFFICER},
            Act.AGREEMENT_TERMINATE: {Role.BUREAU_DIRECTOR},
            Act.AGREEMENT_READ: {*_BUREAU, *_OPERATOR, Role.AUDITOR, Role.DELIVERER},
            Act.EVALUATION_CONDUCT: _BUREAU,
            Act.EVALUATION_CONCLUDE: {Role.BUREAU_DIRECTOR},
            Act.EVALUATION_READ: {*_BUREAU, *_OPERATOR, Role.AUDITOR, Role.DELIVERER},
            Act.RATING_GIVE: {Role.PROVIDER, Role.DATA_USER},
            Act.OPERATION_EXIT: {Role.CHIEF_DATA_OFFICER},
            Act.DISPUTE_OPEN: {Role.PROVIDER, Role.CHIEF_DATA_OFFICER},
            Act.DISPUTE_SETTLE: _BUREAU,
            Act.DISPUTE_READ: {*_BUREAU, *_OPERATOR, Role.AUDITOR},
            # What is disputed, without what anybody said of it.
            Act.DISPUTE_SCOPES_READ: {*_BUREAU, *_OPERATOR, Role.AUDITOR, Role.DELIVERER},
            Act.RETENTION_KEEP: {Role.WORKER, Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER},
            Act.EVIDENCE_DELIVER: {Role.DELIVERER},
            Act.EVIDENCE_READ: {*_BUREAU, Role.AUDITOR, Role.DELIVERER},
            Act.STANDING_READ: {Role.WORKER, Role.INTAKE, *_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.SNAPSHOT_TAKE: {Role.WORKER},
            Act.RELEASE_REQUEST: {Role.WORKER},
            Act.RELEASE_READ: {Role.WORKER, *_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.RELEASE_APPROVE: {Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER},
            Act.RELEASE_DELIST: {Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER},
            # The gate's own steps: no caller has its role.
            Act.RELEASE_SETTLE: {Role.GATE},
            Act.CREDENTIAL_ISSUE: {Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER},
            Act.GATE_DESK_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.BUREAU_DESK_READ: {*_BUREAU, Role.AUDITOR},
            Act.INCIDENT_OPEN: {*_OPERATOR, *_BUREAU, Role.DATA_USER},
            Act.INCIDENT_HANDLE: {Role.SECURITY_OFFICER},
            Act.INCIDENT_CLOSE: {Role.SECURITY_OFFICER},
            Act.INCIDENT_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.VERDICT_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.NOTICE_ISSUE: {Role.WORKER, *_OPERATOR},
            Act.NOTICE_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.CREDENTIAL_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.USER_STOP: {Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER},
            Act.USER_STOP_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.FEEDBACK_GIVE: {Role.DATA_USER},
            Act.FEEDBACK_NOTE: {Role.CHIEF_DATA_OFFICER},
            Act.FEEDBACK_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
            Act.DRILL_HOLD: {Role.CHIEF_DATA_OFFICER, Role.SECURITY_OFFICER, Role.WORKER},
            # The scope of such an order is a drill's own, so that asking for one stops nobody.
            Act.DRILL_ORDER: {
                Role.BUREAU_DIRECTOR,
                Role.CHIEF_DATA_OFFICER,
                Role.SECURITY_OFFICER,
                Role.DELIVERER,
            },
            Act.DRILL_READ: {*_OPERATOR, *_BUREAU, Role.AUDITOR},
        }.items()
    }
)


def may(role: Role, act: Act) -> bool:
    return role in MATRIX.get(act, frozenset())


def check_may(principal: Principal, act: Act) -> None:
    """Raise `AuthorisationError` (code `role_not_allowed`) unless the principal may `act`."""
    if not may(principal.role, act):
        raise AuthorisationError(
            "role_not_allowed",
            f"the role {principal.role} may not do this: {act}",
            article="第十八条",
            remedy="it takes one of: " + ", ".join(sorted(MATRIX.get(act, frozenset()))),
        )
