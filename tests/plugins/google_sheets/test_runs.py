"""Whole runs: rows are read, messages bought, and written back beside the right person."""

from __future__ import annotations

import random

import pytest

from tests.plugins.google_sheets.conftest import HEADER, SheetWorld, person
from tests.plugins.google_sheets.editor import Act, Editor
from tests.plugins.google_sheets.fake import Linked


def test_messages_come_back_beside_the_leads(sheet: SheetWorld) -> None:
    sheet.tab.fill([["Leads of spring"], HEADER, *map(person, range(1, 4)), ["Nobody"], person(1)])
    result = sheet.world.wait()
    assert (result.records.new, result.records.quarantined, result.records.duplicate) == (3, 1, 1)
    assert result.sinks["back"].written == 3
    assert [row[4:5] for row in sheet.tab.texts()[5:]] == [[], []]
    assert [bool(row[4]) for row in sheet.tab.texts()[2:5]] == [True] * 3


def test_a_second_run_writes_nothing(sheet: SheetWorld) -> None:
    sheet.world.wait()
    writes, before = sheet.google.count("Write"), sheet.tab.texts()
    result = sheet.world.wait()
    assert (result.records.done, result.sinks["back"].written, sheet.world.posts) == (2, 0, 1)
    assert (sheet.tab.texts(), sheet.google.count("Write")) == (before, writes)
    assert sheet.check_messages() == 2


def test_what_a_person_approves_is_a_column_like_any_other(sheet: SheetWorld) -> None:
    """The second message is bought for the rows where somebody wrote yes beside the first one."""
    condition = {"when": {"column": "upscale_approved", "equals": "yes"}}
    sheet.tab.fill([[*HEADER, "upscale_approved"], person(1), person(2)])
    sheet.world.spring["messages"] = ["connection_request", {"first_follow_up": condition}]
    sheet.world.wait()
    assert set(sheet.shown("first_follow_up_message").values()) == {""}
    sheet.tab.put(2, 4, "yes")
    sheet.world.wait()
    shown = sheet.shown("first_follow_up_message")
    assert (shown["Ann1"], "Ann2" in shown["Ann2"]) == ("", True)
    assert sheet.check_messages() == 2


def test_a_colleague_works_on_the_sheet_all_the_time(sheet: SheetWorld) -> None:
    """Sorts, inserts and deletes rows before every fourth of our requests, from the first read to the last check."""
    sheet.tab.fill([[*HEADER, "Note"], *([*person(number), f"note {number}"] for number in range(60))])
    chance = random.Random(4)
    kinds = chance.choices(["nothing", "sort", "insert", "delete"], [75, 15, 5, 5], k=1000)
    editor = Editor(sheet.tab, [Act(kind, chance.randrange(999), chance.randrange(999)) for kind in kinds])
    sheet.google.on_request = editor
    result = sheet.world.wait()
    while sheet.world.sync().sinks["back"].written:
        pass
    sheet.google.on_request = lambda seen: None
    left = 60 - len(editor.deleted)
    assert result.records.new >= left
    assert sheet.check_messages() == left > 40


@pytest.mark.promise(row="A7")
def test_a_text_that_a_person_wrote_before_the_message_came_is_kept(sheet: SheetWorld) -> None:
    sheet.tab.fill([[*HEADER, "outreach_message"], person(1), [*person(2), "My own words"]])
    result = sheet.world.wait()
    assert (result.sinks["back"].written, result.sinks["back"].conflict) == (1, 1)
    assert sheet.shown()["Ann2"] == "My own words"


def test_a_row_that_names_somebody_else_by_then_gets_nothing(sheet: SheetWorld) -> None:
    sheet.world.spring["map"]["automation_tool_lead_id"] = "ID"
    sheet.tab.fill([["ID", *HEADER], ["1", *person(1)], ["2", *person(2)]])
    sheet.world.sync()
    sheet.tab.put(1, 4, "https://www.linkedin.com/in/john-roe")
    sheet.world.clock.advance(3600)
    (result,) = sheet.world.run(buy=False, wait=True).syncs
    assert (result.sinks["back"].written, result.sinks["back"].conflict) == (1, 1)
    assert sheet.shown()["Ann1"] == ""


def test_leads_behind_links(sheet: SheetWorld) -> None:
    sheet.tab.fill([HEADER, *map(person, (1, 2, 3))])
    for row in (1, 2, 3):
        sheet.tab.put(row, 3, Linked("Profile", person(row)[3]))
    assert sheet.world.wait().sinks["back"].written == sheet.check_messages() == 3


def test_several_links_in_one_cell(sheet: SheetWorld) -> None:
    """The person's is used, wherever it stands; a cell that leads to two people is nobody's."""
    site, (one, two, three) = "https://acme.example/about", (person(number)[3] for number in (1, 2, 3))
    sheet.tab.fill([HEADER, *map(person, (1, 2, 3))])
    sheet.tab.put(1, 3, Linked("Website / LinkedIn", site, more=(one,)))
    sheet.tab.put(2, 3, Linked("Profile, Profile", two, more=(three,)))
    result = sheet.world.wait()
    assert (result.records.new, result.records.quarantined, result.sinks["back"].written) == (2, 1, 2)
    ((reason,),) = sheet.world.query("SELECT reason FROM aside")
    assert "more than one address" in reason
    assert sheet.shown()["Ann2"] == ""
    assert sheet.check_messages() == 2


def test_messages_for_leads_of_a_file(sheet: SheetWorld) -> None:
    """Leads from a file, messages into a sheet that has the same columns."""
    columns = ["First", "Last", "LinkedIn"]
    sheet.world.config["syncs"]["spring"] = sheet.world.describe_sync(
        sinks={"sheet": {"plugin": "google-sheets", **sheet.options}}
    )
    sheet.world.spring["map"].pop("automation_tool_lead_id")
    sheet.world.write_leads(1, 2, 3)
    sheet.tab.fill([columns, *([row[0], row[1], row[3]] for row in map(person, (3, 1)))])
    result = sheet.world.wait()
    assert (result.sinks["sheet"].written, result.sinks["sheet"].conflict) == (2, 1)
    assert sheet.check_messages() == 2


def test_a_sheet_that_may_only_be_read_stops_before_anything_is_bought(sheet: SheetWorld) -> None:
    book = next(iter(sheet.google.books.values()))
    book.viewers, book.editors = book.editors, set()
    result = sheet.world.sync()
    assert result.error is not None
    assert "may not change this spreadsheet" in result.error.message
    assert (sheet.world.posts, sheet.world.exit_code) == (0, 8)
