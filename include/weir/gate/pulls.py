"""Is what a product was made from young enough to be released?"""

from __future__ import annotations

from collections.abc import Collection

from weir.contracts.plan import Plan
from weir.errors import IntegrityError
from weir.gate.bucket import ReleaseBucket
from weir.gate.leave import Leave
from weir.gate.ports import GatePorts
from weir.gate.stop_store import stops_ended
from weir.model import ReleaseId, Snapshot, Verdict, require
from weir.policy.resumed import pull_reasons, went_on_at


def check_pulls(
    plan: Plan,
    snapshots: Collection[Snapshot],
    leave: Leave,
    bucket: ReleaseBucket,
    ports: GatePorts,
) -> None:
    """Raise `IntegrityError` for `snapshots`, whose receipts have been checked, that were pulled
    before a stop which has ended since (`pulled_before_stop`), or before those of the release that
    `latest.json` names (`release_overtaken`)."""
    latest = bucket.latest()
    newest = latest and latest.release_id and bucket.certificate(ReleaseId(latest.release_id))
    published = newest.certificate.predicate.reported.snapshots if newest else ()
    went_on = went_on_at(
        plan, leave.standing.suspensions, stops_ended(ports.engine), ports.clock.now()
    )
    reasons = pull_reasons(
        [one.taken_at for one in snapshots], went_on, [one.taken_at for one in published]
    )
    require(Verdict(reasons=tuple(reasons)), IntegrityError, scenario=plan.scenario.scenario)
