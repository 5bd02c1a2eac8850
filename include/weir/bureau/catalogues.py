"""The bureau's catalogue (第五条): what it decides by, and every version it decided by."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from weir.bureau.acts import BureauActs
from weir.bureau.tables import catalogues
from weir.contracts.catalogue import (
    Catalogue,
    catalogue_bytes,
    highest_grade,
)
from weir.contracts.dataset import OpenType
from weir.contracts.plan import ContractBundle
from weir.errors import AuthorisationError
from weir.evidence.actions import Action
from weir.evidence.audit import Legal, Target
from weir.model import Digest, Principal


def check_catalogued(bundle: ContractBundle, known: Catalogue) -> None:
    """Raise `AuthorisationError` (code `dataset_off_catalogue`) unless every dataset of the
    contract is as the bureau's own catalogue has it: open type and grades are not the operator's
    to state."""
    for name, dataset in sorted(bundle.datasets.items()):
        if known.datasets.get(name) != dataset:
            raise AuthorisationError(
                "dataset_off_catalogue",
                "a dataset of the contract is not as the bureau's catalogue has it",
                where={"scenario": bundle.scenario.scenario, "dataset": name},
                article="第五条",
                remedy="take the dataset's contract from the catalogue, or have it changed there",
            )


def keep_catalogue(
    connection: Connection,
    acts: BureauActs,
    by: Principal,
    known: Catalogue,
    versions: set[Digest],
) -> Digest:
    """Keep this version where it is new, with its record; its SM3. `versions` are those that were
    found committed before: none is ever removed, so they are not looked for again."""
    version = known.version
    if version in versions:
        return version
    held = select(catalogues.c.sm3).where(catalogues.c.sm3 == version)
    if connection.scalar(held) is not None:
        versions.add(version)
        return version
    row = {"sm3": version, "body": catalogue_bytes(known), "kept_at": acts.clock.now()}
    if connection.execute(insert(catalogues).on_conflict_do_nothing(), row).rowcount:
        acts.keep(
            connection,
            Action.CATALOGUE_KEPT,
            by=by,
            target=Target(kind="catalogue", name="catalogue", version=version),
            legal=Legal(article="第五条"),
            data={"datasets": len(known.datasets)},
        )
    return version


def catalogue_json(known: Catalogue) -> dict[str, Any]:
    """The catalogue as the service answers it."""
    return {
        "version": known.version,
        "unconditional": list(known.unconditional()),
        "datasets": [
            {
                "dataset": name,
                "title": one.title,
                "provider": one.provider,
                "open_type": one.open_type,
                "in_operation": {
                    OpenType.UNCONDITIONAL: "all",
                    OpenType.CONDITIONAL: "upon_decision",
                    OpenType.PROHIBITED: "never",
                }[one.open_type],
                "grade": highest_grade(one),
                "fields": {
                    field: {"title": told.title, "grade": told.grade}
                    for field, told in one.fields.items()
                },
            }
            for name, one in sorted(known.datasets.items())
        ],
    }
