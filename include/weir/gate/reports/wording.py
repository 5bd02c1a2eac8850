"""What reports call states, scopes and signs: Chinese first, English beside."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from weir.model import Role
from weir.policy.machines.incident import INCIDENT
from weir.policy.procedures import MACHINES

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "scenario": "应用场景 scenario",
        "dataset": "数据集 dataset",
        "provider": "数据提供方 provider",
        "data_user": "数据使用方 data user",
        "all": "全部 all",
    }
)
SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "leak": "泄露检查 leak check",
        "canary": "金丝雀记录 canary",
        "integrity": "完整性校验 integrity",
        "by_hand": "人工发现 by hand",
    }
)
CREDENTIALS: Mapping[str, str] = MappingProxyType(
    {
        "issuing": "发放中 issuing",
        "active": "有效 active",
        "rotating": "轮换中 rotating",
        "disabling": "停用中 disabling",
        "disabled": "已停用 disabled",
        "enabling": "恢复中 enabling",
        "void": "作废 void",
    }
)
RATERS: Mapping[str, str] = MappingProxyType(
    {"provider": "数据提供方 provider", "data_user": "数据使用方 data user"}
)
ROLES: Mapping[str, str] = MappingProxyType(
    {
        Role.BUREAU_REVIEWER: "主管部门审查人员 bureau reviewer",
        Role.BUREAU_DIRECTOR: "主管部门负责人 bureau director",
        Role.OPERATOR_ENGINEER: "运营单位工程师 operator engineer",
        Role.CHIEF_DATA_OFFICER: "首席数据官 chief data officer",
        Role.SECURITY_OFFICER: "数据安全责任人 security officer",
        Role.DATA_USER: "数据使用方 data user",
    }
)
EVIDENCE: Mapping[str, str] = MappingProxyType(
    {"audit": "审计记录 audit records", "lineage": "血缘事件 lineage events"}
)
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "what": "情况 what happened",
        "measures": "措施 measures",
        "effects": "影响 effects",
        "cause": "原因 cause",
        "remedy": "整改 remedy",
        "reason": "排除理由 why dismissed",
    }
)


def told(words: Mapping[str, str], name: str) -> str:
    """The wording of `name`; one that has none stands for itself."""
    return words.get(name, name)


def kind(name: str) -> str:
    """A kind of case."""
    return f"{MACHINES[name].zh} {name}" if name in MACHINES else name


def state(kind_name: str, name: str) -> str:
    """A state of a case."""
    states = MACHINES[kind_name].states if kind_name in MACHINES else {}
    return f"{states[name]} {name}" if name in states else name


def incident_move(name: str) -> str:
    """A move of an incident."""
    moves = {one.name: one.zh for one in INCIDENT.moves}
    return f"{moves[name]} {name}" if name in moves else name
