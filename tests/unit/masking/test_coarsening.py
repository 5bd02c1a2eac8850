from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weir.errors import LeakError
from weir.masking.coarsening import bin_number, region, truncate_date

DECIMAL = pa.decimal128(18, 4)


def expected(day: date, to: str) -> date:
    """The first day of the period, by hand."""
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1}.get(to, 1)
    return date(day.year // 10 * 10 if to == "decade" else day.year, month, 1)


@settings(deadline=None)
@given(
    st.dates(date(1600, 1, 1), date(2400, 1, 1)),
    st.sampled_from(["month", "quarter", "year", "decade"]),
)
def test_a_date_is_cut_to_the_first_day_of_its_period(day: date, to: str) -> None:
    """Also long before 1970."""
    cut = truncate_date(pa.array([day]), to=to)  # type: ignore[arg-type]
    assert cut.type == pa.date32()
    assert cut.to_pylist() == [expected(day, to)]


def test_a_timestamp_is_read_as_the_date_in_shanghai() -> None:
    """Sixteen hours UTC is midnight there, so the month turns."""
    instants = [
        datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 31, 16, tzinfo=UTC),
    ]
    cut = truncate_date(pa.array(instants, pa.timestamp("us", tz="UTC")), to="month")
    assert cut.to_pylist() == [date(2026, 3, 1), date(2026, 4, 1)]


def test_numbers_fall_into_half_open_intervals() -> None:
    """An edge belongs to the interval that it opens; outside the edges intervals are open."""
    numbers = pa.array([-(2**63), 19, 20, 29, 30, 2**63 - 1, None])
    assert bin_number(numbers, edges=(20.0, 30.0)).to_pylist() == [
        "<20",
        "<20",
        "[20,30)",
        "[20,30)",
        ">=30",
        ">=30",
        None,
    ]


def test_decimals_are_compared_exactly() -> None:
    """No detour over floats: one ten-thousandth decides, at any size."""
    values = ["0.0999", "0.1000", "99999999999999.9998", "99999999999999.9999", "-0.0001", "0"]
    numbers = pa.array([Decimal(v) for v in values], DECIMAL)
    assert bin_number(numbers, edges=(0.0, 0.1)).to_pylist() == [
        "[0,0.1)",
        ">=0.1",
        ">=0.1",
        ">=0.1",
        "<0",
        "[0,0.1)",
    ]


@settings(deadline=None)
@given(
    st.lists(st.decimals(-(10**13), 10**13, places=4), min_size=1),
    st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=6, unique=True).map(sorted),
)
def test_every_number_lies_in_the_interval_it_is_given(
    numbers: list[Decimal], edges: list[float]
) -> None:
    """Against the plain comparison of exact numbers."""
    labels = bin_number(pa.array(numbers, DECIMAL), edges=edges).to_pylist()
    exact = [Decimal(repr(edge)) for edge in edges]
    every = bin_number(pa.array([Decimal(-(10**13)), Decimal(10**13)], DECIMAL), edges=edges)
    for number, label in zip(numbers, labels, strict=True):
        place = sum(edge <= number for edge in exact)
        if place == 0:
            assert label == every[0].as_py()
        elif place == len(edges):
            assert label == every[1].as_py()
        else:
            low, high = label[1:-1].split(",")
            assert Decimal(low) <= number < Decimal(high)


def test_edges_are_written_without_exponents() -> None:
    """What a person reads."""
    labels = bin_number(pa.array([0, 10**17]), edges=(-0.0, 1e16, 1e17)).to_pylist()
    assert labels == ["[0,10000000000000000)", ">=100000000000000000"]


def test_a_slice_of_decimals_is_read_at_its_own_offset() -> None:
    """Arrow slices share their parent's buffers."""
    numbers = pa.array([Decimal(1), None, Decimal(50), Decimal(2)], DECIMAL).slice(1, 2)
    assert bin_number(numbers, edges=(0, 10)).to_pylist() == [None, ">=10"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.5])
def test_floats_are_refused_for_they_could_be_no_number(value: float) -> None:
    """NaN lies in no interval, so the whole type is refused."""
    with pytest.raises(LeakError) as refusal:
        bin_number(pa.array([value]), edges=(0, 1))
    assert refusal.value.code == "bin_type_unsupported"


def test_a_region_code_is_cut_to_its_level() -> None:
    """From county, town and village codes."""
    codes = pa.array(["510903", "510903001", "510903001001"])
    assert set(region(codes, to="county").to_pylist()) == {"510903"}
    assert set(region(codes, to="city").to_pylist()) == {"5109"}
    assert set(region(codes, to="province").to_pylist()) == {"51"}


@pytest.mark.parametrize(
    "text", ["船山区", "", "51", "５１０９０３", "510903\n", "13900009021", "510903 "]
)
def test_what_is_no_region_code_is_refused_without_being_quoted(text: str) -> None:
    """The beginning of an address or of a telephone number is no region."""
    with pytest.raises(LeakError) as refusal:
        region(pa.array(["510903", text]), to="city")
    assert refusal.value.code == "region_code_malformed"
    assert not text.strip() or text.strip() not in str(refusal.value).replace("51090", "")
