"""Messages in the source file itself: every other byte of it stays, and nobody's work is replaced."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from upscale_connect import Row, SinkError
from upscale_connect_csv.options import CsvConfig
from upscale_connect_csv.source import CsvSource
from upscale_connect_csv.splice import Splicer

from .table_bench import Bench, rewrite

HEAD = b"ID,Name,Link\n"


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    bench = Bench(tmp_path, make_context)
    bench.output = tmp_path / "leads.csv"
    return bench


def open_source(bench: Bench, data: bytes, **options: Any) -> CsvSource:
    return bench.source(data, in_place=True, **options)


def again(bench: Bench, text: str, **options: Any) -> None:
    """Deliver to the file as it is now."""
    source = open_source(bench, bench.output.read_bytes(), **options)
    rewrite(source.beside(), bench.rows(source, text, ["Hi"]))


def test_messages_stand_in_the_source_itself(bench: Bench) -> None:
    data = b'\xef\xbb\xbfID;"Name";Link\r\n1;"Ann";a\n2;=Ben;"b;c"\r\n'
    source = open_source(bench, data)
    rewrite(source.beside(), bench.rows(source))
    ours = b";Hi;delivered;2026-01-02T03:04:05Z;r3c31pt"
    header = b";outreach_message;upscale_status;upscale_updated_at;upscale_receipt"
    lines = [b'\xef\xbb\xbfID;"Name";Link', header, b'\r\n1;"Ann";a', ours, b'\n2;=Ben;"b;c"', ours, b"\r\n"]
    assert bench.output.read_bytes() == b"".join(lines)
    assert (bench.path / "leads.csv.bak").read_bytes() == data


def test_the_copy_of_the_first_time_stays(bench: Bench) -> None:
    source = open_source(bench, HEAD + b"1,Ann,a\n")
    rewrite(source.beside(), bench.rows(source))
    again(bench, "Hello")
    assert bench.cells()[1][3] == "Hello"
    assert (bench.path / "leads.csv.bak").read_bytes() == HEAD + b"1,Ann,a\n"
    assert bench.others() == ["leads.csv.bak"]


@pytest.mark.promise(row="A7")
def test_what_a_person_made_of_a_text_stays_beside_its_row(bench: Bench) -> None:
    source = open_source(bench, HEAD + b"1,Ann,a\n2,Ben,b\n")
    rewrite(source.beside(), bench.rows(source))
    header, ann, ben = bench.output.read_text(encoding="utf-8").splitlines()
    bench.output.write_text("\n".join([header, ben, ann.replace("Hi", "Mine"), "3,Cy,c,,,,", ""]), encoding="utf-8")
    again(bench, "Hello")
    assert [row[:4] for row in bench.cells()[1:]] == [
        ["2", "Ben", "b", "Hello"],
        ["1", "Ann", "a", "Mine"],
        ["3", "Cy", "c", "Hello"],
    ]
    again(bench, "Hello", overwrite="always")
    assert bench.cells()[2][3] == "Hello"


@pytest.mark.promise(row="A7")
def test_a_file_that_changes_meanwhile_is_left_alone(bench: Bench) -> None:
    source = open_source(bench, HEAD + b"1,Ann,a\n")

    def rows() -> Iterator[Row]:
        yield from bench.rows(source)
        bench.output.write_bytes(HEAD + b"2,Ben,b\n1,Ann,a\n")

    with pytest.raises(SinkError, match="somebody changed the file while it was written"):
        rewrite(source.beside(), rows())
    assert bench.output.read_bytes() == HEAD + b"2,Ben,b\n1,Ann,a\n"
    again(bench, "Hi")
    assert [row[:4] for row in bench.cells()[1:]] == [["2", "Ben", "b", "Hi"], ["1", "Ann", "a", "Hi"]]


def test_a_file_that_is_open_elsewhere_is_told_before_and_refused(bench: Bench) -> None:
    (bench.path / ".~lock.leads.csv#").touch()
    source = open_source(bench, HEAD + b"1,Ann,a\n")
    (found,) = source.beside().check()
    assert (found.level, found.message) == ("error", "leads.csv is open in LibreOffice")
    with pytest.raises(SinkError, match="it is open in LibreOffice"):
        rewrite(source.beside(), bench.rows(source))
    assert bench.output.read_bytes() == HEAD + b"1,Ann,a\n"


def test_an_encoding_that_lacks_characters_is_told_before_and_refused(bench: Bench) -> None:
    data = "ID,Name\n1,Zoë\n".encode("cp1252")
    source = open_source(bench, data, encoding="cp1252")
    found, _ = source.beside().check()
    assert (found.level, "leads.csv is in cp1252" in found.message) == ("error", True)
    with pytest.raises(SinkError, match="is in cp1252"):
        rewrite(source.beside(), bench.rows(source))
    assert bench.output.read_bytes() == data


def test_our_own_columns_are_no_warning_after_the_first_time(bench: Bench) -> None:
    source = open_source(bench, HEAD + b"1,Ann,a\n")
    rewrite(source.beside(), bench.rows(source))
    assert [found.level for found in source.beside().check()] == ["ok"]
    assert [shown.receipt for shown in source.beside().shown()] == ["r3c31pt"]


def test_an_output_of_its_own_and_in_place_are_not_both(bench: Bench) -> None:
    with pytest.raises(ValidationError, match="give one of them"):
        CsvConfig(path=Path("leads.csv"), output=Path("other.csv"), in_place=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    rows=st.lists(st.tuples(*[st.text(st.sampled_from('ab é,;\n"='), max_size=6)] * 2), max_size=4),
    delimiter=st.sampled_from(",;"),
    end=st.sampled_from(["\n", "\r\n"]),
    text=st.text(st.sampled_from("ab é,;\n\"='"), max_size=10),
)
def test_the_file_without_our_columns_is_the_file_before(
    bench: Bench, rows: list[tuple[str, str]], delimiter: str, end: str, text: str
) -> None:
    bench.output.unlink(missing_ok=True)
    with bench.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerows([("ID", "Name", "Link"), *(("1", *row) for row in rows)])
    before = bench.output.read_bytes()
    source = open_source(bench, before, delimiter=delimiter)
    rewrite(source.beside(), bench.rows(source, text))
    with source._open() as reader:
        layout = reader.layout
        lines = [layout.header, *(row.raw for row in reader.rows())]
    cut = Splicer(delimiter, layout.columns, [])
    stripped = [delimiter.join(cut.split(line)[:3]) + end for line in lines]
    assert "".join(stripped).encode() == before
