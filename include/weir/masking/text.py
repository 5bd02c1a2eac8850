"""Methods that leave a readable rest of a text: partial and surname. Strings without nulls."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from weir.contracts.hiding import least_length

_COMPOUND_SURNAMES = (
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|"
    "赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|"
    "司徒|鲜于|司空|闾丘|子车|亓官|司寇|巫马|公西|颛孙|壤驷|公良|漆雕|乐正|"
    "宰父|谷梁|拓跋|夹谷|轩辕|令狐|段干|百里|呼延|东郭|南门|羊舌|微生|公户|"
    "公玉|公仪|梁丘|公仲|公上|公门|公山|公坚|左丘|公伯|西门|公祖|第五|公乘|"
    "贯丘|公皙|南荣|东里|东宫|仲长|子书|子桑|即墨|达奚|褚师|纳兰|完颜|富察|"
    "费莫|爱新|叶赫|那拉|相里|贺兰|贺若|屈突|尔朱|斛律"
)
"""Surnames of two characters, in use or in the classical list."""

_NOTHING_HIDDEN = r"[^\p{L}\p{N}*]+"
"""Padding and punctuation hide nothing; an asterisk hides what the provider masked."""
_SPACE = r"[\s\x{3000}]+"
_ORGANISATION = (
    r"(公司|集团|银行|中心|合作社|事务所|工作室|经营部|商行|商店|超市|学校|医院|协会"
    r"|酒店|饭店|门市|厂|店|铺)$"
)
_COMPOUND = f"^({_COMPOUND_SURNAMES})" + r"\p{Han}{1,2}$"
_PLAIN = r"^\p{Han}{2,4}$"


def partial(texts: pa.Array, *, head: int, tail: int) -> pa.Array:
    """The first `head` and last `tail` characters, `*` for each one between.

    A text becomes `*` throughout where that would hide fewer than four of its letters and digits,
    or less than a third of them: a check digit gives one back, a list of those known a few
    (`weir.contracts.hiding`). Names and short codes are therefore hidden whole, and so is a mobile
    number of which more than 3 + 4 digits were to stay.
    """
    length = pc.utf8_length(texts)
    telling = pc.utf8_length(pc.replace_substring_regex(texts, _NOTHING_HIDDEN, ""))
    whole = pc.less(telling, least_length(head + tail))
    hidden = pc.if_else(whole, length, pc.subtract(length, head + tail))
    start = pc.utf8_slice_codeunits(texts, 0, head)
    end = pc.utf8_slice_codeunits(texts, -tail) if tail else ""
    return pc.binary_join_element_wise(
        pc.if_else(whole, "", start),
        pc.binary_repeat("*", hidden),
        pc.if_else(whole, "", end),
        "",
    ).cast(pa.string())


def surname(names: pa.Array) -> pa.Array:
    """`某` behind the family name of a Han name of two to four characters.

    A compound surname stays whole where one or two characters follow it. The name of a firm or
    other organisation becomes `某单位`; every other text (a foreign or transliterated name, a
    single character, a longer text) becomes `某`, for which part of it is the family name is not
    known.
    """
    compact = pc.replace_substring_regex(names, _SPACE, "")
    return pc.case_when(
        pc.make_struct(
            pc.match_substring_regex(compact, _ORGANISATION),
            pc.match_substring_regex(compact, _COMPOUND),
            pc.match_substring_regex(compact, _PLAIN),
        ),
        pa.repeat("某单位", len(names)),
        pc.binary_join_element_wise(pc.utf8_slice_codeunits(compact, 0, 2), "某", ""),
        pc.binary_join_element_wise(pc.utf8_slice_codeunits(compact, 0, 1), "某", ""),
        pa.repeat("某", len(names)),
    )
