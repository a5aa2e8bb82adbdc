"""Times are UTC text, so that the order of the text is the order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.ledger import from_text, to_text

MOMENTS = st.datetimes(
    min_value=datetime.fromisoformat("1970-01-01"),
    max_value=datetime.fromisoformat("2999-12-30"),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(MOMENTS)
def test_a_time_survives_to_the_millisecond(moment: datetime) -> None:
    back = from_text(to_text(moment))
    assert back.utcoffset() == timedelta(0)
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)
    assert to_text(back) == to_text(moment)


@given(MOMENTS, MOMENTS)
def test_order_of_text_is_order_of_time(one: datetime, other: datetime) -> None:
    if one <= other:
        assert to_text(one) <= to_text(other)
    else:
        assert to_text(one) >= to_text(other)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC), "2026-01-02T03:04:05.999Z"),
        (datetime(2026, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T22:30:00.000Z"),
    ],
)
def test_form(moment: datetime, text: str) -> None:
    assert to_text(moment) == text
    assert len(text) == 24
