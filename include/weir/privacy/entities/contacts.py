"""How somebody is reached."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.entities.entity import Entity
from weir.privacy.segments import AREA_CODE, MOBILE_SEGMENT
from weir.privacy.shapes import Form, Runs, Search, labelled

_TELEPHONE = (
    *("电话", "联系方式", "座机", "固话", "传真", "tel", "phone", "fax", "telephone", "dh", "dhhm"),
    *("lxdh", "lxdhhm", "lxfs", "dianhua", "lianxidianhua", "lianxifangshi", "contact no"),
    *("contact number",),
)
_MOBILE = (Form("1[3-9][0-9]{9}"), Form("861[3-9][0-9]{9}"), Form("00861[3-9][0-9]{9}"))
_MOBILE_LABELS = (
    *("TEL", "TELEPHONE", "PHONE", "MOBILE", "CELL", "CELLPHONE", "MOB", "SJ", "SJH", "SJHM"),
    *("DH", "LXDH", "LXFS", "SHOUJI", "DIANHUA", "CALL"),
)
_AREA = ("0[3-9][0-9]{2}", "010", "02[0-9]")
_LANDLINE = (
    Form(r"0[3-9][0-9]{2}[\- )）][2-9][0-9]{6,7}"),
    *(Form(rf"{area}[\- )）][2-9][0-9]{{7}}") for area in ("010", "02[0-9]")),
    *(Form(rf"[(（]{area}[)）][2-9][0-9]{{6,7}}") for area in _AREA),
)

CONTACTS: tuple[Entity, ...] = (
    Entity(
        name="CN_MOBILE",
        title="手机号码",
        shape=Runs(
            (
                *_MOBILE,
                *labelled(_MOBILE, *_MOBILE_LABELS),
                Form(r"1[3-9][0-9][ .\-][0-9]{4}[ .\-][0-9]{4}"),
                Form(r"1[3-9][0-9]{2}[ \-][0-9]{3}[ \-][0-9]{4}"),
                Form(r"1[3-9][0-9]{2}[ \-][0-9]{4}[ \-][0-9]{3}"),
                Form(r"1[3-9][0-9][ \-][0-9]{8}", weak=True),
                Form(r"1[3-9][0-9]{5}[ \-][0-9]{4}", weak=True),
            )
        ),
        check=MOBILE_SEGMENT,
        cues=(
            *("手机", "移动电话", "联系人", "mobile", "cell", "cell phone", "msisdn", "sj", "sjh"),
            *("sjhm", "yddh", "shouji", "shoujihao", "shoujihaoma", *_TELEPHONE),
        ),
        rank=50,
        score=0.8,
        standard="电信网编号计划（2017年版）",
        grade=Grade.GENERAL_3,
        number_chance=0.145,
        examples=(
            "13900009021",
            "+8613900009021",
            "+86 13900009021",
            "139-0000-9021",
            "139 0000 9021",
            "手机139 00009021",
            "139.0000.9021",
            "tel13900009021",
            "一三九〇〇〇〇九〇二一",
        ),
        counter_examples=(
            "12900009021",
            "15400009021",
            "139000090210",
            "1390000902",
            "139-0000-902",
            "139 20240301",
            "SKU13900009021",
        ),
    ),
    Entity(
        name="CN_LANDLINE",
        title="固定电话",
        shape=Runs(
            (
                *_LANDLINE,
                *(Form(rf"{area}[\- )）]1[0-9]{{6,7}}", weak=True) for area in _AREA),
                Form("0[1-9][0-9]{9,10}", weak=True),
                *labelled(
                    (*_LANDLINE, Form("0[1-9][0-9]{9,10}")), "TEL", "PHONE", "FAX", "DH", "LXDH"
                ),
            )
        ),
        check=AREA_CODE,
        cues=(*_TELEPHONE, "landline", "gddh", "zjdh", "gudingdianhua"),
        rank=52,
        score=0.7,
        standard="电信网编号计划（2017年版）",
        grade=Grade.GENERAL_2,
        examples=(
            "0825-2345678",
            "010-62345678",
            "(0825)2345678",
            "（028）86543210",
            "0825 2345678",
            "电话：08252345678",
            "电话0825-1234567",
        ),
        counter_examples=(
            "0825-1234567",
            "0125-2345678",
            "0345-2345678",
            "08252345678",
            "2024-2345678",
        ),
    ),
    Entity(
        name="CN_SERVICE_NUMBER",
        title="400/800电话",
        shape=Runs(
            (
                Form(r"[48]00\-[0-9]{3}\-[0-9]{4}"),
                Form(r"[48]00\-[0-9]{4}\-[0-9]{3}"),
                Form(r"[48]00\-[0-9]{7}"),
                Form(r"[48]00[0-9]\-[0-9]{3}\-[0-9]{3}"),
                Form("[48]00[0-9]{7}", weak=True),
                Form("[48]00 [0-9]{3} [0-9]{4}", weak=True),
            )
        ),
        cues=("客服", "热线", "服务电话", "hotline", "rexian", *_TELEPHONE),
        rank=54,
        score=0.7,
        standard="电信网编号计划（2017年版）",
        grade=Grade.GENERAL_1,
        examples=("400-820-8888", "800-8208-888", "4008-123-123", "客服热线4008208888"),
        counter_examples=("4008208888", "400-82-8888", "500-820-8888"),
    ),
    Entity(
        name="CN_QQ",
        title="QQ号码",
        shape=Runs(
            (
                Form("[1-9][0-9]{4,10}", weak=True),
                *labelled((Form("[1-9][0-9]{4,10}"),), "QQ", "QQH", "QQHM"),
            )
        ),
        cues=("QQ", "QQ号", "QQ号码", "qq number", "qqh", "qqhm", "qqhao", "扣扣", "企鹅号"),
        rank=130,
        score=0.6,
        standard="GB/T 35273-2020",
        grade=Grade.GENERAL_3,
        examples=("QQ：12345678", "QQ123456789", "qq号码 10001"),
        counter_examples=("12345678", "QQ：1234", "QQ群，订单12345678"),
    ),
    Entity(
        name="CN_WECHAT",
        title="微信号",
        shape=Runs(
            (
                Form("WXID_[0-9A-Z]{10,24}"),
                Form("[A-Z][0-9A-Z]{5,19}", weak=True),
                Form(r"[A-Z][0-9A-Z]{0,18}[_\-][0-9A-Z]{1,18}", weak=True),
                Form(r"[A-Z][0-9A-Z]{0,18}[_\-][0-9A-Z]{1,18}[_\-][0-9A-Z]{1,18}", weak=True),
            ),
            apart_from="<>@_",
        ),
        cues=(
            *("微信", "微信号", "微信账号", "威信", "薇信", "wechat", "we chat", "weixin"),
            *("weixinhao", "加V", "VX", "wx", "wxh", "wxhm", "wxid"),
        ),
        rank=132,
        score=0.6,
        standard="GB/T 35273-2020",
        grade=Grade.GENERAL_3,
        examples=("微信号：zhang_san88", "wxid_a1b2c3d4e5f6g7", "微信 lisi2024"),
        counter_examples=("zhang_san88", "微信号：a12", "wxid_a1b2"),
    ),
    Entity(
        name="EMAIL",
        title="电子邮箱",
        shape=Search(
            body=r"[0-9A-Z][0-9A-Z._%+\-]{0,63}@(?:[0-9A-Z\-]{1,63}\.){1,8}[A-Z]{2,24}",
            anchor="@",
            marks=frozenset("._%+-@"),
        ),
        cues=("邮箱", "电子邮件", "email", "e-mail", "mail", "dzyx", "dzyj", "youxiang"),
        rank=80,
        score=0.9,
        standard="RFC 5321; RFC 5322",
        grade=Grade.GENERAL_3,
        examples=("a+b@x-y.org", "zhang.san@example.com.cn", "Z_9@EXAMPLE.CN"),
        counter_examples=("zhang.san@example", "-@example.com", "a@b.c", "a@b.com1"),
    ),
)
