"""Each rule: what it finds, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.lint import DEFAULT_RULES, RULES, LintSettings, Surroundings, lint, measure
from upscale_connect.lint.text import find_greeted
from upscale_connect.models import Lead

JANE = Lead("1", "", "li:in:jane", "Tech Solutions Inc.", "Jane", "Doe")
OTHERS = [
    Lead("2", "", "li:in:mark", "Target", "Mark", "Stone"),
    Lead("3", "", "li:in:luk", "Globex GmbH", "Łukasz", "Nowak"),
    Lead("4", "", "li:in:jp", "Pied Piper", "Jean-Pierre", "Martin"),
]


@pytest.fixture
def surroundings() -> Surroundings:
    built = Surroundings("Acme Corp")
    for lead in (JANE, *OTHERS):
        built.add(lead)
    return built


def rules(text: str, surroundings: Surroundings, kind: str = "first_follow_up", **options: Any) -> set[str]:
    settings = LintSettings(frozenset(RULES) - {"no_name"}, **options)
    return {finding.rule for finding in lint(text, kind, JANE, surroundings, settings)}


@pytest.mark.promise(row="G9")
@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("greeting", "Hi Mark, I read about your work."),
        ("greeting", "Dear Mr. Stone, I read about your work."),
        ("greeting", "[sandbox] Hello Tom, I read about your work."),
        ("greeting", "Bonjour Łukasz, j’ai lu votre article."),
        ("other_name", "Hi Jane, what Łukasz wrote about you was kind."),
        ("other_name", "Hi Jane, I spoke with Mark Stone about hiring."),
        ("other_company", "Hi Jane, the growth of Globex is remarkable."),
        ("other_company", "Hi Jane, the people of Pied Piper do well."),
        ("other_company", "Hi Jane, I saw that Target is hiring."),
        ("sender_as_employer", "Hi Jane, your work at Acme Corp is impressive."),
        ("sender_as_employer", "Hallo Jane, Ihre Arbeit bei Acme Corp beeindruckt."),
        ("sender_as_employer", "Hi Jane, as you work for Acme you know that."),
        ("placeholder", "Hi Jane, {{company}} is growing fast."),
        ("placeholder", "Hi Jane, I saw [Company Name] in the news."),
        ("placeholder", "Hi Jane, I saw {company} in the news."),
        ("placeholder", "Hi Jane, greetings from %sender_name% to you."),
        ("placeholder", "Hi Jane, it is a pleasure. Yours, [Your Name]"),
        ("placeholder", "Hi Jane, it is XXX percent faster."),
        ("too_short", "Hi Jane!"),
        ("too_short", "  "),
        ("mojibake", "Hi Jane, a cafÃ© in Zurich."),
        ("mojibake", "Hi Jane, itâ€™s been a while."),
        ("mojibake", "Hi Jane, a caf\ufffd in Zurich."),
        ("mojibake", "Hi Jane, well done ðŸ™‚"),
        ("markup", "Hi Jane, this is **important** for you."),
        ("markup", "<p>Hi Jane, this is important for you.</p>"),
        ("markup", "Hi Jane, this &amp; that matter to you."),
        ("markup", "# For Jane\nThis is important for you."),
        ("assistant", "As an AI I cannot know what Jane does."),
        ("assistant", "Here is your message: Hi Jane, well done."),
        ("assistant", "Subject: well done\nHi Jane, congratulations."),
        ("signature", "Hi Jane, well done and talk soon.\nBest regards,"),
        ("shouting", "Hi Jane, this is AMAZING news for you."),
        ("shouting", "Hi Jane, what news!! Tell me more."),
    ],
)
def test_it_is_found(rule: str, text: str, surroundings: Surroundings) -> None:
    assert rule in rules(text, surroundings)


@pytest.mark.parametrize(
    "text",
    [
        "Hi Jane, your work at Tech Solutions is impressive.",
        "Hello Ms. Doe, we at Acme Corp help with hiring.",
        "Hi there, I read what you wrote on hiring.",
        "hi jane, I read what you wrote on hiring.",
        "Jane, mark the date: we hit the target in May.",
        "Hi Jane, Mark your calendar.",  # a word at the start of a sentence would be one, too, were it not common
        "Hi Jane, it went up [sic] by 40% & more, see #hiring.",
        "Dear Jane Doe, {curly} braces in 2*3*4 maths and __init__ are fine.",
        "Hi Jane, I read it in the EU and US press, also in C++.",
        "Hallo Jane, schöne Grüße aus Köln – wir von Acme Corp helfen dabei.",
    ],
)
def test_it_is_left_alone(text: str, surroundings: Surroundings) -> None:
    assert rules(text, surroundings) - {"markup"} == set()


def test_company_of_the_sender_that_is_also_the_leads(surroundings: Surroundings) -> None:
    own = Surroundings("Tech Solutions")
    assert rules("Hi Jane, your work at Tech Solutions is impressive.", own) == set()


def test_the_same_text_twice(surroundings: Surroundings) -> None:
    text, settings = "Good morning, we should talk about hiring.", LintSettings(DEFAULT_RULES)
    assert lint(text, "breakup", JANE, surroundings, settings) == []
    assert lint(text, "breakup", JANE, surroundings, settings) == []
    assert lint(text, "share_material", OTHERS[0], surroundings, settings) == []
    (finding,) = lint(text.replace(" we", "\n we"), "breakup", OTHERS[0], surroundings, settings)
    assert (finding.rule, finding.message) == ("identical", "lead 1 got the very same text")


@pytest.mark.parametrize(
    ("tier", "limits", "length", "is_long"),
    [
        ("free", {}, 200, False),
        ("free", {}, 201, True),
        ("premium", {}, 300, False),
        ("premium", {}, 301, True),
        ("free", {"connection_request": 280}, 280, False),
        ("free", {"connection_request": 280}, 281, True),
    ],
)
def test_an_invitation_has_a_limit(
    tier: str, limits: dict[str, int], length: int, is_long: bool, surroundings: Surroundings
) -> None:
    text = "Hi Jane, " + "so " * 200
    found = rules(text[: length - 1] + "a", surroundings, "connection_request", tier=tier, limits=limits)
    assert ("too_long" in found) is is_long


def test_other_messages_may_be_long(surroundings: Surroundings) -> None:
    assert "too_long" not in rules("Hi Jane, " + "so " * 2000, surroundings)
    assert "too_long" in rules("Hi Jane, " + "so " * 3000, surroundings)


def test_a_link_in_an_invitation_only(surroundings: Surroundings) -> None:
    text = "Hi Jane, see https://example.com/x for more."
    assert "link_in_note" in rules(text, surroundings, "connection_request")
    assert "link_in_note" not in rules(text, surroundings)


def test_a_text_without_the_name_is_for_who_wants_to_know(surroundings: Surroundings) -> None:
    text = "Hello, I read what you wrote on hiring."
    assert lint(text, "breakup", JANE, surroundings, LintSettings(DEFAULT_RULES)) == []
    (finding,) = lint(text, "breakup", JANE, surroundings, LintSettings(frozenset({"no_name"})))
    assert finding.message == "it does not name Jane"


@pytest.mark.parametrize(
    ("text", "length"),
    [("abc", 3), (" abc \n", 3), ("a\r\nb", 3), ("🙂", 2), ("e\u0301", 1), ("é", 1), ("", 0), ("👩\u200d💻", 5)],
)
def test_length_as_linkedin_may_count(text: str, length: int) -> None:
    assert measure(text) == length


@pytest.mark.parametrize(
    ("text", "greeted"),
    [
        ("Hi Jane, x", ["jane"]),
        ("Hi Jane great to meet", ["jane"]),
        ("hi jane, x", ["jane"]),
        ("hi everyone, x", []),
        ("Hi all", []),
        ("Hello Dr. Jane Doe! x", ["jane", "doe"]),
        ("Dear Jean-Pierre, x", ["jean", "pierre"]),
        ("History shows, Jane", []),
        ("Hi, Jane", []),
        ("こんにちは", []),
        ("", []),
    ],
)
def test_who_is_greeted(text: str, greeted: list[str]) -> None:
    assert find_greeted(text) == greeted


@pytest.mark.promise(row="G9")
@given(st.text(), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_any_text_about_anybody(text: str, first: str, last: str, company: str) -> None:
    lead, own = Lead("9", "", "k", company, first, last), Surroundings(company)
    own.add(lead)
    for finding in lint(text, "connection_request", lead, own, LintSettings(frozenset(RULES))):
        assert finding.rule in RULES
        assert finding.message
