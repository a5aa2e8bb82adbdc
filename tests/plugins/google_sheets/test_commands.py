"""The commands of a user on a sheet in which others work between two runs."""

from __future__ import annotations

import pytest

from tests.plugins.google_sheets.conftest import HEADER, person
from tests.plugins.google_sheets.office import APPROVED, LEADS, RECEIPT, STATUS, TEXT, Office


class TestForget:
    def test_cells_of_the_person_are_emptied_wherever_the_row_is(self, office: Office) -> None:
        office.sync()
        office.sort()
        before = office.rows()
        done = office.call("forget", "linkedin.com/in/person-1", "--yes")
        assert (done.exit_code, "spring: back: 1 rows" in done.stdout) == (0, True)
        assert "spring: back: the messages" not in done.stdout  # nobody has to be asked any more
        after = office.rows()
        assert [cell for cell in after["Ann1"].values() if cell] == person(1)
        assert {name: row for name, row in after.items() if name != "Ann1"} == {
            name: row for name, row in before.items() if name != "Ann1"
        }
        again = office.sync()
        assert (again["syncs"][0]["records"]["suppressed"], office.rows(), office.posts) == (1, after, 1)

    def test_what_a_person_wrote_there_is_told(self, office: Office) -> None:
        office.sync()
        office.write("Ann1", TEXT, "Dear Ann")
        done = office.call("forget", "linkedin.com/in/person-1", "--yes", "--json").data
        (left,) = done["left"]
        assert left.startswith("spring: back: Sheet1!A3: the column 'outreach_message' shows a text that")
        assert office.rows()["Ann1"][TEXT] == "Dear Ann"
        assert office.rows()["Ann1"][RECEIPT] == ""

    def test_a_sheet_that_cannot_be_reached_is_told(self, office: Office) -> None:
        office.sync()
        office.write("First", "LinkedIn", "Profile")
        done = office.call("forget", "linkedin.com/in/person-1", "--yes", "--json").data
        assert "was not erased for certain: the tab 'Sheet1' has no column 'LinkedIn'" in done["left"][0]
        assert done["leads"] == 1


class TestLostLedger:
    def test_from_the_loss_to_the_next_purchase(self, office: Office) -> None:
        office.sync()
        office.lose_ledger()
        office.sort()
        before = office.rows()
        held = office.sync()
        assert (held["exit_code"], held["syncs"][0]["records"]["held"], office.posts) == (6, LEADS, 1)
        assert held["needs_person"][0]["command"] == "upscale-connect adopt spring"
        assert office.call("adopt", "spring", "--yes").exit_code == 0
        office.tab.fill([*office.tab.cells, person(7)])
        done = office.sync()
        assert (done["exit_code"], done["syncs"][0]["records"]["new"], office.posts) == (0, 1, 2)
        after = office.rows()
        assert "Ann7" in after.pop("Ann7")[TEXT]
        assert after == before

    def test_who_is_new_is_bought_for_meanwhile(self, office: Office) -> None:
        """Only what the sheet shows as bought waits for a person."""
        office.sync()
        office.lose_ledger()
        office.tab.fill([*office.tab.cells, person(7)])
        records = office.sync()["syncs"][0]["records"]
        assert (records["held"], records["new"], office.posts) == (LEADS, 1, 2)

    def test_a_ledger_that_vanished_is_not_begun_anew(self, office: Office) -> None:
        office.sync()
        (office.folder / "upscale-connect.db").unlink()
        refused = office.call("sync", "--wait")
        assert (refused.exit_code, office.posts) == (2, 1)
        assert "an empty one would buy everything again" in refused.stderr


