from __future__ import annotations

import pytest

from upscale_connect.linkedin import Code, LinkedInRef, Rejection, parse_profile

JANE = "https://www.linkedin.com/in/jane-doe"


def person(text: str) -> LinkedInRef:
    found = parse_profile(text)
    assert isinstance(found, LinkedInRef), found
    return found


def rejection(text: str) -> Rejection:
    found = parse_profile(text)
    assert isinstance(found, Rejection), found
    return found


@pytest.mark.parametrize(
    "text",
    [
        "https://www.linkedin.com/in/jane-doe",
        "https://www.linkedin.com/in/jane-doe/",
        "http://linkedin.com/in/jane-doe",
        "HTTPS://WWW.LINKEDIN.COM/IN/JANE-DOE",
        "https:/www.linkedin.com/in/jane-doe",
        "https://www.linkedin.com:443/in/jane-doe",
        "https://www.linkedin.com./in/jane-doe",
        "https://de.linkedin.com/in/jane-doe",
        "https://m.linkedin.com/in/jane-doe",
        "https://touch.www.linkedin.com/in/jane-doe",
        "//www.linkedin.com/in/jane-doe",
        "www.linkedin.com/in/jane-doe",
        "linkedin.com/in/jane-doe",
        "uk.linkedin.com/in/jane-doe",
        "in/jane-doe",
        "/in/jane-doe",
    ],
)
def test_scheme_and_host_make_no_difference(text: str) -> None:
    assert person(text) == LinkedInRef("in", "li:in:jane-doe", JANE)


@pytest.mark.parametrize(
    "text",
    [
        f"  {JANE}\n",
        f"\u200b{JANE}\ufeff",
        "https://www.linkedin.com/in/jane\u00ad-doe",
        f"<{JANE}>",
        f'"{JANE}",',
        f"\u201c{JANE}\u201d",
        f"{JANE}).",
        f"{JANE};",
        f'=HYPERLINK("{JANE}","Jane")',
        f'=hyperlink( "{JANE}" ; "Jane" )',
        f'"=HYPERLINK(""{JANE}"",""Jane"")"',
        f"[Jane Doe]({JANE})",
    ],
)
def test_what_stands_around_an_address_is_taken_off(text: str) -> None:
    assert person(text) == LinkedInRef("in", "li:in:jane-doe", JANE)


@pytest.mark.parametrize(
    "tail",
    [
        "?trk=people-guest&lipi=urn%3Ali",
        "?originalSubdomain=de#about",
        "#experience",
        "/en",
        "/de/",
        "/details/experience/",
        "/recent-activity/all/",
        "/overlay/contact-info/",
        "?next=https://www.linkedin.com/in/somebody-else",
        "%20",
        "%3Ftrk%3Dx",
    ],
)
def test_what_follows_the_slug_is_dropped(tail: str) -> None:
    assert person(JANE + tail) == LinkedInRef("in", "li:in:jane-doe", JANE)


@pytest.mark.parametrize("path", ["//in/jane-doe", "/mwlite/in/jane-doe", "/m/in/jane-doe", "/comm/in//jane-doe"])
def test_prefixes_of_the_path_are_dropped(path: str) -> None:
    assert person(f"https://www.linkedin.com{path}").key == "li:in:jane-doe"


def test_the_hash_of_a_generated_slug_is_identity() -> None:
    assert person(f"{JANE}-7b05472b").key == "li:in:jane-doe-7b05472b"


@pytest.mark.parametrize(
    ("slug", "key", "url"),
    [
        ("张伟-123", "li:in:张伟-123", "%E5%BC%A0%E4%BC%9F-123"),
        ("%E5%BC%A0%E4%BC%9F-123", "li:in:张伟-123", "%E5%BC%A0%E4%BC%9F-123"),
        ("JOSÉ", "li:in:josé", "jos%C3%A9"),
        ("jose\u0301", "li:in:josé", "jos%C3%A9"),
        ("jos%25C3%25A9", "li:in:josé", "jos%C3%A9"),
        ("jane_doe", "li:in:jane_doe", "jane_doe"),
        ("-jane", "li:in:-jane", "-jane"),
        ("jane-🦄", "li:in:jane-🦄", "jane-%F0%9F%A6%84"),
    ],
)
def test_slugs_of_any_script(slug: str, key: str, url: str) -> None:
    found = person(f"https://www.linkedin.com/in/{slug}/")
    assert (found.key, found.url) == (key, f"https://www.linkedin.com/in/{url}")


def test_a_member_id_keeps_its_case() -> None:
    found = person("https://www.linkedin.com/in/ACoAABCdef_-Xyz?trk=x")
    assert found == LinkedInRef("member", "li:member:ACoAABCdef_-Xyz", "https://www.linkedin.com/in/ACoAABCdef_-Xyz")


