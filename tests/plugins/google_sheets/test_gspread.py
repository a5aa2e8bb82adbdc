"""gspread, an independent client of the real service, reads what we write and writes what we read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gspread
import pytest
from google.oauth2.service_account import Credentials
from gspread.urls import SPREADSHEETS_API_V4_BASE_URL

from tests.plugins.google_sheets.conftest import HEADER, ID, person

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book, FakeGoogle


@pytest.fixture
def worksheet(bench: Bench, book: Book, google: FakeGoogle, tmp_path: Path) -> gspread.Worksheet:
    """The tab as gspread opens it, with the same key file."""

    class Redirected(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, *args: Any, **options: Any) -> Any:
            here = endpoint.replace(SPREADSHEETS_API_V4_BASE_URL, f"{google.url}/v4/spreadsheets")
            return super().request(method, here, *args, **options)

    scopes = ["https://www.googleapis.com/auth/spreadsheets"]
    credentials = Credentials.from_service_account_file(str(tmp_path / "key.json"), scopes=scopes)
    return gspread.authorize(credentials, http_client=Redirected).open_by_key(ID).sheet1


def test_it_reads_what_we_wrote(bench: Bench, worksheet: gspread.Worksheet) -> None:
    bench.write(bench.delivery(1, "=1+1"), bench.delivery(2, "Hi\nAnn 🎉"))
    rows = worksheet.get_all_records(numericise_ignore=["all"])
    assert [row["outreach_message"] for row in rows] == ["=1+1", "Hi\nAnn 🎉"]
    assert [row["upscale_receipt"] for row in rows] == ["uc-1", "uc-2"]
    assert [row["First"] for row in rows] == ["Ann1", "Ann2"]


def test_we_read_what_it_wrote(bench: Bench, worksheet: gspread.Worksheet) -> None:
    worksheet.update([HEADER, *map(person, (7, 8))], "A1:D3")
    worksheet.append_row(person(9))
    worksheet.update_acell("C3", "")
    records = bench.read()
    assert [record.fields["First"] for record in records] == ["Ann7", "Ann8", "Ann9"]
    assert records[1].fields["Company"] == ""


def test_it_moves_rows_and_we_find_them(bench: Bench, worksheet: gspread.Worksheet) -> None:
    worksheet.insert_row(["Leads of spring"], 1)
    worksheet.append_row(person(3))
    worksheet.sort((1, "des"), range="A3:D5")
    worksheet.delete_rows(4)
    results = bench.write(*(bench.delivery(number) for number in (1, 2, 3)))
    assert [result.outcome for result in results] == ["written", "conflict", "written"]
    assert worksheet.get("A3:E4") == [[*person(3), "Hi Ann3"], [*person(1), "Hi Ann1"]]


def test_approval_that_it_writes_comes_back(bench: Bench, worksheet: gspread.Worksheet) -> None:
    bench.write(bench.delivery(1))
    column = worksheet.row_values(1).index("upscale_approved") + 1
    worksheet.update_cell(2, column, "yes")
    (found,) = bench.find(bench.delivery(1))
    assert found.fields["approved"] == "yes"
