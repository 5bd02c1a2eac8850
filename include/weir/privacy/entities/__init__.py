"""The one table of identifier types.

Presidio recognisers and the bulk kernel are both made from it: adding a row adds the type to
every scan, report and recogniser. Detection is case-insensitive for ASCII letters and works on
the text in compatibility form (`weir.privacy.normal_form`).

Names of persons, addresses and names of organisations need a model, and are no rows of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from weir.crypto.canonical import canonical_json
from weir.crypto.sm3 import sm3_hex
from weir.model import Digest
from weir.privacy.entities.accounts import ACCOUNTS
from weir.privacy.entities.contacts import CONTACTS
from weir.privacy.entities.entity import Entity
from weir.privacy.entities.medical import MEDICAL
from weir.privacy.entities.network import NETWORK_ADDRESSES
from weir.privacy.entities.organisations import ORGANISATIONS
from weir.privacy.entities.people import PEOPLE
from weir.privacy.entities.property import PROPERTY
from weir.privacy.entities.traits import TRAITS
from weir.privacy.entities.travel import TRAVEL
from weir.privacy.entities.vehicles import VEHICLES
from weir.privacy.regions import regions_digest
from weir.privacy.shapes import Runs

__all__ = ["BY_NAME", "ENTITIES", "Entity", "table_digest"]

ENTITIES: tuple[Entity, ...] = tuple(
    sorted(
        (
            *PEOPLE,
            *TRAVEL,
            *ORGANISATIONS,
            *ACCOUNTS,
            *CONTACTS,
            *VEHICLES,
            *MEDICAL,
            *PROPERTY,
            *NETWORK_ADDRESSES,
            *TRAITS,
        ),
        key=lambda entity: entity.rank,
    )
)
"""In order of rank."""

BY_NAME: Mapping[str, Entity] = MappingProxyType({entity.name: entity for entity in ENTITIES})


def table_digest(entities: tuple[Entity, ...] = ENTITIES) -> Digest:
    """SM3 over everything in `entities` that decides what is found."""
    return sm3_hex(
        canonical_json(
            {
                "regions": regions_digest(),
                "entities": [
                    {
                        "name": entity.name,
                        "regex": entity.shape.regex,
                        "weak": [form.text for form in entity.shape.forms if form.weak]
                        if isinstance(entity.shape, Runs)
                        else entity.shape.weak,
                        "cues": list(entity.cues),
                        "denials": list(entity.denials),
                        "check": entity.check.name if entity.check else None,
                        "rank": entity.rank,
                    }
                    for entity in entities
                ],
            }
        )
    )
