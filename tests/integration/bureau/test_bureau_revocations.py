"""The bureau takes back what it decided: with ground, article and formal notice (第十五条)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bureau_server import BureauServer
from fakes.people import account_id
from fakes.sample_contracts import sample_bundle
from weir.bureau.tables import audit_records
from weir.contracts.plan import ContractBundle
from weir.crypto.dsse import Envelope
from weir.errors import AuthorisationError
from weir.evidence.audit import AuditRecord, from_bytes
from weir.model import Role
from weir.policy.decision import decision_digest, open_decision
from weir.policy.revocation import open_revocation

BUNDLE = sample_bundle()
TOLD = {"ground": "用途已变", "article": "第十五条", "notice": "数管函2026-12"}


def digest_of(bureau: BureauServer, envelope: Envelope) -> str:
    return decision_digest(open_decision(envelope, bureau.key.public))


def revoke(bureau: BureauServer, digest: str, **changes: Any) -> Envelope:
    told: dict[str, Any] = {"scenario": "firm-credit", **TOLD, **changes}
    with bureau.client() as client:
        return client.revoke(told.pop("scenario"), digest, **told)


def kept_for(days: int) -> ContractBundle:
    """The contract with another term for its releases."""
    retention = BUNDLE.scenario.retention.model_copy(update={"release_days": days})
    scenario = BUNDLE.scenario.model_copy(update={"retention": retention})
    return replace(BUNDLE, scenario=scenario)


def records(bureau: BureauServer) -> list[AuditRecord]:
    with bureau.engine.begin() as connection:
        bodies = connection.scalars(
            select(audit_records.c.body)
            .where(audit_records.c.action == "revocation.signed")
            .order_by(audit_records.c.seq)
        )
        return [from_bytes(body) for body in bodies]


def test_a_decision_is_taken_back_once_with_all_that_was_stated(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """Signed, kept, recorded, and on the desk."""
    digest = digest_of(bureau, bureau.decide(BUNDLE))
    revocation = open_revocation(revoke(bureau, digest), bureau.key.public)
    assert revocation.decision_digest == digest
    assert (revocation.ground, revocation.article, revocation.notice) == tuple(TOLD.values())
    assert revocation.revoked_by == account_id(Role.BUREAU_DIRECTOR)
    with bureau.client() as client:
        (kept,) = client.revocations()
    assert open_revocation(kept, bureau.key.public) == revocation
    (record,) = records(bureau)
    assert (record.outcome, record.legal.decision_digest) == ("success", digest)
    assert record.responsible_party.value == "bureau"
    page = desk.get("/scenarios/firm-credit").text
    assert "已撤销" in page
    assert "数管函2026-12" in page
    assert "已撤销" in desk.get("/").text
    with pytest.raises(AuthorisationError) as again:
        revoke(bureau, digest)
    assert again.value.code == "decision_revoked"


def test_a_revocation_takes_back_what_was_decided_on_earlier_contracts(
    bureau: BureauServer,
) -> None:
    """Else the operator would restore the older file and go on. What was decided later stays, and a
    refusal of the newest contract hides no consent to an older one."""
    first = digest_of(bureau, bureau.decide(BUNDLE))
    second = digest_of(bureau, bureau.decide(kept_for(90)))
    refused = bureau.decide(kept_for(60), "refused", reason="滥用", article="第十九条")
    revocation = open_revocation(revoke(bureau, digest_of(bureau, refused)), bureau.key.public)
    assert revocation.decision_digest == second
    with bureau.client() as client:
        kept = [open_revocation(one, bureau.key.public) for one in client.revocations()]
    assert {one.decision_digest for one in kept} == {first, second}
    assert {one.legal.decision_digest for one in records(bureau)} == {first, second}
    third = digest_of(bureau, bureau.decide(BUNDLE))
    with pytest.raises(AuthorisationError, match="decision_revoked"):
        revoke(bureau, second)
    revoke(bureau, third)
    with bureau.client() as client:
        assert len(client.revocations()) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"ground": " "},
        {"article": ""},
        {"notice": "\n"},
        {"article": "有关规定"},
        {"article": "第九百条"},
        {"article": "第二十五条"},
    ],
)
def test_a_revocation_that_lacks_its_ground_is_refused_and_kept_as_an_attempt(
    bureau: BureauServer, change: dict[str, str]
) -> None:
    """The decision still holds."""
    digest = digest_of(bureau, bureau.decide(BUNDLE))
    with pytest.raises(AuthorisationError) as refusal:
        revoke(bureau, digest, **change)
    assert (refusal.value.code, refusal.value.article) == ("revocation_without_ground", "第十五条")
    assert [one.reason_code for one in records(bureau)] == ["revocation_without_ground"]
    with bureau.client() as client:
        assert client.revocations() == ()


def test_what_was_never_decided_or_never_agreed_cannot_be_taken_back(
    bureau: BureauServer,
) -> None:
    """An unknown digest, another scenario's, and a refusal."""
    agreed = digest_of(bureau, bureau.decide(BUNDLE))
    refused = digest_of(bureau, bureau.decide(BUNDLE, "refused", reason="滥用", article="第十九条"))
    for digest, scenario, code in (
        ("0" * 64, "firm-credit", "decision_unknown"),
        (agreed, "water-open", "decision_unknown"),
        (refused, "firm-credit", "decision_not_agreed"),
    ):
        with pytest.raises(AuthorisationError) as refusal:
            revoke(bureau, digest, scenario=scenario)
        assert refusal.value.code == code
    assert [one.outcome for one in records(bureau)] == ["refused"] * 3


def test_a_name_that_looks_alike_is_no_scenario(bureau: BureauServer) -> None:
    """A Cyrillic letter is refused by field."""
    digest = digest_of(bureau, bureau.decide(BUNDLE))
    with pytest.raises(AuthorisationError) as refusal:
        revoke(bureau, digest, scenario="fіrm-credit")
    assert refusal.value.code == "request_malformed"
    assert "scenario" in refusal.value.what


def test_of_racing_revocations_one_is_kept(bureau: BureauServer) -> None:
    """The others are told."""
    digest = digest_of(bureau, bureau.decide(BUNDLE))

    def once(_: int) -> str:
        try:
            revoke(bureau, digest)
        except AuthorisationError as error:
            return error.code
        return "signed"

    with ThreadPoolExecutor(5) as pool:
        ends = sorted(pool.map(once, range(5)))
    assert ends == ["decision_revoked"] * 4 + ["signed"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.BUREAU_DIRECTOR}))
def test_nobody_but_a_director_takes_a_decision_back(bureau: BureauServer, role: Role) -> None:
    """Least of all the operator."""
    with bureau.client(role) as client, pytest.raises(AuthorisationError) as refusal:
        client.revoke("firm-credit", "0" * 64, **TOLD)
    assert refusal.value.code == "role_not_allowed"