class TestReviewInTheSheet:
    @pytest.fixture(autouse=True)
    def _waiting(self, office: Office) -> None:
        """Messages stand in the sheet and wait for a word; a file gets what is released."""
        sinks = {"back": "source", "list": {"plugin": "csv", "path": "released.csv"}}
        office.configure(review={"mode": "required", "where": ["back"]}, sinks=sinks)
        assert office.sync()["exit_code"] == 6
        assert all((bool(row[TEXT]), row[STATUS]) == (True, "held") for row in office.rows().values())
        assert not (office.folder / "released.csv").exists()

    def released(self, office: Office) -> str:
        path = office.folder / "released.csv"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def test_yes_no_and_another_text_in_a_sorted_sheet(self, office: Office) -> None:
        office.write("Ann0", APPROVED, "yes")
        office.write("Ann1", APPROVED, "no")
        office.write("Ann2", TEXT, "Hello Ann2, from a person.")
        office.sort()
        before = office.rows()
        assert office.call("collect").exit_code == 0
        released = self.released(office)
        assert before["Ann0"][TEXT] in released
        assert before["Ann1"][TEXT] not in released
        assert "Hello Ann2, from a person." in released
        after = office.rows()
        assert {name: row[TEXT] for name, row in after.items()} == {name: row[TEXT] for name, row in before.items()}
        assert (after["Ann0"][APPROVED], after["Ann1"][APPROVED]) == ("yes", "no")
        assert [after[f"Ann{number}"][STATUS] for number in range(LEADS)] == ["delivered", "held", "delivered"]
        assert office.call("review", "list").stdout == "No message waits for you.\n"
        assert office.sync()["exit_code"] == 0
        assert (office.rows(), office.posts) == (after, 1)

    def test_a_column_of_checkboxes_rejects_nobody(self, office: Office) -> None:
        """One is ticked; the others stand there before anybody has looked."""
        for number in range(LEADS):
            office.check(f"Ann{number}", APPROVED, ticked=number == 0)
        office.call("collect")
        assert office.rows()["Ann0"][TEXT] in self.released(office)
        waiting = office.call("review", "list", "--json").data["messages"]
        assert [one["name"] for one in waiting] == ["Ann1 Example", "Ann2 Example"]

    def test_a_word_about_somebody_else_does_not_count(self, office: Office) -> None:
        """A colleague moves the person's cells and leaves the word: it stands beside another profile now."""
        office.write("Ann0", APPROVED, "yes")
        office.write("Ann0", "LinkedIn", "https://www.linkedin.com/in/john-roe")
        office.call("collect")
        assert self.released(office) == ""
        assert len(office.call("review", "list", "--json").data["messages"]) == LEADS

    def test_a_yes_goes_when_another_text_comes(self, office: Office) -> None:
        office.write("Ann0", APPROVED, "yes")
        number = next(
            one["id"]
            for one in office.call("review", "list", "--json").data["messages"]
            if one["name"] == "Ann0 Example"
        )
        assert office.call("review", "edit", str(number), "--text", "Hello Ann0, once more.").exit_code == 0
        office.call("collect")
        assert (office.rows()["Ann0"][TEXT], office.rows()["Ann0"][APPROVED]) == ("Hello Ann0, once more.", "")
        assert "Hello Ann0, once more." in self.released(office)

    def test_who_is_forgotten_while_a_text_waits_or_was_rejected(self, office: Office) -> None:
        office.write("Ann1", APPROVED, "no")
        office.call("collect")
        for number in (0, 1):
            assert office.call("forget", f"linkedin.com/in/person-{number}", "--yes", "--json").data["left"] == []
            row = office.rows()[f"Ann{number}"]
            assert [row[column] for column in (TEXT, STATUS, RECEIPT)] == ["", "", ""]
        assert office.rows()["Ann2"][TEXT]


class TestAnEditedSheet:
    def test_by_hand_between_two_runs(self, office: Office) -> None:
        """Rows come, go and move, cells of ours and theirs are changed: nothing is lost, bought twice or mixed up."""
        office.sync()
        office.write("Ann0", TEXT, "My own words")
        office.write("Ann1", "Company", "Another Company")
        office.tab.insert_columns(0)
        for row in office.tab.cells:
            row[0] = "note"
        office.tab.delete_rows(3)
        office.tab.fill([*office.tab.cells, ["note", *person(7)]])
        office.tab.cells[1:] = office.tab.cells[:0:-1]
        done = office.sync()
        assert (done["exit_code"], done["syncs"][0]["records"]["new"], office.posts) == (0, 1, 2)
        header, *rows = office.tab.texts()
        shown = {row[1]: dict(zip(header, row, strict=False)) for row in rows}
        assert shown["Ann0"][TEXT] == "My own words"
        assert "Ann1" in shown["Ann1"][TEXT]
        assert "Ann7" in shown["Ann7"][TEXT]
        assert {row[0] for row in rows} == {"note"}
        assert shown.keys() == {"Ann0", "Ann1", "Ann7"}

    def test_sorted_by_a_colleague_in_the_middle_of_a_run(self, office: Office) -> None:
        """Before every write of the run."""
        office.google.on_request = lambda seen: office.sort() if seen.kind == "Write" else None
        office.tab.fill([HEADER, *map(person, range(40))])
        assert office.sync()["syncs"][0]["sinks"]["back"]["written"] == 40
        assert all(f"{first} " in f"{row[TEXT].replace(',', ' ')} " for first, row in office.rows().items())
        assert {row[STATUS] for row in office.rows().values()} == {"delivered"}
