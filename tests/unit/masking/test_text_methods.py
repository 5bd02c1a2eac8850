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
        ("12345678", 3, 4, "123*5678"),
        ("1234567", 3, 4, "*******"),
        ("12", 3, 4, "**"),
        ("", 3, 4, ""),
        ("abc", 0, 0, "***"),
        ("abc", 0, 1, "**c"),
        ("abc", 1, 0, "a**"),
        ("𠮷田太郎", 1, 1, "𠮷**郎"),
    ],
)
def test_partial_keeps_head_and_tail_and_the_length(
    text: str, head: int, tail: int, masked: str
) -> None:
    """By characters, not bytes; a text too short to hide anything is hidden altogether."""
    assert partial(pa.array([text]), head=head, tail=tail).to_pylist() == [masked]


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
