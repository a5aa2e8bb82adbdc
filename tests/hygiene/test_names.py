"""Names as people and exports write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.hygiene import RULES, Cleaner, HygieneSettings
from upscale_connect.hygiene.names import (
    cut_tail,
    fix_case,
    is_initial,
    remove_credentials,
    remove_emoji,
    remove_titles,
    tidy_spaces,
)
from upscale_connect.models import Change

ALL = Cleaner(HygieneSettings(dict.fromkeys(RULES, "on")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  Jane   Doe ", "Jane Doe"),
        ("Jane\u200b", "Jane"),
        ("\u202eJane\u202c", "Jane"),
        ("e\u0301lodie", "élodie"),
        ('"Jane"', "Jane"),
        ("\u201cJane\u201d", "Jane"),
        ("'Jane'", "Jane"),
        ("O'Neill", "O'Neill"),
        ("D'Arcy'", "D'Arcy'"),
        ('"', '"'),
        ("", ""),
    ],
)
def test_spaces(before: str, after: str) -> None:
    assert tidy_spaces(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Jane 🚀", "Jane"),
        ("🇩🇪 Jane 🇫🇷", "Jane"),
        ("Jane 👩\u200d💻 Doe", "Jane Doe"),
        ("✨Jane✨", "Jane"),
        ("Jane™", "Jane"),
        ("🙂", ""),
        ("José", "José"),
        ("小明", "小明"),
        ("नेहा", "नेहा"),
        ("Ayşe", "Ayşe"),
    ],
)
def test_emoji(before: str, after: str) -> None:
    assert remove_emoji(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Jane | We're hiring", "Jane"),
        ("Doe • CEO", "Doe"),
        ("Doe \u2013 Speaker", "Doe"),
        ("Doe - open to work", "Doe"),
        ("Jane (she/her)", "Jane"),
        ("(Jane)", "(Jane)"),
        ("Doe (née Roe) MBA", "Doe MBA"),
        ("Jean-Luc", "Jean-Luc"),
        ("Doe-Roe", "Doe-Roe"),
        ("| Jane", "| Jane"),
    ],
)
def test_tail(before: str, after: str) -> None:
    assert cut_tail(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Doe, MBA", "Doe"),
        ("Doe MBA", "Doe"),
        ("Doe, mba, pmp", "Doe"),
        ("Doe PhD", "Doe"),
        ("Doe Ph.D.", "Doe"),
        ("Doe, M.D.", "Doe"),
        ("Doe, CFA, CPA", "Doe"),
        ("Ma", "Ma"),
        ("Yo-Yo Ma", "Yo-Yo Ma"),
        ("MBA", "MBA"),
        ("Doe Ba", "Doe Ba"),
        ("van der Berg", "van der Berg"),
        ("Doe,", "Doe"),
        ("Am", "Am"),
    ],
)
def test_credentials(before: str, after: str) -> None:
    assert remove_credentials(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [("Dr. Jane", "Jane"), ("Prof. Dr. Jane", "Jane"), ("Ing. Petr", "Petr"), ("Dr", "Dr"), ("Drake", "Drake")],
)
def test_titles(before: str, after: str) -> None:
    assert remove_titles(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("JANE", "Jane"),
        ("jane", "Jane"),
        ("JEAN-LUC", "Jean-Luc"),
        ("o'neill", "O'Neill"),
        ("MCDONALD", "McDonald"),
        ("VAN DER BERG", "Van der Berg"),
        ("ludwig van beethoven", "Ludwig van Beethoven"),
        ("ÉLODIE", "Élodie"),
        ("JP", "JP"),
        ("DeShawn", "DeShawn"),
        ("李", "李"),
        ("J.", "J."),
    ],
)
def test_case(before: str, after: str) -> None:
    assert fix_case(before) == after


@pytest.mark.parametrize("name", ["J", "J.", "J. P.", "j p", "", "..", "-"])
def test_initials(name: str) -> None:
    assert is_initial(name)


@pytest.mark.parametrize("name", ["Jo", "Al", "J. Paul", "李", "민", "Ng"])
def test_short_names(name: str) -> None:
    assert not is_initial(name)


def test_every_change_is_told() -> None:
    changes: list[Change] = []
    assert ALL.clean("last_name", " DOE, MBA | hiring 🚀", changes) == "Doe"
    assert [(one.rule, one.after) for one in changes] == [
        ("spaces", "DOE, MBA | hiring 🚀"),
        ("emoji", "DOE, MBA | hiring"),
        ("tail", "DOE, MBA"),
        ("credentials", "DOE"),
        ("case", "Doe"),
    ]
    assert all(one.applied and one.field == "last_name" for one in changes)


def test_what_is_only_suggested_changes_nothing() -> None:
    changes: list[Change] = []
    assert Cleaner(HygieneSettings()).clean("first_name", "JANE", changes) == "JANE"
    assert changes == [Change("first_name", "JANE", "Jane", "case", applied=False)]


def test_what_is_off_says_nothing() -> None:
    changes: list[Change] = []
    off = Cleaner(HygieneSettings(dict.fromkeys(RULES, "off")))
    assert off.clean("first_name", " JANE 🚀 ", changes) == " JANE 🚀 "
    assert changes == []


@pytest.mark.parametrize(
    ("first_name", "company", "told"),
    [
        ("J.", "Acme", "its first name 'J.' is an initial: a message would greet it so"),
        ("ACME", "Acme", "its first name 'ACME' is the name of its company"),
        ("", "Acme", "nothing of its first name is left but signs and blanks"),
        ("Jane", "", "nothing of its company is left but signs and blanks"),
        ("Jane", "Acme", ""),
    ],
)
def test_doubtful_first_names(first_name: str, company: str, told: str) -> None:
    assert ALL.find_doubt(first_name, "Doe", company) == told


NAMES = st.text(st.characters(codec="utf-8"), max_size=40)


@given(NAMES)
def test_cleaning_twice_is_cleaning_once(name: str) -> None:
    once = ALL.clean("last_name", name, [])
    assert ALL.clean("last_name", once, []) == once


@given(NAMES)
def test_no_letter_of_a_plain_name_is_lost(name: str) -> None:
    """Only what stands behind a mark, in parentheses, or is a degree or title may go."""
    letters = "".join(character for character in name if character.isalpha() or character.isspace()).strip()
    plain = Cleaner(HygieneSettings({"titles": "off", "case": "off", "credentials": "off"}))
    kept = plain.clean("first_name", letters, [])
    assert kept == tidy_spaces(letters)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Prof. Dr. med. Eva", "Eva"),
        ("Dr. rer. nat. Max", "Max"),
        ("Nat", "Nat"),
        ("Nat Ali", "Nat Ali"),
        ("med. Eva", "med. Eva"),
    ],
)
def test_faculty_goes_with_its_title(before: str, after: str) -> None:
    assert remove_titles(before) == after


@pytest.mark.parametrize("last", ["PhD", "MBA", "PMP"])
def test_degree_is_no_last_name(last: str) -> None:
    assert "degree" in ALL.find_doubt("José", last, "Acme")


@pytest.mark.parametrize("last", ["Ma", "Ba", "MD", "Pe", "Esquivel", "Phdson"])
def test_name_that_looks_like_a_degree_is_left_alone(last: str) -> None:
    assert ALL.find_doubt("José", last, "Acme") == ""


@pytest.mark.parametrize(
    ("before", "after"), [("Doe, Jr.", "Doe"), ("Doe Jr", "Doe"), ("Doe III", "Doe"), ("Sri", "Sri")]
)
def test_generations_are_no_names(before: str, after: str) -> None:
    assert remove_credentials(before) == after
