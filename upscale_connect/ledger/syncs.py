"""Accounts, campaigns, syncs, runs and events: what everything else refers to."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..contracts import Cursor
from ..errors import LedgerError
from .database import Database
from .times import to_text
from .values import EventKind


@dataclass(frozen=True, slots=True)
class ReadState:
    """What the last complete read of a sync left."""

    fingerprint: str
    cursor: Cursor | None
    digest: str


class SyncTables:
    """The part of the ledger that knows accounts, campaigns, syncs, runs and events."""

    db: Database

    def identity(self) -> str:
        """A random name of this ledger: two ledgers never give the same receipt."""
        with self.db.transaction() as tx:
            return name_ledger(tx)

    def bind_account(
        self, name: str, origin: str, formerly: str | None = None, configured: Collection[str] = ()
    ) -> int:
        """The id of an account; one that was renamed keeps its id.

        Raises LedgerError if it was bound to another origin, or if it is new while one that bought at the same
        origin is no longer among the `configured` names: under a new name everything would be bought again.
        """
        query = "SELECT id, origin FROM account WHERE name = ?"
        with self.db.reading() as tx:
            row = tx.execute(query, (name,)).fetchone()
        if row is None:
            with self.db.transaction() as tx:
                if formerly and formerly not in configured:
                    tx.execute("UPDATE OR IGNORE account SET name = ? WHERE name = ?", (name, formerly))
                _refuse_renamed(tx, name, origin, configured)
                tx.execute("INSERT OR IGNORE INTO account (name, origin) VALUES (?, ?)", (name, origin))
                row = tx.execute(query, (name,)).fetchone()
        if row[1] != origin:
            raise LedgerError(
                f"account {name!r} belongs to {row[1]} in this ledger, not to {origin}",
                hint="give the other service an account name of its own, or another `ledger:` file",
            )
        return int(row[0])

    def find_account(self, name: str) -> tuple[int, str] | None:
        with self.db.reading() as tx:
            row = tx.execute("SELECT id, origin FROM account WHERE name = ?", (name,)).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def find_campaign(self, account_id: int, customer: str, campaign: str, *, make: bool) -> int | None:
        query = "SELECT id FROM campaign WHERE account_id = ? AND customer = ? AND campaign = ?"
        key = (account_id, customer, campaign)
        with self.db.reading() as tx:
            row = tx.execute(query, key).fetchone()
        if row is None and make:
            with self.db.transaction() as tx:
                tx.execute("INSERT OR IGNORE INTO campaign (account_id, customer, campaign) VALUES (?, ?, ?)", key)
                row = tx.execute(query, key).fetchone()
        return int(row[0]) if row else None

    def campaign_names(self, account_id: int | None) -> dict[int, tuple[str, str]]:
        """The campaigns of an account: id → customer and campaign as the API knows them."""
        query = "SELECT id, customer, campaign FROM campaign WHERE account_id = ?"
        with self.db.reading() as tx:
            return {row[0]: (row[1], row[2]) for row in tx.execute(query, (account_id,))}

    def bind_sync(self, name: str, formerly: str | None = None) -> int:
        """The id of a sync; one that was renamed keeps its id."""
        with self.db.transaction() as tx:
            row = tx.execute("SELECT id FROM sync WHERE name = ?", (name,)).fetchone()
            if row is None and formerly:
                tx.execute("UPDATE sync SET name = ? WHERE name = ?", (name, formerly))
                row = tx.execute("SELECT id FROM sync WHERE name = ?", (name,)).fetchone()
            if row is None:
                row = tx.execute("INSERT INTO sync (name) VALUES (?) RETURNING id", (name,)).fetchone()
            return int(row[0])

    def orphans(self, account_id: int | None, names: Collection[str]) -> list[tuple[int, str]]:
        """Id and name of the account's syncs that have attempts open but are not among `names`."""
        with self.db.reading() as tx:
            return tx.execute(
                "SELECT DISTINCT s.id, s.name FROM attempt a JOIN batch b ON b.id = a.batch_id"
                " JOIN sync s ON s.id = b.sync_id JOIN campaign c ON c.id = b.campaign_id"
                " WHERE a.state IN ('prepared', 'submitting', 'accepted') AND c.account_id = ?"
                " AND s.name NOT IN (SELECT value FROM json_each(?)) ORDER BY s.id",
                (account_id, json.dumps(list(names))),
            ).fetchall()

    def gone_syncs(self, names: Collection[str]) -> frozenset[int]:
        """The ids of the syncs that are not among `names`."""
        query = "SELECT id FROM sync WHERE name NOT IN (SELECT value FROM json_each(?))"
        with self.db.reading() as tx:
            return frozenset(row[0] for row in tx.execute(query, (json.dumps(list(names)),)))

    def find_sync(self, name: str, formerly: str | None = None) -> int | None:
        with self.db.reading() as tx:
            for known in (name, formerly):
                row = tx.execute("SELECT id FROM sync WHERE name = ?", (known,)).fetchone()
                if row:
                    return int(row[0])
        return None

    def bind_sink(self, sync_id: int, name: str, formerly: str | None = None) -> int:
        with self.db.transaction() as tx:
            query = "SELECT id FROM sink WHERE sync_id = ? AND name = ?"
            row = tx.execute(query, (sync_id, name)).fetchone()
            if row is None and formerly:
                tx.execute("UPDATE sink SET name = ? WHERE sync_id = ? AND name = ?", (name, sync_id, formerly))
                row = tx.execute(query, (sync_id, name)).fetchone()
            if row is None:
                insert = "INSERT INTO sink (sync_id, name) VALUES (?, ?) RETURNING id"
                row = tx.execute(insert, (sync_id, name)).fetchone()
            return int(row[0])

    def read_state(self, sync_id: int) -> ReadState:
        with self.db.reading() as tx:
            row = tx.execute("SELECT fingerprint, cursor, digest FROM sync WHERE id = ?", (sync_id,)).fetchone()
        return ReadState(row[0], json.loads(row[1]) if row[1] else None, row[2])

    def store_read(self, sync_id: int, fingerprint: str, cursor: Cursor | None, digest: str) -> None:
        """Remember a complete read; another content or configuration than before is a change that tables show."""
        with self.db.transaction() as tx:
            tx.execute(
                "UPDATE sync SET fingerprint = ?1, cursor = ?2, digest = ?3,"
                " changed = changed + (digest <> ?3 OR fingerprint <> ?1)"
                " WHERE id = ?4",
                (fingerprint, json.dumps(cursor) if cursor is not None else None, digest, sync_id),
            )

    def changed(self, sync_id: int) -> int:
        with self.db.reading() as tx:
            return int(tx.execute("SELECT changed FROM sync WHERE id = ?", (sync_id,)).fetchone()[0])

    def store_run(
        self, run_id: str, sync_id: int, started_at: datetime, at: datetime, exit_code: int, report: str, *, well: bool
    ) -> None:
        """Remember a run. `well`: it ended without an error, so the sync counts as fresh."""
        with self.db.transaction() as tx:
            tx.execute(
                "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?)",
                (run_id, sync_id, to_text(started_at), to_text(at), exit_code, report),
            )
            if well:
                tx.execute("UPDATE sync SET finished_at = ? WHERE id = ?", (to_text(at), sync_id))


