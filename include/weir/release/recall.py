"""How much of what it looks for a scan finds: what a certificate may say of its own scan."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from weir.release.manifest import Sm3Hex

NOT_EVALUATED: Literal["not evaluated"] = "not evaluated"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntityRecall(_Part):
    """Of `cells` labelled cells that hold the type, `found` were found; `at_least` is the share's
    lower bound (Wilson, 95 %)."""

    entity: str = Field(max_length=100)
    cells: int = Field(ge=1)
    found: int = Field(ge=0)
    at_least: str = Field(pattern=r"^[01]\.[0-9]{4}$")


class Recall(_Part):
    """The detector's recall on the labelled tables `benchmark`, made by the operator's software.

    It was measured of the entity table `entity_table`, which is the one that scanned the release.
    `not_measured` are covered types of which nothing is known.
    """

    data: Literal["synthetic"] = "synthetic"
    benchmark: Sm3Hex
    entity_table: Sm3Hex
    entities: tuple[EntityRecall, ...]
    not_measured: tuple[str, ...]


StatedRecall = Recall | Literal["not evaluated"]


def recall_text(stated: StatedRecall | None) -> str:
    """One line for whoever verifies a release; of certificates that say nothing, that."""
    match stated:
        case None:
            return "证书未载明检出率 the certificate states no recall"
        case str():
            return "检出率未评测 recall of the scan: not evaluated"
        case Recall():
            bounds = ", ".join(f"{one.entity}≥{one.at_least}" for one in stated.entities)
            text = f"检出率下限（合成数据，95%） recall of the scan on synthetic data: {bounds}"
            missing = ", ".join(stated.not_measured)
            return text + (f"; 未评测 not measured: {missing}" if missing else "")
