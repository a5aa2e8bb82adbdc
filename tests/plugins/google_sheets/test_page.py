"""The page on Google Sheets says what the plugin does: options, errors, columns and costs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import upscale_connect_google_sheets
from tests.plugins.google_sheets.conftest import HEADER, SheetWorld, person
from upscale_connect import SinkError
from upscale_connect_google_sheets.columns import name_columns
from upscale_connect_google_sheets.options import GoogleSheetsConfig

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "google-sheets.md").read_text(encoding="utf-8")
#: All texts of the program, with the parts of one sentence put together.
SOURCE = re.sub(
    r'"\s*\n?\s*f?"',
    "",
    "".join(
        path.read_text(encoding="utf-8")
        for folder in (Path(upscale_connect_google_sheets.__file__).parent, ROOT / "upscale_connect")
        for path in folder.glob("*.py")
    ),
)


def rows(heading: str) -> list[list[str]]:
    """The cells of all tables of a section."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_option_is_described_as_it_is() -> None:
    described = {row[0].strip("`"): row[1] for row in rows("2. Configuration")[1:]}
    fields = GoogleSheetsConfig.model_fields
    assert list(described) == list(fields)
    assert {name: str(field.description).partition(".")[0] for name, field in fields.items()} == {
        name: text.partition(".")[0] for name, text in described.items()
    }


def test_every_column_is_described(bench: Bench) -> None:
    named = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in rows("4. Messages back"))))
    ours = name_columns(bench.config(), ("connection_request", "first_follow_up"), SinkError)
    assert named == set(ours.headers)


@pytest.mark.parametrize("message", [row[0] for row in rows("8. Errors") if row[0] not in ("Message", "Reason")])
def test_every_error_is_one_that_there_is(message: str) -> None:
    pieces = (piece.strip(" ,.") for piece in re.split("…|;", message))
    assert [piece for piece in pieces if piece not in SOURCE] == []


class TestCosts:
    @pytest.fixture(autouse=True)
    def _fill(self, book: Book) -> None:
        book.tab.fill([HEADER, *map(person, range(1000))])

    def test_of_reading(self, bench: Bench) -> None:
        assert len(bench.read()) == 1000
        assert (bench.google.count("Read"), bench.google.count("Write")) == (3, 0)

    def test_of_writing(self, bench: Bench) -> None:
        """Six reads and a write to add our columns; then two looks, and two reads and a write for 250 rows."""
        bench.write(*(bench.delivery(number) for number in range(1000)))
        assert (bench.google.count("Read"), bench.google.count("Write")) == (6 + 2 + 4 * 2, 1 + 4)

    def test_of_a_run_that_has_nothing_to_do(self, sheet: SheetWorld) -> None:
        sheet.tab.cells[3:] = []
        sheet.world.wait()
        sheet.google.seen.clear()
        sheet.world.wait()
        assert (sheet.google.count("Read"), sheet.google.count("Write")) == (2 + 3, 0)
