"""What is pulled of each dataset: checked against the dataset contracts, then planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from weir.contracts.consent import authorisation_problems, consent_clause
from weir.contracts.dataset import Dataset, FieldType
from weir.contracts.hiding import LENGTHS, least_length, most_shown, shortest_of
from weir.contracts.masks import ACCEPTS, Drop, Partial, output_type
from weir.contracts.plan import ContractBundle, PlannedField, PlannedInput
from weir.contracts.problem import Problem
from weir.contracts.scenario import Input
from weir.contracts.wording import ENTITIES


def plan_inputs(bundle: ContractBundle) -> tuple[PlannedInput, ...]:
    """The inputs in contract order, fields by name. Call once `input_problems` finds none."""
    return tuple(_plan_input(bundle, one) for one in bundle.scenario.inputs)


def input_problems(bundle: ContractBundle) -> Iterator[Problem]:
    for name, dataset in sorted(bundle.datasets.items()):
        yield from dataset_problems(dataset, file=f"datasets/{name}.yaml")
    counts = Counter(one.dataset for one in bundle.scenario.inputs)
    for place, one in enumerate(bundle.scenario.inputs):
        path = ("inputs", place)
        if counts[one.dataset] > 1:
            yield Problem(
                code="dataset_repeated",
                what=f"{one.dataset} is named by more than one input",
                path=(*path, "dataset"),
                remedy="put all its fields into one input",
            )
        yield from _field_problems(bundle.datasets[one.dataset], one, path)
        yield from _filter_problems(bundle.datasets[one.dataset], one, path)
    yield from authorisation_problems(bundle)


def dataset_problems(dataset: Dataset, file: str = "") -> Iterator[Problem]:
    """What a dataset contract contradicts in itself."""
    for name in dataset.key:
        if name not in dataset.fields:
            yield Problem(
                code="key_unknown",
                what=f"the key names {name}, which is no field",
                file=file,
                path=("key",),
                remedy="name fields of this dataset",
            )
    yield from _subject_problems(dataset, file)
    for name, field in dataset.fields.items():
        if name.startswith("__"):
            yield _reserved(name, file, ("fields", name))
        for place, entity in enumerate(field.entities):
            if entity not in ENTITIES:
                yield Problem(
                    code="entity_unknown",
                    what=f"{entity} is no identifier type",
                    file=file,
                    path=("fields", name, "entities", place),
                    remedy="use one of " + ", ".join(ENTITIES),
                )


def _subject_problems(dataset: Dataset, file: str) -> Iterator[Problem]:
    if dataset.subject is None:
        return
    wanted = {"field": (dataset.subject.field, FieldType.STRING)}
    if dataset.subject.born_on is not None:
        wanted["born_on"] = (dataset.subject.born_on, FieldType.DATE)
    for key, (name, kind) in wanted.items():
        if name not in dataset.fields or dataset.fields[name].type is not kind:
            yield Problem(
                code="subject_field",
                what=f"{key} names no field of type {kind}",
                file=file,
                path=("subject", key),
                remedy="name the field that tells the subject",
            )


def _field_problems(dataset: Dataset, one: Input, path: tuple[str | int, ...]) -> Iterator[Problem]:
    for name, granted in one.fields.items():
        place = (*path, "fields", name)
        if name not in dataset.fields:
            yield Problem(
                code="field_unknown",
                what=f"{dataset.dataset} has no field {name}",
                path=place,
                article="第十三条",
                remedy="ask for a field of the catalogue",
            )
            continue
        source = dataset.fields[name].type
        accepted = ACCEPTS[granted.mask.method]
        if source not in accepted:
            yield Problem(
                code="mask_type",
                what=f"{granted.mask.method} takes no field of type {source}",
                path=(*place, "mask", "method"),
                article="第十四条",
                remedy="it takes " + ", ".join(sorted(accepted)),
            )
        if isinstance(granted.mask, Partial):
            yield from _partial_problems(
                granted.mask, dataset.fields[name].entities, (*place, "mask")
            )
        if (granted.as_ or name).startswith("__"):
            yield _reserved(granted.as_ or name, "", place)


def _partial_problems(
    mask: Partial, entities: tuple[str, ...], path: tuple[str | int, ...]
) -> Iterator[Problem]:
    entity, shown = shortest_of(entities), mask.head + mask.tail
    if entity is None or least_length(shown) <= LENGTHS[entity]:
        return
    length = LENGTHS[entity]
    yield Problem(
        code="partial_too_open",
        what=f"{mask.head} + {mask.tail} characters shown leave too few of a {entity} hidden, which"
        f" has {length} of them at its shortest",
        path=path,
        article="第十四条",
        remedy=f"let head and tail be {most_shown(length)} at most together, or use pseudonym,"
        " token or drop",
    )


def _filter_problems(
    dataset: Dataset, one: Input, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    for name, values in one.rows.items():
        place = (*path, "rows", name)
        if name not in one.fields:
            yield Problem(
                code="filter_not_granted",
                what=f"rows are limited by {name}, which is not among the fields",
                path=place,
                article="第十三条",
                remedy="list it under fields; mask it by drop if it should not leave",
            )
        elif name in dataset.fields and dataset.fields[name].type is not FieldType.STRING:
            yield Problem(
                code="filter_type",
                what=f"rows are limited by {name}, which is no text",
                path=place,
                remedy="limit rows by a text field",
            )
        if not values:
            yield Problem(
                code="filter_empty",
                what=f"rows are limited to no value of {name}",
                path=place,
                remedy="list at least one value, or remove the limit",
            )


def _plan_input(bundle: ContractBundle, one: Input) -> PlannedInput:
    dataset = bundle.datasets[one.dataset]
    return PlannedInput(
        dataset=dataset,
        fields=tuple(_plan_field(dataset, one, name) for name in sorted(one.fields)),
        rows={name: tuple(sorted(set(values))) for name, values in sorted(one.rows.items())},
        consent=consent_clause(bundle, dataset),
    )


def _plan_field(dataset: Dataset, one: Input, name: str) -> PlannedField:
    field, granted = dataset.fields[name], one.fields[name]
    return PlannedField(
        source=name,
        title=field.title,
        type=field.type,
        nullable=field.nullable,
        classification=field.classification,
        grade=field.grade,
        sensitive=field.sensitive,
        entities=field.entities,
        mask=granted.mask,
        output=None if isinstance(granted.mask, Drop) else granted.as_ or name,
        output_type=output_type(granted.mask, field.type),
    )


def _reserved(name: str, file: str, path: tuple[str | int, ...]) -> Problem:
    return Problem(
        code="name_reserved",
        what=f"{name}: names that start with two underscores belong to the platform",
        file=file,
        path=path,
        remedy="choose another name",
    )
