"""The plugin of a proof does what the contract says, so that the program is not under proof with a worse one."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from upscale_connect.clock import SystemClock
from upscale_connect.contracts import Checkpoint, Context, Delivery, Row
from upscale_connect.http import repeatable_session
from upscale_connect.models import BadRecord, Lead, Message, Record
from upscale_connect.proof.recorder import (
    Notebook,
    NotebookConfig,
    NotebookTable,
    NotesNotebook,
    RecordedConfig,
    RecordedSource,
    dump_record,
    parse_record,
    read_lines,
)
from upscale_connect.registry import Registry

BAD = BadRecord("leads.csv:3", "too many cells")
RECORDS: list[Record | BadRecord] = [
    Record("r1", {"Name": "Änn\u2028\n"}, "leads.csv:2"),
    BAD,
    Record(None, {"Name": "Bob"}),
]


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with repeatable_session() as http:
        yield Context(tmp_path, http, SystemClock(), threading.Event(), logging.getLogger("test"))


def make_delivery(text: str = "Hello") -> Delivery:
    record = Record("r1", {"Name": "Ann"}, "leads.csv:2")
    lead = Lead("r1", "https://www.linkedin.com/in/ann", "in/ann", "Foo", "Ann", "Lee", customer="c", campaign="d")
    message = Message("connection_request", text, datetime(2026, 1, 2, tzinfo=UTC))
    return Delivery(lead.key, record, lead, {message.type: message}, f"receipt of {text}")


def test_the_program_takes_it_as_a_plugin() -> None:
    from upscale_connect.proof import recorder

    record = Registry().register(recorder, name="proof")
    assert (record.error, record.sources, record.sinks) == (None, ("proof",), ("proof-sink", "proof-notes"))


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_comes_back_as_it_was(record: Record | BadRecord) -> None:
    assert parse_record(json.loads(json.dumps(dump_record(record)))) == record


def test_a_source_gives_everything_once(context: Context, tmp_path: Path) -> None:
    lines: list[object] = [["Name"], *map(dump_record, RECORDS)]
    (tmp_path / "r.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="ascii")
    source = RecordedSource(RecordedConfig(path=Path("r.jsonl")), context)
    *records, checkpoint = source.read(None)
    assert records == RECORDS
    assert isinstance(checkpoint, Checkpoint)
    assert list(source.read(checkpoint.cursor)) == [checkpoint]
    assert list(source.columns() or ()) == ["Name"]
    assert source.beside() is None
    (tmp_path / "r.jsonl").write_text("null\n", encoding="ascii")
    assert source.columns() is None
    assert len(list(source.read(checkpoint.cursor))) == 1


@pytest.mark.parametrize(("kind", "made"), [("table", NotebookTable), ("sink", Notebook), ("notes", NotesNotebook)])
def test_what_is_beside_a_source(context: Context, kind: str, made: type) -> None:
    config = RecordedConfig.model_validate({"path": "r.jsonl", "beside": kind, "notebook": {"path": "n.jsonl"}})
    assert type(RecordedSource(config, context).beside()) is made


def test_a_notebook_keeps_every_writing_and_finds_the_last(context: Context, tmp_path: Path) -> None:
    notebook = Notebook(NotebookConfig(path=Path("n.jsonl")), context)
    first, second = make_delivery("Hello"), make_delivery("Good morning")
    assert list(notebook.find([first]) or ()) == []
    assert [result.outcome for result in notebook.write([first, second])] == ["written", "written"]
    assert [line["receipt"] for line in read_lines(tmp_path / "n.jsonl")] == [first.receipt, second.receipt]
    (found,) = list(notebook.find([first]) or ())
    assert (found.receipt, found.fields) == (second.receipt, {"connection_request": "Good morning"})


def test_some_notebooks_cannot_tell(context: Context) -> None:
    notebook = NotesNotebook(NotebookConfig(path=Path("n.jsonl"), finds=False), context)
    assert notebook.find([make_delivery()]) is None
    assert not notebook.repeatable


def test_a_table_is_replaced_whole(context: Context, tmp_path: Path) -> None:
    table = NotebookTable(NotebookConfig(path=Path("t.jsonl")), context)
    assert table.stamp() is None
    delivery, announced = make_delivery(), list[str]()
    rows = [Row(delivery.record, "delivered", delivery=delivery), Row(BAD, "quarantined")]
    table.rewrite(rows, [], announced.append)
    assert announced == [table.stamp()]
    lines = read_lines(tmp_path / "t.jsonl")
    assert [(line["status"], line["messages"]) for line in lines] == [
        ("delivered", {"connection_request": "Hello"}),
        ("quarantined", {}),
    ]
    table.rewrite([], announced, announced.append)
    assert read_lines(tmp_path / "t.jsonl") == []
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"]
