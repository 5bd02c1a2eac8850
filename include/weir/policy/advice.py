"""The bureau's advice to the city government that an operator leave (第二十一条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weir.clock import civil_date
from weir.model import Role
from weir.policy.machine import PastMove

_PARTIES = {Role.PROVIDER: "数据提供方", Role.DATA_USER: "数据使用方"}
_WHY = {
    "fail": "评估结果为未通过评估",
    "rectify_again": "再次评估仍为限期整改，按未通过评估办理",
}


def advice_text(facts: Mapping[str, Any], history: Sequence[PastMove]) -> str | None:
    """The letter as it may be sent, or None where the operator has not failed."""
    ends = [n for n, one in enumerate(history) if one.move in _WHY]
    if not ends:
        return None
    failed, before = history[ends[-1]], history[: ends[-1]]
    ratings = [one for one in before if one.move == "rate"]
    mean = sum(one.facts["score"] for one in ratings) / len(ratings)
    unfinished = [one.move for one in before if one.move in {"rectify", "report"}][-1:] == [
        "rectify"
    ]
    why = "逾期未完成整改，" if unfinished else ""
    day = civil_date(failed.at)
    lines = [
        "关于建议数据运营单位退出公共数据运营工作的报告",
        "",
        "市人民政府：",
        "",
        (
            f"根据《遂宁市公共数据运营管理办法(试行)》第二十条、第二十一条，我局对数据运营单位{facts['operator']}"
            f"{facts['year']}年度公共数据运营情况进行了评估。现将评估结果报告如下。"
        ),
        "",
        f"一、评估结果：{why}{_WHY[failed.move]}。",
        f"二、评估意见：{failed.facts['finding']}",
        f"三、评价情况：共收到{len(ratings)}份评价，平均{mean:.1f}分（满分5分）。",
        *(
            f"　　{_PARTIES[one.by.role]}{one.by.org}：{one.facts['score']}分，{one.facts['words']}"
            for one in ratings
        ),
        *(
            f"　　{civil_date(one.at)}要求限期整改，期限至{one.facts['due_on']}。"
            for one in history
            if one.move == "rectify"
        ),
        "四、建议：建议该数据运营单位退出运营工作，由市政府重新批准符合条件的单位承担本市公共数据运营工作。",
        "",
        "市级大数据主管部门",
        f"{day.year}年{day.month}月{day.day}日",
        "",
    ]
    return "\n".join(lines)
