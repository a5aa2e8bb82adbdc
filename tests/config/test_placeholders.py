"""What `init` wrote and nobody replaced."""

from __future__ import annotations

from pathlib import Path

from upscale_connect.config import find_placeholders, load_config, write_starter

COLUMNS = ("ID", "First name", "Last name", "Company", "LinkedIn")
ROW = ("1", "Ann", "Lee", "Acme", "https://www.linkedin.com/in/ann-lee")


def test_a_fresh_configuration_names_all_of_them_and_an_edited_one_none(tmp_path: Path) -> None:
    path = tmp_path / "upscale-connect.yaml"
    text = write_starter("leads.csv", COLUMNS, [dict(zip(COLUMNS, ROW, strict=True))])
    path.write_text(text, encoding="utf-8")
    config = load_config(path, environ={"UPSCALE_API_KEY": "a-long-enough-key"})
    assert find_placeholders(config.syncs["leads"]) == [
        "customer",
        "request.proposition_company_name",
        "request.proposition_company_url",
    ]
    for before, after in (("my-company", "c1"), ("My Company", "Acme"), ("www.example.com", "www.acme.example")):
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    config = load_config(path, environ={"UPSCALE_API_KEY": "a-long-enough-key"})
    assert find_placeholders(config.syncs["leads"]) == []
