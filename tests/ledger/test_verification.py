"""Everything that must never be is found, and nothing is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import DeliveryResult, Inbox, Ledger, LedgerFinding, back_up, locate_inbox, verify
from upscale_connect.ledger.verification import RULES, Rule

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


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but SQLite's shared memory, which is nothing that is kept."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def test_nothing_is_written(books: Books) -> None:
    books.attempt("accepted", "lead_1")
    Inbox.open(books.path).close()
    books.ledger.close()
    before = {file.name: file.read_bytes() for file in books.path.parent.iterdir()}
    assert errors(books.path) == []
    assert {file.name: file.read_bytes() for file in books.path.parent.iterdir()} == before


def test_what_a_killed_run_has_left_stays(books: Books, tmp_path: Path) -> None:
    """Its write-ahead log is read, and not taken into the file."""
    books.attempt("accepted", "lead_1")
    folder = tmp_path / "killed"
    folder.mkdir()
    for path in tmp_path.glob("ledger.db*"):
        shutil.copy(path, folder)
    before = contents(folder)
    assert before["ledger.db-wal"]
    messages = [finding.message for finding in verify(folder / "ledger.db")]
    assert "1 purchases and 1 attempts agree with each other" in messages
    assert contents(folder) == before


def test_a_run_that_works_meanwhile(books: Books) -> None:
    for finding in verify(books.path):
        assert finding.level == "ok"
        books.attempt("accepted", f"lead_{finding.message[:9]}")
    assert books.attempts() == ["accepted"] * 4


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_on_a_medium_that_cannot_be_written(books: Books, tmp_path: Path) -> None:
    (tmp_path / "medium").mkdir()
    copy = tmp_path / "medium" / "copy.db"
    back_up(books.path, copy)
    copy.parent.chmod(0o500)
    try:
        assert [finding.level for finding in verify(copy, is_copy=True)] == ["ok"] * 3
    finally:
        copy.parent.chmod(0o700)


TWICE = (
    "DROP INDEX purchase_key; INSERT INTO purchase SELECT 99, campaign_id, lead_id, type, revision, person, sync_id,"
    " request_id, batch_id, state, text, reason, changed_at, review, purged_at, adopted FROM purchase"
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
        ("DELETE FROM event; DELETE FROM attempt", "batches that no attempt was made for: 1"),
        ("UPDATE purchase SET campaign_id = 2", "purchases in a batch of another campaign: 1"),
        (
            "UPDATE delivery SET state = 'written'",
            "leads that a sink has messages of, and that have none: lead_1",
        ),
    ],
)
def test_what_must_never_be(books: Books, statement: str, told: str) -> None:
    books.attempt("accepted", "lead_1")
    books.make_campaign("campaign_2")
    sink = books.ledger.bind_sink(books.sync, "back")
    books.ledger.store_results(sink, [DeliveryResult(1, "lead_1", "skipped", "")], "run-1", books.at)
    assert errors(books.path) == []
    spoil(books, *statement.split("; "))
    assert told in [message.partition(";")[0] for message in errors(books.path)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.what)
def test_a_large_ledger_takes_seconds(books: Books, rule: Rule) -> None:
    """What is looked up for each row is found by an index that leads to it, not through all rows of a campaign."""
    plan = books.query(f"EXPLAIN QUERY PLAN {rule.query}")
    nested = {number for number, _, _, text in plan if text.startswith("CORRELATED")}
    for _, parent, _, text in plan:
        assert "(campaign_id=?)" not in text
        assert parent not in nested or text.startswith("SEARCH"), text


def test_two_attempts_for_one_batch_at_a_time(books: Books) -> None:
    books.attempt("submitting", "lead_1")
    spoil(books, "INSERT INTO attempt (batch_id, number, state, run_id, token_hash, token_tail, body_hash, prepared_at)"
          " SELECT batch_id, 2, 'prepared', run_id, x'00', '', x'00', prepared_at FROM attempt")  # fmt: skip
    (error,) = errors(books.path)
    assert error == "batches that two attempts are sending: 1; they may be paid for twice"


def test_one_request_of_two_attempts(books: Books) -> None:
    books.attempt("accepted", "lead_1")
    books.attempt("accepted", "lead_2")
    spoil(books, "UPDATE attempt SET secure_request_id = 'A-1' WHERE id = 1",
          "UPDATE attempt SET secure_request_id = 'a-1' WHERE id = 2")  # fmt: skip
    (error,) = errors(books.path)
    assert error.startswith("request ids that two attempts have: 1; ")


def test_a_row_that_is_not_there(make_books: Callable[[], Books]) -> None:
    books = make_books()
    books.attempt("accepted", "lead_1")
    books.ledger.db.connection.execute("PRAGMA foreign_keys = OFF")
    spoil(books, "DELETE FROM batch")
    assert any("names a row of batch that is not there" in message for message in errors(books.path))
    books.ledger.close()


def test_an_index_that_is_missing(make_books: Callable[[], Books]) -> None:
    """SQLite finds nothing wrong with that; but it is what keeps a purchase from being made twice."""
    books = make_books()
    books.attempt("accepted", "lead_1")
    spoil(books, "DROP INDEX purchase_key")
    assert errors(books.path) == ["the file is damaged: its tables or indexes are not those that a ledger has"]
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
