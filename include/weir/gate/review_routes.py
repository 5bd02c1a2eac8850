"""Reviewers' words on releases, and the operator's delisting of one, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from weir.errors import ApprovalError, AuthorisationError, IntegrityError
from weir.gate.delisting import Delister
from weir.gate.ports import GatePorts
from weir.gate.records import Recorder, about_release
from weir.gate.release_store import Release, ReleaseStore
from weir.gate.review_store import ReviewStore
from weir.governance.entrance import Entrance
from weir.model import Principal, to_json
from weir.policy.machine import Words
from weir.policy.machines.release import Review
from weir.policy.roles import Act
from weir.release.manifest import Sm3Hex
from weir.service.bodies import json_body, read_as

LIMIT_BYTES = 64 * 1024

Body = Annotated[Any, Depends(json_body(LIMIT_BYTES))]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ReviewGiven(_Given):
    """A reviewer's word on the manifest of that digest."""

    manifest_sm3: Sm3Hex
    approve: bool
    words: Words


class DelistingGiven(_Given):
    ground: Words = Field(description="why consumers must not have it any more")


def routes(ports: GatePorts, access: Entrance, wake: Callable[[], None]) -> APIRouter:
    """`wake` tells the worker that there is something to do."""
    router = APIRouter(prefix="/v1/releases")
    releases = ReleaseStore(ports.engine)
    recorder = Recorder(ports.clock, ports.signing_key.public.key_id)
    reviews = ReviewStore(ports.engine, ports.clock, recorder)
    delister = Delister(ports)

    @contextmanager
    def attempt(held: Release, by: Principal) -> Iterator[None]:
        """Keep an attempt that was refused."""
        try:
            yield
        except (ApprovalError, AuthorisationError) as error:
            about = about_release(
                held.release_id, held.scenario, held.run_id, article=error.article
            )
            access.attempts.refused(
                by, about.target, error.code, legal=about.legal, run_id=about.run_id
            )
            raise

    def known(name: str) -> Release:
        held = releases.find(name)
        if held is None:
            raise unknown_release()
        return held

    @router.post(
        "/{name}/approvals",
        status_code=201,
        dependencies=[Depends(access.requires(Act.RELEASE_APPROVE))],
    )
    def review(request: Request, name: str, body: Body) -> Any:
        by = access.known(request)
        given, held = read_as(ReviewGiven, body), known(name)
        with attempt(held, by):
            settled = reviews.review(
                held.release_id,
                by,
                Review(manifest_sm3=given.manifest_sm3, words=given.words),
                approve=given.approve,
                pack=ports.contracts.pack(ports.clock.now()),
            )
        wake()
        return to_json(settled.status)

    @router.get("/{name}/approvals", dependencies=[Depends(access.requires(Act.RELEASE_READ))])
    def approvals(name: str) -> Any:
        held = known(name)
        return [to_json(one) for one in reviews.approvals(held)]

    @router.post(
        "/{name}/delisting",
        status_code=202,
        dependencies=[Depends(access.requires(Act.RELEASE_DELIST))],
    )
    def delist(request: Request, name: str, body: Body) -> Any:
        by = access.known(request)
        given, held = read_as(DelistingGiven, body), known(name)
        with attempt(held, by):
            ordered = delister.by_operator(held, by, given.ground)
        wake()
        return to_json(ordered.status)

    return router


def unknown_release() -> IntegrityError:
    return IntegrityError(
        "release_unknown", "the gate knows no release of this name", remedy="check the name"
    )
