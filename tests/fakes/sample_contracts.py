"""A small, sound set of contracts as plain data, for tests that break one thing at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from weir.contracts.catalogue import Catalogue
from weir.contracts.dataset import Dataset
from weir.contracts.digest import FORM, bundle_from_canonical
from weir.contracts.plan import ContractBundle

Data = dict[str, Any]
Edit = Callable[[Data], object]


def _field(type_: str, classification: str, grade: int, **more: Any) -> Data:
    return {
        "title": f"{classification} {type_}",
        "type": type_,
        "classification": classification,
        "grade": grade,
        **more,
    }


_FIRMS: Data = {
    "dataset": "firms",
    "title": "企业登记",
    "provider": "market-bureau",
    "open_type": "conditional",
    "source": {"kind": "postgres", "table": "firms"},
    "key": ["uscc"],
    "subject": {"kind": "enterprise", "field": "uscc"},
    "suite": "firms",
    "fields": {
        "uscc": _field("string", "enterprise_identity", 2, entities=["CN_USCC"]),
        "industry": _field("string", "enterprise_operation", 1),
        "capital": _field("decimal", "enterprise_operation", 2),
        "registered_on": _field("date", "time", 1),
        "active": _field("boolean", "enterprise_operation", 1),
    },
}
_BILLS: Data = {
    "dataset": "bills",
    "title": "用电账单",
    "provider": "power-company",
    "open_type": "conditional",
    "source": {"kind": "postgres", "table": "bills"},
    "key": ["bill_id"],
    "subject": {"kind": "enterprise", "field": "customer"},
    "suite": "bills",
    "fields": {
        "bill_id": _field("string", "public_service", 1),
        "customer": _field("string", "enterprise_identity", 2, entities=["CN_USCC"]),
        "usage": _field("decimal", "enterprise_operation", 3),
        "days": _field("integer", "enterprise_operation", 2),
        "remark": _field("string", "free_text", 3, entities=["CN_MOBILE"]),
    },
}
_VISITS: Data = {
    "dataset": "visits",
    "title": "就诊",
    "provider": "health-bureau",
    "open_type": "conditional",
    "source": {"kind": "postgres", "table": "visits"},
    "key": ["visit_id"],
    "subject": {"kind": "person", "field": "resident_id", "born_on": "born_on"},
    "suite": "visits",
    "fields": {
        "visit_id": _field("string", "person_health", 3),
        "resident_id": _field("string", "person_identity", 4, entities=["CN_RESIDENT_ID"]),
        "born_on": _field("date", "person_attribute", 3),
        "district": _field("string", "region", 1),
    },
}
_PIPES: Data = {
    "dataset": "pipes",
    "title": "用水",
    "provider": "water-company",
    "open_type": "unconditional",
    "source": {"kind": "postgres", "table": "pipes"},
    "key": ["meter"],
    "suite": "pipes",
    "fields": {
        "meter": _field("string", "public_service", 2),
        "district": _field("string", "region", 1),
        "usage": _field("decimal", "public_service", 2),
        "read_on": _field("date", "time", 1),
    },
}
_REGISTER: Data = {
    "dataset": "register",
    "title": "授权登记",
    "provider": "data-bureau",
    "open_type": "conditional",
    "source": {"kind": "postgres", "table": "register"},
    "key": ["subject_id"],
    "suite": "register",
    "fields": {
        "subject_id": _field("string", "person_identity", 4),
        "recipient": _field("string", "public_service", 1),
        "purpose": _field("string", "public_service", 1),
        "granted_on": _field("date", "time", 1),
        "expires_on": _field("date", "time", 1),
        "withdrawn_on": _field("date", "time", 1),
        "by_guardian": _field("boolean", "person_attribute", 2),
    },
}
_SCENARIO: Data = {
    "scenario": "firm-credit",
    "title": "企业信贷",
    "purpose": "信贷",
    "operator": "city-operator",
    "data_user": "town-bank",
    "operation_agreement": "oa-1",
    "use_agreement": "ua-1",
    "policy": "pack-1",
    "approval": "each_release",
    "inputs": [
        {
            "dataset": "firms",
            "fields": {
                "uscc": {"as": "firm", "mask": {"method": "token"}},
                "industry": {"mask": {"method": "keep"}},
                "capital": {"as": "capital_band", "mask": {"method": "bin", "edges": [0, 0.1]}},
                "registered_on": {"mask": {"method": "truncate_date", "to": "year"}},
            },
        },
        {
            "dataset": "bills",
            "fields": {
                "bill_id": {"mask": {"method": "drop"}},
                "customer": {"mask": {"method": "token"}},
                "usage": {"mask": {"method": "keep"}},
                "days": {"mask": {"method": "keep"}},
                "remark": {"mask": {"method": "redact"}},
            },
        },
    ],
    "joins": [{"left": "firms.uscc", "right": "bills.customer"}],
    "authorisation": {"subjects": "enterprise", "register": "register"},
    "disclosure": {"unit": "firm", "k": 5, "quasi_identifiers": ["industry"]},
    "retention": {"snapshot_days": 7, "release_days": 180},
    "attribution": "数据来源：共享交换平台",
}
_OPERATION: Data = {
    "kind": "operation",
    "agreement": "oa-1",
    "operator": "city-operator",
    "starts_on": "2026-03-01",
    "ends_on": "2028-02-29",
    **dict.fromkeys(
        ("rights_and_duties", "mode", "content", "scope", "revenue", "security", "exit"), "已约定"
    ),
}
_USE: Data = {
    "kind": "use",
    "agreement": "ua-1",
    "operator": "city-operator",
    "data_user": "town-bank",
    "purpose": "信贷",
    "starts_on": "2026-03-01",
    "ends_on": "2027-02-28",
    "conditions": "仅限信贷",
    "responsibilities": "注明来源",
    "delivery": ["bucket"],
}
_POLICY: Data = {
    "pack": "pack-1",
    "title": "参数包",
    "effective_from": "2026-01-01",
    "effective_until": "2028-01-01",
    "source": "测试",
    "parameters": {
        name: {"value": value, "article": article}
        for name, value, article in (
            ("agreement_term_years", 2, "第十五条"),
            ("renewal_notice_months", 3, "第十五条"),
            ("rectification_days", 30, "第二十一条"),
            ("failed_after_rectifications", 2, "第二十一条"),
            ("audit_retention_days", 1096, "网络数据安全管理条例 第十二条"),
            ("min_k", 5, "assumption"),
            ("minor_age_years", 14, "个人信息保护法 第三十一条"),
            ("two_reviewers_from_grade", 3, "assumption"),
            ("max_release_days", 365, "assumption"),
            ("incident_report_hours", 4, "assumption"),
            ("revocation_seconds", 2, "assumption"),
            ("feedback_due_days", 30, "assumption"),
            ("report_due_days", 10, "assumption"),
            ("disclosure_month", 3, "assumption"),
            ("drill_days", 7, "assumption"),
        )
    },
}


def contract_data() -> Data:
    """The canonical form of a scenario over two joined datasets, with every dataset at hand."""
    datasets = {one["dataset"]: one for one in (_FIRMS, _BILLS, _VISITS, _PIPES, _REGISTER)}
    return copy.deepcopy(
        {
            "form": FORM,
            "scenario": _SCENARIO,
            "datasets": datasets,
            "operation_agreement": _OPERATION,
            "use_agreement": _USE,
            "policy": _POLICY,
            "suites": {
                name: {"name": name, "expectations": [], "meta": {"mostly": 0.999}}
                for name in datasets
            },
        }
    )


def aggregate_data() -> Data:
    """The canonical form of an aggregate over a dataset without subjects."""
    data = contract_data()
    scenario = data["scenario"]
    del scenario["joins"], scenario["authorisation"]
    scenario["inputs"] = [
        {
            "dataset": "pipes",
            "fields": {
                "meter": {"mask": {"method": "pseudonym"}},
                "district": {"mask": {"method": "keep"}},
                "usage": {"mask": {"method": "keep"}},
                "read_on": {"mask": {"method": "truncate_date", "to": "month"}},
            },
        }
    ]
    scenario["aggregate"] = {
        "by": ["district", "read_on"],
        "measures": {
            "meters": {"function": "count_distinct", "of": "meter"},
            "rows": {"function": "count", "of": "meter"},
            "total": {"function": "sum", "of": "usage"},
            "average": {"function": "mean", "of": "usage"},
            "most": {"function": "max", "of": "usage"},
        },
    }
    scenario["disclosure"] = {
        "unit": "meters",
        "k": 10,
        "quasi_identifiers": ["district", "read_on"],
    }
    return data


def sample_bundle(edit: Edit | None = None, *, data: Data | None = None) -> ContractBundle:
    """A bundle of the sample contracts after `edit` has changed their data.

    As in a loaded bundle, only the files that the scenario names are in it.
    """
    data = data or contract_data()
    if edit is not None:
        edit(data)
    clause = data["scenario"].get("authorisation")
    inputs = {one["dataset"] for one in data["scenario"]["inputs"]}
    named = {**data, "datasets": _only(data["datasets"], inputs | _register(clause))}
    named["suites"] = _only(data["suites"], inputs)
    return bundle_from_canonical(_decimals_written(named))


def sample_catalogue(edit: Edit | None = None) -> Catalogue:
    """Every dataset at hand, as the bureau's catalogue holds them."""
    data = contract_data()
    if edit is not None:
        edit(data)
    return Catalogue(
        datasets={name: Dataset.model_validate(one) for name, one in data["datasets"].items()}
    )


