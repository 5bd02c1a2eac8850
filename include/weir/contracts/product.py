"""The columns of the product, in order, and what may not be among them.

A row product has the masked columns of its inputs, input by input and by field name, without the
right-hand columns of joins. An aggregate has its group columns as listed, then its measures by
name. Names are compared without case, as the join engine does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from weir.contracts.dataset import Classification, FieldType, OpenType
from weir.contracts.grading import highest, masked_grade, measured_grade
from weir.contracts.joins import joined_sources
from weir.contracts.masks import ACCEPTS
from weir.contracts.plan import (
    ARROW_TYPE,
    ContractBundle,
    OutputField,
    PlannedField,
    PlannedInput,
)
from weir.contracts.problem import Problem
from weir.contracts.scenario import Aggregate, Measure
from weir.contracts.wording import FUNCTIONS, mask_text
from weir.model import Grade

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_MEASURABLE: Mapping[str, frozenset[FieldType]] = {
    "count": frozenset(FieldType),
    "count_distinct": frozenset(FieldType),
    "sum": _NUMBERS,
    "mean": _NUMBERS,
    "min": _NUMBERS | {FieldType.DATE, FieldType.TIMESTAMP},
    "max": _NUMBERS | {FieldType.DATE, FieldType.TIMESTAMP},
}
_HIDING = ("token", "pseudonym", "partial", "surname", "redact", "truncate_date", "bin")
_PERSONAL = frozenset({Classification.PERSON_IDENTITY, Classification.PERSON_CONTACT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductColumn:
    """A masked column that rows have before aggregation: what it holds and where it comes from."""

    name: str
    field: PlannedField
    open_type: OpenType
    path: tuple[str | int, ...]
    origin: tuple[str, ...]
    grade: Grade


def row_columns(
    bundle: ContractBundle, inputs: tuple[PlannedInput, ...]
) -> tuple[ProductColumn, ...]:
    """The masked columns after joining, in order. Names may still collide."""
    replaced = joined_sources(bundle)
    planned = {(one.dataset.dataset, field.source): field for one in inputs for field in one.fields}
    columns = []
    for place, one in enumerate(inputs):
        for field in one.fields:
            side = (one.dataset.dataset, field.source)
            if field.output is None or side in replaced:
                continue
            equal = [other for other, source in replaced.items() if source == side]
            columns.append(
                ProductColumn(
                    name=field.output,
                    field=field,
                    open_type=one.dataset.open_type,
                    path=("inputs", place, "fields", field.source),
                    origin=tuple(".".join(part) for part in [side, *equal]),
                    grade=highest(masked_grade(planned[part]) for part in [side, *equal]),
                )
            )
    return tuple(columns)


def product_problems(
    bundle: ContractBundle, columns: tuple[ProductColumn, ...]
) -> Iterator[Problem]:
    if not columns:
        yield Problem(
            code="output_empty",
            what="every field is dropped: nothing would be left",
            path=("inputs",),
            remedy="keep at least one field",
        )
    seen: set[str] = set()
    for column in columns:
        if column.name.casefold() in seen:
            yield _repeated(column.name, column.path)
        seen.add(column.name.casefold())
    aggregate = bundle.scenario.aggregate
    if aggregate is None:
        for column in columns:
            yield from _identifier_problems(column, column.path)
        return
    by_name = {column.name: column for column in columns}
    yield from _group_problems(aggregate, by_name)
    yield from _measure_problems(aggregate, by_name)


def output_fields(
    bundle: ContractBundle, columns: tuple[ProductColumn, ...]
) -> tuple[OutputField, ...]:
    """The schema of the product. Call once `product_problems` finds none."""
    aggregate = bundle.scenario.aggregate
    if aggregate is None:
        return tuple(_carried(column) for column in columns)
    by_name = {column.name: column for column in columns}
    return (
        *(_carried(by_name[name]) for name in aggregate.by),
        *(
            _measured(name, measure, by_name[measure.of])
            for name, measure in sorted(aggregate.measures.items())
        ),
    )


def _group_problems(
    aggregate: Aggregate, by_name: Mapping[str, ProductColumn]
) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, name in enumerate(aggregate.by):
        path = ("aggregate", "by", place)
        if name in seen:
            yield _repeated(name, path)
        seen.add(name)
        if name not in by_name:
            yield _no_column(name, path)
        else:
            yield from _identifier_problems(by_name[name], path)


def _measure_problems(
    aggregate: Aggregate, by_name: Mapping[str, ProductColumn]
) -> Iterator[Problem]:
    seen = {name.casefold() for name in aggregate.by}
    for name, measure in aggregate.measures.items():
        path = ("aggregate", "measures", name)
        if name.casefold() in seen:
            yield _repeated(name, path)
        seen.add(name.casefold())
        if name.startswith("__"):
            yield Problem(
                code="name_reserved",
                what=f"{name}: names that start with two underscores belong to the platform",
                path=path,
                remedy="choose another name",
            )
        column = by_name.get(measure.of)
        if column is None:
            yield _no_column(measure.of, (*path, "of"))
        elif column.field.output_type not in _MEASURABLE[measure.function]:
            yield Problem(
                code="measure_type",
                what=f"{measure.function} takes no column of type {column.field.output_type}",
                path=(*path, "of"),
                remedy="measure a number, or use count or count_distinct",
            )


def _identifier_problems(column: ProductColumn, path: tuple[str | int, ...]) -> Iterator[Problem]:
    field = column.field
    known = bool(field.entities) or field.classification in _PERSONAL
    if field.mask.method == "keep" and known and column.open_type is not OpenType.UNCONDITIONAL:
        methods = [one for one in _HIDING if field.type in ACCEPTS[one]]
        yield Problem(
            code="identifier_kept",
            what=f"{field.source} identifies a subject and would leave as it is",
            path=path,
            article="第十四条",
            remedy=f"mask it by {' or '.join(methods)}, or drop it",
        )


def _carried(column: ProductColumn) -> OutputField:
    return OutputField(
        name=column.name,
        title=column.field.title,
        type=ARROW_TYPE[column.field.output_type],
        origin=column.origin,
        transformation=mask_text(column.field.mask),
        grade=column.grade,
    )


def _measured(name: str, measure: Measure, column: ProductColumn) -> OutputField:
    return OutputField(
        name=name,
        title=f"{column.field.title}{FUNCTIONS[measure.function]}",
        type=_measure_type(measure, column.field.output_type),
        origin=column.origin,
        transformation=f"{measure.function}({mask_text(column.field.mask)})",
        grade=measured_grade(column.grade, measure.function),
    )


def _measure_type(measure: Measure, source: FieldType) -> str:
    match measure.function:
        case "count" | "count_distinct":
            return ARROW_TYPE[FieldType.INTEGER]
        case "mean":
            return "double"
        case _:
            return ARROW_TYPE[source]


def _repeated(name: str, path: tuple[str | int, ...]) -> Problem:
    return Problem(
        code="output_name_repeated",
        what=f"two columns of the product would be called {name}",
        path=path,
        remedy="give one of them another name with `as`",
    )


def _no_column(name: str, path: tuple[str | int, ...]) -> Problem:
    return Problem(
        code="aggregate_column_unknown",
        what=f"{name} is no masked column of the inputs",
        path=path,
        remedy="name a field by its `as`, one that is not dropped",
    )
