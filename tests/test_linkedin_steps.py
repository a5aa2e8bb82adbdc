"""Addresses as they stand in real lists, by the step that reads them. All people are invented.

`jane` stands for the key li:in:jane-doe; a word with underscores is the code of a rejection.
"""

from __future__ import annotations

import pytest

from upscale_connect.linkedin import LinkedInRef, parse_profile

WWW = "https://www.linkedin.com"
JANE = f"{WWW}/in/jane-doe"

STEPS: dict[str, dict[str, str]] = {
    "1 what stands around it is taken off": {
        f"\u00a0{JANE}\t": "jane",
        f"\u202a{JANE}\u202c": "jane",
        f"'{JANE}": "jane",
        f'{{"url":"{JANE}"}}': "jane",
        f'["{JANE}"]': "jane",
        f"({JANE})": "jane",
        f"{JANE}]": "jane",
        f"{JANE}\\n": "jane",
        "https:\\/\\/www.linkedin.com\\/in\\/jane-doe": "jane",
        "www.linkedin.com\\in\\jane-doe": "jane",
        f"&lt;{JANE}&gt;": "jane",
        f'<a href="{JANE}">Jane</a>': "jane",
        f'=HYPERLINK("{JANE}";"Profile")': "jane",
        f"[Jane]({JANE}/)": "jane",
        f"{JANE} (she/her)": "jane",
        f"{JANE} (Jane)": "jane",
        f"{JANE} - met in Rome": "jane",
        "LinkedIn: linkedin.com/in/jane-doe": "jane",
        f"Linkedin - {JANE}": "jane",
        f"{JANE}|https://twitter.com/jane": "jane",
        f"https://twitter.com/jane {JANE}": "jane",
        f"{JANE} / https://xing.com/profile/Jane": "jane",
        f"https://web.archive.org/web/2020/{JANE}": "jane",
        f"{JANE};{JANE}/": "jane",
        f"{JANE} {WWW}/in/john-roe": "ambiguous",
        f"{JANE}\u2026": "malformed",
        f"{WWW}/in/jane-d...": "malformed",
    },
    "2 the scheme is added, or mended where linkedin.com follows": {
        "linkedin.com/in/jane-doe": "jane",
        "//linkedin.com/in/jane-doe": "jane",
        "in/jane-doe/": "jane",
        "/in/jane-doe": "jane",
        "https:www.linkedin.com/in/jane-doe": "jane",
        "https//www.linkedin.com/in/jane-doe": "jane",
        "https:///www.linkedin.com/in/jane-doe": "jane",
        "htpps://www.linkedin.com/in/jane-doe": "jane",
        "ttps://www.linkedin.com/in/jane-doe": "jane",
        "hhttps://www.linkedin.com/in/jane-doe": "jane",
        "http:// www.linkedin.com/in/jane-doe": "jane",
        "htpps://acme.com/in/jane-doe": "not_a_url",
        "jane-doe": "not_a_url",
        "@jane-doe": "not_a_url",
        "ACoAABcDe": "not_a_url",
        "linkedin/in/jane-doe": "not_a_url",
        "jane@acme.com": "not_a_url",
        "#N/A": "not_a_url",
        "none": "not_a_url",
    },
    "3 redirects are followed, as far as they can be read": {
        f"https://www.google.de/url?sa=t&q=&url={JANE}&ved=2": "jane",
        f"{WWW}/authwall?trk=gf&referer=&sessionRedirect=https%3A%2F%2Fwww.linkedin.com%2Fin%2Fjane-doe": "jane",
        f"{WWW}/checkpoint/lg/login?session_redirect=%2Fin%2Fjane-doe": "jane",
        f"{WWW}/signup/cold-join?session_redirect=https%3A%2F%2Fwww%2Elinkedin%2Ecom%2Fin%2Fjane-doe": "jane",
        f"{WWW}/uas/login?session_redirect=%2Fsales%2Flead%2FACwAABcDe": "sales_navigator",
        "https://lnkd.in/eAbCdEf": "short_link",
        "https://lnkd.in/in/jane-doe": "short_link",
    },
    "4 the host is linkedin.com": {
        "https://in.linkedin.com/in/jane-doe": "jane",
        "HTTPS://UK.Linkedin.Com/in/jane-doe": "jane",
        "https://touch.www.linkedin.com/in/jane-doe": "jane",
        "https://linkedin.com.de/in/jane-doe": "not_linkedin",
        "https://www.linkedin.co/in/jane-doe": "not_linkedin",
        "https://wwwlinkedin.com/in/jane-doe": "not_linkedin",
        "https://linkedin.com@acme.com/in/jane-doe": "not_linkedin",
        "https://acme.com\\@linkedin.com/in/jane-doe": "not_linkedin",
        "https://acme.com/linkedin.com/in/jane-doe": "not_linkedin",
    },
    "5 query and fragment are dropped": {
        f"{JANE}?originalSubdomain=uk": "jane",
        f"{JANE}?locale=de_DE#experience": "jane",
        f"{JANE}/?lipi=urn%3Ali%3Apage%3Ad_flagship3_search_srp_people%3Bx%3D%3D": "jane",
        f"{JANE}&trk=x": "jane",
        f"{JANE}&amp;trk=x": "jane",
        f"{JANE}%3Ftrk%3Dx": "jane",
    },
    "6 prefixes of the path are dropped": {
        f"{WWW}/mwlite/in/jane-doe": "jane",
        f"{WWW}/comm/in/jane-doe?midToken=AQE": "jane",
        f"{WWW}/public-profile/in/jane-doe": "jane",
        f"{WWW}//in//jane-doe//": "jane",
        f"{WWW}/IN/jane-doe": "jane",
        f"{WWW}/in/in/jane-doe": "jane",
    },
    "7 the slug is kept as it is read": {
        f"{JANE}/recent-activity/shares/": "jane",
        f"{JANE}/en-us": "jane",
        f"{JANE}/overlay/about-this-profile": "jane",
        f"{WWW}/in/jane%2Ddoe": "jane",
        f"{WWW}/in/%20jane-doe%0A": "jane",
        f"{JANE}-7b05472b": "li:in:jane-doe-7b05472b",
        f"{WWW}/in/m%C3%BCller-anna": "li:in:müller-anna",
        f"{WWW}/in/m%25C3%25BCller-anna": "li:in:müller-anna",
        f"{WWW}/in/jane-phd-%F0%9F%9A%80-4b": "li:in:jane-phd-🚀-4b",
        f"{WWW}/in/李小龙-0a": "li:in:李小龙-0a",
        f"{WWW}/in/joão-silva": "li:in:joão-silva",
        f"{WWW}/in/m%C3%83%C2%BCller-anna": "malformed",
        f"{WWW}/in/jane+doe": "malformed",
        f"{WWW}/in/jane@acme.com": "malformed",
        f"{WWW}/in/null": "malformed",
        f"{WWW}/in/undefined/": "malformed",
        f"{WWW}/in/#N/A": "malformed",
        f"{WWW}/in/me/": "malformed",
    },
    "8 a member id keeps its case": {
        f"{WWW}/in/ACoAABcDe_-x?trk=x": "li:member:ACoAABcDe_-x",
        f"{WWW}/in/ACwAABcDe,NAME_SEARCH,abcd": "li:member:ACwAABcDe",
        f"{WWW}/in/ACoAABcDe%2CNAME_SEARCH%2Cabcd": "li:member:ACoAABcDe",
    },
    "9 an address of Sales Navigator names a person, and is not public": {
        f"{WWW}/sales/lead/ACwAABcDe,NAME_SEARCH,abcd": "sales_navigator",
        f"{WWW}/sales/lead/ACwAABcDe%252CNAME_SEARCH%252Cabcd": "sales_navigator",
        f"{WWW}/sales/people/ACwAABcDe,name,x?_ntb=y": "sales_navigator",
        f"{WWW}/sales/profile/12345,AbCd,NAME_SEARCH": "sales_navigator",
    },
    "10 other pages for members are not public, and an old address stays": {
        f"{WWW}/talent/search/profile/AEMAABC": "not_public",
        f"{WWW}/recruiter/smartsearch/profile/1": "not_public",
        f"{WWW}/profile/view?id=AAEAAABC": "not_public",
        f"{WWW}/pub/jane-doe/1a/2b3/4c5/en": "li:pub:jane-doe/1a/2b3/4c5",
        "http://uk.linkedin.com/pub/jane-doe/1A/2B/3C?trk=x": "li:pub:jane-doe/1a/2b/3c",
    },
    "11 other pages are no person": {
        f"{WWW}/company/acme/people/?keywords=jane": "not_a_person",
        f"{WWW}/school/eth": "not_a_person",
        f"{WWW}/posts/jane-doe_activity-7123": "not_a_person",
        f"{WWW}/feed/update/urn:li:activity:7123": "not_a_person",
        f"{WWW}/pulse/how-jane-doe": "not_a_person",
        f"{WWW}/newsletters/jane-7123": "not_a_person",
        f"{WWW}/search/results/all/?keywords=jane%20doe": "not_a_person",
        f"{WWW}/messaging/thread/2-abc": "not_a_person",
        f"{WWW}/jane-doe": "not_a_person",
        WWW: "not_a_person",
    },
    "12 a URN names a person by the member id": {
        "urn:li:fsd_profile:ACoAABcDe": "li:member:ACoAABcDe",
        "urn:li:fs_salesProfile:(ACwAABcDe,NAME_SEARCH,x)": "sales_navigator",
        "urn:li:member:12345": "not_public",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [pytest.param(*row, id=f"{step}: {row[0]!r}") for step, rows in STEPS.items() for row in rows.items()],
)
def test_step(text: str, expected: str) -> None:
    found = parse_profile(text)
    told = found.key if isinstance(found, LinkedInRef) else found.code
    assert told == ("li:in:jane-doe" if expected == "jane" else expected)


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        (f"{JANE}?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAABcDe", "li:member:ACoAABcDe"),
        (f"{WWW}/sales/lead/ACwAABcDe%252CNAME_SEARCH%252Cabcd", "li:member:ACwAABcDe"),
        ("urn:li:fs_salesProfile:(ACwAABcDe,NAME_SEARCH,x)", "li:member:ACwAABcDe"),
    ],
)
def test_steps_5_9_and_12_keep_the_member_id_to_compare(text: str, alias: str) -> None:
    assert parse_profile(text).aliases == (alias,)