def test_a_member_id_of_sales_navigator_is_taken_with_a_warning() -> None:
    found = person("https://www.linkedin.com/in/ACwAABCdef")
    assert found.key == "li:member:ACwAABCdef"
    assert found.warnings


def test_a_member_id_in_lower_case_is_warned_about() -> None:
    assert person("https://www.linkedin.com/in/acoaaabcdefghijklmnopqrstuvwxyz0123456").warnings
    assert not person("https://www.linkedin.com/in/acoaa-smith").warnings


def test_the_member_id_of_the_query_is_an_alias() -> None:
    found = person(f"{JANE}?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAABCdef&trk=x")
    assert found.aliases == ("li:member:ACoAABCdef",)
    assert found.key == "li:in:jane-doe"


@pytest.mark.parametrize(
    "text",
    ["urn:li:fsd_profile:ACoAABCdef", "urn:li:fs_miniProfile:ACoAABCdef", "urn%3Ali%3Afsd_profile%3AACoAABCdef"],
)
def test_a_urn_names_a_profile_by_its_member_id(text: str) -> None:
    assert person(text) == person("https://www.linkedin.com/in/ACoAABCdef")


@pytest.mark.parametrize(
    "text",
    [
        "https://www.linkedin.com/sales/lead/ACwAABCdef,NAME_SEARCH,abcd?_ntb=x",
        "https://www.linkedin.com/sales/people/ACwAABCdef%2CNAME_SEARCH",
        "linkedin.com/sales/profile/ACwAABCdef,,",
        "urn:li:fs_salesProfile:(ACwAABCdef,NAME_SEARCH,abcd)",
        "urn%3Ali%3Afs_salesProfile%3A%28ACwAABCdef%2CNAME_SEARCH%2Cabcd%29",
    ],
)
def test_an_address_of_sales_navigator_names_the_person_by_an_alias_only(text: str) -> None:
    found = rejection(text)
    assert found.code == "sales_navigator"
    assert found.aliases == (person("https://www.linkedin.com/in/ACwAABCdef").key,)


def test_an_old_address_is_kept_as_given_with_a_warning() -> None:
    found = person("http://uk.linkedin.com/pub/Jane-Doe/1A/2b/3c4?trk=x")
    assert (found.kind, found.key) == ("pub", "li:pub:jane-doe/1a/2b/3c4")
    assert found.url == "https://www.linkedin.com/pub/Jane-Doe/1A/2b/3c4"
    assert found.warnings


@pytest.mark.parametrize(
    "text",
    [
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fde.linkedin.com%2Fin%2Fjane-doe%3Ftrk%3Dx&usg=y",
        "https://google.co.uk/url?q=https://www.linkedin.com/in/jane-doe&sa=U",
        "https://www.linkedin.com/authwall?trk=x&sessionRedirect=https%3A%2F%2Fwww.linkedin.com%2Fin%2Fjane-doe",
        "https://www.linkedin.com/uas/login?session_redirect=%2Fin%2Fjane-doe",
        "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Flinkedin.com%2Fin%2FJane-Doe&urlhash=x",
    ],
)
def test_redirectors_are_followed(text: str) -> None:
    assert person(text).url == JANE


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.linkedin.com/in/{JANE}",
        "https://www.linkedin.com/in/www.linkedin.com/in/jane-doe",
        f"https://{JANE}",
        f"{JANE}{JANE}",
        f"{JANE}, {JANE}/",
        f"Profile: {JANE}",
        f"https://www.linkedin.com/company/acme {JANE}",
    ],
)
def test_an_address_in_a_longer_text_is_found_with_a_warning(text: str) -> None:
    found = person(text)
    assert found.url == JANE
    assert found.warnings


