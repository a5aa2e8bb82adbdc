"""Everything that must never be is found, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Inbox, Ledger, LedgerFinding, locate_inbox, verify

if TYPE_CHECKING:
    from tests.ledger.conftest import Books


def errors(path: Path) -> list[str]:
    return [finding.message for finding in verify(path) if finding.level == "error"]


def spoil(books: Books, *statements: str) -> None:
    """What no program of ours does."""
    with books.ledger.db.transaction() as tx:
        tx.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            tx.execute(statement)


def test_a_sound_ledger(books: Books) -> None:
    for state in ("accepted", "in_doubt", "refused", "dropped", "complete"):
        books.attempt(state, f"lead_{state}")
    levels = [finding.level for finding in verify(books.path)]
    assert levels == ["ok"] * 4


def test_nothing_is_written(books: Books) -> None:
    books.attempt("accepted", "lead_1")
    books.ledger.close()
    before = {file.name: file.read_bytes() for file in books.path.parent.iterdir()}
    list(verify(books.path))
    assert {file.name: file.read_bytes() for file in books.path.parent.iterdir()} == before


TWICE = (
    "DROP INDEX purchase_key; INSERT INTO purchase SELECT 99, campaign_id, lead_id, type, revision, person, sync_id,"
    " request_id, batch_id, state, text, reason, changed_at FROM purchase"
)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (TWICE, "purchase keys that are there twice: 1"),
        ("UPDATE attempt SET secure_request_id = NULL", "accepted attempts without a request id: 1"),
        ("UPDATE attempt SET state = 'refused'", "attempts that were refused or never sent, and have a request id: 1"),
        ("UPDATE attempt SET sent_at = NULL", "attempts without the time when they were sent: 1"),
        ("UPDATE attempt SET state = 'dropped'", "messages that nothing will bring any more: 1"),
        ("UPDATE purchase SET state = 'ready'", "messages without a text: 1"),
    ],
)
def test_what_must_never_be(books: Books, statement: str, told: str) -> None:
    books.attempt("accepted", "lead_1")
    assert errors(books.path) == []
    spoil(books, *statement.split("; "))
    assert told in errors(books.path)


def test_two_attempts_for_one_batch_at_a_time(books: Books) -> None:
    books.attempt("submitting", "lead_1")
    spoil(books, "INSERT INTO attempt (batch_id, number, state, run_id, token_hash, token_tail, body_hash, prepared_at)"
          " SELECT batch_id, 2, 'prepared', run_id, x'00', '', x'00', prepared_at FROM attempt")  # fmt: skip
    assert "batches that two attempts are sending: 1" in errors(books.path)


def test_one_request_of_two_attempts(books: Books) -> None:
    books.attempt("accepted", "lead_1")
    books.attempt("accepted", "lead_2")
    spoil(books, "UPDATE attempt SET secure_request_id = 'A-1' WHERE id = 1",
          "UPDATE attempt SET secure_request_id = 'a-1' WHERE id = 2")  # fmt: skip
    assert "request ids that two attempts have: 1" in errors(books.path)


def test_a_row_that_is_not_there(make_books: Callable[[], Books]) -> None:
    books = make_books()
    books.attempt("accepted", "lead_1")
    books.ledger.db.connection.execute("PRAGMA foreign_keys = OFF")
    spoil(books, "DELETE FROM batch")
    assert any("names a row of batch that is not there" in message for message in errors(books.path))
    books.ledger.close()


def test_a_damaged_page(make_books: Callable[[], Books]) -> None:
    books = make_books()
    for number in range(9):
        books.attempt("accepted", f"lead_{number}")
    ((page,),) = books.query("SELECT rootpage FROM sqlite_schema WHERE name = 'event_attempt'")
    books.ledger.close()
    content = bytearray(books.path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    books.path.write_bytes(content)
    assert any("damaged" in message for message in errors(books.path))


def test_what_is_no_ledger_at_all(make_books: Callable[[], Books]) -> None:
    books = make_books()
    books.ledger.close()
    books.path.write_bytes(b"\xff" * 8192)
    with pytest.raises(LedgerError, match="is damaged or is no ledger"):
        errors(books.path)


def test_an_old_copy(books: Books) -> None:
    books.ledger.close()
    old = books.path.read_bytes()
    Ledger.open(books.path).close()
    books.path.write_bytes(old)
    assert any("old copy" in message for message in errors(books.path))


def test_without_the_generation_file(books: Books) -> None:
    books.path.with_name(f"{books.path.name}.generation").unlink()
    (finding,) = [finding for finding in verify(books.path) if finding.level != "ok"]
    assert finding.level == "warning"
    assert "is not there" in finding.message


def test_inbox_and_spool(books: Books) -> None:
    attempt_id = books.attempt("submitting", "lead_1").attempt_id
    books.ledger.spool.append(attempt_id, "run-1", "id-1", books.at)
    Inbox.open(books.path).close()
    findings = list(verify(books.path))
    assert LedgerFinding("ok", "the inbox is whole; 0 callbacks wait to be used") in findings
    (warning,) = [finding.message for finding in findings if finding.level == "warning"]
    assert "holds 1 ids of paid requests that the ledger does not have" in warning
    locate_inbox(books.path).write_bytes(b"no database" * 500)
    assert any("inbox is damaged" in message for message in errors(books.path))


def test_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger here"):
        list(verify(tmp_path / "none.db"))
