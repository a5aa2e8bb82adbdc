from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.config import Config, Guess, guess_mapping, load_config, write_starter
from upscale_connect.config.headers import fold, fold_bare
from upscale_connect.mapping import REQUIRED_FIELDS, Column, Template

Load = Callable[..., Config]


def guess(header: Sequence[str], *rows: Sequence[str]) -> dict[str, Guess]:
    sample = [dict(zip(header, row, strict=True)) for row in rows]
    return {found.api_name: found for found in guess_mapping(header, sample)}


def columns(found: dict[str, Guess]) -> dict[str, str]:
    return {api_name: guess.column for api_name, guess in found.items()}


@pytest.mark.parametrize(
    "header",
    [
        ("First name", "Last name", "Company", "LinkedIn"),
        ("first_name", "last_name", "lead_company", "lead_linkedin"),
        ("firstName", "lastName", "companyName", "linkedinUrl"),
        ("FIRST NAME", "SURNAME", "ORGANISATION", "LINKEDIN PROFILE URL"),
        ("Vorname", "Nachname", "Firma", "LinkedIn-Profil"),
        ("Prénom", "Nom", "Société", "Profil LinkedIn"),
        ("Nombre", "Apellidos", "Empresa", "Perfil LinkedIn"),
        ("Nome", "Cognome", "Azienda", "Profilo LinkedIn"),
        ("Primeiro nome", "Sobrenome", "Empresa", "URL LinkedIn"),
        ("Voornaam", "Achternaam", "Bedrijf", "LinkedIn-profiel"),
        ("Imię", "Nazwisko", "Nazwa firmy", "LinkedIn link"),
        ("Förnamn", "Efternamn", "Företag", "LinkedIn"),
        ("Contact First Name", "Contact Last Name", "Current Company", "Person Linkedin Url"),
    ],
)
def test_required_fields_are_found_in_many_languages(header: tuple[str, ...]) -> None:
    found = columns(guess(header, ("A", "B", "C", "https://www.linkedin.com/in/a-b")))
    assert [found.get(name) for name in REQUIRED_FIELDS] == list(header)


def test_the_values_say_which_column_holds_the_profiles() -> None:
    header = ("LinkedIn", "Social", "Company Linkedin Url")
    found = guess(
        header,
        ("https://www.linkedin.com/company/acme", "https://www.linkedin.com/in/ada", "https://linkedin.com/company/a"),
        ("https://www.linkedin.com/company/b", "linkedin.com/in/bob/", ""),
    )
    assert found["lead_linkedin"] == Guess("lead_linkedin", "Social", "high", "its values are LinkedIn profiles")


def test_a_linkedin_column_without_people_is_doubted() -> None:
    assert guess(("LinkedIn",), ("https://linkedin.com/company/acme",))["lead_linkedin"].confidence == "low"
    assert guess(("LinkedIn",), ("",))["lead_linkedin"].confidence == "medium"
    assert guess(("LinkedIn",))["lead_linkedin"].confidence == "medium"


def test_an_id_is_one_only_if_it_is_always_there_and_unique() -> None:
    assert columns(guess(("ID",), ("1",), ("2",))) == {"automation_tool_lead_id": "ID"}
    assert guess(("ID",), ("1",), ("1",)) == {}
    assert guess(("ID",), ("1",), ("",)) == {}
    assert guess(("#", "No.", "Row"), ("1", "1", "1"), ("2", "2", "2")) == {}


def test_the_exact_header_wins_over_one_that_sounds_like_it() -> None:
    found = guess(("Contact Company", "Company name", "Company"), ("a", "b", "c"))
    assert found["lead_company"].column == "Company"
    assert guess(("Contact Company",), ("a",))["lead_company"].confidence == "medium"


def test_a_column_that_is_often_empty_is_doubted() -> None:
    found = guess(("First name",), ("Ada",), ("",), ("",))
    assert found["first_name"].confidence == "medium"
    assert "often empty" in found["first_name"].why


def test_name_is_the_last_name_only_beside_a_first_name() -> None:
    assert guess(("Vorname", "Name"), ("Ada", "Lovelace"))["last_name"].confidence == "low"
    assert guess(("Name",), ("Ada Lovelace",)) == {}
    assert guess(("First name", "Last name", "Name"), ("a", "b", "c"))["last_name"].column == "Last name"


def test_a_website_is_an_address() -> None:
    assert guess(("Website",), ("https://acme.example/de",))["lead_company_website_url"].confidence == "high"
    assert guess(("Website",), ("under construction",))["lead_company_website_url"].confidence == "low"
    assert "lead_company_website_url" not in guess(("URL",), ("https://linkedin.com/company/acme",))


