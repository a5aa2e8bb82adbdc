"""Is the place where a message would stand that of the right person?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.identity import find_stranger, fold_words
from upscale_connect.models import Lead

LEAD = Lead("7", "https://www.linkedin.com/in/jane-doe", "li:in:jane-doe", "Acme", "Jané", "Doe")


@pytest.mark.parametrize(
    ("linkedin", "name"),
    [
        ("", ""),
        ("https://linkedin.com/in/Jane-Doe/?utm=1", ""),
        ("https://linkedin.com/in/jane-doe", "Somebody Else"),
        ("", "Jane Doe"),
        ("", "DOE, Jane"),
        ("", "Dr. Jane M. Doe, MBA"),
        ("", "Jane"),
        ("", "…"),
        ("not an address", "Jane Doe"),
        ("https://linkedin.com/in/ACoAABcdEFghijkl", "Jane Doe"),
        ("https://linkedin.com/in/ACoAABcdEFghijkl", ""),
    ],
)
def test_the_same_person(linkedin: str, name: str) -> None:
    assert find_stranger(LEAD, linkedin=linkedin, name=name) == ""


@pytest.mark.parametrize(
    ("linkedin", "name", "told"),
    [
        ("https://linkedin.com/in/john-roe", "", "it shows the LinkedIn profile https://www.linkedin.com/in/john-roe"),
        ("https://linkedin.com/in/john-roe", "Jane Doe", "it shows the LinkedIn profile"),
        ("", "John Roe", "it shows the name 'John Roe', the messages are for Jané Doe"),
        ("", "Jane Roe", "it shows the name"),
        ("https://linkedin.com/in/ACoAABcdEFghijkl", "John Roe", "it shows the name"),
    ],
)
def test_another_person(linkedin: str, name: str, told: str) -> None:
    assert told in find_stranger(LEAD, linkedin=linkedin, name=name)


def test_an_alias_is_the_same_person() -> None:
    lead = Lead("7", "https://www.linkedin.com/in/ACoAABcd_1", "li:member:ACoAABcd_1", "Acme", "Jane", "Doe")
    shown = "https://linkedin.com/in/other?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAABcd_1"
    assert find_stranger(lead, linkedin=shown, name="Nobody Known") == ""


@given(st.text(), st.text())
def test_any_text_has_an_answer(linkedin: str, name: str) -> None:
    assert isinstance(find_stranger(LEAD, linkedin=linkedin, name=name), str)


@given(st.text())
def test_folding_is_stable(text: str) -> None:
    words = fold_words(text)
    assert fold_words(" ".join(words)) == words
