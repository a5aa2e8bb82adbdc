"""What everything else refers to: accounts, campaigns, syncs, sinks, runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger, ReadState

if TYPE_CHECKING:
    from tests.ledger.conftest import Books


def test_account_belongs_to_its_origin(books: Books) -> None:
    """A trial on the sandbox cannot be taken for the real thing."""
    assert books.ledger.bind_account("main", "https://api.example") == books.account
    before = books.dump()
    with pytest.raises(LedgerError, match=r"'main' belongs to https://api\.example .* not to http://127") as caught:
        books.ledger.bind_account("main", "http://127.0.0.1:9999")
    assert "an account name of its own" in caught.value.hint
    assert books.dump() == before
    books.reopen()
    assert books.ledger.find_account("main") == (books.account, "https://api.example")
    assert books.ledger.find_account("other") is None


def test_two_accounts_may_share_an_origin(books: Books) -> None:
    assert books.ledger.bind_account("second", "https://api.example", configured={"main", "second"}) != books.account


def test_campaign_belongs_to_account_and_customer(books: Books) -> None:
    second = books.ledger.bind_account("second", "https://api.example", configured={"main", "second"})
    found = {
        books.ledger.find_campaign(account, customer, campaign, make=True)
        for account in (books.account, second)
        for customer in ("a", "b")
        for campaign in ("a", "b", "A", "", " a")
    }
    assert len(found) == 20
    assert None not in found
    assert books.ledger.find_campaign(second, "b", "a", make=True) in found
    assert books.ledger.campaign_names(books.account)[books.campaign] == ("customer_1", "campaign_1")
    assert len(books.ledger.campaign_names(second)) == 10
    assert books.ledger.campaign_names(None) == {}


def test_campaign_is_only_looked_up(books: Books) -> None:
    before = books.dump()
    assert books.ledger.find_campaign(books.account, "customer_1", "unknown", make=False) is None
    assert books.dump() == before


def between(books: Books, monkeypatch: pytest.MonkeyPatch, other: Ledger) -> None:
    """Another run makes the campaign after this one has looked, and before it writes."""
    reading = books.ledger.db.reading
    done: list[int | None] = []

    @contextmanager
    def read() -> Iterator[object]:
        with reading() as tx:
            yield tx
        if not done:
            done.append(0)
            done[0] = other.find_campaign(books.account, "customer_1", "new", make=True)

    monkeypatch.setattr(books.ledger.db, "reading", read)


def test_two_runs_make_one_campaign(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(books.path) as other:
        between(books, monkeypatch, other)
        found = books.ledger.find_campaign(books.account, "customer_1", "new", make=True)
        assert found == other.find_campaign(books.account, "customer_1", "new", make=False)


def test_renamed_sync_keeps_its_id(books: Books) -> None:
    books.ledger.store_read(books.sync, "fingerprint", {"row": 7}, "digest")
    assert books.ledger.find_sync("summer", "spring") == books.sync
    assert books.ledger.bind_sync("summer", "spring") == books.sync
    assert books.ledger.sync_names() == ["summer"]
    assert books.ledger.find_sync("spring") is None
    assert books.ledger.bind_sync("summer", "spring") == books.sync
    assert books.ledger.read_state(books.sync) == ReadState("fingerprint", {"row": 7}, "digest")


def test_former_name_that_another_sync_has_now(books: Books) -> None:
    """Once renamed, the old name is free for a new sync; `formerly` must not steal that one."""
    books.ledger.bind_sync("summer", "spring")
    second = books.ledger.bind_sync("spring")
    assert second != books.sync
    assert books.ledger.bind_sync("summer", "spring") == books.sync
    assert books.ledger.find_sync("summer", "spring") == books.sync
    assert books.ledger.find_sync("spring") == second


def test_former_name_that_never_was(books: Books) -> None:
    assert books.ledger.find_sync("summer", "winter") is None
    assert books.ledger.bind_sync("summer", "winter") != books.sync
    assert books.ledger.find_sync("spring", None) == books.sync


def test_renamed_sink_keeps_its_deliveries(books: Books) -> None:
    sink = books.ledger.bind_sink(books.sync, "back")
    other_sync = books.ledger.bind_sync("autumn")
    other = books.ledger.bind_sink(other_sync, "back")
    assert sink != other
    assert books.ledger.bind_sink(books.sync, "file", "back") == sink
    assert books.ledger.bind_sink(books.sync, "file") == sink
    assert books.ledger.bind_sink(other_sync, "back") == other
    assert books.ledger.bind_sink(books.sync, "back") not in (sink, other)


@pytest.mark.parametrize("cursor", [None, {}, {"offset": 12, "names": ["ä", None], "deep": {"x": 1.5}}])
def test_read_state(books: Books, cursor: dict[str, Any] | None) -> None:
    assert books.ledger.read_state(books.sync) == ReadState("", None, "")
    books.ledger.store_read(books.sync, "fingerprint", cursor, "digest")
    books.reopen()
    assert books.ledger.read_state(books.sync) == ReadState("fingerprint", cursor, "digest")


@pytest.mark.parametrize(
    ("fingerprint", "cursor", "digest", "grown"),
    [
        ("fingerprint", None, "digest", 0),
        ("fingerprint", {"row": 1}, "digest", 0),
        ("fingerprint", None, "other digest", 1),
        ("other fingerprint", None, "digest", 1),
        ("other fingerprint", None, "other digest", 1),
    ],
)
def test_read_that_changes_what_tables_show(
    books: Books, fingerprint: str, cursor: dict[str, int] | None, digest: str, grown: int
) -> None:
    """Another content or another configuration does, a cursor that moved on does not."""
    books.ledger.store_read(books.sync, "fingerprint", None, "digest")
    start = books.ledger.changed(books.sync)
    books.ledger.store_read(books.sync, fingerprint, cursor, digest)
    assert books.ledger.changed(books.sync) == start + grown


def test_run_that_failed_does_not_make_a_sync_fresh(books: Books) -> None:
    def store(run_id: str, minutes: int, code: int) -> None:
        end = books.at + timedelta(minutes=minutes)
        books.ledger.store_run(run_id, books.sync, books.at, end, code, "{}", well=code == 0)

    assert books.ledger.last_run(books.sync) is None
    assert books.ledger.standing(books.sync, books.at).finished_at is None
    store("run-1", 1, 0)
    store("run-2", 2, 10)
    last = books.ledger.last_run(books.sync)
    assert last is not None
    assert (last.run_id, last.exit_code, last.finished_at) == ("run-2", 10, "2026-03-04T05:08:07.000Z")
    assert books.ledger.standing(books.sync, books.at).finished_at == "2026-03-04T05:07:07.000Z"


def test_identity_is_of_one_ledger(books: Books, tmp_path: Path) -> None:
    name = books.ledger.identity()
    books.reopen()
    assert books.ledger.identity() == name
    with Ledger.open(tmp_path / "other.db") as other:
        assert other.identity() != name
