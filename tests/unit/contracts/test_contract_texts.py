"""What people read of contracts, and what editors read."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import weir.contracts
from fakes.sample_contracts import Data, Edit, aggregate_data, contract_data, sample_bundle
from weir.contracts.compile import compile_plan
from weir.contracts.diff import diff_bundles, diff_text
from weir.contracts.explain import explain
from weir.contracts.schema import FOLDER, schemas
from weir.contracts.text_table import cells, text_table
from weir.contracts.titles import TITLES, title_of


def test_the_explanation_names_everything_a_reviewer_asks_about() -> None:
    """Pulled, checked, masked, joined, disclosed, where to, until when, by which article."""
    text = explain(compile_plan(sample_bundle()))
    for wanted in (
        "企业信贷",
        "customer",
        "bin(0,0.1)",
        "可逆令牌(SM4)",
        "firms.firm = bills.customer",
        "每组至少 5 个 firm",
        "release-firm-credit",
        "2027-03-01 00:00 (北京时间)",
        "仅限已授权的企业",
        "第二十三条第(六)项",
        "网络数据安全管理条例 第十六条",
        "assumption",
    ):
        assert wanted in text


def test_an_aggregate_is_explained_by_its_groups_and_measures() -> None:
    """Who reads it sees what is counted."""
    text = explain(compile_plan(sample_bundle(data=aggregate_data())))
    assert "按 by district, read_on" in text
    assert "meters = count_distinct(meter)" in text


def test_a_prohibited_dataset_is_marked_in_the_explanation() -> None:
    """Nobody overlooks it."""

    def prohibit(data: Data) -> None:
        data["datasets"]["firms"]["open_type"] = "prohibited"

    assert "! 不予开放" in explain(compile_plan(sample_bundle(prohibit)))


def test_nothing_changed_means_no_difference() -> None:
    """Equal digests have no difference, in whatever order the keys stand."""
    assert diff_bundles(sample_bundle(), sample_bundle()) == ()
    assert "内容未变" in diff_text(sample_bundle(), sample_bundle())


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "scenario.inputs.0.fields.active",
            {"mask": {"method": "keep"}},
            "firms / 字段 field / active enterprise_operation boolean (1 级 grade): 原样保留 keep",
        ),
        (
            "scenario.inputs.0.fields.uscc.mask.method",
            "pseudonym",
            "可逆令牌(SM4) token → firm ⇒ 不可逆假名(HMAC-SM3) pseudonym → firm",
        ),
        (
            "scenario.retention.release_days",
            90,
            "保存期限 retention / 产品保存天数 days a release is kept (release_days): 180 ⇒ 90",
        ),
        ("scenario.disclosure.max_suppressed_share", 0.5, "0.1 ⇒ 0.5"),
        (
            "use_agreement.ends_on",
            "2027-01-31",
            "数据利用协议 use agreement / 最后一天 last day: 2027-02-28 ⇒ 2027-01-31",
        ),
        (
            "policy.parameters.min_k.value",
            3,
            "政策参数包 policy pack / 参数 parameter / k 的下限 least k / 数值 value: 5 ⇒ 3",
        ),
        (
            "datasets.firms.fields.uscc.grade",
            3,
            "! 修改 changed: 数据集 dataset / firms / 字段 field / uscc / 级别 grade: 2 ⇒ 3",
        ),
        (
            "datasets.bills.open_type",
            "unconditional",
            "bills / 开放类型 open type: 有条件开放 conditional ⇒ 无条件开放 unconditional",
        ),
        (
            "scenario.approval",
            "standing",
            "发布审批 approval: 逐次双人审核 each release by two people ⇒ 长期有效 standing",
        ),
        (
            "scenario.purpose",
            "营销",
            "! 修改 changed: 场景 scenario / 目的 purpose: 信贷 ⇒ 营销",
        ),
        (
            "datasets.bills.fields.usage.nullable",
            False,
            "/ usage / 可为空 may be empty: 是 yes ⇒ 否 no",
        ),
        (
            "suites.firms.meta.mostly",
            0.5,
            "质量规则集 suite / firms / 附注 meta / mostly: 0.999 ⇒ 0.5",
        ),
    ],
)
def test_a_difference_is_told_in_words(path: str, value: Any, said: str) -> None:
    """Every file of a contract is compared, and what follows is said."""

    def edit(data: Data) -> None:
        *parts, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        place: Any = data
        for part in parts:
            place = place[part]
        place[last] = value

    text = diff_text(sample_bundle(), sample_bundle(edit))
    assert said in text
    assert "须重新提交同意" in text


def test_a_removed_field_is_told() -> None:
    """What is no longer asked for is a difference as well."""

    def remove(data: Data) -> None:
        del data["scenario"]["inputs"][0]["fields"]["industry"]

    (change,) = diff_bundles(sample_bundle(), sample_bundle(remove))
    assert (change.kind, change.before, change.after) == (
        "removed",
        "原样保留 keep → industry",
        "",
    )


def test_a_rule_put_in_front_of_the_others_is_one_change() -> None:
    """Rules go by what they say and of which column, whatever their order."""

    def rules(*columns: str) -> Any:
        def edit(data: Data) -> None:
            data["suites"]["firms"]["expectations"] = [
                {
                    "type": "expect_column_values_to_not_be_null",
                    "severity": "critical",
                    "description": f"{column} 必填",
                    "kwargs": {"column": column},
                }
                for column in columns
            ]

        return edit

    before = sample_bundle(rules("uscc", "industry"))
    after = sample_bundle(rules("capital", "uscc", "industry"))
    (change,) = diff_bundles(before, after)
    assert (change.kind, change.place[-1], change.after) == (
        "added",
        "expect_column_values_to_not_be_null(capital)",
        "capital 必填 severity=critical",
    )


@pytest.mark.parametrize(
    ("edit", "marked"),
    [
        (lambda data: data["scenario"]["disclosure"].update(k=3), True),
        (lambda data: data["scenario"].update(data_user="other-bank"), True),
        (lambda data: data["scenario"].pop("joins"), True),
        (lambda data: data["scenario"]["retention"].update(release_days=90), False),
        (lambda data: data["scenario"].update(schedule="@daily"), False),
        (lambda data: data["scenario"]["inputs"][0]["fields"].pop("industry"), False),
    ],
)
def test_what_bears_on_what_may_leave_is_marked(edit: Edit, marked: bool) -> None:  # noqa: FBT001 - a table of cases
    """A reviewer in haste sees it first."""
    text = diff_text(sample_bundle(), sample_bundle(edit))
    changes = [one for one in text.splitlines() if one[2:4] in {"新增", "删除", "修改"}]
    assert [line.startswith("! ") for line in changes] == [marked] * len(changes)
    assert changes


def test_a_field_named_as_a_part_of_a_contract_keeps_its_name() -> None:
    """What people called something is not translated."""

    def rename(data: Data) -> None:
        fields = data["datasets"]["firms"]["fields"]
        fields["grade"] = fields["active"]

    assert "数据集 dataset / firms / 字段 field / grade / 级别 grade: 1" in diff_text(
        sample_bundle(), sample_bundle(rename)
    )


def test_purpose_and_data_come_before_the_fine_print() -> None:
    """The reviewer reads the use first, the policy pack and the suites last."""

    def edit(data: Data) -> None:
        data["scenario"]["purpose"] = "营销"
        data["policy"]["title"] = "新参数包"
        data["datasets"]["bills"]["title"] = "电费"

    text = diff_text(sample_bundle(), sample_bundle(edit))
    places = [text.index(word) for word in ("营销", "电费", "新参数包")]
    assert places == sorted(places)
    assert "共 3 处改动" in text


def test_a_table_stays_straight_with_chinese_in_it() -> None:
    """A wide character takes two cells of a terminal."""
    table = text_table(("a", "b"), (("企业", "x"), ("firm", "y")))
    assert table == "a     b\n----  -\n企业  x\nfirm  y\n"
    assert cells("企业a") == 5


def test_the_schemas_in_the_repository_are_those_of_the_models() -> None:
    """`python -m weir.contracts.schema` writes them; nobody edits them by hand."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert kept == dict(schemas())


