"""Is the place where a message would stand that of the right person?"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.identity import find_stranger, fold_words, link_keys, read_linkedin_keys
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


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_words_fold_the_same_in_any_company(text: str) -> None:
    assert fold_words(f"{text} é") == [*fold_words(text), "e"]


KEYS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3, unique=True), max_size=8)


@given(KEYS, st.randoms())
def test_keys_that_records_show_together_are_one_person_in_any_order(people: list[list[str]], random: Random) -> None:
    def find_person(key: str) -> set[str]:
        """By the slow way: everything that can be reached."""
        reached = {key}
        for _ in people:
            reached.update(*(keys for keys in people if not reached.isdisjoint(keys)))
        return reached

    shuffled = random.sample(people, len(people))
    for linked in (link_keys(people), link_keys(shuffled)):
        for key in "abcdefgh":
            assert set(linked.get(key, (key,))) == find_person(key)


def test_place_that_shows_an_alias_is_the_same_person() -> None:
    lead = replace(LEAD, linkedin_key="li:member:ACoAABC", aliases=("li:in:jane-doe",))
    assert find_stranger(lead, linkedin="https://linkedin.com/in/jane-doe", name="J. D.") == ""
    assert find_stranger(lead, linkedin="https://linkedin.com/in/ACoAAXY", name="Jane Doe") != ""


def test_address_of_sales_navigator_gives_keys_to_compare() -> None:
    assert read_linkedin_keys("https://www.linkedin.com/sales/lead/ACwAABC,NAME,x") == ("li:member:ACwAABC",)
    assert read_linkedin_keys("https://www.linkedin.com/company/acme") == ()
