"""A draft dataset contract from a survey: what a person still has to fill in does not pass a check.

Names, titles and comments come from headers, which anybody may have written: nothing but letters,
digits and a few signs of them is kept, so that no header can add a line to the draft.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from weir.contracts.dataset import FieldType, PostgresTable
from weir.contracts.loader import is_name
from weir.contracts.wording import ENTITIES
from weir.model import Grade
from weir.privacy.classification.decision import Confidence, FieldDecision
from weir.privacy.classification.lexicon import Identifying, Subject
from weir.privacy.classification.survey import TableSurvey

TO_FILL = "# 待填 TO FILL"
TO_CONFIRM = "# 待核 TO CONFIRM"

_COLUMN = re.compile(r"(?!__)\w{1,63}")
_UNSAFE = re.compile(r"[^\w ()（）.,，、%+-]")
_HAN = re.compile(r"[一-鿿]")
_BARE = re.compile(r"(?!(?:null|true|false|yes|no|on|off|y|n)$)[^\W\d][\w-]*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_SCHEMA = "include/weir/contracts/schemas/dataset.json"


def draft_contract(found: TableSurvey, name: str, source: PostgresTable | None) -> str:
    """contracts/datasets/<name>.yaml, but for what is marked.

    `name` is one that a contract may have, or empty. `source` is where the table was read, None
    for a file.
    """
    lines = [
        f"# yaml-language-server: $schema=../../{_SCHEMA}",
        "# 由 weir scan 起草，逐项核对后方可使用 a draft: check every line before use.",
        f"# {found.report.rows} 行 rows; 表级 {int(found.grade)} graded as its highest field.",
        f"dataset: {_scalar(name)}"
        + ("" if name else f"  {TO_FILL}: 与文件名一致 as the file is called"),
        f"title:  {TO_FILL}: 目录中的名称 its title in the catalogue",
        f"provider:  {TO_FILL}",
        f"open_type:  {TO_FILL}: unconditional 无条件开放, conditional, prohibited 不予开放",
        _source_line(source),
        f"key: []  {TO_FILL}: 主键字段 the fields that tell rows apart",
        *_subject_lines(found),
        f"suite: {_scalar(name)}"
        + ("  # 质量规则集 expectations/<suite>.json" if name else f"  {TO_FILL}"),
        "fields:",
    ]
    names = _column_names(found)
    for field, column in zip(found.fields, names, strict=True):
        lines += _field_lines(field, column)
    return "\n".join([*lines, ""])


def contract_name(text: str) -> str:
    """`text` as a contract may be called; empty where little of it could stay."""
    name = _SEPARATORS.sub("-", text.lower()).strip("-")
    return name if is_name(name) else ""


def _source_line(source: PostgresTable | None) -> str:
    if source is None:
        return f"source: {{kind: postgres, table: }}  {TO_FILL}: 交换平台上的表 its table"
    table, schema = _scalar(source.table), _scalar(source.schema_)
    return f"source: {{kind: postgres, table: {table}, schema: {schema}}}"


def _subject_lines(found: TableSurvey) -> Iterator[str]:
    if found.subject is Subject.NONE:
        return
    names = _column_names(found)
    telling = [
        name
        for field, name in zip(found.fields, names, strict=True)
        if field.subject is found.subject
        and field.identifying is Identifying.DIRECT
        and field.type is FieldType.STRING
        and field.entities
        and not field.nullable
    ]
    field = f"field: {_scalar(telling[0])}" if telling else "field: "
    mark = TO_CONFIRM if telling else TO_FILL
    yield f"subject: {{kind: {found.subject}, {field}}}  {mark}: 信息主体 whose data it is"


def _field_lines(field: FieldDecision, name: str) -> Iterator[str]:
    shown = _plain(field.column)
    title = shown if _HAN.search(shown) else field.title
    yield f"  {_scalar(name)}:" + (
        "" if name == field.column else f"  {TO_CONFIRM}: 列名 header {shown}"
    )
    yield (
        f"    title: {json.dumps(title, ensure_ascii=False)}" if title else f"    title:  {TO_FILL}"
    )
    yield f"    type: {field.type}"
    if not field.nullable:
        yield "    nullable: false"
    mark = "" if field.confidence is Confidence.SURE else f"  {TO_CONFIRM}"
    if field.classification is None:
        yield f"    classification:  {TO_FILL}: 不填则扫描拒绝 a scan refuses the field without it"
        yield f"    grade:  {TO_FILL}"
    else:
        yield f"    classification: {field.classification}{mark}"
        important = field.grade >= Grade.IMPORTANT
        yield f"    grade: {int(field.grade)}" + (
            f"  {TO_CONFIRM}: 疑似重要数据，由主管部门认定 its department decides"
            if important
            else mark
        )
    if field.sensitive:
        yield "    sensitive: true"
    listed = [one for one in field.entities if one in ENTITIES]
    if listed:
        yield f"    entities: [{', '.join(listed)}]"


def _column_names(found: TableSurvey) -> list[str]:
    """A name for each field that a contract takes, every one once."""
    names: list[str] = []
    taken: set[str] = set()
    for field in found.fields:
        own = field.column
        name = own if _COLUMN.fullmatch(own) and own not in taken else f"field_{field.position}"
        taken.add(name)
        names.append(name)
    return names


def _scalar(text: str) -> str:
    """`text` as YAML text, also where it reads like a number or a word of YAML's own."""
    return text if not text or _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    return _UNSAFE.sub("", text).strip()