def test_customer_and_campaign_are_columns_only_if_every_row_has_them() -> None:
    assert columns(guess(("campaign_id",), ("a",), ("a",))) == {"automation_tool_campaign_id": "campaign_id"}
    assert guess(("campaign_id",), ("a",), ("",)) == {}


def test_a_header_that_stands_twice_or_is_blank_is_not_used() -> None:
    assert guess_mapping(["Company", "Company", " ", ""], []) == []


def test_headers_are_folded() -> None:
    assert fold("Prénom du contact") == "prenomducontact"
    assert fold("lastName") == "lastname"
    assert fold_bare("Record ID - Contact") == "recordid"


HEADER = ("ID", "First name", "Last name", "Company", "LinkedIn", "Domain")
ROW = ("0012", "Ada", "Lovelace", "Acme", "https://www.linkedin.com/in/ada", "acme.example")


def test_what_is_written_loads(load: Load) -> None:
    text = write_starter("leads.csv", HEADER, [dict(zip(HEADER, ROW, strict=True))])
    config = load(text, UPSCALE_API_KEY="sandbox-valid")
    sync = config.syncs["leads"]
    assert (sync.customer, sync.campaign) == ("my-company", "leads")
    assert sync.source.options == {"path": "leads.csv"}
    assert sync.map["automation_tool_lead_id"] == Column("ID")
    assert sync.map["lead_company_website_url"] == Template("https://{Domain}")
    assert text.count("EDIT: ") == 3
    assert "# high: its values are LinkedIn profiles\n      lead_linkedin: LinkedIn\n" in text


def test_what_is_missing_is_said_and_loads_once_it_is_filled_in(load: Load, problems: Callable[..., list[str]]) -> None:
    text = write_starter("leads.csv", ["First name", "Surname", "Employer", "where: else"], [])
    assert "MISSING: no column looks like the address of the lead's LinkedIn profile" in text
    assert '# The columns of the file: First name, Surname, Employer, "where: else"\n' in text
    (line,) = problems(text, UPSCALE_API_KEY="x")
    assert "`map` lacks `lead_linkedin`" in line
    filled = text.replace("# lead_linkedin: …", 'lead_linkedin: "where: else"')
    assert load(filled, UPSCALE_API_KEY="x").syncs["leads"].map["lead_linkedin"] == Column("where: else")


def test_nothing_guessed_is_still_a_configuration_to_fill_in(problems: Callable[..., list[str]]) -> None:
    (line,) = problems(write_starter("leads.csv", ["a", "b"], []), UPSCALE_API_KEY="x")
    assert line.endswith(": `map` has no value")


def test_customer_and_campaign_columns_take_the_place_of_placeholders(load: Load) -> None:
    header = (*HEADER, "customer_id", "campaign_id")
    row = dict(zip(header, (*ROW, "c1", "c2"), strict=True))
    sync = load(write_starter("leads.csv", header, [row]), UPSCALE_API_KEY="x").syncs["leads"]
    assert sync.customer is None
    assert sync.campaign is None
    assert sync.map["automation_tool_customer_id"] == Column("customer_id")


@pytest.mark.parametrize(
    ("path", "sync", "shown"),
    [
        (PurePosixPath("../data/My Leads (2026).csv"), "my-leads-2026", "../data/My Leads (2026).csv"),
        (PureWindowsPath(r"C:\leads\März.csv"), "marz", "C:/leads/März.csv"),
        (PurePosixPath("数据.csv"), "leads", "数据.csv"),
        (PurePosixPath("${HOME} #1.csv"), "home-1", "${HOME} #1.csv"),
    ],
)
def test_any_file_name_makes_a_sync(load: Load, path: PurePosixPath | PureWindowsPath, sync: str, shown: str) -> None:
    text = write_starter(path, HEADER, [dict(zip(HEADER, ROW, strict=True))])
    config = load(text, UPSCALE_API_KEY="x")
    assert config.syncs[sync].source.options == {"path": shown}


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), min_size=4, max_size=4),
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12),
)
def test_whatever_the_columns_are_called_it_loads(names: list[str], stem: str) -> None:
    """Odd names reach the configuration as columns, and as comments."""
    header = [f"LinkedIn {names[0]}", "First name", "Last name", "Company", *names[1:]]
    sample = [{header[0]: "https://www.linkedin.com/in/ada", "First name": "Ada", "Last name": "L", "Company": "A"}]
    Path("x.yaml").write_text(write_starter(f"{stem}.csv", header, sample), encoding="utf-8", newline="")
    config = load_config("x.yaml", environ={"UPSCALE_API_KEY": "x"})
    (sync,) = config.syncs.values()
    if header.count(header[0]) == 1:
        assert sync.map["lead_linkedin"] == Column(header[0])
