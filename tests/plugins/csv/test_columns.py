"""What our columns are called, and text that no spreadsheet program may run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect import SinkError
from upscale_connect_csv.columns import clean, guard, name_columns, name_message, unguard


@pytest.mark.parametrize(
    ("message_type", "header"),
    [
        ("connection_request", "outreach_message"),
        ("first_follow_up", "first_follow_up_message"),
        ("share_material", "share_material_message"),
        ("hiring_activity", "hiring_activity_message"),
        ("re-engagement", "re_engagement_message"),
    ],
)
def test_a_message_column_is_called_as_the_api_calls_it(message_type: str, header: str) -> None:
    assert name_message(message_type) == header


def test_a_person_may_choose_other_names() -> None:
    chosen = {"connection_request": "Message", "upscale_status": "State"}
    assert name_columns(["connection_request", "breakup"], ["upscale_status"], chosen) == (
        ["Message", "breakup_message"],
        ["State"],
    )


def test_two_columns_may_not_share_a_name() -> None:
    with pytest.raises(SinkError, match="two of our columns would be called 'outreach_message'"):
        name_columns(["connection_request", "breakup"], [], {"breakup": "outreach_message"})


@pytest.mark.promise(row="G5")
@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1", "\n\n=1", "\u00a0=1", "\u200b\ufeff@x"),
        # Full-width = + - @.
        *("\uff1d1", " \uff0b1", "\uff0d1", "\uff20x"),
    ],
)
def test_what_could_run_as_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Hi Ann", "a=b", "5-1", "'quoted'", "", " plain", "e-mail: a@b.c"])
def test_other_text_is_left_alone(text: str) -> None:
    assert guard(text) == text


@pytest.mark.promise(row="G5")
@given(st.text(st.sampled_from("'=+-@\t a\n"), max_size=6))
def test_a_guard_can_be_taken_off(text: str) -> None:
    assert unguard(guard(text)) == text


def test_line_ends_become_lf_and_nul_goes() -> None:
    assert clean("a\r\nb\rc\nd\0") == "a\nb\nc\nd"
