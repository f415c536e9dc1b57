"""Times of records."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError
from asterism.plugins.text.preparation.times import iso_time


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2024-01-31", "2024-01-31"),
        (" 20240131 ", "2024-01-31"),
        ("2024-01-31 10:00", "2024-01-31T10:00:00"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00+00:00"),
        ("2024-01-31T01:00+02:00", "2024-01-30T23:00:00+00:00"),
        ("2024", "2024"),
        (2024, "2024"),
        (2024.0, "2024"),
        ("2024-01", "2024-01"),
        ("1706695200", "2024-01-31T10:00:00+00:00"),
        (1706695200.5, "2024-01-31T10:00:00.500000+00:00"),
        (date(2024, 1, 31), "2024-01-31"),
        (datetime(2024, 1, 31, 10, tzinfo=UTC), "2024-01-31T10:00:00+00:00"),
        ("", ""),
        (None, ""),
    ],
)
def test_time_is_written_as_iso_8601(value, time):
    assert iso_time(value) == time


@pytest.mark.parametrize(
    "value", ["yesterday", "31.01.2024", "2024-13-01", 12, 1706695200000, float("nan"), float("inf"), True, [2024], "٢٠٢٤"]
)
def test_what_is_no_time_is_refused(value):
    with pytest.raises(DataError) as caught:
        iso_time(value)
    assert str(caught.value) == (
        f"this is no time: {value!r:.40}; write 2024-01-31, 2024-01-31T10:00:00, a year, or seconds since 1970; "
        "or name another column as `time`"
    )


@settings(deadline=None)
@given(st.lists(st.datetimes(timezones=st.timezones() | st.none()), min_size=2, max_size=2))
def test_order_as_text_is_the_order_in_time(times):
    if (times[0].tzinfo is None) == (times[1].tzinfo is None):
        try:
            ordered = sorted(times, key=lambda time: time.astimezone(UTC) if time.tzinfo else time)
            assert sorted(map(iso_time, times)) == [iso_time(time) for time in ordered]
        except OverflowError:  # the zone carries the time out of the years that Python knows
            pass
