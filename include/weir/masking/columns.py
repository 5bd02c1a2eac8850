"""Where each masked column stands, under names that no contract can choose.

Inside the engine columns go by their place (`c<input>_<field>`), so that nothing from a contract
ever becomes part of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from weir.contracts.plan import ARROW_TYPE, Plan, PlannedField
from weir.errors import ContractError
from weir.storage.parquet import TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """A field that survives masking: its place, and its type after it."""

    place: str
    field: PlannedField
    type: pa.DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumns:
    """All masked columns of a plan: by input, by dataset and name, and by name in the product."""

    inputs: tuple[tuple[MaskedColumn, ...], ...]
    _by_side: Mapping[tuple[str, str], MaskedColumn]
    _by_output: Mapping[str, MaskedColumn]

    @classmethod
    def of(cls, plan: Plan) -> MaskedColumns:
        """Raises `ContractError` (`plan_inconsistent`) when two columns claim one name."""
        inputs = tuple(
            tuple(
                MaskedColumn(place=f"c{i}_{n}", field=f, type=TYPES[ARROW_TYPE[f.output_type]])
                for n, f in enumerate(one.fields)
                if f.output is not None
            )
            for i, one in enumerate(plan.inputs)
        )
        repeated = {(join.right_dataset, join.right_column) for join in plan.joins}
        by_side: dict[tuple[str, str], MaskedColumn] = {}
        by_output: dict[str, MaskedColumn] = {}
        for one, columns in zip(plan.inputs, inputs, strict=True):
            for column in columns:
                name = column.field.output or ""
                side = (one.dataset.dataset, name)
                if side in by_side or (side not in repeated and name in by_output):
                    raise inconsistent(f"two columns are called {name}")
                by_side[side] = column
                if side not in repeated:
                    by_output[name] = column
        return cls(inputs=inputs, _by_side=by_side, _by_output=by_output)

    def of_output(self, name: str) -> MaskedColumn:
        """The column that the product calls `name`."""
        if name not in self._by_output:
            raise inconsistent(f"no input gives the column {name}")
        return self._by_output[name]

    def of_side(self, dataset: str, name: str) -> MaskedColumn:
        """The column that a join calls `dataset` and `name`."""
        if (dataset, name) not in self._by_side:
            raise inconsistent(f"no masked column {name} in {dataset}")
        return self._by_side[dataset, name]


def schema_by_place(columns: Iterable[MaskedColumn]) -> pa.Schema:
    return pa.schema([pa.field(column.place, column.type) for column in columns])


def inconsistent(what: str) -> ContractError:
    return ContractError(
        "plan_inconsistent",
        what,
        remedy="compile the contract again; weir contracts check names the line",
    )
