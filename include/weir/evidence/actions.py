"""The names under which events are recorded, and what each record's `data` holds.

The bureau's desk is built from these records alone, so the keys below are a promise to it. Values
are text (identifiers, digests, object keys) or whole numbers; never a cell value.

| action | target | `data` |
|---|---|---|
| run.authorised | scenario | policy_pack, policy_lapsed (0 or 1), valid_until |
| snapshot.taken | dataset | rows_in, rows_out, rows_without_consent, content |
| snapshot.destroyed, quarantine.destroyed | dataset | as staging.destroyed |
| staging.destroyed | scenario | bucket, prefix, cause, objects, listing (SM3) |
| quality.checked | dataset | rows_in, rows_quarantined, suite, report, expectations, failed |
| fields.scanned | dataset or product | rows_in, cells, findings, grade |
| product.masked | product | rows_in, rows_out, content |
| disclosure.assessed | product | rows_in, rows_out, rows_suppressed, k_required, k_found |
| product.packaged | product | rows_out, files, manifest |
| release.requested | release | release_id, manifest |
| release.checked | release | release_id, manifest, rows_in, reviewers |
| release.approved, release.reviewed | release | release_id, manifest, approvals, words (SM3) |
| release.published | release | release_id, rows_out, objects, bucket, manifest, certificate |
| release.refused | release | release_id |
| release.delisted | release | release_id, certificate, order_id, tombstone, ground (SM3) |
| run.completed | scenario | release_id, rows_out, objects |
| run.refused, run.failed | scenario | stage, dataset |
| demand.drafted and the other moves of a case | the case | state, scope_kind, scope |
| stop.imposed, stop.lifted | the stop | state, stop_kind, stop_name |
| decision.signed, decision.registered | scenario | decided, valid_until, demand |
| revocation.signed, revocation.registered | scenario | revocation_id |
| catalogue.kept | catalogue | datasets |
| order.signed, order.registered | scope | order_id, order |
| termination.signed, termination.registered | agreement | termination_id, effective_at |
| access.refused | what was tried | attempts_left_out, where earlier ones of that caller were |
| notice.issued, notice.settled | notice | notice, addressee, due_on, ends_on |
| credential.issued, credential.rotated, credential.revoked | use agreement | bucket, environment |
| credential.key_removed | use agreement | access_key, cause, environment |
| credential.used | use agreement | access_key, last_used, environment |
| canary.looked | release | release_id, canaries (SM3 of the list), cells |
| drill.started | drill | store_kind |
| drill.completed | drill | store_kind, milliseconds, bound_seconds, reads, passed (0 or 1) |
| report.made | report | kind, report, sm3, html_sm3, first_day, until |

`report` is an object key in the reports bucket. `decided` is `agreed` or `refused`, `order` is
`suspend`, `resume`, `close` or `delist`. A stage that refuses keeps its own action with outcome
`refused`; the run as a whole is then closed by `run.refused`, a failure by `run.failed`.

An outside effect leaves two records with one action: phase `intent`, outcome `unknown`, before it;
phase `outcome` (or `reconciled`) naming the intent after it. A change of our own state leaves one,
phase `state`. Whoever counts events leaves intents out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from weir.model import Party


class Action(StrEnum):
    """`<noun>.<verb in the past tense>`."""

    RUN_AUTHORISED = "run.authorised"
    RUN_COMPLETED = "run.completed"
    RUN_REFUSED = "run.refused"
    RUN_FAILED = "run.failed"
    SNAPSHOT_TAKEN = "snapshot.taken"
    SNAPSHOT_DESTROYED = "snapshot.destroyed"
    QUARANTINE_DESTROYED = "quarantine.destroyed"
    STAGING_DESTROYED = "staging.destroyed"
    QUALITY_CHECKED = "quality.checked"
    FIELDS_SCANNED = "fields.scanned"
    PRODUCT_MASKED = "product.masked"
    DISCLOSURE_ASSESSED = "disclosure.assessed"
    PRODUCT_PACKAGED = "product.packaged"
    RELEASE_REQUESTED = "release.requested"
    RELEASE_CHECKED = "release.checked"
    RELEASE_APPROVED = "release.approved"
    RELEASE_REVIEWED = "release.reviewed"
    RELEASE_PUBLISHED = "release.published"
    RELEASE_REFUSED = "release.refused"
    RELEASE_DELISTED = "release.delisted"
    RELEASE_WITHDRAWN = "release.withdrawn"
    DEMAND_DRAFTED = "demand.drafted"
    DEMAND_SCREENED = "demand.screened"
    DEMAND_SUBMITTED = "demand.submitted"
    DEMAND_ASSESSED = "demand.assessed"
    DEMAND_CONSULTED = "demand.consulted"
    DEMAND_AGREED = "demand.agreed"
    DEMAND_REFUSED = "demand.refused"
    DEMAND_RETURNED = "demand.returned"
    OPINION_GIVEN = "opinion.given"
    DECISION_SIGNED = "decision.signed"
    DECISION_REGISTERED = "decision.registered"
    REVOCATION_SIGNED = "revocation.signed"
    REVOCATION_REGISTERED = "revocation.registered"
    CATALOGUE_KEPT = "catalogue.kept"
    ORDER_SIGNED = "order.signed"
    ORDER_REGISTERED = "order.registered"
    STOP_OPENED = "stop.opened"
    STOP_ENDED = "stop.ended"
    STOP_CLOSED = "stop.closed"
    RECTIFICATION_PLANNED = "rectification.planned"
    RECTIFICATION_REPORTED = "rectification.reported"
    RECTIFICATION_REJECTED = "rectification.rejected"
    RECTIFICATION_ACCEPTED = "rectification.accepted"
    AGREEMENT_DRAFTED = "agreement.drafted"
    AGREEMENT_CONCLUDED = "agreement.concluded"
    AGREEMENT_NOTIFIED = "agreement.notified"
    AGREEMENT_EXPIRED = "agreement.expired"
    AGREEMENT_TERMINATED = "agreement.terminated"
    TERMINATION_SIGNED = "termination.signed"
    TERMINATION_REGISTERED = "termination.registered"
    RECTIFICATION_ORDERED = "rectification.ordered"
    EVALUATION_OPENED = "evaluation.opened"
    EVALUATION_PASSED = "evaluation.passed"
    EVALUATION_FAILED = "evaluation.failed"
    EVALUATION_EXITED = "evaluation.exited"
    RATING_GIVEN = "rating.given"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_MEDIATED = "dispute.mediated"
    DISPUTE_SETTLED = "dispute.settled"
    DISPUTE_WITHDRAWN = "dispute.withdrawn"
    BUCKET_PREPARED = "bucket.prepared"
    CREDENTIAL_ISSUED = "credential.issued"
    CREDENTIAL_REVOKED = "credential.revoked"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_CONTAINED = "incident.contained"
    INCIDENT_REPORTED = "incident.reported"
    INCIDENT_CLOSED = "incident.closed"
    INCIDENT_DISMISSED = "incident.dismissed"
    CANARY_LOOKED = "canary.looked"
    NOTICE_ISSUED = "notice.issued"
    NOTICE_SETTLED = "notice.settled"
    CREDENTIAL_ROTATED = "credential.rotated"
    CREDENTIAL_KEY_REMOVED = "credential.key_removed"
    CREDENTIAL_USED = "credential.used"
    STOP_IMPOSED = "stop.imposed"
    STOP_LIFTED = "stop.lifted"
    FEEDBACK_GIVEN = "feedback.given"
    FEEDBACK_NOTED = "feedback.noted"
    DRILL_STARTED = "drill.started"
    DRILL_COMPLETED = "drill.completed"
    REPORT_MADE = "report.made"
    ACCESS_REFUSED = "access.refused"
    EVIDENCE_REJECTED = "evidence.rejected"

    @property
    def event_type(self) -> str:
        """The noun: the type of event that GB/T 22239-2019 8.1.4.3 asks a record to name."""
        return self.value.partition(".")[0]


RESPONSIBLE: Mapping[Action, Party] = MappingProxyType(
    dict.fromkeys(Action, Party.OPERATOR)
    | {
        Action.SNAPSHOT_TAKEN: Party.BUREAU,
        Action.FEEDBACK_GIVEN: Party.DATA_USER,
        Action.DECISION_SIGNED: Party.BUREAU,
        Action.REVOCATION_SIGNED: Party.BUREAU,
        Action.CATALOGUE_KEPT: Party.BUREAU,
        Action.ORDER_SIGNED: Party.BUREAU,
        Action.TERMINATION_SIGNED: Party.BUREAU,
        Action.EVIDENCE_REJECTED: Party.BUREAU,
    }
)
"""Who answers for the hop (第十七条): from the exchange platform onto this one it is the bureau,
for processing and delivery the operator."""
