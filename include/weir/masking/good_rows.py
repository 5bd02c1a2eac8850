"""The rows of a snapshot that the quality check left standing."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weir.contracts.plan import PlannedInput
from weir.crypto.keystore import KeyStore
from weir.errors import IntegrityError, QualityError
from weir.model import DatasetId, QualityVerdict, ScenarioId, Snapshot, require
from weir.storage.objects import ObjectStore
from weir.storage.parquet import TableReader, schema_of
from weir.storage.sealed_table import open_sealed

_ROW = "__row__"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedInput:
    """A snapshot with the passed verdict on it; see `checked_input`."""

    planned: PlannedInput
    snapshot: Snapshot
    quality: QualityVerdict

    @property
    def dataset(self) -> DatasetId:
        return self.snapshot.dataset

    @property
    def rows(self) -> int:
        """How many rows are good."""
        return self.snapshot.rows - self.quality.rows_quarantined


def checked_input(
    planned: PlannedInput,
    scenario: ScenarioId,
    snapshots: Mapping[DatasetId, Snapshot],
    quality: Mapping[DatasetId, QualityVerdict],
) -> CheckedInput:
    """The snapshot and verdict of one input, once they belong together and the verdict passed."""
    dataset = DatasetId(planned.dataset.dataset)
    snapshot, verdict = snapshots.get(dataset), quality.get(dataset)
    where: dict[str, str | int] = {"dataset": dataset, "scenario": scenario}
    if snapshot is None or snapshot.dataset != dataset or snapshot.scenario != scenario:
        raise IntegrityError(
            "snapshot_missing",
            "there is no snapshot of this dataset for this scenario",
            where=where,
            remedy="run the stage pull for this run",
        )
    if verdict is None or verdict.dataset != dataset:
        raise QualityError(
            "quality_unchecked",
            "nobody has checked this snapshot",
            where=where,
            remedy="run the stage check_quality for this run",
        )
    require(verdict.verdict, QualityError, **where)
    if verdict.rows_in != snapshot.rows:
        raise _mismatch(where, "the quality verdict is about another snapshot")
    return CheckedInput(planned=planned, snapshot=snapshot, quality=verdict)


def good_rows(
    checked: CheckedInput,
    columns: Sequence[str],
    *,
    store: ObjectStore,
    keys: KeyStore,
    scratch: Path | None,
) -> Generator[pa.RecordBatch, None, None]:
    """The rows of `columns` that are not quarantined, in the snapshot's order.

    Raises `IntegrityError`: `snapshot_differs` for other columns or rows than were planned and
    counted, `quarantine_differs` for quarantined ordinals that are not those of the verdict.
    """
    snapshot, where = checked.snapshot, {"dataset": checked.dataset}
    bad = _quarantined(checked, store=store, keys=keys, scratch=scratch)
    with open_sealed(
        snapshot.sealed, snapshot.key_id, store=store, keys=keys, scratch=scratch
    ) as table:
        if table.rows != snapshot.rows or table.schema != schema_of(
            checked.planned.snapshot_columns
        ):
            raise IntegrityError(
                "snapshot_differs",
                "the snapshot has other columns or rows than the plan and its record say",
                where=where,
                remedy="pull the data again",
            )
        start = 0
        for batch in table.batches(columns):
            low, high = np.searchsorted(bad, (start, start + batch.num_rows))
            if low == high:
                yield batch
            else:
                good = np.ones(batch.num_rows, bool)
                good[bad[low:high] - start] = False
                yield batch.filter(pa.array(good))
            start += batch.num_rows


def _quarantined(
    checked: CheckedInput, *, store: ObjectStore, keys: KeyStore, scratch: Path | None
) -> npt.NDArray[np.int64]:
    """The ordinals of the bad rows, ascending, each once."""
    quality, where = checked.quality, {"dataset": checked.dataset}
    if quality.quarantine is None or quality.quarantine_key_id is None:
        bad = np.empty(0, np.int64)
    else:
        with open_sealed(
            quality.quarantine, quality.quarantine_key_id, store=store, keys=keys, scratch=scratch
        ) as table:
            bad = _ordinals(table)
    outside = bad.size and (bad[0] < 0 or bad[-1] >= checked.snapshot.rows)
    if outside or bad.size != quality.rows_quarantined:
        raise _mismatch(where, "the quarantine holds other rows than the quality verdict counts")
    return bad


def _ordinals(table: TableReader) -> npt.NDArray[np.int64]:
    parts = [batch.column(0).to_numpy(zero_copy_only=False) for batch in table.batches([_ROW])]
    ordinals = np.concatenate([np.empty(0, np.int64), *parts])
    return np.unique(ordinals.astype(np.int64))


def _mismatch(where: Mapping[str, str | int], what: str) -> IntegrityError:
    return IntegrityError(
        "quarantine_differs", what, where=where, remedy="run the stage check_quality again"
    )