def write_contracts(root: Path, data: Data | None = None) -> tuple[Path, Path, Path]:
    """The data as files under `root`: the contracts, policy and expectations folders.

    JSON is YAML too, so the files are written as indented JSON.
    """
    data = data or contract_data()
    contracts, policy, expectations = (root / n for n in ("contracts", "policy", "expectations"))
    files = {
        contracts / "scenarios" / f"{data['scenario']['scenario']}.yaml": data["scenario"],
        contracts / "agreements" / "oa-1.yaml": data["operation_agreement"],
        contracts / "agreements" / "ua-1.yaml": data["use_agreement"],
        policy / "pack-1.yaml": data["policy"],
        **{contracts / "datasets" / f"{n}.yaml": d for n, d in data["datasets"].items()},
        **{expectations / f"{n}.json": s for n, s in data["suites"].items()},
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return contracts, policy, expectations


def _register(clause: Data | None) -> set[str]:
    return {clause["register"]} if clause else set()


def _only(mapping: Data, names: set[str]) -> Data:
    return {name: item for name, item in mapping.items() if name in names}


def _decimals_written(value: Any) -> Any:
    match value:
        case float():
            return {"$decimal": repr(value)}
        case dict():
            return {key: _decimals_written(item) for key, item in value.items()}
        case list():
            return [_decimals_written(item) for item in value]
        case _:
            return value
