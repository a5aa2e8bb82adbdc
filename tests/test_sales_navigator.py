"""What can be made of an address of Sales Navigator without asking LinkedIn, and what cannot."""

from __future__ import annotations

import pytest

from upscale_connect.linkedin import LinkedInRef, Rejection, SalesNavigator, admit_sales, parse_profile

LEAD = "https://www.linkedin.com/sales/lead/ACwAABcDe_-1,NAME_SEARCH,x1Y2?_ntb=z"
PEOPLE = "linkedin.com/sales/people/ACoAAbcDE%2CNAME_SEARCH"
URN = "urn:li:fs_salesProfile:(ACwAABcDe,NAME_SEARCH,abcd)"
NUMBER = "https://www.linkedin.com/sales/profile/1234567,AbCd,NAME_SEARCH"
LOWERED = "https://www.linkedin.com/sales/lead/acwaabcde,name_search,x1y2"


def admit(text: str, policy: SalesNavigator) -> LinkedInRef | Rejection:
    rejection = parse_profile(text)
    assert isinstance(rejection, Rejection)
    return admit_sales(rejection, policy)


@pytest.mark.parametrize(
    ("text", "member"),
    [(LEAD, "ACwAABcDe_-1"), (PEOPLE, "ACoAAbcDE"), (URN, "ACwAABcDe")],
    ids=["lead", "people", "urn"],
)
def test_member_id_makes_an_address_of_the_profile(text: str, member: str) -> None:
    found = admit(text, "convert")
    assert isinstance(found, LinkedInRef)
    assert (found.url, found.key) == (f"https://www.linkedin.com/in/{member}", f"li:member:{member}")
    assert parse_profile(found.url) == found


@pytest.mark.parametrize(("text", "told"), [(NUMBER, "a number"), (LOWERED, "capitals were lost")])
def test_what_only_linkedin_can_look_up_is_not_converted(text: str, told: str) -> None:
    found = admit(text, "convert")
    assert isinstance(found, Rejection)
    assert found.code == "sales_navigator"
    assert told in found.reason
    assert "Copy LinkedIn.com URL" in found.reason
    assert found.aliases  # compared it is all the same


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (LEAD, "https://www.linkedin.com/sales/lead/ACwAABcDe_-1"),
        (PEOPLE, "https://www.linkedin.com/sales/people/ACoAAbcDE"),
        (URN, "https://www.linkedin.com/sales/lead/ACwAABcDe"),
        (NUMBER, "https://www.linkedin.com/sales/profile/1234567"),
    ],
    ids=["lead", "people", "urn", "number"],
)
def test_what_is_passed_through_carries_no_token(text: str, url: str) -> None:
    found = admit(text, "passthrough")
    assert isinstance(found, LinkedInRef)
    assert found.url == url
    assert found.warnings
    again = parse_profile(url)
    assert isinstance(again, Rejection)
    assert again.aliases == (found.key,)


@pytest.mark.parametrize("policy", ["convert", "passthrough"])
def test_damaged_id_is_let_in_by_no_policy(policy: SalesNavigator) -> None:
    found = admit("https://www.linkedin.com/sales/lead/,NAME_SEARCH", policy)
    assert isinstance(found, Rejection)
    assert found.code == "malformed"


@pytest.mark.parametrize("policy", ["reject", "convert", "passthrough"])
def test_other_addresses_are_none_of_its_business(policy: SalesNavigator) -> None:
    rejection = parse_profile("https://www.linkedin.com/company/acme")
    assert isinstance(rejection, Rejection)
    assert admit_sales(rejection, policy) is rejection
    sales = parse_profile(LEAD)
    assert isinstance(sales, Rejection)
    assert admit_sales(sales, "reject") is sales
