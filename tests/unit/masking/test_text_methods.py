from __future__ import annotations

import pyarrow as pa
import pytest

from weir.masking.text import partial, surname


@pytest.mark.parametrize(
    ("text", "head", "tail", "masked"),
    [
        ("13900009021", 3, 4, "139****9021"),
        ("510903199001011234", 3, 4, "510***********1234"),
        ("言谨之记粮油店", 2, 1, "言谨****店"),
        ("510903199001011234", 6, 4, "510903********1234"),
        ("510903900101123", 6, 4, "510903*****1123"),
        ("6222021001116245", 6, 4, "622202******6245"),
        ("𠮷田太郎商店", 1, 1, "𠮷****店"),
        ("abcd", 0, 0, "****"),
        ("abcde", 0, 1, "****e"),
        ("abcde", 1, 0, "a****"),
        ("138****1234", 3, 4, "138****1234"),
    ],
)
def test_partial_keeps_head_and_tail_and_the_length(
    text: str, head: int, tail: int, masked: str
) -> None:
    """By characters, not bytes, whatever the provider masked before."""
    assert partial(pa.array([text]), head=head, tail=tail).to_pylist() == [masked]


@pytest.mark.parametrize(
    ("text", "head", "tail"),
    [
        ("510903199001011234", 10, 7),
        ("510903199001011234", 9, 4),
        ("13900009021", 3, 7),
        ("13900009021", 4, 4),
        ("1390000902", 3, 4),
        ("12345678", 3, 4),
        ("𠮷田太郎", 1, 1),
        ("言谨之", 1, 0),
        ("", 3, 4),
        # filled up to the width of a column, or with signs: neither hides a digit
        ("13900009021         ", 10, 2),
        ("139\u3000\u3000\u300000009021", 3, 7),
        ("1-3-9-0-0-0-0", 3, 4),
    ],
)
def test_partial_hides_the_whole_of_a_text_of_which_it_would_hide_too_little(
    text: str, head: int, tail: int
) -> None:
    """Four letters and digits, and a third of them: what is fewer can be found again."""
    assert partial(pa.array([text]), head=head, tail=tail).to_pylist() == ["*" * len(text)]


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("言谨之", "言某"),
        ("李明", "李某"),
        ("李　明", "李某"),
        (" 李 明 ", "李某"),
        ("欧阳娜娜", "欧阳某"),
        ("司马光", "司马某"),
        ("欧阳", "欧某"),
        ("陈方安生", "陈某"),
        ("言", "某"),
        ("", "某"),
        ("阿卜杜拉·买买提", "某"),
        ("迪丽热巴买买提", "某"),
        ("John Smith", "某"),
        ("张3", "某"),
        ("言谨之记粮油店", "某单位"),
        ("遂宁市船山区某某科技有限公司", "某单位"),
        ("大华商店", "某单位"),
        ("某", "某"),
        ("李某", "李某"),
    ],
)
def test_surname_leaves_the_family_name_where_it_is_known(name: str, masked: str) -> None:
    """Compound surnames stay whole; firms, foreign names and single characters show nothing."""
    assert surname(pa.array([name])).to_pylist() == [masked]
