"""From a record to a lead: what is kept exactly, what is completed, and what keeps a record from being one."""

from __future__ import annotations

import hashlib

import pytest

from tests.mappings import ROW, lead, make, unmapped
from upscale_connect.errors import ConfigError
from upscale_connect.mapping import Unmapped
from upscale_connect.models import Lead, Record


def test_a_record_becomes_a_lead() -> None:
    assert lead(make()) == Lead(
        lead_id="0012",
        linkedin_url="https://www.linkedin.com/in/jane-doe",
        linkedin_key="li:in:jane-doe",
        company="Acme Corp",
        first_name="Jane",
        last_name="Doe",
        website_url="https://acme.com",
        specified_url=None,
        customer="customer",
        campaign="campaign",
    )


@pytest.mark.parametrize("lead_id", [" 7", "7 ", "007", "N/A", "7\n", "#17/ü"])
def test_a_lead_id_is_kept_exactly(lead_id: str) -> None:
    assert lead(make(), ID=lead_id).lead_id == lead_id


@pytest.mark.parametrize("lead_id", ["", "  ", "\u200b", "a\x00b", "\ud800"])
def test_a_lead_id_that_is_blank_or_cannot_be_sent_is_unmapped(lead_id: str) -> None:
    found = unmapped(make(), "record 1", ID=lead_id)
    assert (found.field, found.column) == ("automation_tool_lead_id", "ID")


def test_without_a_mapped_lead_id_the_record_has_its_own() -> None:
    assert lead(make(leave_out=("automation_tool_lead_id",)), "r-1 ").lead_id == "r-1 "


@pytest.mark.parametrize("record_id", [None, "", " "])
def test_without_any_id_it_is_made_of_the_linkedin_key(record_id: str | None) -> None:
    digits = hashlib.sha256(b"li:in:jane-doe").hexdigest()[:16]
    assert lead(make(leave_out=("automation_tool_lead_id",)), record_id).lead_id == f"li-{digits}"


def test_an_own_id_that_cannot_be_sent_is_unmapped() -> None:
    found = unmapped(make(leave_out=("automation_tool_lead_id",)), "a\x00b")
    assert (found.field, found.column, found.value) == ("automation_tool_lead_id", "", "a\ufffdb")


@pytest.mark.parametrize(
    ("cell", "name"), [("  Jane ", "Jane"), ("Jane\r\nAnn\tMay", "Jane Ann May"), ("Null", "Null")]
)
def test_names_are_stripped_and_kept_on_one_line(cell: str, name: str) -> None:
    assert lead(make(), First=cell).first_name == name


@pytest.mark.parametrize("name", ["JANE", "jane", "J.", "Dr. Jane", "Jane 🦄", "José\u00a0María", "नर्गि\u200dस"])
def test_a_name_is_never_otherwise_changed(name: str) -> None:
    assert lead(make(), First=name).first_name == name


@pytest.mark.parametrize("cell", ["", " ", "\u200b", "#REF!", " #N/A ", "N/A", "-", "null", "None"])
@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("First", "first_name"),
        ("Last", "last_name"),
        ("Company", "lead_company"),
        ("LinkedIn", "lead_linkedin"),
    ],
)
def test_what_stands_for_a_missing_value_counts_as_missing(column: str, field: str, cell: str) -> None:
    found = unmapped(make(), **{column: cell})
    assert (found.field, found.column, found.value) == (field, column, cell.strip().replace("\u200b", "\ufffd"))
    assert found.reason.endswith(".")


def test_the_reason_tells_a_placeholder_from_a_missing_column() -> None:
    assert "placeholder" in unmapped(make(), Last="#N/A").reason
    assert unmapped(make(), Last="").reason == "The last name is missing."
    absent = make().lead(Record("1", {name: cell for name, cell in ROW.items() if name != "Last"}))
    assert isinstance(absent, Unmapped)
    assert absent.reason == "The record has no column 'Last', so the last name is missing."


@pytest.mark.promise(row="G3")
@pytest.mark.parametrize("column", [*ROW])
def test_control_characters_are_refused_with_a_value_that_can_be_shown(column: str) -> None:
    found = unmapped(make(), **{column: f"{ROW[column]}\x1b[2J\x00x"})
    assert found.column == column
    assert "control character" in found.reason
    assert found.value.isprintable()


def test_the_reason_of_a_linkedin_address_is_passed_on() -> None:
    found = unmapped(make(), LinkedIn="https://www.linkedin.com/company/acme")
    assert (found.field, found.column) == ("lead_linkedin", "LinkedIn")
    assert "not a person's profile" in found.reason


