"""Entries: one form for the many ways in which people write the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from upscale_connect.suppression import KINDS, Kind, guess_kind, parse_entry, show_value


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("linkedin", "http://de.linkedin.com/in/Jane-Doe/?trk=x", ("li:in:jane-doe",)),
        ("linkedin", "https://www.linkedin.com/in/ACoAAB12cd", ("li:member:ACoAAB12cd",)),
        (
            "linkedin",
            "https://www.linkedin.com/in/jane?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAAB12cd",
            ("li:in:jane", "li:member:ACoAAB12cd"),
        ),
        ("email", " <Jane.Doe@Example.COM> ", ("jane.doe@example.com",)),
        ("email", "mailto:jane@example.com", ("jane@example.com",)),
        ("email", '"Doe, Jane" <Jane@example.com>', ("jane@example.com",)),
        ("domain", "https://www.Example.com/about?x=1", ("example.com",)),
        ("domain", "@example.com", ("example.com",)),
        ("domain", "bücher.example", ("xn--bcher-kva.example",)),
        ("company", "ACME,  Inc.", ("acme",)),
        ("company", "Müller & Söhne GmbH", ("muller sohne",)),
        ("id", " 0012 ", ("0012",)),
    ],
)
def test_forms(kind: Kind, text: str, values: tuple[str, ...]) -> None:
    assert parse_entry(kind, text) == values


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("linkedin", "https://www.linkedin.com/company/acme"),
        ("linkedin", "https://www.linkedin.com/sales/lead/ACwAAB,x"),
        ("email", "jane at example.com"),
        ("email", "<jane@example.com> <bob@example.com>"),
        ("email", "jane@example.com, bob@example.com"),
        ("domain", "com"),
        ("domain", "co.uk"),
        ("domain", "https://com.au/"),
        ("domain", "127.0.0.1"),
        ("domain", "a b.example"),
        ("company", "--"),
        ("id", "  "),
    ],
)
def test_what_means_nobody_for_certain_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=r".+\."):
        parse_entry(kind, text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("linkedin.com/in/jane", "linkedin"),
        ("jane@example.com", "email"),
        ("www.example.com", "domain"),
        ("Acme", None),
        ("1042", None),
        ("Acme, Inc.", None),
        ("co.uk", None),
        ("linkedin.com/company/acme", "linkedin"),
        ("https://lnkd.in/x", "linkedin"),
        ("notlinkedin.com", "domain"),
    ],
)
def test_guess(text: str, kind: Kind | None) -> None:
    assert guess_kind(text) == kind


@given(st.sampled_from(KINDS), st.text(max_size=30))
@example("company", "Bed Bath & Co")
@example("company", "00\U00018d09NV")
def test_any_text_is_refused_or_can_be_shown_and_read_again(kind: Kind, text: str) -> None:
    try:
        values = parse_entry(kind, text)
    except ValueError:
        return
    assert [parse_entry(kind, show_value(kind, value)) for value in values] == [(value,) for value in values]
