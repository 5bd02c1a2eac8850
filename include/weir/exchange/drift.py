"""Whether a source still has the shape that its contract states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from weir.contracts.consent import REGISTER
from weir.contracts.dataset import Dataset, FieldType, PostgresTable
from weir.errors import SchemaDriftError
from weir.exchange.source import SourceColumn

_PLAIN_NAME = re.compile(r"\w{1,63}")
_NAMED = 8


def check_shape(dataset: Dataset, found: Sequence[SourceColumn]) -> None:
    """Raise `SchemaDriftError` unless the source has exactly the contract's columns and types.

    Every column counts, pulled or not: a column that nobody has classified must not go unnoticed
    (第五条). Codes: `source_table_missing`, `source_schema_drifted`.
    """
    where = {"dataset": dataset.dataset, "table": dataset.source.table}
    if not found:
        raise SchemaDriftError(
            "source_table_missing",
            "the source has no such table",
            where=where,
            remedy="ask the provider; a dataset that moved needs a new contract and decision",
        )
    expected = {name: field.type for name, field in dataset.fields.items()}
    _require(
        {
            **_differences(expected, found),
            "added": _names(c.name for c in found if c.name not in expected),
        },
        where,
    )


def check_register(table: PostgresTable, found: Sequence[SourceColumn]) -> None:
    """Raise `SchemaDriftError` unless the consent register has the columns consent is read from.

    Codes: `consent_register_missing`, `source_schema_drifted`.
    """
    where = {"table": table.table}
    if not found:
        raise SchemaDriftError(
            "consent_register_missing",
            "the source has no consent register of this name",
            where=where,
            article="第二十三条第(六)项",
            remedy="without it no consent can be shown, so nothing is pulled",
        )
    _require(_differences(REGISTER, found), where)


def _differences(
    expected: Mapping[str, FieldType], found: Sequence[SourceColumn]
) -> dict[str, str]:
    by_name = {column.name: column for column in found}
    retyped = (
        f"{name} ({kind} → {_native(by_name[name])})"
        for name, kind in expected.items()
        if name in by_name and by_name[name].type is not kind
    )
    return {
        "missing": _names(name for name in expected if name not in by_name),
        "retyped": _listed(retyped),
    }


def _require(differences: Mapping[str, str], where: Mapping[str, str]) -> None:
    told = "; ".join(f"{kind}: {names}" for kind, names in differences.items() if names)
    if told:
        raise SchemaDriftError(
            "source_schema_drifted",
            f"the source no longer has the contract's columns ({told})",
            where=where,
            article="第五条",
            remedy="settle the change with the provider, edit the contract, have it decided again",
        )


def _native(column: SourceColumn) -> str:
    return column.type or _names([column.native])


def _names(names: Iterable[str]) -> str:
    return _listed(name if _PLAIN_NAME.fullmatch(name) else ascii(name) for name in names)


def _listed(items: Iterable[str]) -> str:
    named = list(items)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
