"""What holds for every text, however strange."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from upscale_connect.linkedin import LinkedInRef, Rejection, parse_profile

FRAGMENTS = (
    "https://", "http://", "//", "www.", "de.", "linkedin.com", "/", "/in/", "/pub/", "/company/", "/sales/lead/",
    "/authwall?sessionRedirect=", "google.com/url?q=", "?", "#", "&", "=", "%", "%25", "%2F", "%C3%A9", "%00", ",",
    "jane", "Jane-Doe", "ACoAAbC", "miniProfileUrn=urn:li:fs_miniProfile:ACoAAx", " ", ".", "..", "@", ":443", "\\",
    '=HYPERLINK("', '")', "[x](", ")", "\u200b", "\u200d", "İ", "ΑΣ", "\u212a", "\u037e", "e\u0301", "ﬁ", "\ud800",
)  # fmt: skip
TEXTS = st.text() | st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=8).map("".join)
SLUG_CHARACTERS = st.sampled_from("abcxyz019-_éßçøñ张伟дЖİ") | st.characters(categories=("L", "N"))
SLUGS = st.text(SLUG_CHARACTERS, min_size=3, max_size=20).filter(
    lambda slug: (
        slug.lower() not in ("unavailable", "undefined", "null", "nan")
        and any(c.isalnum() for c in slug)
        and not re.search("[\u00e2\u00e3][\u0080-\u00bf]", slug.lower())
    )
)


@given(TEXTS)
@example("https://www.linkedin.com/in/%2525")
@example("https://www.linkedin.com/in/a%252541")
@example("https://www.linkedin.com/in/\u00adme")
def test_any_text_gives_a_person_or_a_rejection_and_a_person_is_a_fixed_point(text: str) -> None:
    found = parse_profile(text)
    if isinstance(found, Rejection):
        assert found.reason
        return
    again = parse_profile(found.url)
    assert isinstance(again, LinkedInRef)
    assert (again.kind, again.key, again.url) == (found.kind, found.key, found.url)
    assert found.url.isascii()
    assert found.url.startswith(f"https://www.linkedin.com/{'pub' if found.kind == 'pub' else 'in'}/")
    assert found.key.startswith(f"li:{found.kind}:")
    found.key.encode("utf-8")


@given(TEXTS)
def test_a_rest_behind_another_page_never_makes_it_a_person(rest: str) -> None:
    for page in ("company", "school", "posts", "jobs", "sales/lead"):
        if "http" not in rest.lower() and "/in/" not in rest:
            assert isinstance(parse_profile(f"https://www.linkedin.com/{page}/{rest}"), Rejection)


@given(
    SLUGS,
    st.sampled_from(["", "//", "http://", "HTTPS://"]),
    st.sampled_from(["linkedin.com", "www.linkedin.com", "Fr.LinkedIn.com", "m.linkedin.com", "WWW.LINKEDIN.COM"]),
    st.sampled_from(["", "/", "/en/", "?trk=x", "/?a=b&c=d#e", "#f", "/details/skills"]),
)
def test_the_same_slug_in_any_dress_is_the_same_person(slug: str, scheme: str, host: str, tail: str) -> None:
    plain = parse_profile(f"https://www.linkedin.com/in/{slug}")
    dressed = parse_profile(f"{scheme}{host}/in/{slug}{tail}")
    assert isinstance(plain, LinkedInRef)
    assert isinstance(dressed, LinkedInRef)
    assert (dressed.key, dressed.url) == (plain.key, plain.url)


@given(st.text("abcz019-", min_size=1, max_size=30) | st.from_regex(r"ac[ow]aa[a-z0-9]{0,30}", fullmatch=True))
def test_the_short_cut_for_common_addresses_gives_what_the_long_way_gives(slug: str) -> None:
    url = f"https://www.linkedin.com/in/{slug}"
    assert parse_profile(url) == parse_profile(f"{url}?trk=x")


@given(st.from_regex(r"AC[ow]AA[A-Za-z0-9_-]{1,40}", fullmatch=True))
def test_a_member_id_is_never_changed(member: str) -> None:
    found = parse_profile(f"http://linkedin.com/in/{member}/")
    assert isinstance(found, LinkedInRef)
    assert found.key == f"li:member:{member}"
    assert found.url.endswith(f"/in/{member}")
