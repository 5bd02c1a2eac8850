"""The data dictionary that goes out with a product: what each column is and how it was made."""

from __future__ import annotations

import json

from weir.contracts.plan import Plan


def dictionary_bytes(plan: Plan) -> bytes:
    """dictionary.json: a pure function of the compiled contract, so that the gate can render it
    again and accept no other bytes.

    `columns` lists `name`, `title`, `type` (as Arrow prints it), `origin` (`dataset.field` of the
    exchange platform), `transformation` and `grade` (GB/T 43697) in the order of the table.
    """
    scenario = plan.scenario
    dictionary = {
        "schema": "weir/dictionary/v1",
        "scenario": scenario.scenario,
        "title": scenario.title,
        "purpose": scenario.purpose,
        "attribution": scenario.attribution,
        "contract_digest": plan.contract_digest,
        "grade": int(plan.grade),
        "columns": [
            {
                "name": column.name,
                "title": column.title,
                "type": column.type,
                "origin": list(column.origin),
                "transformation": column.transformation,
                "grade": int(column.grade),
            }
            for column in plan.output
        ],
    }
    return (json.dumps(dictionary, ensure_ascii=False, indent=2) + "\n").encode()
