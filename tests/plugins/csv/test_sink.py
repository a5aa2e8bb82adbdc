"""The sink's own file: one row per lead, replaced when it is delivered again, never somebody else's."""

from __future__ import annotations

import os
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.csv.sink_bench import Bench, delivery, unbought
from upscale_connect import Found, SinkError
from upscale_connect.testing import FakeClock
from upscale_connect_csv.sink import CsvSink
from upscale_connect_csv.target import Draft, Target

HEADERS = [
    "automation_tool_customer_id",
    "automation_tool_campaign_id",
    "automation_tool_lead_id",
    "lead_linkedin",
    "first_name",
    "last_name",
    "lead_company",
    "outreach_message",
    "upscale_receipt",
    "upscale_updated_at",
]


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


def test_one_row_per_delivered_lead(bench: Bench) -> None:
    assert bench.write(delivery("1", "Hi,\r\nAnn"), delivery("2")) == ["written", "written"]
    assert bench.path.read_bytes() == (
        ",".join(HEADERS).encode() + b"\n"
        b'acme,spring,1,https://www.linkedin.com/in/1,Ann,Lee,Acme,"Hi,\nAnn",r1,2026-01-02T03:04:05Z\n'
        b"acme,spring,2,https://www.linkedin.com/in/2,Ann,Lee,Acme,Hi,r1,2026-01-02T03:04:05Z\n"
    )


def test_delimiter_and_names_can_be_chosen(bench: Bench) -> None:
    columns = {"connection_request": "Message", "lead_linkedin": "Profile"}
    bench.write(delivery(), delimiter="tab", columns=columns)
    (row,) = bench.rows(delimiter="\t")
    assert (row["Message"], row["Profile"]) == ("Hi", "https://www.linkedin.com/in/1")
    assert bench.write(delivery(text="Hello"), columns=columns) == ["written"]
    assert bench.rows(delimiter="\t")[0]["Message"] == "Hello"


def test_a_lead_that_is_delivered_again_replaces_its_row(bench: Bench) -> None:
    bench.write(delivery("1"), delivery("2"), delivery("3"))
    assert bench.write(delivery("2", "Hello", "r2")) == ["written"]
    columns = ("automation_tool_lead_id", "outreach_message", "upscale_receipt")
    assert [tuple(row[name] for name in columns) for row in bench.rows()] == [
        ("1", "Hi", "r1"),
        ("2", "Hello", "r2"),
        ("3", "Hi", "r1"),
    ]


def test_the_same_delivery_again_touches_nothing(bench: Bench) -> None:
    bench.write(delivery("1"), delivery("2"))
    os.utime(bench.path, (1, 1))
    assert bench.write(delivery("2"), delivery("1")) == ["unchanged", "unchanged"]
    assert bench.path.stat().st_mtime == 1


def test_the_time_alone_is_no_reason_to_write(bench: Bench) -> None:
    bench.write(delivery("1"))
    before = bench.path.read_bytes()
    sink = bench.sink()
    assert sink.context.clock.now() != FakeClock().now()
    (result,) = CsvSink(sink.config, replace(sink.context, clock=FakeClock())).write([delivery("1")])
    assert (result.outcome, bench.path.read_bytes()) == ("unchanged", before)


@pytest.mark.promise(row="A7")
def test_what_a_person_made_of_a_text_stays(bench: Bench) -> None:
    bench.write(delivery(), delivery("2"))
    bench.path.write_text(bench.path.read_text(encoding="utf-8").replace("Hi", "Hi there", 1), encoding="utf-8")
    edited = bench.path.read_bytes()
    (result,) = bench.sink().write([delivery(text="Hello", receipt="r2")])
    assert (result.outcome, result.why) == (
        "conflict",
        "delivered.csv:2: somebody has changed the connection_request",
    )
    assert bench.path.read_bytes() == edited
    assert bench.write(delivery("2", "Hello", "r2")) == ["written"]


@pytest.mark.parametrize(
    ("overwrite", "outcome", "text"),
    [("never", "conflict", "Mine"), ("if_unchanged", "conflict", "Mine"), ("always", "written", "Hello")],
)
def test_what_may_be_overwritten_is_said_by_the_configuration(
    bench: Bench, overwrite: str, outcome: str, text: str
) -> None:
    bench.write(delivery())
    bench.path.write_text(bench.path.read_text(encoding="utf-8").replace("Hi", "Mine"), encoding="utf-8")
    assert bench.write(delivery(text="Hello"), overwrite=overwrite) == [outcome]
    assert bench.rows()[0]["outreach_message"] == text


