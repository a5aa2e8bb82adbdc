"""A file that SQLite still reads and that is damaged all the same: nothing is bought with it, no bug is suspected."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import InvariantError, LedgerError, UsageError
from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

DAMAGED = "the ledger is damaged"


def lose_index_entry(db: sqlite3.Connection) -> None:
    """A lead is in its table, and not found by its id."""
    (name, sql, root), *_ = db.execute(
        "SELECT name, sql, rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'purchase' AND sql LIKE"
        " 'CREATE UNIQUE%'"
    ).fetchall()
    db.execute("PRAGMA writable_schema = ON")
    db.execute("DELETE FROM sqlite_schema WHERE name = ?", (name,))
    db.execute("PRAGMA writable_schema = RESET")
    db.execute("UPDATE purchase SET lead_id = 'lead_9'")
    db.execute("PRAGMA writable_schema = ON")
    db.execute("INSERT INTO sqlite_schema VALUES ('index', ?, 'purchase', ?, ?)", (name, root, sql))
    db.execute("PRAGMA writable_schema = RESET")


def break_constraint(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA ignore_check_constraints = ON")
    db.execute("UPDATE purchase SET state = 'readz'")


def lose_table(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("DROP TABLE event")


DAMAGES = [lose_index_entry, break_constraint, lose_table]


def damage(path: Path, how: Callable[[sqlite3.Connection], object]) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        how(db)


@pytest.fixture
def path(make_books: Callable[[], Books]) -> Path:
    """A ledger with one purchase."""
    books = make_books()
    books.attempt("complete", "lead_1")
    books.ledger.close()
    return books.path


@pytest.mark.promise(row="I4")
@pytest.mark.parametrize("how", DAMAGES)
def test_nothing_is_bought_with_a_damaged_ledger(path: Path, how: Callable[[sqlite3.Connection], None]) -> None:
    damage(path, how)
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match=DAMAGED) as caught:
        ledger.require_sound()
    assert "an empty one would buy everything again" in caught.value.hint


def test_sound_ledger_is_read_once(path: Path) -> None:
    statements: list[str] = []
    with Ledger.open(path) as ledger:
        ledger.db.connection.set_trace_callback(statements.append)
        ledger.require_sound()
        ledger.require_sound()
    assert sum("integrity_check" in statement for statement in statements) == 1


@pytest.mark.parametrize("error", [KeyError("lead_1"), InvariantError("does not add up"), sqlite3.IntegrityError()])
def test_what_looks_like_a_bug_may_be_damage(path: Path, error: Exception) -> None:
    """As when a lead that a damaged index does not find is missing in a dictionary of ours."""
    with pytest.raises(type(error)), Ledger.open(path):
        raise error
    damage(path, break_constraint)
    with pytest.raises(LedgerError, match=DAMAGED), Ledger.open(path):
        raise error


@pytest.mark.parametrize("error", [UsageError("no such sync"), KeyboardInterrupt()])
def test_what_is_no_bug_stays_what_it_is(path: Path, error: BaseException) -> None:
    damage(path, break_constraint)
    with pytest.raises(type(error)), Ledger.open(path):
        raise error


def test_text_that_is_none(path: Path) -> None:
    damage(path, lambda db: [*db.execute("UPDATE sync SET name = CAST(X'FF61' AS TEXT)")])
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match=DAMAGED):
        ledger.sync_names()


def test_table_that_opening_needs(path: Path) -> None:
    damage(path, lambda db: [*db.execute("ALTER TABLE meta RENAME TO mets")])
    with pytest.raises(LedgerError, match=r"\.db: the ledger is damaged"):
        Ledger.open(path)


@pytest.mark.promise(row="I4")
def test_a_text_that_is_no_json_any_more(make_books: Callable[[], Books]) -> None:
    """No index and no constraint knows what stands in a text."""
    books = make_books()
    books.attempt("accepted", "lead_1")
    books.ledger.close()
    damage(books.path, lambda db: db.execute("UPDATE request SET types = substr(types, 1, 9)"))
    with pytest.raises(LedgerError, match=DAMAGED), Ledger.open(books.path) as ledger:
        ledger.open_attempts(books.sync)
