"""Documents for crossing borders."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.entities.entity import Entity
from weir.privacy.entities.words import DOCUMENT
from weir.privacy.shapes import Form, Runs, labelled

_NOT_A_YEAR = ("[03-9][0-9]{7}", "1[0-8][0-9]{6}", "2[1-9][0-9]{6}")
"""Eight digits that do not begin like a date: goods are numbered by the day."""

_PASSPORT = (
    *(Form(letter + digits) for letter in "EG" for digits in _NOT_A_YEAR),
    Form("E[A-HJ-NP-Z][0-9]{7}"),
    Form("[DSP]E[0-9]{7}"),
)
_GOODS = (
    *("型号", "货号", "产品", "商品", "批号", "批次", "物料", "编码", "款号", "部件", "零件"),
    *("配件", "料号", "图号", "资产", "合同", "订单", "单号", "序列号", "流水号", "规格", "发票"),
    *("设备", "仪器", "耗材", "器材", "药品", "货物", "条码", "库存", "SKU", "SPU", "item"),
    *("product", "product no", "product code", "product id", "goods", "material", "part no"),
    *("part number", "model", "batch", "lot", "serial", "order", "order no", "order id", "asset"),
    *("contract no", "invoice", "sn", "cpbm", "cpbh", "cpxh", "wlbm", "wlbh", "spbm", "spbh"),
    *("ddbh", "ddh", "xh", "ggxh", "htbh", "zcbh", "pch"),
)
"""What goods and papers are numbered by."""

_INSURED = (
    *("社保", "社会保障", "社会保险", "医保", "医疗保险", "参保", "sbk", "sbkh", "sbkhm"),
    *("shbzh", "shbzhm", "shbzkh", "ybkh", "ybbh", "social security", "medical insurance"),
)
"""What numbers of social insurance stand behind, which have a letter and eight digits too."""

_PASS = ("通行证", "txz", "txzh", "txzhm", "tongxingzheng", "travel permit", "permit no")

TRAVEL: tuple[Entity, ...] = (
    Entity(
        name="CN_HM_RETURN_PERMIT",
        title="港澳居民来往内地通行证号",
        shape=Runs((Form("[HM][0-9]{8}", weak=True), Form("[HM][0-9]{10}", weak=True))),
        cues=(
            *("来往内地通行证", "回乡证", "港澳居民", "港澳通行证", "hxz", "hxzh", "huixiangzheng"),
            *("home return permit", "hm permit", "hkm permit", *_PASS, *DOCUMENT),
        ),
        rank=60,
        score=0.8,
        standard="中国公民因私事往来香港地区或者香港澳门地区的暂行管理办法",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("回乡证H12345678", "来往内地通行证号码：M1234567801"),
        counter_examples=("型号H12345678", "回乡证H1234567", "回乡证K12345678"),
    ),
    Entity(
        name="CN_TW_RETURN_PERMIT",
        title="台湾居民来往大陆通行证号",
        shape=Runs(
            (
                Form("[0-9]{8}", weak=True),
                Form("[0-9]{10}", weak=True),
                Form("[0-9]{10}[(（][A-Z][)）]", weak=True),
            )
        ),
        cues=(
            *("台胞证", "来往大陆通行证", "台湾通行证", "台湾居民通行证", "tbz", "tbzh", "tbzhm"),
            *("taibaozheng", "tw permit", "mtp", "mainland travel permit"),
        ),
        rank=62,
        score=0.7,
        standard="中国公民往来台湾地区管理办法",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("台胞证号：01234567", "台胞证0001234501(B)"),
        counter_examples=("01234567", "台胞证号：0123456", "订单01234567"),
    ),
    Entity(
        name="CN_PERMIT_TO_HM",
        title="往来港澳通行证号",
        shape=Runs(
            (
                Form("[CW][0-9]{8}", weak=True),
                Form("C[A-HJ-NP-Z][0-9]{7}", weak=True),
            )
        ),
        cues=("往来港澳通行证", "往来港澳", "港澳通行证", "gatxz", "gatxzh", *_PASS, *DOCUMENT),
        rank=64,
        score=0.8,
        standard="中国公民因私事往来香港地区或者香港澳门地区的暂行管理办法",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("往来港澳通行证C12345678", "港澳通行证：CA1234567", "通行证号W12345678"),
        counter_examples=("货号C12345678", "通行证号CI1234567", "通行证号C1234567"),
    ),
    Entity(
        name="CN_PERMIT_TO_TW",
        title="大陆居民往来台湾通行证号",
        shape=Runs((Form("[LT][0-9]{8}", weak=True), Form("L[A-HJ-NP-Z][0-9]{7}", weak=True))),
        cues=("往来台湾通行证", "往来台湾", "大通证", "dtz", *_PASS, *DOCUMENT),
        rank=66,
        score=0.8,
        standard="中国公民往来台湾地区管理办法",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("往来台湾通行证L12345678", "大通证T12345678", "往来台湾通行证：LA1234567"),
        counter_examples=("批号L12345678", "往来台湾通行证L1234567", "往来台湾通行证X12345678"),
    ),
    Entity(
        name="CN_PASSPORT",
        title="护照号码",
        shape=Runs(
            (
                *_PASSPORT,
                *labelled(_PASSPORT, "PASSPORT", "HUZHAO", "HZH"),
                Form("[A-Z][0-9]{7,8}", weak=True),
                Form("[A-Z]{2}[0-9]{6,7}", weak=True),
                Form("[0-9]{9}", weak=True),
            )
        ),
        cues=("护照", "passport", "hzh", "hzhm", "huzhao", "huzhaohao", "huzhaohaoma"),
        denials=(*_GOODS, *_INSURED),
        rank=70,
        score=0.6,
        standard="ICAO Doc 9303",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("E12345678", "EA1234567", "G12345678", "DE1234567", "护照号S12345678"),
        counter_examples=(
            "E1234567",
            "EI1234567",
            "A12345678",
            "GA1234567",
            "G20240301",
            "型号E12345678",
            "社会保障卡E12345678",
        ),
    ),
)
