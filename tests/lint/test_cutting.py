"""A text that is too long ends behind a sentence, or it stays whole."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from upscale_connect.lint import cut, measure

FIRST = "Hi Jane, what you wrote about hiring in small teams stayed with me."
SECOND = "We at Acme see the same every week."


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        (f"{FIRST} {SECOND} Shall we talk?", 110, f"{FIRST} {SECOND}"),
        (f"{FIRST} {SECOND} Shall we talk?", 100, FIRST),
        (f"{FIRST}\n\n{SECOND}\nShall we talk?", 110, f"{FIRST}\n\n{SECOND}"),
        (f"{FIRST} \U0001f642 {SECOND} {SECOND}", 80, FIRST),
        ("Hallo Jane, Ihr Beitrag über kleine Teams hat mir gefallen! Hätten Sie Lust auf einen Austausch?", 60,
         "Hallo Jane, Ihr Beitrag über kleine Teams hat mir gefallen!"),
        ("こんにちは、採用についての記事をとても興味深く拝読しました。ぜひ一度お話しできれば幸いです。", 32,
         "こんにちは、採用についての記事をとても興味深く拝読しました。"),
        ("Hi Jane, your talk (the one in Rome) was a joy to hear. It made me think about hiring anew.", 70,
         "Hi Jane, your talk (the one in Rome) was a joy to hear."),
        ("Hi Jane, I have been thinking about how you hire. Why? Because nobody else does it in that way.", 56,
         "Hi Jane, I have been thinking about how you hire."),
        ("Hi Jane, the „Summer School“ was a joy to hear about. It made me think about hiring.", 60,
         "Hi Jane, the „Summer School“ was a joy to hear about."),
    ],
)  # fmt: skip
def test_as_many_sentences_as_fit_are_kept(text: str, limit: int, kept: str) -> None:
    assert cut(text, limit) == kept


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Hi Jane! What you wrote about hiring in small teams has stayed with me for a long time by now", 60),
        ("Hi Jane. I read with joy what you wrote about hiring in small teams and how to begin with it all", 16),
        ("One sentence that goes on and on without any end in sight until the limit is long behind it all", 60),
        ("Hi Jane, I met Dr. Roe and Mr. Poe of Acme Inc. Berlin, e.g. at your talk on the 3. of May in Rome.", 60),
        ("Hi Jane, what you wrote made me think. " + "It is long and has no end " * 5, 100),
        ("Hi Jane, how you hire (in short. Or so it seems) is a joy to read and made me think of us all.", 45),
        ('Hi Jane, you said "hire slowly. Fire never" and that is a joy to read and made me think of us.', 40),
        ("Hi Jane, your team asks for the following. One thing is time, the other one is a lot of money.", 60),
        ("Hi Jane, I think of how you hire. The reason? Nobody else does it in that way, and it works well.", 70),
        ("Hi Jane, two thoughts on your work in Rome:\n- hire slowly, as you do.\n- let people grow for years.", 75),
        ("Hi Jane, you hire as nobody else does in Rome.\n- Hire slowly, as you do.\n- Let people grow.", 50),
        ("Hi Jane, how you hire in small teams made me think… And then I thought of it some more and again.", 60),
        ("Hi Jane, how you hire in small teams made me think... And then I thought of it some more and again.", 60),
        ("", 10),
    ],
)  # fmt: skip
def test_what_could_not_stand_alone_stays_whole(text: str, limit: int) -> None:
    """A greeting, half a parenthesis, an announcement, a list without its end: a person decides."""
    assert cut(text, limit) == ""


def test_text_that_fits_may_lose_its_last_sentence_only_if_it_is_asked_for() -> None:
    """`cut` is asked about texts that are too long; of one that is not, it would keep all but the last sentence."""
    assert cut(f"{FIRST} {SECOND}", 150) == ""


PARTS = (
    FIRST, SECOND, "Why?", "Dr. Roe.", "Hi Jane,", "(", ")", "\u201e", "\u201c", "3.", "\u0301", "\ufe0f", "!\u20e3",
    "\n", "\U0001f469\u200d\U0001f4bb", "e\u0301.", "- one.", "\u2026", "\u3002", "\uff1f\u200d", "\ud800",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=12).map(" ".join)


@given(TEXTS, st.integers(1, 300))
@example(f"{FIRST}\u0301 {SECOND} {SECOND}", 90)
def test_what_is_kept_is_the_beginning_whole_and_short_enough(text: str, limit: int) -> None:
    kept = cut(text, limit)
    if kept:
        start = text.index(kept)
        assert not text[:start].strip()
        assert limit / 2 <= measure(kept) <= limit
        rest = text[start + len(kept) :]
        assert rest.strip()
        assert unicodedata.category(rest[0]) not in ("Mn", "Mc", "Me", "Cf")
        assert not kept[-1].isalnum()
