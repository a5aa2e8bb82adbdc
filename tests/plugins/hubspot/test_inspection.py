"""What `check` shows of a portal before anything is bought."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.hubspot.conftest import NAMES, Bench
from tests.plugins.hubspot.portal import Portal
from upscale_connect import CredentialsError, Finding, SourceError


def check(bench: Bench, columns: tuple[str, ...] = NAMES, **options: object) -> list[Finding]:
    return list(bench.source(columns, **options).check())


def lines(findings: list[Finding]) -> list[str]:
    return [finding.message for finding in findings]


def errors(findings: list[Finding]) -> list[str]:
    return [f"{finding.message}: {finding.hint}" for finding in findings if finding.level == "error"]


def test_portal_token_columns_counts_and_calls(bench: Bench, portal: Portal) -> None:
    company = portal.add("companies", name="First Company")
    bench.add_people(3, associatedcompanyid=str(company))
    portal.add(firstname="Nobody")
    assert lines(check(bench)) == [
        "portal 62515 (STANDARD, Europe/Berlin)",
        "token: of the private app 4567, with every scope that is needed",
        "firstname (First name): 'Ann0', 'Ann1'",
        "lastname (Last name): 'Example', 'Example'",
        "contact.linkedin: 'https://www.linkedin.com/in/person-0', 'https://www.linkedin.com/in/person-1'",
        "company.name: 'First Company', 'First Company'",
        "company.website: '', ''",
        "4 contacts, 3 of them with a LinkedIn address",
        "a run makes about 4 calls to read, and up to 1 to write; 249,995 are left today",
    ]
    assert not [call for call in portal.calls if call.method not in ("GET", "POST") or "update" in call.path]


def test_who_opted_out_is_counted(bench: Bench, portal: Portal) -> None:
    bench.add_people(2)
    bench.add_people(1, hs_email_optout="true")
    assert "3 contacts, 3 of them with a LinkedIn address; 1 opted out and are left aside" in lines(check(bench))


def test_of_a_list(bench: Bench, portal: Portal) -> None:
    portal.lists["7"] = ("Spring", "contacts", bench.add_people(300))
    assert lines(check(bench, ("firstname",), list_id="7"))[2:] == [
        "firstname (First name): 'Ann0', 'Ann1'",
        "300 contacts",
        "a run makes about 7 calls to read, and up to 3 to write; 249,994 are left today",
    ]


def test_of_a_filter(bench: Bench, portal: Portal) -> None:
    bench.add_people(3, lifecyclestage="lead")
    bench.add_people(2)
    leads = [{"property": "lifecyclestage", "operator": "EQ", "value": "lead"}]
    assert "3 contacts, 3 of them with a LinkedIn address" in lines(check(bench, filter=leads))


def test_an_empty_portal(bench: Bench) -> None:
    found = lines(check(bench, ("firstname",)))
    assert found[2:4] == ["firstname (First name): no contact to show", "0 contacts, 0 of them with a LinkedIn address"]


def test_a_service_key_whose_scopes_nobody_tells(bench: Bench, portal: Portal) -> None:
    portal.tells_token = False
    portal.fail("account-info", 403, {"category": "MISSING_SCOPES"})
    bench.add_people(1)
    assert lines(check(bench))[:2] == [
        "HubSpot answers; which portal it is, it does not tell",
        "token: a service key, or another of which HubSpot does not tell the scopes",
    ]


def test_a_wrong_token_ends_it_at_once(bench: Bench, portal: Portal) -> None:
    with pytest.raises(CredentialsError):
        check(bench, token="pat-na1-unknown")
    assert portal.count() == 1


def test_each_scope_that_is_missing(bench: Bench, portal: Portal) -> None:
    portal.scopes = {"crm.objects.contacts.read"}
    portal.lists["7"] = ("Spring", "contacts", [])
    found = check(bench, list_id="7")
    assert [message.split(":")[0] for message in errors(found)] == [
        "the token lacks the scope crm.objects.companies.read",
        "the token lacks the scope crm.lists.read",
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"linkedin": ["linkedin_profil"]}, "`linkedin:` names 'linkedin_profil', which is no property"),
        ({"opt_out": ["hs_email_optin"]}, "did you mean 'hs_email_optout'?"),
        ({"filter": [{"property": "jobtitel", "operator": "HAS_PROPERTY"}]}, "did you mean 'jobtitle'?"),
        ({"filter": [{"property": "job", "operator": "HAS_PROPERTY"}]}, "settings, Properties"),
    ],
)
def test_a_property_that_is_not_there(bench: Bench, portal: Portal, options: dict[str, Any], told: str) -> None:
    (error,) = errors(check(bench, ("firstname",), **options))
    assert told in error
    with pytest.raises(SourceError) as raised:
        bench.read(columns=("firstname",), **options)
    assert told in f"{raised.value.message}: {raised.value.hint}"
    assert portal.count("GET /crm/objects") == 0


def test_a_portal_without_linkedin(bench: Bench, portal: Portal) -> None:
    del portal.definitions["contacts"]["hs_linkedin_url"]
    (error,) = errors(check(bench))
    assert "the portal has none of hs_linkedin_url, linkedin_url" in error


def test_columns_for_did_you_mean(bench: Bench, portal: Portal) -> None:
    found = bench.source().columns()
    assert {"firstname", "company.name", "company.domain", "contact.linkedin"} <= {*found}
    assert portal.count() == 1
    assert "company.industry" in bench.source(("company.industri",)).columns()


def test_what_was_just_read_is_not_asked_again(bench: Bench, portal: Portal) -> None:
    bench.add_people(1)
    source = bench.source()
    list(source.read(None))
    before = portal.count()
    assert list(source.check()) == []
    assert portal.count() == before
