"""What a product's data file is: the contract's columns, and what it says of itself.

It is written once, where rows are masked or suppressed, and goes out as it is. The same rows give
the same file, so the gate derives the product again and accepts no other bytes: nothing can ride in
a file beside its cells, in a statistic, a comment or a gap between pages.
"""

from __future__ import annotations

import pyarrow as pa

from weir.contracts.plan import Plan
from weir.errors import SchemaDriftError
from weir.release.dictionary import dictionary_bytes


def check_columns(schema: pa.Schema, plan: Plan) -> None:
    """Raise `SchemaDriftError` (code `product_schema_mismatch`) unless `schema` is exactly the
    contract's output: names, types and order."""
    wanted = [(column.name, column.type) for column in plan.output]
    held = [(field.name, str(field.type)) for field in schema]
    if held == wanted:
        return
    # Names that the contract does not know are text from outside: they are counted, not told.
    known = {name for name, _ in wanted}
    raise SchemaDriftError(
        "product_schema_mismatch",
        "the product's columns are not the contract's output",
        where={
            "missing": ", ".join(sorted(known - {name for name, _ in held})) or "none",
            "unknown_columns": sum(name not in known for name, _ in held),
            "columns": len(held),
            "columns_in_contract": len(wanted),
        },
        article="第二十三条第(一)项",
        remedy="run the pipeline again under the contract as decided",
    )


def file_metadata(plan: Plan) -> dict[str, str]:
    """Attribution and dictionary, which stand in the file's key-value metadata (第十四条)."""
    return {
        "weir.attribution": plan.scenario.attribution,
        "weir.scenario": plan.scenario.scenario,
        "weir.contract_digest": plan.contract_digest,
        "weir.dictionary": dictionary_bytes(plan).decode(),
    }
