"""A ledger of an older shape: a backup first, then all scripts or none."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger, shape, verify


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of the shape that this version makes, with one sync."""
    made = tmp_path / "ledger.db"
    with Ledger.open(made) as ledger:
        ledger.bind_sync("spring")
    return made


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The list of migrations, to add some."""
    found = shape.read_scripts()
    monkeypatch.setattr(shape, "read_scripts", lambda: found)
    return found


def query(path: Path, statement: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_no_statement_of_a_script_is_left_out() -> None:
    for script in shape.read_scripts():
        assert "".join(shape.split(script)) == script


def test_new_ledger_has_no_backup(path: Path) -> None:
    assert not list(path.parent.glob("*.backup"))


@pytest.mark.promise(row="I6")
def test_older_ledger_is_backed_up_and_brought_forward(path: Path, scripts: list[str]) -> None:
    version = len(scripts)
    scripts += ["CREATE TABLE extra (id INTEGER);\n", "INSERT INTO extra VALUES (7);\n"]
    with Ledger.open(path) as ledger:
        assert ledger.sync_names() == ["spring"]
    assert query(path, "SELECT id FROM extra") == [(7,)]
    assert query(path, "PRAGMA user_version") == [(version + 2,)]
    backup = path.with_name(f"ledger.db.v{version}.backup")
    assert query(backup, "PRAGMA user_version") == [(version,)]
    assert query(backup, "SELECT name FROM sync") == [("spring",)]
    assert query(backup, "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'") == [(0,)]
    assert query(backup, "PRAGMA integrity_check") == [("ok",)]
    if sys.platform != "win32":
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600


@pytest.mark.promise(row="I6")
def test_what_a_killed_run_left_in_the_log_is_in_the_backup(path: Path, scripts: list[str]) -> None:
    version = len(scripts)
    with contextlib.closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT count(*) FROM sync").fetchone()  # keeps the write-ahead log beside the file
        with Ledger.open(path) as ledger:
            ledger.bind_sync("autumn")
        scripts.append("CREATE TABLE extra (id INTEGER);\n")
        Ledger.open(path).close()
    backup = path.with_name(f"ledger.db.v{version}.backup")
    assert query(backup, "SELECT name FROM sync ORDER BY id") == [("spring",), ("autumn",)]


@pytest.mark.promise(row="I6")
def test_script_that_fails_leaves_the_ledger_as_it_was(path: Path, scripts: list[str]) -> None:
    """Also what the scripts before it did is undone; the next try, with a better one, works."""
    version = len(scripts)
    scripts += ["CREATE TABLE extra (id INTEGER);\n", "DROP TABLE run;\nDROP TABLE none_such;\n"]
    before = query(path, "SELECT name, sql FROM sqlite_schema ORDER BY name")
    with pytest.raises(LedgerError):
        Ledger.open(path)
    assert query(path, "SELECT name, sql FROM sqlite_schema ORDER BY name") == before
    assert query(path, "PRAGMA user_version") == [(version,)]
    scripts[-1] = "DROP TABLE run;\n"
    Ledger.open(path).close()
    assert query(path, "PRAGMA user_version") == [(version + 2,)]


def test_backup_that_cannot_be_made_stops_the_migration(path: Path, scripts: list[str]) -> None:
    version = len(scripts)
    path.with_name(f"ledger.db.v{version}.backup").mkdir()
    scripts.append("CREATE TABLE extra (id INTEGER);\n")
    with pytest.raises(LedgerError, match="backup"):
        Ledger.open(path)
    assert query(path, "PRAGMA user_version") == [(version,)]


def test_older_ledger_is_not_touched_by_who_only_reads(path: Path, scripts: list[str]) -> None:
    scripts.append("CREATE TABLE extra (id INTEGER);\n")
    before, names = path.read_bytes(), {file.name for file in path.parent.iterdir()}
    with pytest.raises(LedgerError, match="older shape") as caught:
        Ledger.open(path, read_only=True)
    assert "upscale-connect collect" in caught.value.hint
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} == names


def test_older_ledger_can_be_looked_through(path: Path, scripts: list[str]) -> None:
    """As can a backup of one: what it is made of, not what this version would find in it."""
    scripts.append("CREATE TABLE extra (id INTEGER);\n")
    before = path.read_bytes()
    assert [finding.level for finding in verify(path)] == ["ok", "ok", "warning", "ok"]
    assert path.read_bytes() == before
