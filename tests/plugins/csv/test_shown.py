"""The output read back: rows as the source would give them, with receipt, status and the texts of now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.plugins.csv.strategies import CELLS, File, files, write
from tests.plugins.csv.table_bench import HEAD, Bench, deliver, rewrite
from upscale_connect import Record, Row, Shown, SinkError
from upscale_connect_csv.columns import clean


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


def shown(bench: Bench, data: bytes, **options: Any) -> list[Shown]:
    return list(bench.source(data, **options).beside().shown())


def test_rows_with_receipt_or_status(bench: Bench) -> None:
    data = HEAD + b"1,Ann,a\n2,Ben,b\n3,Cy,c\n"
    source = bench.source(data)
    assert list(source.beside().shown()) == []
    ann, ben, cy, _ = source.read(None)
    assert isinstance(ann, Record)
    assert isinstance(ben, Record)
    assert isinstance(cy, Record)
    rows = [deliver(ann, {"connection_request": "=1+1"}), Row(ben, "in doubt"), Row(cy, "")]
    rewrite(source.beside(), rows)
    assert shown(bench, data) == [
        Shown(
            Record(None, {"ID": "1", "Name": "Ann", "Link": "a"}, "leads.messages.csv:2"),
            "r3c31pt",
            {"connection_request": "=1+1", "status": "delivered"},
        ),
        Shown(
            Record(None, {"ID": "2", "Name": "Ben", "Link": "b"}, "leads.messages.csv:3"), None, {"status": "in doubt"}
        ),
    ]


def test_what_a_person_changed_is_shown_as_it_stands(bench: Bench) -> None:
    bench.rewrite(HEAD + b"1,Ann,a\n2,Ben,b\n3,Cy,c\n")
    lines = bench.output.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("Hi", "Hi there")
    lines[2] = lines[2].replace("Hi", "")
    lines[3] = lines[3].replace("r3c31pt", "")
    bench.output.write_text("\n".join(lines), encoding="utf-8")
    found = shown(bench, HEAD)
    assert [(one.receipt, one.fields.get("connection_request")) for one in found] == [
        ("r3c31pt", "Hi there"),
        ("r3c31pt", None),
        (None, "Hi"),
    ]


@pytest.mark.parametrize(
    ("options", "codec"),
    [
        ({"encoding": "cp1252"}, "cp1252"),
        ({"encoding": "utf-16"}, "utf-16"),
        ({"columns": {"upscale_receipt": "Proof", "connection_request": "Message"}}, "utf-8"),
        ({"delimiter": "tab"}, "utf-8"),
    ],
    ids=str,
)
def test_options_hold_for_the_output_too(bench: Bench, options: dict[str, Any], codec: str) -> None:
    text = HEAD.decode() + "1,Zoë,a\n"
    data = text.replace(",", "\t" if "delimiter" in options else ",").encode(codec)
    bench.rewrite(data, "Grüße", **options)
    (row,) = shown(bench, data, **options)
    assert (row.record.fields["Name"], row.fields["connection_request"]) == ("Zoë", "Grüße")


def test_output_that_became_the_source(bench: Bench) -> None:
    """Somebody moved it over the leads: the receipts are there all the same."""
    bench.rewrite(HEAD + b"1,Ann,a\n")
    data = bench.output.read_bytes()
    bench.output.unlink()
    (row,) = shown(bench, data)
    assert (row.record.where, row.receipt) == ("leads.csv:2", "r3c31pt")


@pytest.mark.parametrize("content", [b"", b"ID,Name\n1,Ann\n", b"upscale_receipt\n"])
def test_file_without_our_receipts_shows_nothing(bench: Bench, content: bytes) -> None:
    bench.output.write_bytes(content)
    assert shown(bench, HEAD + b"1,Ann,a\n") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"ID,upscale_receipt\n\xe9,r1\n", "is not utf-8 text"), (b'ID,upscale_receipt\n"a\nb\n', "a quote opens here")],
)
def test_file_that_cannot_be_read_back(bench: Bench, content: bytes, message: str) -> None:
    bench.output.write_bytes(content)
    with pytest.raises(SinkError, match=message):
        shown(bench, HEAD + b"1,Ann,a\n")
    assert bench.output.read_bytes() == content


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files(), CELLS)
def test_records_and_texts_come_back(bench: Bench, file: File, text: str) -> None:
    rows, style = file
    bench.output.unlink(missing_ok=True)
    source = bench.source(write(rows, style))
    rewrite(source.beside(), bench.rows(source, text))
    records = [item.fields for item in source.read(None) if isinstance(item, Record)]
    found = list(source.beside().shown())
    assert [one.record.fields for one in found] == records
    assert {one.fields.get("connection_request", "") for one in found} == {clean(text)}
