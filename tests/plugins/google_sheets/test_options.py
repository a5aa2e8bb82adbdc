"""Options that cannot be meant are told before anything is called."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from upscale_connect_google_sheets.options import GOOGLE, GoogleSheetsConfig

ID = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
ADDRESS = f"https://docs.google.com/spreadsheets/d/{ID}"


def config(**options: Any) -> GoogleSheetsConfig:
    return GoogleSheetsConfig.model_validate({"spreadsheet": ID, **options})


@pytest.mark.parametrize(
    ("spreadsheet", "gid"),
    [
        (ID, None),
        (ADDRESS, None),
        (f"{ADDRESS}/edit?usp=sharing", None),
        (f"{ADDRESS}/edit?gid=12#gid=12", 12),
        (f"{ADDRESS}/edit#gid=0", 0),
        (f"https://docs.google.com/a/acme.com/spreadsheets/d/{ID}/edit", None),
        (f"https://docs.google.com/spreadsheets/u/1/d/{ID}/edit", None),
    ],
)
def test_a_spreadsheet_is_named_by_address_or_id(spreadsheet: str, gid: int | None) -> None:
    found = config(spreadsheet=spreadsheet)
    assert (found.spreadsheet_id, found.tab_id) == (ID, gid)
    assert found.api_root == GOOGLE == "https://sheets.googleapis.com"


def test_a_tab_that_is_named_counts_more_than_the_address() -> None:
    assert config(spreadsheet=f"{ADDRESS}#gid=12", tab="Leads").tab_id is None
    assert config(spreadsheet=f"{ADDRESS}#gid=12", gid="7").tab_id == 7


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"spreadsheet": "Leads 2026"}, "must be a spreadsheet's address"),
        ({"spreadsheet": f"https://example.com/spreadsheets/d/{ID}"}, "must be a spreadsheet's address"),
        ({"spreadsheet": f"{ADDRESS}x!/edit"}, "must be a spreadsheet's address"),
        ({"spreadsheet": "https://docs.google.com/spreadsheets/d/e/2PACX-1vT/pubhtml"}, "not that of a published copy"),
        ({"tab": "Leads", "gid": "0"}, "not both"),
        ({"header_row": "0"}, "greater than or equal to 1"),
        ({"header_row": "first"}, "header_row"),
        ({"columns": {"connection_request": " "}}, "an empty name"),
        ({"columns": {"connection_request": "Message", "first_follow_up": "message"}}, "the same name"),
        ({"api_root": "http://sheets.example.com"}, "must be an https address"),
        ({"api_root": "https://ann:pw@sheets.example.com"}, "must be an https address"),
        ({"api_root": "https://sheets.example.com/?key=1"}, "must be an https address"),
        ({"api_root": "https://[::1"}, "must be an https address"),
        ({"api_root": "https://sheets.example.com:0"}, "must be an https address"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        config(**options)


@pytest.mark.parametrize(
    "root", ["http://127.0.0.1:8080", "http://[::1]:80", "http://localhost", "https://proxy.acme.com/"]
)
def test_http_is_for_this_machine_only(root: str) -> None:
    assert config(api_root=root).api_root == root.rstrip("/")
