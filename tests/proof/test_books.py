"""The books see what they are for: each of these worlds is damaged in one way, and one sentence says so."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from filelock import FileLock

from tests.proof.conftest import Home
from tests.proof.test_recording import Chat, Crm, People
from upscale_connect.proof.books import Verdict, check_books, read_ledger
from upscale_connect.proof.recorder import read_lines
from upscale_connect.proof.world import Ending, World

SINKS = "{back: source, crm: {plugin: crm}, talk: {plugin: chat}}"
TABLE, CRM, TALK = "1-back.jsonl", "1-crm.jsonl", "1-talk.jsonl"


@pytest.fixture(scope="module")
def at_rest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Ending]]:
    """Four leads in two requests, bought and delivered to a table and two sinks."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "home").mkdir()
    home = Home(folder / "home")
    home.offer(People, Crm, Chat)
    config = home.write(leads=4, sinks=SINKS)
    with World(folder / "world", config, home.record(config), threading.Event()) as world:
        ending = world.run()
        assert ending.exit_code == 0, ending
        yield world, ending


@contextlib.contextmanager
def restoring(world: World) -> Iterator[None]:
    """What the block does to the files is undone."""
    kept = {path: path.read_bytes() for path in world.folder.iterdir() if path.is_file()}
    try:
        yield
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


def alter(world: World, name: str, change: Callable[[list[Any]], None]) -> None:
    lines = read_lines(world.folder / name)
    change(lines)
    (world.folder / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="ascii")


def swap(lines: list[Any]) -> None:
    lines[0]["messages"], lines[1]["messages"] = lines[1]["messages"], lines[0]["messages"]


def forget(lines: list[Any]) -> None:
    lines[0]["messages"] = {}


def reword(lines: list[Any]) -> None:
    lines[0]["record"]["fields"]["Note"] = "another"


def repeat(lines: list[Any]) -> None:
    lines.append(lines[0])


def drop(lines: list[Any]) -> None:
    del lines[0]


def execute(world: World, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(world.ledger)) as db, db:
        db.execute(statement)


NO_ROWS = "back of spring has not the rows of the source as they were"


@pytest.mark.parametrize(
    ("name", "change", "sentences"),
    [
        (TABLE, lambda _: None, []),
        (TABLE, swap, ["2 messages lost", "2 messages beside the wrong row"]),
        (TABLE, forget, ["1 messages lost"]),
        (TABLE, reword, ["1 messages lost", "1 messages beside the wrong row", NO_ROWS]),
        (TABLE, repeat, [NO_ROWS]),
        (TABLE, drop, ["1 messages lost", NO_ROWS]),
        (CRM, swap, ["2 messages lost", "2 messages beside the wrong row"]),
        (CRM, repeat, []),
        (CRM, drop, ["1 messages lost"]),
        (CRM, reword, ["1 messages lost", "1 messages beside the wrong row"]),
        (TALK, repeat, ["talk of spring got a delivery twice, and shows both"]),
    ],
)
def test_what_stands_in_the_sinks(
    at_rest: tuple[World, Ending], name: str, change: Callable[[list[Any]], None], sentences: list[str]
) -> None:
    world, ending = at_rest
    with restoring(world):
        alter(world, name, change)
        assert check_books(world, ending).explain() == sentences


def test_what_stands_in_the_ledger(at_rest: tuple[World, Ending]) -> None:
    world, ending = at_rest
    expected = read_ledger(world.ledger).purchases
    damages = {
        "UPDATE attempt SET state = 'in_doubt' WHERE id = 1": [
            "1 requests are in doubt, but the report has 0 (exit code 0)"
        ],
        "DELETE FROM purchase WHERE lead_id = 'L-1'": ["1 messages are neither bought nor waiting to be"],
        "DELETE FROM lead WHERE lead_id = 'L-1'": ["1 messages lost"],
        "UPDATE delivery SET campaign_id = 77 WHERE lead_id = 'L-1'": ["the ledger is damaged"],
    }
    for statement, sentences in damages.items():
        with restoring(world):
            execute(world, statement)
            assert check_books(world, ending, expected).explain() == sentences, statement


def test_a_ledger_that_is_broken_or_gone(at_rest: tuple[World, Ending]) -> None:
    world, ending = at_rest
    with restoring(world):
        world.ledger.write_bytes(world.ledger.read_bytes()[:5000] + b"?" * 20000)
        assert check_books(world, ending).explain() == ["the ledger is damaged"]
        world.ledger.unlink()
        assert check_books(world, ending).explain() == ["there is no ledger"]


def test_a_delivery_that_a_person_is_told_of_is_not_lost(at_rest: tuple[World, Ending]) -> None:
    world, ending = at_rest
    with restoring(world):
        alter(world, TALK, drop)
        execute(world, "UPDATE delivery SET state = 'parked' WHERE lead_id = 'L-1'")
        assert check_books(world, ending).is_fine


def test_a_lock_that_is_held(at_rest: tuple[World, Ending]) -> None:
    world, ending = at_rest
    with FileLock(world.folder / "ledger.db.1.lock"):
        assert check_books(world, ending).explain() == ["ledger.db.1.lock is still held"]


def test_a_verdict_counts_what_is_paid_twice() -> None:
    assert Verdict(paid_twice=2, in_doubt=1).explain() == ["2 messages paid twice"]
    assert Verdict(in_doubt=1).is_fine
