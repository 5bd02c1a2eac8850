"""A stop's rectification as operator and bureau carry it through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weir.model import Role

if TYPE_CHECKING:
    from bureau_server import BureauServer


def rectify(bureau: BureauServer) -> None:
    """The operator plans and reports what the last stop is for, and the bureau accepts it."""
    with bureau.client() as reviewer, bureau.client(Role.CHIEF_DATA_OFFICER) as operator:
        stop = operator.cases("stop")[0].case_id
        operator.move("stop", stop, "plan", {"plan": "停用相关接口"})
        operator.move("stop", stop, "report", {"report": "已停用，日志附后"})
        reviewer.move("stop", stop, "accept", {"finding": "整改到位"})
