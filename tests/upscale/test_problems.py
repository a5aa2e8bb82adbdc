"""Taking the API's joined complaints apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.errors import Invalid
from upscale_connect.upscale.dialects.flat import FlatDialect
from upscale_connect.upscale.dialects.problems import split_problems

NAMES = st.sampled_from(
    ["automation_tool_customer_id", "proposition_company_url", "message_sequence", "lead_data", "tone_preference"]
)
FIELDS = st.sampled_from(["first_name", "lead_linkedin", "automation_tool_lead_id"])
PATHS = st.one_of(
    NAMES,
    st.builds("{}[{}]".format, NAMES, st.integers(0, 999)),
    st.builds("lead_data[{}].{}".format, st.integers(0, 999), FIELDS),
)
MESSAGES = st.sampled_from(
    [
        "is required but was missing or blank",
        "must be a valid HTTP or HTTPS URL",
        "must be a valid URL",
        "must be an array",
        "must contain at least one lead",
        "must be one of: formal, normal, casual and it must not be empty",
    ]
)


@given(st.lists(st.tuples(PATHS, MESSAGES), min_size=1))
def test_joined_and_split_gives_the_same(complaints: list[tuple[str, str]]) -> None:
    found = split_problems(" ".join(f"{path} {message}" for path, message in complaints))
    assert [(problem.path, problem.message) for problem in found] == complaints
    for problem in found:
        expected = int(problem.path[10 : problem.path.index("]")]) if problem.path.startswith("lead_data[") else None
        assert problem.lead == expected


@given(st.one_of(st.text(), st.lists(st.one_of(PATHS, MESSAGES, st.text(max_size=5))).map(" ".join)))
def test_any_text_is_kept_whole(text: str) -> None:
    found = split_problems(text)
    assert found
    assert " ".join(f"{problem.path} {problem.message}".strip() for problem in found) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing that is known",
        "it must be so",
        "lead_data[99999999999].first_name must exist",
        "<html>422</html>",
    ],
)
def test_what_cannot_be_split_is_one_problem(text: str) -> None:
    assert split_problems(text) == (Invalid("", text),)


def test_words_before_the_first_path_are_a_problem_of_their_own() -> None:
    assert split_problems("Sorry: lead_data must be an array") == (
        Invalid("", "Sorry:"),
        Invalid("lead_data", "must be an array"),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "lead_data[2].lead_linkedin is not a profile lead_data[0] was sent before tone_preference is odd",
            [("lead_data[2].lead_linkedin", 2), ("lead_data[0]", 0)],
        ),
        (
            "One prospect cannot be used lead_data[1].first_name has a digit",
            [("", None), ("lead_data[1].first_name", 1)],
        ),
        ("lead_data[1].last_name must not be that of lead_data[0].last_name", [("lead_data[1].last_name", 1)]),
    ],
)
def test_whatever_is_stated_of_a_lead_is_a_complaint_about_it(text: str, found: list[tuple[str, int | None]]) -> None:
    assert [(problem.path, problem.lead) for problem in split_problems(text)] == found


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("message_sequence must be an array", True),
        ("message_sequence[0] must be one of: connection_request", True),
        ("lead_data must contain at least one lead", True),
        ("Your plan does not cover this automation_tool_campaign_id", True),
        ("lead_data[0].first_name must be text The value of tone_preference is odd", False),
        ("The value of tone_preference is odd lead_data[0].first_name must be text", True),
        ("lead_data[0].lead_company must not be the proposition_company_name", False),
        ("first_name is required but was missing or blank", False),
        ("One or more prospects could not be processed", False),
        ("", False),
    ],
)
def test_what_all_leads_of_a_request_share(text: str, blamed: bool) -> None:
    assert FlatDialect().blames_request(text) is blamed
