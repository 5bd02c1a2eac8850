"""What the desk calls things: Chinese first, English beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from weir.clock import SHANGHAI
from weir.evidence.actions import Action
from weir.model import Party


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
        Action.QUALITY_CHECKED.value: Term("质量检查", "quality checked"),
        Action.FIELDS_SCANNED.value: Term("敏感识别", "scanned"),
        Action.PRODUCT_MASKED.value: Term("脱敏加工", "masked"),
        Action.DISCLOSURE_ASSESSED.value: Term("披露评估", "disclosure assessed"),
        Action.PRODUCT_PACKAGED.value: Term("产品打包", "packaged"),
        Action.RELEASE_REQUESTED.value: Term("申请发布", "release requested"),
        Action.RELEASE_PUBLISHED.value: Term("已发布", "published"),
        Action.RELEASE_REFUSED.value: Term("发布被拒", "release refused"),
        Action.RELEASE_APPROVED.value: Term("发布批准", "release approved"),
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
        Action.ORDER_SIGNED.value: Term("签署指令", "order signed"),
        Action.ORDER_REGISTERED.value: Term("登记指令", "order registered"),
        Action.BUCKET_PREPARED.value: Term("存储桶就绪", "bucket prepared"),
        Action.CREDENTIAL_ISSUED.value: Term("发放凭证", "credential issued"),
        Action.CREDENTIAL_REVOKED.value: Term("收回凭证", "credential revoked"),
        Action.INCIDENT_OPENED.value: Term("发现事件", "incident opened"),
        Action.INCIDENT_CONTAINED.value: Term("控制事件", "incident contained"),
        Action.INCIDENT_REPORTED.value: Term("报告事件", "incident reported"),
        Action.INCIDENT_CLOSED.value: Term("事件结案", "incident closed"),
        Action.INCIDENT_DISMISSED.value: Term("排除误报", "incident dismissed"),
        Action.NOTICE_ISSUED.value: Term("发出提示", "notice issued"),
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
        "released": Term("已发布", "released"),
        "agreed": Term("同意提供", "agreed"),
        "suspend": Term("暂停提供", "suspended"),
        "resume": Term("恢复提供", "resumed"),
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

SCOPES: Mapping[str, Term] = MappingProxyType(
    {
        "scenario": Term("应用场景", "scenario"),
        "dataset": Term("数据集", "dataset"),
        "provider": Term("数据提供方", "provider"),
        "data_user": Term("数据使用方", "data user"),
        "all": Term("全部", "everything"),
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
        "order": Term("指令", "order"),
        "order_id": Term("指令编号", "order id"),
        "attempts_left_out": Term("未留存次数", "attempts not kept"),
        "notice": Term("提示事项", "notice"),
        "addressee": Term("提示对象", "addressee"),
        "due_on": Term("提示日期", "due on"),
        "ends_on": Term("截止日期", "ends on"),
    }
)

NOTICES: Mapping[str, Term] = MappingProxyType(
    {
        "renewal": Term("重新申请运营资格", "renewal"),
        "use_ends": Term("利用协议期满", "use agreement ends"),
        "policy_ends": Term("政策参数包期满", "policy pack ends"),
        "feedback": Term("反馈使用情况", "feedback"),
        "report": Term("报送运营情况", "periodic report"),
        "rectification": Term("限期整改", "rectification"),
    }
)


def term(terms: Mapping[str, Term], key: str) -> Term:
    """The wording of `key`; one that has none (a newer sender's) stands for itself."""
    return terms.get(key, Term(key, ""))


def last_day(ends_at: datetime) -> str:
    """The last day on which what ends at `ends_at` still holds, in Asia/Shanghai."""
    return (ends_at - timedelta(seconds=1)).astimezone(SHANGHAI).strftime("%Y-%m-%d")