def _refuse_renamed(tx: sqlite3.Connection, name: str, origin: str, configured: Collection[str]) -> None:
    if tx.execute("SELECT 1 FROM account WHERE name = ?", (name,)).fetchone():
        return
    gone = tx.execute(
        "SELECT name FROM account WHERE origin = ? AND name NOT IN (SELECT value FROM json_each(?))"
        " AND EXISTS (SELECT 1 FROM campaign WHERE account_id = account.id) ORDER BY id LIMIT 1",
        (origin, json.dumps([*configured, name])),
    ).fetchone()
    if gone is not None:
        raise LedgerError(
            f"account {name!r} is new to this ledger, and {gone[0]!r}, which bought at the same address, is gone",
            hint=f"if it was renamed, say `formerly: {gone[0]}`; if it is another one, keep {gone[0]!r} in the"
            " configuration: what it bought is not bought again under another name",
        )


def name_ledger(tx: sqlite3.Connection) -> str:
    """The name of a ledger, given to it if it has none."""
    tx.execute("INSERT OR IGNORE INTO meta VALUES ('ledger_id', ?)", (secrets.token_hex(8),))
    return str(tx.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()[0])


def touch(tx: sqlite3.Connection, sync_ids: Sequence[int]) -> None:
    """Something that a table of these syncs shows has changed."""
    tx.executemany("UPDATE sync SET changed = changed + 1 WHERE id = ?", [(sync_id,) for sync_id in sync_ids])


def add_event(
    tx: sqlite3.Connection,
    at: str,
    actor: str,
    kind: EventKind,
    *,
    sync_id: int | None = None,
    attempt_id: int | None = None,
    campaign_id: int | None = None,
    lead_id: str | None = None,
    sink_id: int | None = None,
    detail: str = "",
) -> None:
    tx.execute(
        "INSERT INTO event (at, actor, kind, sync_id, attempt_id, campaign_id, lead_id, sink_id, detail)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (at, actor, kind, sync_id, attempt_id, campaign_id, lead_id, sink_id, detail),
    )
