"""How often a good text gets a finding where nearly every word of it is the name of another lead or company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from tests.lint.letters import LATER, LETTERS, SENDER, make_people, write_letters
from upscale_connect.lint import DEFAULT_RULES, LintSettings, Surroundings, lint

EACH = 5
SETTINGS = LintSettings(DEFAULT_RULES)


@pytest.fixture(scope="module")
def surroundings() -> Surroundings:
    built = Surroundings(SENDER)
    for people in make_people().values():
        for lead in people:
            built.add(lead)
    return built


@pytest.mark.promise(row="G9")
@pytest.mark.parametrize(("letters", "texts", "most"), [(LETTERS, 550, 4), (LATER, 160, 5)], ids=["known", "later"])
def test_common_words_are_no_names(
    letters: Mapping[str, Sequence[str]], texts: int, most: int, surroundings: Surroundings
) -> None:
    """The rates stand in the docs: 4 of 550, and 5 of 160 that no rule was made for."""
    goods = list(write_letters(EACH, letters))
    found: Counter[str] = Counter()
    for good in goods:
        for finding in lint(good.text, good.type, good.lead, surroundings, SETTINGS):
            found[f"{finding.rule}: {good.text}"] += 1
    assert len(goods) == texts
    assert found.total() <= most, found


@pytest.mark.promise(row="G9")
def test_letters_beside_the_wrong_lead_are_found(surroundings: Surroundings) -> None:
    """All of these leads have common words for names, so that the greeting and the employer have to tell."""
    leads = [lead for people in make_people().values() for lead in people]
    goods = [*write_letters(EACH, LETTERS), *write_letters(EACH, LATER)]
    missed, count = [], 0
    for number, good in enumerate(goods):
        wrong = leads[(number * 7) % len(leads)]
        if wrong.first_name != good.lead.first_name and wrong.company != good.lead.company:
            findings = lint(good.text, good.type, wrong, surroundings, SETTINGS)
            count += 1
            missed += [] if findings else [(wrong, good.text)]
    assert count > 600
    assert missed == []


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("Hi Ray, your team at Target does well.", "Target"),
        ("Hi Ray, I saw that Notion is hiring.", "Notion"),
        ("Hi Ray, Google's new office is close to you.", "Google"),
        ("Hallo Ray, was Sie bei Siemens bewegen, ist stark und selten.", "Siemens"),
        ("Bonjour Ray, votre rôle chez Orange m’intéresse.", "Orange"),
        ("Hola Ray, su trabajo en Santander es notable.", "Santander"),
    ],
)
def test_where_somebody_works_is_found_whatever_it_is_called(
    text: str, company: str, surroundings: Surroundings
) -> None:
    ray = next(lead for lead in make_people()["english"] if lead.first_name == "Ray")
    findings = lint(text, "first_follow_up", ray, surroundings, SETTINGS)
    assert [(one.rule, company in one.message) for one in findings] == [("other_company", True)]


@pytest.mark.parametrize(
    "text",
    [
        "Hi Ray, we keep it in Notion and meet on Zoom.",
        "Hi Ray, I used to work at Microsoft, years ago.",
        "Hi Ray, a friend at Oracle told me about you.",
        "Hi Ray, loved “A Target Is Not a Signal” a lot.",
        "Hallo Ray, das ist ein Signal und die Sonne scheint.",
        "Liebe Grüße aus Köln, Ray, und bis bald!",
    ],
)
def test_what_anybody_may_mention_is_left_alone(text: str, surroundings: Surroundings) -> None:
    ray = next(lead for lead in make_people()["english"] if lead.first_name == "Ray")
    assert lint(text, "first_follow_up", ray, surroundings, SETTINGS) == []


@pytest.mark.parametrize("text", ["Grace, how you hire caught my eye.", "Mark – how you hire caught my eye."])
def test_who_is_called_without_a_greeting_is_greeted(text: str, surroundings: Surroundings) -> None:
    ray = next(lead for lead in make_people()["english"] if lead.first_name == "Ray")
    assert [one.rule for one in lint(text, "first_follow_up", ray, surroundings, SETTINGS)] == ["greeting"]
