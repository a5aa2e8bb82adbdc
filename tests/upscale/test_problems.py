"""Taking the API's joined complaints apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.errors import Invalid
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
