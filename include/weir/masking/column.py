"""One column through its mask, with the checks that hold for every method.

Whatever the method: nulls stay null and nothing else becomes null, rows keep their number and
order, and equal values give equal results. What replaces an identifier is compared with it before
it leaves.
"""

from __future__ import annotations

from functools import partial as bind

import pyarrow as pa
import pyarrow.compute as pc

from weir.contracts.masks import (
    Bin,
    Keep,
    Mask,
    Partial,
    Pseudonym,
    Region,
    Surname,
    Token,
    TruncateDate,
)
from weir.contracts.plan import PlannedField
from weir.crypto.keystore import KeyStore
from weir.errors import IntegrityError, LeakError
from weir.masking.coarsening import bin_number, region, truncate_date
from weir.masking.identifiers import Pseudonymiser, Tokeniser
from weir.masking.remembering import Kernel, Remembering
from weir.masking.text import partial, surname
from weir.model import DatasetId, ScenarioId

_NO_VALUE = r"^\b$"  # an empty text has no word boundary: this matches nothing


class ColumnMask:
    """The mask of one output column.

    Raises `LeakError`: `mask_left_value` when a method gave back the value it was to hide,
    `mask_changed_shape` when it changed rows, nulls or type, and what the methods raise;
    `IntegrityError` (`text_malformed`) for text that is no UTF-8.
    """

    def __init__(
        self,
        dataset: DatasetId,
        field: PlannedField,
        output: pa.DataType,
        *,
        scenario: ScenarioId,
        keys: KeyStore,
        redact: Kernel,
    ) -> None:
        self._where = {"dataset": dataset, "field": field.source, "method": field.mask.method}
        self._output = output
        self._kernel = _keyed(field.mask, scenario, keys) or _plain(field.mask, redact)
        self._may_stay = _may_stay(field.mask)

    def __call__(self, values: pa.Array) -> pa.Array:
        if pa.types.is_string(values.type):
            _check_text(values, self._where)
        if self._kernel is None:
            masked = values
        else:
            encoded = values.dictionary_encode()
            distinct = encoded.dictionary
            masked_distinct = self._kernel(distinct)
            self._check(distinct, masked_distinct)
            masked = masked_distinct.take(encoded.indices)
        if masked.type != self._output:
            raise self._changed_shape()
        return masked

    def _check(self, distinct: pa.Array, masked: pa.Array) -> None:
        if len(masked) != len(distinct) or masked.null_count:
            raise self._changed_shape()
        if self._may_stay is not None:
            text = _text(distinct)
            same = text.filter(pc.equal(text, masked))
            hidden = pc.sum(pc.match_substring_regex(same, self._may_stay)).as_py() or 0
            if left := len(same) - hidden:
                raise LeakError(
                    "mask_left_value",
                    "a method gave back the value that it was to hide",
                    where=self._where | {"distinct_values": left},
                    article="第十四条",
                    remedy="report this: nothing was written",
                )

    def _changed_shape(self) -> LeakError:
        return LeakError(
            "mask_changed_shape",
            "a method changed the rows, the nulls or the type of its column",
            where=self._where,
            article="第十四条",
            remedy="report this: nothing was written",
        )


def _keyed(mask: Mask, scenario: ScenarioId, keys: KeyStore) -> Kernel | None:
    match mask:
        case Token():
            kernel = Remembering(Tokeniser(scenario, keys).tokens)
        case Pseudonym():
            kernel = Remembering(Pseudonymiser(scenario, keys).pseudonyms)
        case _:
            return None
    return lambda values: kernel(_text(values))


def _plain(mask: Mask, redact: Kernel) -> Kernel | None:
    """What a method without a key does to distinct values; None where they stay."""
    kernels: dict[str, Kernel] = {"redact": redact, "surname": surname}
    match mask:
        case Keep():
            return None
        case Partial():
            return bind(partial, head=mask.head, tail=mask.tail)
        case TruncateDate():
            return bind(truncate_date, to=mask.to)
        case Bin():
            return bind(bin_number, edges=mask.edges)
        case Region():
            return bind(region, to=mask.to)
    return kernels[mask.method]


def _may_stay(mask: Mask) -> str | None:
    """A pattern of the values that a method may give back, None where it may give back any.

    Those show nothing: the empty text, or what the provider masked before. A redacted text may
    hold nothing to hide, and a coarse date, number or region may be what it was.
    """
    match mask:
        case Token() | Pseudonym():
            return _NO_VALUE
        case Partial():
            return r"^$|\*"
        case Surname():
            return "某"
    return None


def _text(values: pa.Array) -> pa.Array:
    return values if pa.types.is_string(values.type) else pc.cast(values, pa.string())


def _check_text(values: pa.Array, where: dict[str, str]) -> None:
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        # Arrow's own message quotes the cell.
        raise IntegrityError(
            "text_malformed",
            "a column holds text that is no UTF-8",
            where=where,
            remedy="have the provider repair the field",
        ) from None
