"""Names, addresses and organisations in columns: what is found, and what texts can look like."""

from __future__ import annotations

import pyarrow as pa
import pytest

from weir.privacy.names import tagger
from weir.privacy.names.finder import name_finder
from weir.privacy.names.labels import KINDS, marked

FINDER = name_finder()

TEXTS = (
    "当事人[王建国]P，男，住[遂宁市船山区凯旋路123号3栋2单元501室]A",
    "[遂宁市宏达建筑工程有限公司]O法定代表人由[李秀英]P变更为[欧阳雪]P",
    "联系人：[张 伟]P，电话空号",
    "[四川省遂宁市安居区白马镇双河村3组]A",
    "[射洪市第一人民医院]O",
    "[阿依古丽·买买提]P",
    "经办人[陈志强]P、[刘芳]P到[蓬溪县教育局]O核实",
)
EMPTY = (
    "高度重视安全隐患，马上整改，限于周末前完成",
    "张主任已联系王老师和李女士",
    "被告人张某某、李**、王某甲",
    "成都市武侯区",
    "已完成",
    "13900009021",
    "王",
    "，。；",
    "",
)


Hit = tuple[str, int, int]


def found(array: pa.Array) -> list[tuple[int, str, int, int]]:
    hits = FINDER.find(array)
    kinds = [KINDS[number] for number in hits.entity.tolist()]
    return list(zip(hits.cell.tolist(), kinds, hits.start.tolist(), hits.end.tolist(), strict=True))


@pytest.mark.parametrize("line", TEXTS)
def test_what_a_text_names_is_found(line: str) -> None:
    """Kind and both ends, in characters."""
    sentence = marked(line, "")
    assert FINDER.labels(sentence.text) == sentence.labels


@pytest.mark.parametrize("text", EMPTY)
def test_what_only_looks_like_a_name_is_not_found(text: str) -> None:
    """Words that begin like surnames, people told by title, masked names, bare regions."""
    assert FINDER.labels(text) == ()


@pytest.mark.parametrize(
    ("text", "traditional"),
    [("联系人：[陈伟明]P", "聯繫人：陳偉明"), ("[欧阳丽华]P", "歐陽麗華")],
)
def test_traditional_characters_are_read_as_simplified_ones(text: str, traditional: str) -> None:
    """The spans are the same: one character stands for one."""
    assert FINDER.labels(traditional) == marked(text, "").labels


def test_what_is_found_in_a_cell_does_not_depend_on_its_neighbours() -> None:
    """One column of all texts, each text alone, and the column upside down say the same."""
    texts = [marked(line, "").text for line in TEXTS] + list(EMPTY)
    alone = [[hit[1:] for hit in found(pa.array([text]))] for text in texts]
    for order in (range(len(texts)), range(len(texts) - 1, -1, -1)):
        together: list[list[Hit]] = [[] for _ in texts]
        for cell, kind, start, end in found(pa.array([texts[number] for number in order])):
            together[order[cell]].append((kind, start, end))
        assert together == alone
    assert sum(map(len, alone)) == 12


def test_a_name_does_not_run_from_one_cell_into_the_next() -> None:
    """Cells lie next to each other in the buffer, and stay apart."""
    assert found(pa.array(["经办人王", "建国签字"])) == []
    assert found(pa.array(["经办人王建国签字"])) == [(0, "PERSON_NAME", 9, 18)]


def test_every_kind_of_text_array_is_read_slices_and_nulls_included() -> None:
    """Bytes under a null are not looked at."""
    values = pa.array(["王建国", None, "经办人王建国签字", "王建国"])
    for kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
        assert found(values.cast(kind).slice(1, 2)) == [(1, "PERSON_NAME", 9, 18)]
    masked = pa.Array.from_buffers(
        pa.string(), 2, [pa.py_buffer(b"\x02"), *pa.array(["王建国"] * 2).buffers()[1:]]
    )
    assert found(masked) == [(1, "PERSON_NAME", 0, 9)]
    assert found(pa.array([None, None], pa.string())) == []


def test_invisible_characters_and_full_width_digits_hide_nothing() -> None:
    """The span covers what stands inside the name."""
    assert found(pa.array(["经办人王\u200b建\u200b国签字"])) == [(0, "PERSON_NAME", 9, 24)]
    text = "住凯旋路１２３号３栋２单元５０１室"
    assert [(label.kind, text[label.start : label.end]) for label in FINDER.labels(text)] == [
        ("ADDRESS", text[1:])
    ]


def test_a_very_long_cell_is_searched_to_its_end() -> None:
    """Also one without a single separator, and one larger than a piece."""
    name, filler = "经办人王建国签字", "的"
    for text in (filler * 500_000 + "。" + name, (filler * 30 + "，" + name + "。") * 20_000):
        hits = FINDER.find(pa.array([text, name]))
        places = len(text.encode()) - len("王建国签字".encode())
        last = hits.where(hits.cell == 0).start.tolist()[-1]
        assert last in {places, places - len("。".encode())}
        assert hits.cell.tolist()[-1] == 1


def test_broken_utf_8_changes_nothing_in_other_cells() -> None:
    """A bad byte stands for some character, and lead bytes do not reach into the next cell."""
    name = "经办人王建国签字".encode()
    cells = [b"\xe7", name, b"\x8e\x8b", b"\xff\xfe\xe7\x8e" * 3, name, name[:-1], name[1:]]
    hits = found(pa.array(cells, pa.binary()))
    assert [hit for hit in hits if hit[0] in {1, 4}] == [
        (1, "PERSON_NAME", 9, 18),
        (4, "PERSON_NAME", 9, 18),
    ]
    assert {cell for cell, *_ in hits} <= {1, 4, 5, 6}


def test_a_text_with_lone_surrogates_is_searched() -> None:
    """JSON can hold them; places in characters stay right."""
    (label,) = FINDER.labels("\ud800经办人王建国签字\udfff")
    assert (label.start, label.end) == (4, 7)


def test_what_is_found_does_not_depend_on_how_much_is_read_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Long columns are read in blocks; where these end does not matter."""
    texts = [marked(line, "").text for line in TEXTS] + list(EMPTY)
    array = pa.array([*texts, "，".join(texts), "的".join(texts)] * 3)
    whole = found(array)
    for symbols in (1, 7, 50):
        monkeypatch.setattr(tagger, "_SYMBOLS_AT_ONCE", symbols)
        assert found(array) == whole
    monkeypatch.setattr(tagger, "_AT_ONCE", 5)
    assert found(array) == whole
