"""Whose agreement the use needs, and where it is kept (第二十三条第(六)项)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weir.contracts.dataset import Dataset, FieldType, OpenType
from weir.contracts.plan import ConsentClause, ContractBundle
from weir.contracts.problem import Problem

_ARTICLE = "第二十三条第(六)项"

REGISTER: Mapping[str, FieldType] = {
    "subject_id": FieldType.STRING,
    "recipient": FieldType.STRING,
    "purpose": FieldType.STRING,
    "granted_on": FieldType.DATE,
    "expires_on": FieldType.DATE,
    "withdrawn_on": FieldType.DATE,
    "by_guardian": FieldType.BOOLEAN,
}
"""What a consent register must hold for the pull to ask it."""


def authorisation_problems(bundle: ContractBundle) -> Iterator[Problem]:
    clause = bundle.scenario.authorisation
    asked = False
    for place, one in enumerate(bundle.scenario.inputs):
        dataset = bundle.datasets[one.dataset]
        if dataset.subject is None:
            continue
        path = ("inputs", place, "dataset")
        if clause is None:
            if dataset.open_type is not OpenType.UNCONDITIONAL:
                yield Problem(
                    code="authorisation_missing",
                    what=f"{one.dataset} is about {dataset.subject.kind}s who must have agreed",
                    path=path,
                    article=_ARTICLE,
                    remedy="add the clause authorisation with the consent register",
                )
            continue
        asked = True
        if clause.subjects != dataset.subject.kind:
            yield Problem(
                code="authorisation_kind",
                what=f"{one.dataset} is about {dataset.subject.kind}s, consent is asked of others",
                path=("authorisation", "subjects"),
                article=_ARTICLE,
                remedy=f"ask {dataset.subject.kind}s, or use the dataset in its own scenario",
            )
        # of a prohibited dataset nothing is ever pulled: policy refuses it with its own reason
        if (
            dataset.subject.kind == "person"
            and dataset.subject.born_on is None
            and dataset.open_type is not OpenType.PROHIBITED
        ):
            yield Problem(
                code="birth_unknown",
                what=f"{one.dataset} does not tell who is a minor",
                path=path,
                article=bundle.policy.parameters.minor_age_years.article,
                remedy="name the field born_on in the dataset contract",
            )
    if clause is None:
        return
    if not asked:
        yield Problem(
            code="authorisation_without_subject",
            what="consent is asked for, but no input is about a subject",
            path=("authorisation",),
            remedy="remove the clause",
        )
    register = bundle.datasets[clause.register_].fields
    lacking = [k for k, t in REGISTER.items() if k not in register or register[k].type is not t]
    if lacking:
        yield Problem(
            code="register_shape",
            what=f"{clause.register_} is no consent register: it lacks {', '.join(lacking)}",
            path=("authorisation", "register"),
            article=_ARTICLE,
            remedy="name the dataset that keeps the consents",
        )


def consent_clause(bundle: ContractBundle, dataset: Dataset) -> ConsentClause | None:
    """The clause for one input, None where nobody need be asked."""
    clause = bundle.scenario.authorisation
    if clause is None or dataset.subject is None:
        return None
    register = bundle.datasets[clause.register_].source
    return ConsentClause(
        subject_field=dataset.subject.field,
        register_table=register.table,
        register_schema=register.schema_,
        recipient=bundle.scenario.data_user,
        purpose=bundle.scenario.purpose,
        born_on=dataset.subject.born_on,
        minor_age_years=bundle.policy.parameters.minor_age_years.value,
    )
