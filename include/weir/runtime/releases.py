"""What reviewers, the operator and the bureau do to a release at the command line."""

from __future__ import annotations

from weir.model import ReleaseId, ReleaseStatus
from weir.runtime.adapters import bureau_client, gate_client, settings
from weir.runtime.statements import hand_over, hear, last_order


def review(release_id: str, manifest_sm3: str, words: str, *, approve: bool) -> ReleaseStatus:
    """Approve or reject under the gate's token at hand; before an approval the gate is told what
    the bureau signed, as before a request.

    Without a digest, the manifest that the gate names is meant: whoever looked at staging itself
    states the digest of what was seen.
    """
    gate = gate_client(settings())
    waiting = gate.release_status(ReleaseId(release_id))
    if approve:
        hear(waiting.scenario)
    return gate.review(release_id, manifest_sm3 or waiting.manifest_sm3, words, approve=approve)


def delist(release_id: str, ground: str) -> ReleaseStatus:
    """Have the gate take a published release from consumers."""
    return gate_client(settings()).delist(release_id, ground)


def order_delisting(release_id: str, ground: str) -> None:
    """Have the bureau sign an order to delist (第二十三条) and register it at the gate, which
    obeys it. One that the bureau has signed already is handed over as it stands."""
    told = settings()
    gate = gate_client(told)
    with bureau_client(told) as bureau:
        signed = last_order(bureau, "delist", "release", release_id) or bureau.order(
            "delist", "release", release_id, ground=ground, article="第二十三条"
        )
    hand_over(gate.register_order, signed)
