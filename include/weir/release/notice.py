"""README.txt of a product: its source, its terms and how to verify it (第十四条)."""

from __future__ import annotations

from weir.contracts.plan import Plan

_NOTICE = """\
{title}
{rule}
应用场景：{scenario}
用途：{purpose}
数据运营单位：{operator}
数据使用方：{data_user}
数据利用协议：{agreement}（{starts_on} 至 {ends_on}）

数据来源
{attribution}
使用本数据形成数据产品、研究报告、学术论文等成果的，应当在成果中注明上述数据来源，
并向数据运营单位反馈数据使用情况（《遂宁市公共数据运营管理办法(试行)》第十四条）。

使用条件
{conditions}

责任
{responsibilities}
数据使用过程及结果的安全由数据使用方负责（第十七条）。
每次发布提供 {release_days} 天。

文件
data/part-00000.parquet  数据（Parquet），共 {columns} 列
dictionary.json          数据字典：每列的含义、来源、处理方式、级别
manifest.json            文件清单：每个文件的 SM3 摘要，以及数据由来
certificate.json         发布证书：由数据运营单位以 SM2 签名

如何核验（无需联网，只需要双方公钥）
weir verify <本目录> --operator-key operator.pem --bureau-key bureau.pem
证书写明检测“未发现”什么、检测了多少；它不保证数据中不存在个人信息。

----------------------------------------------------------------------

Scenario: {scenario}
Use agreement: {agreement}, in force from {starts_on} to {ends_on} (both included).
Source: see "数据来源" above. Name it in every product, report or paper made from this data, and
report your use of it to the operator (Article 14). The data user answers for the security of the
use and its results (Article 17). Each release is offered for {release_days} days.

To verify, offline and with the two public keys only:
weir verify <this folder> --operator-key operator.pem --bureau-key bureau.pem
The certificate says what was looked for and not found, and how much was looked at. It does not
promise that no personal information is present.
"""


def notice_bytes(plan: Plan) -> bytes:
    """README.txt: a pure function of the compiled contract, Chinese first."""
    scenario, agreement = plan.scenario, plan.use_agreement
    return _NOTICE.format(
        title=scenario.title,
        rule="=" * 70,
        scenario=scenario.scenario,
        purpose=scenario.purpose,
        operator=scenario.operator,
        data_user=scenario.data_user,
        agreement=agreement.agreement,
        starts_on=agreement.starts_on.isoformat(),
        ends_on=agreement.ends_on.isoformat(),
        attribution=scenario.attribution,
        conditions=agreement.conditions,
        responsibilities=agreement.responsibilities,
        release_days=scenario.retention.release_days,
        columns=len(plan.output),
    ).encode()