@pytest.mark.promise(row="A7")
def test_never_replaces_not_even_our_own_text(bench: Bench) -> None:
    bench.write(delivery("1"), delivery("2", ""))
    again = [delivery("1", "Hello"), delivery("2", "Hello"), delivery("3")]
    assert bench.write(*again, overwrite="never") == ["conflict", "written", "written"]
    assert [row["outreach_message"] for row in bench.rows()] == ["Hi", "Hello", "Hi"]
    assert bench.write(*again[1:], overwrite="never") == ["unchanged", "unchanged"]


def test_a_file_that_changes_meanwhile_is_read_again_and_served_by_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague sorts the rows and adds a note, between our reading and our writing."""
    bench.write(delivery("1"), delivery("2"))
    exchange, header = Target.exchange, ",".join(HEADERS)
    edits = iter([("2", "1"), ("1", "2")])

    def edit_first(target: Target, draft: Draft, stamp: str | None) -> None:
        if order := next(edits, None):
            rows = [f"acme,spring,{key},https://www.linkedin.com/in/{key},,,,Hi,r1,,note {key}" for key in order]
            bench.path.write_text("\n".join([f"{header},Note", *rows, ""]), encoding="utf-8")
            os.utime(bench.path, (1, int(order[0])))
        exchange(target, draft, stamp)

    monkeypatch.setattr(Target, "exchange", edit_first)
    assert bench.write(delivery("2", "Hello Ben")) == ["written"]
    columns = ("automation_tool_lead_id", "outreach_message", "Note")
    assert [tuple(row[name] for name in columns) for row in bench.rows()] == [
        ("1", "Hi", "note 1"),
        ("2", "Hello Ben", "note 2"),
    ]


def test_a_file_that_never_stops_changing_is_left_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write(delivery("1"))
    times = iter(range(1, 100))
    monkeypatch.setattr(Target, "stamp", lambda _target: str(next(times)))
    before = bench.path.read_bytes()
    with pytest.raises(SinkError, match="somebody keeps changing the file"):
        bench.write(delivery("1", "Hello"))
    assert bench.path.read_bytes() == before


def test_a_second_writer_waits_and_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect_csv.target.LOCK_SECONDS", 0.05)
    first = Target(bench.path, bench.sink().context)
    with first.lock(), pytest.raises(SinkError, match="another run is writing this file"):
        bench.write(delivery("1"))
    assert bench.write(delivery("1")) == ["written"]


def test_one_lead_twice_in_one_call_is_one_row(bench: Bench) -> None:
    assert bench.write(delivery("1"), delivery("2"), delivery("1", "Hello")) == ["written"] * 3
    assert [row["outreach_message"] for row in bench.rows()] == ["Hello", "Hi"]


def test_the_same_id_in_another_campaign_is_another_lead(bench: Bench) -> None:
    bench.write(delivery(), delivery(campaign="autumn"))
    assert [row["automation_tool_campaign_id"] for row in bench.rows()] == ["spring", "autumn"]


def test_a_row_that_shows_another_person_is_a_conflict(bench: Bench) -> None:
    bench.write(delivery("1"))
    before = bench.path.read_bytes()
    (result,) = bench.sink().write([delivery("1", "Hello", url="https://www.linkedin.com/in/somebody-else")])
    assert (result.outcome, result.why) == ("conflict", "delivered.csv:2 shows another LinkedIn profile for this lead")
    assert bench.path.read_bytes() == before


def test_results_come_only_when_the_file_is_there(bench: Bench) -> None:
    results = bench.sink().write([delivery("1"), delivery("2")])
    next(results)
    assert len(bench.rows()) == 2


def test_what_a_person_added_stays(bench: Bench) -> None:
    bench.write(delivery("1"), delivery("2"))
    lines = bench.path.read_text(encoding="utf-8").splitlines()
    edited = [f"{line},{note}" for line, note in zip(lines, ["Note", '"call, ""then"" write"', "done"], strict=True)]
    bench.path.write_text("\ufeff" + "\r\n".join([*edited, "by hand"]), encoding="utf-8", newline="")
    assert bench.write(delivery("1", "Hello", "r2"), delivery("3")) == ["written", "written"]
    assert bench.path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = bench.rows()
    assert [row["Note"] for row in rows] == ['call, "then" write', "done", None, ""]
    assert [row["outreach_message"] for row in rows] == ["Hello", "Hi", None, "Hi"]
    assert rows[2]["automation_tool_customer_id"] == "by hand"


def test_a_new_message_type_gets_a_column_and_erases_none(bench: Bench) -> None:
    bench.write(delivery("1"), delivery("2"))
    types = ("connection_request", "first_follow_up")
    again = delivery("1", first_follow_up="Again")
    again.messages = {"first_follow_up": again.messages["first_follow_up"]}
    assert bench.write(again, types=types) == ["written"]
    rows = bench.rows()
    assert list(rows[0]) == [*HEADERS, "first_follow_up_message"]
    assert [(row["outreach_message"], row["first_follow_up_message"]) for row in rows] == [("Hi", "Again"), ("Hi", "")]


@pytest.mark.promise(row="G5")
def test_no_cell_runs_as_a_formula_and_ids_are_still_found(bench: Bench) -> None:
    bench.write(delivery("-7", "=1+1"))
    assert (bench.rows()[0]["automation_tool_lead_id"], bench.rows()[0]["outreach_message"]) == ("'-7", "'=1+1")
    assert bench.write(delivery("-7", "=1+1")) == ["unchanged"]
    assert list(bench.sink().find([unbought("-7")])) == [Found("acme/spring/-7", "r1", {"connection_request": "=1+1"})]


def test_find_reads_receipts_and_texts_back(bench: Bench) -> None:
    assert list(bench.sink().find([unbought("1")])) == []
    bench.write(delivery("1"), delivery("2", "Hello", "r2"), delivery("3"))
    assert list(bench.sink().find([unbought("3"), unbought("2"), unbought("9")])) == [
        Found("acme/spring/2", "r2", {"connection_request": "Hello"}),
        Found("acme/spring/3", "r1", {"connection_request": "Hi"}),
    ]


def test_find_tells_whose_place_it_is(bench: Bench) -> None:
    bench.write(delivery("1"))
    (found,) = bench.sink().find([unbought("1", url="https://www.linkedin.com/in/somebody-else")])
    assert found.receipt == "r1"
    assert found.stranger.startswith("it shows the LinkedIn profile https://www.linkedin.com/in/1,")


def test_find_takes_no_id_for_another(bench: Bench) -> None:
    """A slash in an id must not make two leads one."""
    bench.write(delivery("b/1", campaign="a"))
    assert list(bench.sink().find([unbought("1", campaign="a/b")])) == []
    assert len(list(bench.sink().find([unbought("b/1", campaign="a")]))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"ID,Name\n1,Ann\n", "not written by this sink: it has no column automation_tool_customer_id"),
        (b"acme,spring,1,https://www.linkedin.com/in/1,Ann,Lee,Acme,Hi,r1,2026\n", "not written by this sink"),
        (",".join(HEADERS).encode() + b"\n\xe9\n", "is not utf-8 text"),
        (",".join(HEADERS).encode() + b'\n"a\nb\nc\n', "a quote opens here"),
    ],
)
def test_a_foreign_file_is_never_written(bench: Bench, content: bytes, message: str) -> None:
    bench.path.write_bytes(content)
    with pytest.raises(SinkError, match=message):
        bench.write(delivery())
    assert bench.path.read_bytes() == content
    assert {path.suffix for path in bench.path.parent.iterdir()} == {".csv", ".lock"}
    with pytest.raises(SinkError, match=message):
        list(bench.sink().find([unbought("1")]))


def test_check(bench: Bench) -> None:
    (found,) = bench.sink().check()
    assert found.level == "ok"
    bench.path.write_bytes(b"ID,Name\n1,Ann\n")
    (found,) = bench.sink().check()
    assert (found.level, "not written by this sink" in found.message) == ("error", True)


def test_many_deliveries_are_written_in_chunks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect_csv.sink.CHUNK", 100)
    deliveries = (delivery(str(number)) for number in range(1_500))
    tracemalloc.start()
    count = sum(result.outcome == "written" for result in bench.sink().write(deliveries))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1_500
    assert [row["automation_tool_lead_id"] for row in bench.rows()] == [str(number) for number in range(1_500)]
    assert peak < 2_000_000
