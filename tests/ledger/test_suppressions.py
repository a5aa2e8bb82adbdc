"""Entries that the ledger keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.conftest import Books
from upscale_connect.suppression import Entry

JANE = Entry("email", "jane@example.com", reason="asked", source="list.csv:2")


def test_an_entry_is_kept_once_for_each_customer(books: Books) -> None:
    ledger = books.ledger
    other = Entry("email", "jane@example.com", "acme")
    assert ledger.suppress([JANE, other], "ann", books.at) == 2
    assert ledger.suppress([JANE, other], "bob", books.at) == 0
    assert [(row.customer, row.value, row.reason, row.actor) for row in ledger.list_suppressions()] == [
        (None, "jane@example.com", "asked", "ann"),
        ("acme", "jane@example.com", "", "ann"),
    ]
    assert ledger.unsuppress([other, Entry("id", "1")], "ann", books.at) == 1
    entries, hashed = ledger.read_suppressions()
    assert (entries, hashed) == ([JANE], [])


def test_the_value_of_a_hashed_entry_is_nowhere(books: Books, tmp_path: Path) -> None:
    ledger = books.ledger
    ledger.suppress([JANE], "ann", books.at, hashed=True)
    entries, (hashed,) = ledger.read_suppressions()
    hasher = ledger.suppression_hasher()
    assert entries == []
    assert hasher is not None
    assert hashed.hash == hasher("email", "jane@example.com") != hasher("id", "jane@example.com")
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"jane@example" not in file.read_bytes()
    assert ledger.unsuppress([JANE], "ann", books.at) == 1


def test_each_ledger_has_a_key_of_its_own(books: Books, tmp_path: Path) -> None:
    from upscale_connect.ledger import Ledger

    books.ledger.suppress([JANE], "ann", books.at)
    with Ledger.open(tmp_path / "other.db") as other:
        assert other.suppression_hasher() is None
        other.suppress([JANE], "ann", books.at)
        mine, others = books.ledger.suppression_hasher(), other.suppression_hasher()
        assert mine is not None
        assert others is not None
        assert mine("id", "1") != others("id", "1")


def test_the_mark_changes_with_the_entries(books: Books) -> None:
    ledger = books.ledger
    marks = [ledger.suppression_mark()]
    for change in (ledger.suppress, ledger.suppress, ledger.unsuppress, ledger.unsuppress):
        change([JANE], "ann", books.at)
        marks.append(ledger.suppression_mark())
    assert marks[0] == ""
    assert marks[1] == marks[2] != marks[3] == marks[4]


@pytest.mark.parametrize("value", ["\ud800", "ü" * 5000])
def test_any_value(books: Books, value: str) -> None:
    books.ledger.suppress([Entry("id", value)], "ann", books.at, hashed=True)
    assert books.ledger.unsuppress([Entry("id", value)], "ann", books.at) == 1
