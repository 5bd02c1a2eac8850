"""Which notices are due on a day, from terms and deadlines alone; nothing is looked up here.

A notice is due from `due_on` on. One that warns of the end of a term is of no use once the term is
over; a duty that somebody has to do stays due until it is done, however late that is: whoever
brings the open duties leaves out those that are done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from weir.contracts.agreement import Agreement, OperationAgreement
from weir.contracts.calendar import add_months
from weir.contracts.policy_pack import PolicyPack

OPERATOR, BUREAU = "operator", "bureau"


class NoticeKind(StrEnum):
    """What a notice is about."""

    RENEWAL = "renewal"
    USE_ENDS = "use_ends"
    POLICY_ENDS = "policy_ends"
    FEEDBACK = "feedback"
    REPORT = "report"
    SECTOR_REPORT = "sector_report"
    DISCLOSURE = "disclosure"
    EVALUATION = "evaluation"
    RECTIFICATION = "rectification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody has to be told, once: `key` is the same however often it is found."""

    kind: NoticeKind
    subject: str
    due_on: date
    ends_on: date
    article: str
    addressee: str
    zh: str
    en: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}:{self.addressee}:{self.ends_on.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something that `addressee` has still to do about `subject` by `ends_on`, and of which it is
    told from `due_on` on: give feedback on the use of data, hand in a report, rectify."""

    kind: NoticeKind
    subject: str
    addressee: str
    due_on: date
    ends_on: date
    article: str


_DUTIES = {
    NoticeKind.FEEDBACK: ("反馈数据使用情况", "feedback on the use of data"),
    NoticeKind.REPORT: ("报送运营情况", "the periodic report"),
    NoticeKind.SECTOR_REPORT: (
        "向行业主管部门报送数据使用情况",
        "the report to the sector department",
    ),
    NoticeKind.DISCLOSURE: ("公布年度清单", "the public list of the year"),
    NoticeKind.EVALUATION: ("提交年度评估材料", "the pack for the yearly evaluation"),
    NoticeKind.RECTIFICATION: ("完成整改", "rectification"),
}
DUTIES = frozenset(_DUTIES)
"""The kinds of notice that stand until something is done, however late that is."""


def notice_of(duty: Duty) -> Notice:
    """What is told of a duty."""
    zh, en = _DUTIES[duty.kind]
    return Notice(
        kind=duty.kind,
        subject=duty.subject,
        due_on=duty.due_on,
        ends_on=duty.ends_on,
        article=duty.article,
        addressee=duty.addressee,
        zh=f"请 {duty.addressee} 于 {duty.ends_on} 前（含当日）就 {duty.subject} {zh}",
        en=f"{en} on {duty.subject} is due from {duty.addressee} by {duty.ends_on}",
    )


def notice_data(notice: Notice) -> dict[str, str]:
    """What the audit record of a notice holds, beside its subject and article."""
    return {
        "notice": notice.kind.value,
        "addressee": notice.addressee,
        "due_on": notice.due_on.isoformat(),
        "ends_on": notice.ends_on.isoformat(),
    }


def notices_due(
    agreements: Iterable[Agreement],
    packs: Iterable[PolicyPack],
    *,
    pack: PolicyPack,
    duties: Iterable[Duty] = (),
    on: date,
    days: int = 0,
) -> tuple[Notice, ...]:
    """Every notice that is due on the day `on` or within `days` after it, the first to end first.

    `packs` are those that contracts name; `pack` is the one whose numbers hold.
    """
    latest = on + timedelta(days=min(days, (date.max - on).days))
    found = (
        *(_of_agreement(one, pack) for one in agreements),
        *_of_packs(packs, pack),
    )
    warnings = (one for one in found if one.due_on <= latest and one.ends_on >= on)
    open_duties = (notice_of(one) for one in duties if one.due_on <= latest)
    distinct = {one.key: one for one in (*warnings, *open_duties)}
    return tuple(sorted(distinct.values(), key=lambda one: (one.ends_on, one.key)))


def _of_agreement(agreement: Agreement, pack: PolicyPack) -> Notice:
    months = pack.parameters.renewal_notice_months
    name, ends_on = agreement.agreement, agreement.ends_on
    due_on = add_months(ends_on, -months.value)
    if isinstance(agreement, OperationAgreement):
        return Notice(
            kind=NoticeKind.RENEWAL,
            subject=name,
            due_on=due_on,
            ends_on=ends_on,
            article=months.article,
            addressee=agreement.operator,
            zh=f"授权运营协议 {name} 将于 {ends_on} 期满，请向市级大数据主管部门重新申请运营资格",
            en=f"operation agreement {name} ends on {ends_on}: apply to the bureau anew",
        )
    return Notice(
        kind=NoticeKind.USE_ENDS,
        subject=name,
        due_on=due_on,
        ends_on=ends_on,
        article="第十四条",
        addressee=agreement.data_user,
        zh=f"数据利用协议 {name} 将于 {ends_on} 期满，此后停止供数",
        en=f"use agreement {name} ends on {ends_on}: supply stops with it",
    )


def _of_packs(packs: Iterable[PolicyPack], pack: PolicyPack) -> Iterator[Notice]:
    for one in packs:
        if one.effective_until is None:
            continue
        last = one.effective_until - timedelta(days=1)
        yield Notice(
            kind=NoticeKind.POLICY_ENDS,
            subject=one.pack,
            due_on=add_months(last, -pack.parameters.renewal_notice_months.value),
            ends_on=last,
            article="第二十四条",
            addressee=BUREAU,
            zh=f"政策参数包 {one.pack} 自 {one.effective_until} 起失效，请确定后续规定",
            en=f"policy pack {one.pack} lapses on {one.effective_until}: name its successor",
        )
