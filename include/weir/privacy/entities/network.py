"""Addresses of machines and what they carry of persons."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.check_digits import LUHN, OCTETS
from weir.privacy.entities.entity import Entity
from weir.privacy.segments import NETWORK
from weir.privacy.shapes import Form, Phrase, Runs, Search, labelled
from weir.privacy.validity import COORDINATES

_HOST = r"https?://[0-9A-Z\-.]{1,253}(?::[0-9]{1,5})?"
_SIGN = r"[0-9A-Z._%+\-]"
_PERSONAL = "u|user|users|uid|people|profile|profiles|member|members|space|account|accounts"
_KEYS = "uid|userid|user_id|openid|unionid|idcard|id_card|idno|id_no|phone|mobile|tel|email|account"
_PAIR = r"[0-9A-Z_.\-]{1,32}=[0-9A-Z._%+\-@]{0,128}&"
_HEX = "[0-9A-F]{1,4}"
_GLOBAL = "(?:[23][0-9A-F]{3}|F[CDE][0-9A-F]{2})"
_OCTET = "[0-9A-F]{2}"
_IPV4 = Form(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_MAC = Form("[0-9A-F]{12}", weak=True)
_IMEI = Form("[0-9]{15}", weak=True, spaced=True)
_IMSI = Form("460[0-2][0-9]{11}", weak=True)
_PARTS = (
    *(
        "版本",
        "章节",
        "条款",
        "规范第",
        "标准第",
        "标准",
        "固件",
        "软件",
        "补丁",
        "升级至",
        "升级到",
    ),
    *("驱动", "内核", "version", "ver", "v", "release", "build", "firmware", "kernel", "patch"),
    *("section", "clause", "chapter", "bbh", "banben", "banbenhao", "app version", "os version"),
    *("chrome", "chromium", "edge", "edg", "firefox", "safari", "opera", "opr", "oracle", "sdk"),
    *("MicroMessenger", "QQBrowser", "UCBrowser", "MetaSr", "OID"),
)
"""What has parts numbered like addresses."""

_DEGREES = r"[0-9]{1,3}\.[0-9]{3,10}"

NETWORK_ADDRESSES: tuple[Entity, ...] = (
    Entity(
        name="PERSONAL_URL",
        title="含个人标识的网址",
        shape=Phrase(
            body=rf"(?<![0-9A-Z])(?:{_HOST}(?:/{_SIGN}{{0,64}}){{0,8}}\?(?:{_PAIR}){{0,8}}"
            rf"(?:{_KEYS})=[0-9A-Z._%+\-@]{{1,128}}"
            rf"|{_HOST}(?:/{_SIGN}{{1,64}}){{0,6}}/(?:{_PERSONAL})/{_SIGN}{{1,64}})(?![0-9A-Z])",
            words=("://",),
            marks=frozenset(":/._%+-@=&"),
        ),
        rank=82,
        score=0.7,
        standard="RFC 3986; GB/T 35273-2020",
        grade=Grade.GENERAL_3,
        examples=(
            "https://example.com/u/123456",
            "http://www.example.cn/app/people/zhang-san",
            "https://example.com/query?page=2&uid=10086",
        ),
        counter_examples=(
            "https://example.com/about",
            "https://example.com/query?page=2",
            "example.com/u/123456",
        ),
    ),
    Entity(
        name="IPV4",
        title="网络地址(IPv4)",
        shape=Runs(
            (
                _IPV4,
                *labelled((_IPV4,), "IP"),
            ),
            apart_from=".",
        ),
        check=OCTETS,
        cues=("IP", "IP地址", "登录地址", "ip address", "ip addr", "host", "ipdz"),
        denials=_PARTS,
        rank=90,
        score=0.7,
        standard="RFC 791; RFC 6943, 3.1.1",
        grade=Grade.GENERAL_3,
        examples=("10.1.2.3", "192.168.100.255", "IP10.1.2.3"),
        counter_examples=("256.1.1.1", "1.2.3.04", "1.2.3", "1.2.3.4.5", "版本1.2.3.4"),
    ),
    Entity(
        name="IPV6",
        title="网络地址(IPv6)",
        shape=Search(
            body=rf"(?:{_HEX}:){{7}}{_HEX}|{_GLOBAL}(?::{_HEX}){{0,5}}::(?:{_HEX}(?::{_HEX}){{0,5}})?",
            anchor=":",
            marks=frozenset(":"),
            crowds=((2, 2), (4, 16)),
            apart_from=":",
        ),
        cues=("IP", "IP地址"),
        rank=92,
        score=0.8,
        standard="RFC 4291; RFC 5952",
        grade=Grade.GENERAL_3,
        examples=("2001:db8::1", "FE80::1ff:fe23:4567:890a", "2001:0db8:0:0:0:0:1428:57ab"),
        counter_examples=("12:30:45", "std::abs", "1:2:3:4:5:6:7", "2001:db8:1"),
    ),
    Entity(
        name="MAC_ADDRESS",
        title="网卡地址(MAC)",
        shape=Runs(
            (
                Form(":".join([_OCTET] * 6)),
                Form(r"\-".join([_OCTET] * 6)),
                Form(r"\.".join([_OCTET * 2] * 3), weak=True),
                _MAC,
                *labelled((_MAC,), "MAC"),
            ),
            apart_from=":-.",
        ),
        cues=(
            "MAC",
            "MAC地址",
            "网卡",
            "物理地址",
            "mac address",
            "mac addr",
            "wlanmac",
            "wifimac",
        ),
        rank=94,
        score=0.8,
        standard="IEEE 802-2014",
        grade=Grade.GENERAL_3,
        examples=("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "MAC地址001A2B3C4D5E"),
        counter_examples=("00:1A:2B:3C:4D", "00:1G:2B:3C:4D:5E", "001A2B3C4D5E"),
    ),
    Entity(
        name="IMEI",
        title="移动设备识别码(IMEI)",
        shape=Runs((_IMEI, *labelled((_IMEI,), "IMEI"))),
        check=LUHN,
        cues=(
            *(
                "IMEI",
                "IMEI号",
                "IMEI码",
                "手机串号",
                "手机串码",
                "串号",
                "串码",
                "设备识别码",
                "sjch",
            ),
            *("chuanhao", "shoujichuanhao", "device id", "device imei"),
        ),
        rank=96,
        score=0.9,
        standard="3GPP TS 23.003, 6.2",
        grade=Grade.GENERAL_3,
        examples=("IMEI：490154203237518", "手机串号49-015420-323751-8"),
        counter_examples=("490154203237518", "IMEI：490154203237519", "IMEI：4901542032375"),
    ),
    Entity(
        name="IMSI",
        title="移动用户识别码(IMSI)",
        shape=Runs((_IMSI, *labelled((_IMSI,), "IMSI"))),
        check=NETWORK,
        cues=("IMSI", "移动用户识别码", "用户识别码"),
        rank=98,
        score=0.9,
        standard="3GPP TS 23.003, 2.2; ITU-T E.212",
        grade=Grade.GENERAL_3,
        examples=("IMSI：460001234567890", "移动用户识别码460110123456789"),
        counter_examples=("460001234567890", "IMSI：460191234567890", "IMSI：310150123456789"),
    ),
    Entity(
        name="GPS_COORDINATES",
        title="个人位置坐标",
        shape=Runs(
            (
                Form(f"{_DEGREES}[,，/ ]{_DEGREES}", weak=True),
                Form(f"{_DEGREES}[,，] {_DEGREES}", weak=True),
            ),
            apart_from=".",
        ),
        check=COORDINATES,
        cues=("GPS", "定位", "轨迹", "行踪", "当前位置", "实时位置", "签到位置", "location"),
        rank=100,
        score=0.7,
        standard="GB/T 35273-2020, 附录B; ISO 6709",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("GPS：30.513311,105.571331", "定位105.571331，30.513311"),
        counter_examples=(
            "105.571331,30.513311",
            "坐标105.571331,30.513311",
            "GPS：200.513311,105.571331",
        ),
    ),
)
