"""What the desk calls things: Chinese first, English beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from weir.clock import SHANGHAI
from weir.evidence.actions import Action
from weir.model import Party, Role


class Term(NamedTuple):
    zh: str
    en: str


ACTIONS: Mapping[str, Term] = MappingProxyType(
    {
        Action.RUN_AUTHORISED.value: Term("授权核验", "authorised"),
        Action.RUN_COMPLETED.value: Term("运行完成", "completed"),
        Action.RUN_REFUSED.value: Term("运行被拒", "run refused"),
        Action.RUN_FAILED.value: Term("运行失败", "run failed"),
        Action.SNAPSHOT_TAKEN.value: Term("数据提取", "pulled"),
        Action.SNAPSHOT_DESTROYED.value: Term("快照销毁", "snapshot destroyed"),
        Action.QUARANTINE_DESTROYED.value: Term("隔离数据销毁", "quarantined rows destroyed"),
        Action.STAGING_DESTROYED.value: Term("暂存数据销毁", "staged data destroyed"),
        Action.QUALITY_CHECKED.value: Term("质量检查", "quality checked"),
        Action.FIELDS_SCANNED.value: Term("敏感识别", "scanned"),
        Action.PRODUCT_MASKED.value: Term("脱敏加工", "masked"),
        Action.DISCLOSURE_ASSESSED.value: Term("披露评估", "disclosure assessed"),
        Action.PRODUCT_PACKAGED.value: Term("产品打包", "packaged"),
        Action.RELEASE_REQUESTED.value: Term("申请发布", "release requested"),
        Action.RELEASE_PUBLISHED.value: Term("已发布", "published"),
        Action.RELEASE_REFUSED.value: Term("发布被拒", "release refused"),
        Action.RELEASE_CHECKED.value: Term("核验通过待审核", "checked, awaits review"),
        Action.RELEASE_APPROVED.value: Term("发布批准", "release approved"),
        Action.RELEASE_REVIEWED.value: Term("审核完成", "release reviewed"),
        Action.RELEASE_DELISTED.value: Term("产品下架", "release delisted"),
        Action.RELEASE_WITHDRAWN.value: Term("发布撤回", "release withdrawn"),
        Action.DEMAND_DRAFTED.value: Term("需求起草", "demand drafted"),
        Action.DEMAND_SCREENED.value: Term("需求初审", "demand screened"),
        Action.DEMAND_SUBMITTED.value: Term("需求提交", "demand submitted"),
        Action.DEMAND_ASSESSED.value: Term("需求评估", "demand assessed"),
        Action.DEMAND_CONSULTED.value: Term("征求意见", "provider consulted"),
        Action.DEMAND_AGREED.value: Term("同意需求", "demand agreed"),
        Action.DEMAND_REFUSED.value: Term("不同意需求", "demand refused"),
        Action.DEMAND_RETURNED.value: Term("退回需求", "demand returned"),
        Action.OPINION_GIVEN.value: Term("提供方意见", "opinion given"),
        Action.DECISION_SIGNED.value: Term("签署决定", "decision signed"),
        Action.DECISION_REGISTERED.value: Term("登记决定", "decision registered"),
        Action.REVOCATION_SIGNED.value: Term("签署撤销", "revocation signed"),
        Action.REVOCATION_REGISTERED.value: Term("登记撤销", "revocation registered"),
        Action.CATALOGUE_KEPT.value: Term("留存目录版本", "catalogue kept"),
        Action.ORDER_SIGNED.value: Term("签署指令", "order signed"),
        Action.ORDER_REGISTERED.value: Term("登记指令", "order registered"),
        Action.STOP_OPENED.value: Term("暂停立案", "stop opened"),
        Action.STOP_ENDED.value: Term("暂停结束", "stop ended"),
        Action.STOP_CLOSED.value: Term("关闭数据通道", "channel closed"),
        Action.RECTIFICATION_PLANNED.value: Term("整改方案", "rectification planned"),
        Action.RECTIFICATION_REPORTED.value: Term("报告整改完成", "rectification reported"),
        Action.RECTIFICATION_REJECTED.value: Term("整改未通过", "rectification rejected"),
        Action.RECTIFICATION_ACCEPTED.value: Term("整改通过", "rectification accepted"),
        Action.AGREEMENT_DRAFTED.value: Term("起草协议", "agreement drafted"),
        Action.AGREEMENT_CONCLUDED.value: Term("协议生效", "agreement concluded"),
        Action.AGREEMENT_NOTIFIED.value: Term("协议期满通知", "renewal notified"),
        Action.AGREEMENT_EXPIRED.value: Term("协议届满", "agreement expired"),
        Action.AGREEMENT_TERMINATED.value: Term("终止协议", "agreement terminated"),
        Action.TERMINATION_SIGNED.value: Term("签署终止通报", "termination signed"),
        Action.TERMINATION_REGISTERED.value: Term("登记终止通报", "termination registered"),
        Action.RECTIFICATION_ORDERED.value: Term("限期整改", "rectification ordered"),
        Action.EVALUATION_OPENED.value: Term("开始评估", "evaluation opened"),
        Action.EVALUATION_PASSED.value: Term("通过评估", "evaluation passed"),
        Action.EVALUATION_FAILED.value: Term("未通过评估", "evaluation failed"),
        Action.EVALUATION_EXITED.value: Term("退出运营", "operator exited"),
        Action.RATING_GIVEN.value: Term("评价", "rating given"),
        Action.DISPUTE_OPENED.value: Term("提出争议", "dispute opened"),
        Action.DISPUTE_MEDIATED.value: Term("协调争议", "dispute mediated"),
        Action.DISPUTE_SETTLED.value: Term("解决争议", "dispute settled"),
        Action.DISPUTE_WITHDRAWN.value: Term("撤回争议", "dispute withdrawn"),
        Action.BUCKET_PREPARED.value: Term("存储桶就绪", "bucket prepared"),
        Action.CREDENTIAL_ISSUED.value: Term("发放凭证", "credential issued"),
        Action.CREDENTIAL_REVOKED.value: Term("收回凭证", "credential revoked"),
        Action.INCIDENT_OPENED.value: Term("发现事件", "incident opened"),
        Action.INCIDENT_CONTAINED.value: Term("控制事件", "incident contained"),
        Action.INCIDENT_REPORTED.value: Term("报告事件", "incident reported"),
        Action.INCIDENT_CLOSED.value: Term("事件结案", "incident closed"),
        Action.INCIDENT_DISMISSED.value: Term("排除误报", "incident dismissed"),
        Action.CANARY_LOOKED.value: Term("查看金丝雀", "looked for canaries"),
        Action.NOTICE_ISSUED.value: Term("发出提示", "notice issued"),
        Action.NOTICE_SETTLED.value: Term("提示事项已办", "notice settled"),
        Action.CREDENTIAL_ROTATED.value: Term("轮换凭证", "credential rotated"),
        Action.CREDENTIAL_KEY_REMOVED.value: Term("移除密钥", "access key removed"),
        Action.CREDENTIAL_USED.value: Term("凭证使用", "credential used"),
        Action.STOP_IMPOSED.value: Term("运营单位停止提供", "stopped by the operator"),
        Action.STOP_LIFTED.value: Term("运营单位解除停止", "operator's stop lifted"),
        Action.FEEDBACK_GIVEN.value: Term("利用反馈", "feedback given"),
        Action.FEEDBACK_NOTED.value: Term("审阅反馈", "feedback noted"),
        Action.DRILL_STARTED.value: Term("开始演练", "drill started"),
        Action.DRILL_COMPLETED.value: Term("收回演练", "revocation drill"),
        Action.REPORT_MADE.value: Term("运营报告", "report made"),
        Action.ACCESS_REFUSED.value: Term("访问被拒", "access refused"),
        Action.EVIDENCE_REJECTED.value: Term("证据被拒收", "evidence rejected"),
    }
)

OUTCOMES: Mapping[str, Term] = MappingProxyType(
    {
        "success": Term("成功", "success"),
        "refused": Term("拒绝", "refused"),
        "failure": Term("失败", "failed"),
        "failed": Term("失败", "failed"),
        "unknown": Term("将要进行", "intended"),
        "running": Term("进行中", "under way"),
        "stalled": Term("无后续记录", "nothing more heard"),
        "released": Term("已发布", "released"),
        "delisted": Term("已下架", "delisted"),
        "agreed": Term("同意提供", "agreed"),
        "revoked": Term("已撤销", "revoked"),
        "suspend": Term("暂停提供", "suspended"),
        "resume": Term("恢复提供", "resumed"),
        "delist": Term("下架产品", "delisted"),
        "close": Term("关闭数据通道", "closed"),
        "terminated": Term("终止协议", "terminated"),
    }
)

PARTIES: Mapping[str, Term] = MappingProxyType(
    {
        Party.PROVIDER.value: Term("数据提供方", "provider"),
        Party.BUREAU.value: Term("主管部门", "bureau"),
        Party.OPERATOR.value: Term("数据运营单位", "operator"),
        Party.DATA_USER.value: Term("数据使用方", "data user"),
    }
)

ROLES: Mapping[str, Term] = MappingProxyType(
    {
        Role.PROVIDER.value: Term("数据提供方", "provider"),
        Role.DATA_USER.value: Term("数据使用方", "data user"),
    }
)

SCOPES: Mapping[str, Term] = MappingProxyType(
    {
        "scenario": Term("应用场景", "scenario"),
        "dataset": Term("数据集", "dataset"),
        "provider": Term("数据提供方", "provider"),
        "data_user": Term("数据使用方", "data user"),
        "drill": Term("演练", "drill"),
        "all": Term("全部", "everything"),
        "release": Term("发布", "release"),
        "agreement": Term("协议", "agreement"),
        "use_agreement": Term("数据利用协议", "use agreement"),
    }
)

FIGURES: Mapping[str, Term] = MappingProxyType(
    {
        "rows_in": Term("输入行数", "rows in"),
        "rows_out": Term("输出行数", "rows out"),
        "rows_quarantined": Term("隔离行数", "quarantined"),
        "rows_without_consent": Term("未获授权行数", "without consent"),
        "rows_suppressed": Term("抑制行数", "suppressed"),
        "content": Term("内容摘要", "content SM3"),
        "manifest": Term("清单摘要", "manifest SM3"),
        "certificate": Term("证书摘要", "certificate SM3"),
        "decision_digest": Term("决定摘要", "decision SM3"),
        "cells": Term("识别单元格", "cells"),
        "findings": Term("发现", "findings"),
        "grade": Term("级别", "grade"),
        "k_required": Term("要求的 k", "k required"),
        "k_found": Term("实际的 k", "k found"),
        "objects": Term("对象数", "objects"),
        "files": Term("文件数", "files"),
        "release_id": Term("发布编号", "release"),
        "bucket": Term("存储桶", "bucket"),
        "suite": Term("规则集", "suite"),
        "stage": Term("环节", "stage"),
        "dataset": Term("对象", "target"),
        "policy_pack": Term("政策参数包", "policy pack"),
        "policy_lapsed": Term("参数包已到期", "policy lapsed"),
        "valid_until": Term("有效期至", "valid until"),
        "decided": Term("决定", "decided"),
        "demand": Term("数据需求", "demand"),
        "revocation_id": Term("撤销编号", "revocation id"),
        "datasets": Term("数据集数", "datasets"),
        "order": Term("指令", "order"),
        "termination_id": Term("通报编号", "notice id"),
        "effective_at": Term("生效时间", "effective at"),
        "order_id": Term("指令编号", "order id"),
        "reviewers": Term("须审核人数", "reviewers needed"),
        "approvals": Term("批准数", "approvals"),
        "words": Term("审核意见摘要", "words SM3"),
        "ground": Term("理由摘要", "ground SM3"),
        "tombstone": Term("下架声明摘要", "tombstone SM3"),
        "kind": Term("报告类别", "kind of report"),
        "report": Term("报告", "report"),
        "sm3": Term("报告摘要", "report SM3"),
        "html_sm3": Term("网页摘要", "page SM3"),
        "first_day": Term("首日", "first day"),
        "until": Term("末日之后一日", "day after the last"),
        "attempts_left_out": Term("未留存次数", "attempts not kept"),
        "notice": Term("提示事项", "notice"),
        "addressee": Term("提示对象", "addressee"),
        "due_on": Term("提示日期", "due on"),
        "ends_on": Term("截止日期", "ends on"),
        "environment": Term("环境", "environment"),
        "access_key": Term("访问密钥", "access key"),
        "cause": Term("原因", "cause"),
        "last_used": Term("最近使用", "last used"),
        "drill": Term("演练编号", "drill"),
        "milliseconds": Term("毫秒", "milliseconds to the last read"),
        "bound_seconds": Term("上限秒数", "bound in seconds"),
        "reads": Term("读取次数", "reads"),
        "store_kind": Term("存储类型", "store"),
        "passed": Term("达标", "within the bound"),
    }
)

NOTICES: Mapping[str, Term] = MappingProxyType(
    {
        "renewal": Term("重新申请运营资格", "renewal"),
        "use_ends": Term("利用协议期满", "use agreement ends"),
        "policy_ends": Term("政策参数包期满", "policy pack ends"),
        "feedback": Term("反馈使用情况", "feedback"),
        "report": Term("报送运营情况", "periodic report"),
        "sector_report": Term("报行业主管部门", "sector report"),
        "disclosure": Term("公布年度清单", "public list"),
        "rectification": Term("限期整改", "rectification"),
    }
)


REPORTS: Mapping[str, Term] = MappingProxyType(
    {
        "operation": Term("运营情况报告", "operation"),
        "sector": Term("行业主管部门报告", "sector department"),
        "disclosure": Term("公开清单", "public list"),
        "evaluation": Term("年度评估材料", "yearly evaluation"),
        "incident": Term("数据安全事件报告", "incident"),
    }
)


def term(terms: Mapping[str, Term], key: str) -> Term:
    """The wording of `key`; one that has none (a newer sender's) stands for itself."""
    return terms.get(key, Term(key, ""))


def last_day(ends_at: datetime) -> str:
    """The last day on which what ends at `ends_at` still holds, in Asia/Shanghai."""
    return (ends_at - timedelta(seconds=1)).astimezone(SHANGHAI).strftime("%Y-%m-%d")


def told(value: str | int, key: str) -> str:
    """A figure of a record as people read it: instants by Beijing time, yes and no in words."""
    if key == "policy_lapsed":
        return "是 yes" if value else "否 no"
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    if instant.tzinfo is None:
        return str(value)
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