def test_an_editor_accepts_what_the_loader_accepts() -> None:
    """The generated schemas hold for sound contracts and refuse an unknown key."""
    data = contract_data()
    schema = json.loads(schemas()["scenario.json"])
    jsonschema.validate(data["scenario"], schema)
    for dataset in data["datasets"].values():
        jsonschema.validate(dataset, json.loads(schemas()["dataset.json"]))
    for key in ("operation_agreement", "use_agreement"):
        jsonschema.validate(data[key], json.loads(schemas()["agreement.json"]))
    jsonschema.validate(data["policy"], json.loads(schemas()["policy.json"]))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data["scenario"], "colour": "red"}, schema)


def test_every_code_in_the_room_has_a_chinese_title_and_no_title_is_unused() -> None:
    """The titles are read off the source: a new code without one fails here."""
    made = {"agreement", "dataset", "policy", "scenario", "suite"}
    codes = {f"{name}_unknown" for name in made}
    for path in Path(weir.contracts.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
                    codes.add(code)
                case ast.Call(
                    func=ast.Name(id="_refuse" | "_problem" | "_differs"), args=[first, *_]
                ) | (ast.Call(func=ast.Attribute(attr="_refuse"), args=[first, *_])) if isinstance(
                    first, ast.Constant
                ):
                    codes.add(str(first.value))
    assert TITLES.keys() == codes
    assert title_of("contract_missing") == "内容不符合格式"