def test_a_long_value_is_shortened() -> None:
    found = unmapped(make(), Website="no url " * 20)
    assert len(found.value) == 60
    assert found.value.endswith("…")


@pytest.mark.parametrize(
    ("cell", "url"),
    [
        ("", None),
        ("  ", None),
        ("N/A", None),
        (" https://acme.com/a?b=c#d ", "https://acme.com/a?b=c#d"),
        ("HTTP://Acme.com:8080", "HTTP://Acme.com:8080"),
        ("https://münchen.example/ü", "https://münchen.example/ü"),
        ("acme.com", "https://acme.com"),
        ("www.acme.co.uk/x?y=z", "https://www.acme.co.uk/x?y=z"),
        ("acme.com:8080/x", "https://acme.com:8080/x"),
        ("acme.xn--p1ai", "https://acme.xn--p1ai"),
    ],
)
def test_an_optional_url_is_completed_or_left_out(cell: str, url: str | None) -> None:
    assert lead(make(), Website=cell).website_url == url
    assert lead(make(lead_specified_url="Page"), Page=cell).specified_url == url


@pytest.mark.parametrize(
    "cell",
    [
        "acme",
        "see below",
        "jane@acme.com",
        "mailto:jane@acme.com",
        "ftp://acme.com",
        "https://",
        "https:///about",
        "https://acme",
        "https://user:secret@acme.com",
        "https://acme.com/a b",
        "https://acme.com\u200b",
        "https://-.com",
        "v1.2",
        "#REF!/x",
        "acme.com, acme.org",
    ],
)
def test_an_optional_url_that_is_none_is_unmapped(cell: str) -> None:
    found = unmapped(make(), Website=cell)
    assert (found.field, found.column) == ("lead_company_website_url", "Website")
    assert "not a valid http or https URL" in found.reason
    assert unmapped(make(lead_specified_url="Page"), Page=cell).field == "lead_specified_url"


def test_first_of_takes_the_first_value_that_is_not_missing() -> None:
    mapping = make(lead_company={"first_of": ["Company", "Employer"]})
    assert lead(mapping, Employer="Other").company == "Acme Corp"
    assert lead(mapping, Company=" ", Employer="Other").company == "Other"
    assert lead(mapping, Company="#N/A", Employer="Other").company == "Other"
    found = unmapped(mapping, Company="#N/A")
    assert (found.column, found.value) == ("Company, Employer", "#N/A")


def test_a_template_is_blank_as_soon_as_one_of_its_columns_is() -> None:
    mapping = make(lead_specified_url={"template": "https://{Domain}/{Page}"})
    assert lead(mapping, Domain=" acme.com", Page="about").specified_url == "https://acme.com/about"
    assert lead(mapping, Domain="", Page="about").specified_url is None
    assert lead(mapping, Domain="N/A", Page="about").specified_url is None
    assert lead(mapping, Page="about").specified_url is None


def test_a_template_for_an_id_keeps_each_part_exactly() -> None:
    mapping = make(automation_tool_lead_id={"template": "{List}:{ID}"})
    assert lead(mapping, List="a ", ID=" 1").lead_id == "a : 1"
    assert unmapped(mapping, List="a", ID="").field == "automation_tool_lead_id"


def test_a_constant_is_the_same_for_every_record() -> None:
    assert lead(make(lead_company={"constant": "Acme Inc"})).company == "Acme Inc"
    found = unmapped(make(lead_company_website_url={"constant": "none yet"}))
    assert (found.column, found.value) == ("", "none yet")


def test_customer_and_campaign_come_from_the_record_where_they_are_mapped() -> None:
    mapping = make(customer=None, automation_tool_customer_id="Client", automation_tool_campaign_id="List")
    found = lead(mapping, Client="c1 ", List="N/A")
    assert (found.customer, found.campaign) == ("c1 ", "N/A")
    blank = unmapped(mapping, Client=" ", List="x")
    assert (blank.field, blank.reason) == ("automation_tool_customer_id", "The customer id is missing.")
    assert unmapped(mapping, Client="x").field == "automation_tool_campaign_id"


def test_every_problem_of_a_mapping_is_reported_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        make(
            customer=" ",
            campaign=None,
            leave_out=("last_name",),
            automation_tool_lead_id={"constant": "1"},
            lead_phone="Phone",
        )
    assert [problem.message for problem in caught.value.problems] == [
        "map: unknown field 'lead_phone'",
        "map: last_name is missing",
        "map: automation_tool_lead_id is the same for every record",
        "there is no customer id",
        "there is no campaign id",
    ]