@pytest.mark.parametrize("between", ["", " ", " | ", ", ", " or ", "&"])
def test_two_people_in_one_cell_are_never_guessed(between: str) -> None:
    assert rejection(f"{JANE}{between}https://linkedin.com/in/john-roe").code == "ambiguous"
    assert rejection(f"in/jane-doe{between}https://linkedin.com/in/john-roe").code == "ambiguous"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \u200b\n", "empty"),
        ("''", "empty"),
        ("jane-doe", "not_a_url"),
        ("Jane Doe", "not_a_url"),
        ("javascript:alert(1)", "not_a_url"),
        ("ftp://www.linkedin.com/in/jane-doe", "not_a_url"),
        ("https://", "not_a_url"),
        ("https://www.linkedin.com/in/jane doe", "not_a_url"),
        (JANE + "e" * 10_000 + "!", "not_a_url"),
        ("https://lnkd.in/dAbC123", "short_link"),
        ("lnkd.in/dAbC123", "short_link"),
        ("https://acme.com/in/jane-doe", "not_linkedin"),
        ("https://linkedin.com.example/in/jane-doe", "not_linkedin"),
        ("https://notlinkedin.com/in/jane-doe", "not_linkedin"),
        ("https://linkedin.com@acme.com/in/jane-doe", "not_linkedin"),
        ("https://acme.com@linkedin.com/in/jane-doe", "not_linkedin"),
        ("https://acme.com\\@linkedin.com/in/jane-doe", "not_linkedin"),
        ("https://linkedin.com:8080/in/jane-doe", "not_linkedin"),
        ("https://lin\u212aedin.com/in/jane-doe", "not_linkedin"),
        ("https://acme.com/url?q=https://www.linkedin.com/in/jane-doe", "not_linkedin"),
        ("https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Facme.com", "not_linkedin"),
        ("https://www.linkedin.com", "not_a_person"),
        ("https://www.linkedin.com/company/acme", "not_a_person"),
        ("https://www.linkedin.com/company/acme/in/jane-doe", "not_a_person"),
        ("https://www.linkedin.com/school/mit/", "not_a_person"),
        ("https://www.linkedin.com/showcase/acme", "not_a_person"),
        ("https://www.linkedin.com/posts/jane-doe_activity-1", "not_a_person"),
        ("https://www.linkedin.com/feed/", "not_a_person"),
        ("https://www.linkedin.com/jobs/view/1", "not_a_person"),
        ("https://www.linkedin.com/groups/1", "not_a_person"),
        ("https://www.linkedin.com/dir/jane/doe", "not_a_person"),
        ("https://www.linkedin.com/pub/dir/Jane/Doe", "not_a_person"),
        ("https://www.linkedin.com/pub/%64ir/Jane", "not_a_person"),
        ("https://www.linkedin.com/learning/x", "not_a_person"),
        ("https://www.linkedin.com/authwall", "not_a_person"),
        ("https://www.linkedin.com/sales/search/people", "not_a_person"),
        ("https://www.linkedin.com/sales/lead/ACwAAB,NAME_SEARCH,abcd", "sales_navigator"),
        ("https://www.linkedin.com/sales/people/ACwAAB,NAME_SEARCH", "sales_navigator"),
        ("https://www.linkedin.com/sales/profile/123,,", "sales_navigator"),
        ("https://www.linkedin.com/sales/lead/", "sales_navigator"),
        ("https://www.linkedin.com/sales/lead/a%20b,x", "sales_navigator"),
        ("urn:li:member:123456", "not_public"),
        ("https://www.linkedin.com/talent/profile/AEMAA", "not_public"),
        ("https://www.linkedin.com/recruiter/profile/1,2", "not_public"),
        ("https://www.linkedin.com/profile/view?id=123", "not_public"),
        ("https://www.linkedin.com/in/", "malformed"),
        ("https://www.linkedin.com/in/me", "malformed"),
        ("https://www.linkedin.com/in/me/", "malformed"),
        ("https://www.linkedin.com/in/%6De", "malformed"),
        ("https://www.linkedin.com/in/unavailable/", "malformed"),
        ("https://www.linkedin.com/in/---", "malformed"),
        ("https://www.linkedin.com/in/../company/acme", "malformed"),
        ("https://www.linkedin.com/in/jane%20doe", "malformed"),
        ("https://www.linkedin.com/in/jos%E9", "malformed"),
        ("https://www.linkedin.com/in/jane%00", "malformed"),
        ("https://www.linkedin.com/in/jane\ud800", "malformed"),
        ("https://www.linkedin.com/in/100%", "malformed"),
        ("https://www.linkedin.com/in/awww.linkedin.com/in/b", "malformed"),
        ("https://www.linkedin.com/pub/Jane!/1/2/3", "malformed"),
        ("Profile: https://www.linkedin.com/in/jane%20doe", "malformed"),
        ("Page: https://www.linkedin.com/company/acme", "not_a_person"),
        ("https://www.linkedin.com/authwall?trk=x&sessionRedirect=x%20y", "not_a_person"),
    ],
)
def test_what_is_no_profile_is_rejected_with_advice(text: str, code: Code) -> None:
    found = rejection(text)
    assert found.code == code
    assert found.reason.endswith(".")


def test_redirectors_cannot_go_round_for_ever() -> None:
    text = "/in/jane-doe"
    for _ in range(10):
        text = f"https://www.linkedin.com/authwall?sessionRedirect={text.replace('&', '%26')}"
    assert rejection(text).code == "not_a_person"
