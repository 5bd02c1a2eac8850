"""The demo's two people who review each release that waits for it (第二十三条第(三)项)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from weir.demo.actors import GateDesk
from weir.errors import ApprovalError, UnavailableError
from weir.model import ReleaseId, ReleaseState, ReleaseStatus, Role, ScenarioId

WORDS = "演示：已核对闸门给出的清单摘要与行数 demo: digest and rows looked at"
_TITLES: Mapping[Role, str] = {
    Role.CHIEF_DATA_OFFICER: "首席数据官",
    Role.SECURITY_OFFICER: "数据安全责任人",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """One person, and the gate under that person's own account."""

    role: Role
    account: str
    desk: GateDesk


@dataclass(slots=True, kw_only=True)
class Reviewers:
    """`objects` counts what a data user can see of a release; `before` keeps what it counted while
    the release waited."""

    people: Sequence[Reviewer]
    objects: Callable[[ScenarioId, ReleaseId], int]
    say: Callable[[str], None]
    before: dict[ReleaseId, int] = field(default_factory=dict)

    def look(self, scenarios: Collection[str], run_id: str) -> None:
        """Have each of the people approve, once, what waits for review among the releases of
        `scenarios` that the run `run_id` gave. What other runs gave is left to other people.

        A gate or store that does not answer is asked again at the next look. A word that the gate
        refuses is told: somebody else may have had the last one.
        """
        try:
            for status in self.people[0].desk.releases():
                waits = status.state is ReleaseState.IN_REVIEW and status.scenario in scenarios
                ours = status.run_id == run_id
                if waits and ours and status.release_id not in self.before:
                    self._review(status)
        except UnavailableError as error:
            self.say(f"  暂无响应 no answer: {error.code}")

    def _review(self, status: ReleaseStatus) -> None:
        objects = self.objects(status.scenario, status.release_id)
        self.say(
            f"  {status.scenario}: 闸门核验通过，待双人审核 checked by the gate, waits for two"
            f" reviewers: {status.release_id}, {status.rows} 行 rows,"
            f" 清单 manifest {status.manifest_sm3[:16]}…;"
            f" 桶中此发布的对象 objects of it in the bucket: {objects}"
        )
        for one in self.people:
            self._approve(status, one)
        self.before[status.release_id] = objects

    def _approve(self, waiting: ReleaseStatus, by: Reviewer) -> None:
        who = f"  {waiting.scenario}: {_TITLES[by.role]} {by.account}"
        try:
            seen = by.desk.release_status(waiting.release_id)
            after = by.desk.review(seen.release_id, seen.manifest_sm3, WORDS, approve=True)
        except ApprovalError as error:
            self.say(f"{who} 未能批准 could not approve: {error.code}")
        else:
            self.say(f"{who} 批准 approved ({after.approvals})")
