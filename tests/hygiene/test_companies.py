"""Companies and their websites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.hygiene.companies import remove_legal_form
from upscale_connect.hygiene.websites import clean_website
from upscale_connect.suppression.entries import fold_company


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Acme Inc.", "Acme"),
        ("Acme, Inc.", "Acme"),
        ("Acme Inc", "Acme"),
        ("Globex GmbH", "Globex"),
        ("Globex GmbH & Co. KG", "Globex"),
        ("Lumière S.A.", "Lumière"),
        ("Down Under Pty Ltd", "Down Under"),
        ("Nordic A/S", "Nordic"),
        ("Ikea AB", "Ikea"),
        ("Drukarnia Sp. z o.o.", "Drukarnia"),
        ("Acme Holdings Ltd", "Acme Holdings"),
        ("Bed Bath & Co", "Bed Bath & Co"),
        ("Procter and Co", "Procter and Co"),
        ("The Limited", "The Limited"),
        ("Co", "Co"),
        ("X Corp", "X Corp"),
        ("X1 Corp", "X1"),
        ("Stripe (YC S09)", "Stripe (YC S09)"),
        ("株式会社", "株式会社"),
        ("Ag", "Ag"),
        ("Visa", "Visa"),
        ("", ""),
    ],
)
def test_legal_forms(before: str, after: str) -> None:
    assert remove_legal_form(before) == after


@given(st.text(max_size=40))
def test_something_always_remains(company: str) -> None:
    after = remove_legal_form(company)
    assert company.startswith(after)
    assert bool(after) == bool(company)
    assert remove_legal_form(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://acme.com", "https://acme.com"),
        ("https://ACME.com/Path", "https://acme.com/Path"),
        ("https://acme.com/?utm_source=x&id=7", "https://acme.com/?id=7"),
        ("https://acme.com/?utm_source=x", "https://acme.com/"),
        ("https://acme.com/?a=1&b=", "https://acme.com/?a=1&b="),
        ("https://acme.com/#team", "https://acme.com/#team"),
        ("https://gmail.com", ""),
        ("https://www.linkedin.com/company/acme", ""),
        ("https://facebook.com/acme", ""),
        ("https://notgmail.com", "https://notgmail.com"),
        ("https://x.company", "https://x.company"),
        ("https://[broken", "https://[broken"),
    ],
)
def test_websites(before: str, after: str) -> None:
    assert clean_website(before) == after


@given(st.text(max_size=60))
def test_any_text_is_survived(text: str) -> None:
    once = clean_website(f"https://{text}")
    assert clean_website(once) == once or not once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Gaming PC", "Gaming PC"),
        ("Made for Me", "Made for Me"),
        ("Build Your CV", "Build Your CV"),
        ("Personal PT", "Personal PT"),
        ("Such as", "Such as"),
        ("Foo Ag", "Foo Ag"),
        ("Run for Me, S.A.", "Run for Me"),
        ("Smith & Jones, P.C.", "Smith & Jones"),
        ("Smith & Jones, PC", "Smith & Jones"),
        ("Equinor AS", "Equinor"),
        ("Bruker eG", "Bruker"),
        ("Acme (Pty) Ltd", "Acme"),
        ("Acme GmbH & Co. KGaA", "Acme"),
        ("Google LLC / Alphabet Inc.", "Google LLC / Alphabet Inc."),
    ],
)
def test_words_that_are_legal_forms_as_well(before: str, after: str) -> None:
    assert remove_legal_form(before) == after


@pytest.mark.parametrize("spelt", ["Foo AG", "foo ag", "Foo, A.G.", "Foo"])
def test_to_compare_every_ending_counts(spelt: str) -> None:
    """A do-not-contact list must not miss a company for the way it is spelt."""
    assert fold_company(spelt) == "foo"
