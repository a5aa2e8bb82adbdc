"""The source: its columns, its delimiter, its cursor and its check."""

from __future__ import annotations

import os
import tracemalloc
from typing import Any

import pytest
from pydantic import ValidationError

import upscale_connect_csv
from tests.plugins.csv.folder import HEAD, Folder
from upscale_connect import Checkpoint, Record, SourceError
from upscale_connect_csv.options import CsvConfig, CsvSinkConfig
from upscale_connect_csv.sink import CsvSink
from upscale_connect_csv.source import CsvSource


@pytest.mark.parametrize("header", ["LINKEDIN  URL;name", " Linkedin\u00a0url ;NAME", '"LinkedIn\nURL";Name'])
def test_a_column_is_found_in_another_spelling(folder: Folder, header: str) -> None:
    """And it tells the delimiter: with a comma the rows are as equally wide."""
    source = folder.source(f"{header}\na,b;c,d\n".encode(), columns=["LinkedIn URL", "Name"])
    (record, _) = source.read(None)
    assert isinstance(record, Record)
    assert record.fields == {"LinkedIn URL": "a,b", "Name": "c,d"}


@pytest.mark.promise(row="G2")
def test_the_very_spelling_counts_more_than_a_like_one(folder: Folder) -> None:
    source = folder.source(b"name,Name\nann,Ann\n", columns=["Name"])
    assert source.columns() == ("name", "Name")
    with pytest.raises(SourceError, match="the column 'NAME' stands twice, as A and B"):
        folder.source(None, columns=["NAME"]).columns()


# The delimiter


def test_the_mapping_tells_the_delimiter(folder: Folder) -> None:
    data = b"a,b;c\n1,2;3\n"
    assert folder.read(data, columns=["c"]) == [("leads.csv:2", ("1,2", "3"))]
    assert folder.read(data, columns=["a"]) == [("leads.csv:2", ("1", "2;3"))]


def test_among_equals_the_rows_tell_the_delimiter(folder: Folder) -> None:
    data = b"Name, title;Link;Firm, Inc\nAnn;a;x\nBen;b;y\n"
    assert folder.read(data, columns=["Nothing there"])[0] == ("leads.csv:2", ("Ann", "a", "x"))


def test_a_configured_delimiter_counts_more_than_all(folder: Folder) -> None:
    assert folder.read(b"sep=;\na,b;c\n1,2;3\n", columns=["c"], delimiter=",") == [("leads.csv:3", ("1", "2;3"))]
    assert folder.read(b"a\tb,c\n1\t2,3\n", delimiter="tab") == [("leads.csv:2", ("1", "2,3"))]


# Column names


def test_names_are_trimmed_and_each_one_different(folder: Folder) -> None:
    source = folder.source(b"ID, Email ,Email,,Name\n1,2,3,4,5\n", columns=["ID", "Name"])
    assert source.columns() == ("ID", "Email", "Email (C)", "column_D", "Name")


def test_a_needed_name_that_stands_twice_is_an_error(folder: Folder) -> None:
    with pytest.raises(SourceError, match=r"leads\.csv:2: the column 'Email' stands twice, as B and AB"):
        folder.source(b"\nID,Email" + b",x" * 25 + b",Email\n", columns=["Email"]).columns()


# The cursor


def test_an_unchanged_file_is_not_read_again(folder: Folder) -> None:
    source = folder.source(HEAD + b"1,Ann,a\n")
    *_, checkpoint = source.read(None)
    assert isinstance(checkpoint, Checkpoint)
    os.utime(folder.path / "leads.csv", (1, 1))
    assert list(source.read(checkpoint.cursor)) == [checkpoint]


@pytest.mark.parametrize("data", [HEAD + b"1,Ann,b\n", HEAD + b"1,Ann,a\n2,Ben,b\n"])
def test_a_changed_file_is_read_whole(folder: Folder, data: bytes) -> None:
    *_, checkpoint = folder.source(HEAD + b"1,Ann,a\n").read(None)
    assert isinstance(checkpoint, Checkpoint)
    items = list(folder.source(data).read(checkpoint.cursor))
    assert len(items) == data.count(b"\n")
    assert items[-1] != checkpoint


def test_a_foreign_cursor_is_ignored(folder: Folder) -> None:
    assert len(list(folder.source(HEAD + b"1,Ann,a\n").read({"offset": 7}))) == 2


@pytest.mark.promise(row="A6")
def test_a_file_that_changes_while_it_is_read_is_an_error(folder: Folder) -> None:
    reading = folder.source(HEAD + b"1,Ann,a\n2,Ben,b\n").read(None)
    next(reading)
    (folder.path / "leads.csv").write_bytes(HEAD)
    with pytest.raises(SourceError, match="changed while it was read"):
        list(reading)


# Memory, options, check


@pytest.mark.promise(row="G4")
def test_memory_does_not_grow_with_the_file(folder: Folder) -> None:
    source = folder.source(HEAD + b'"1","Ann\nLee",https://www.linkedin.com/in/ann-lee\n' * 20_000)
    tracemalloc.start()
    count = sum(1 for _ in source.read(None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_001
    assert peak < 1_500_000


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": "x"},
        {"encoding": "latin-99"},
        {"encoding": "rot13"},
        {"output": "./leads.csv"},
        {"columns": {"connection_request": " "}},
        {"columns": {"connection_request": "Text", "first_follow_up": "text"}},
        {"separator": ","},
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CsvConfig(**{"path": "leads.csv", **options})


def test_check_tells_what_it_found(folder: Folder) -> None:
    (found,) = folder.source(b"a;b\n1;2\n").check()
    assert (found.level, found.message) == ("ok", "leads.csv: 2 columns separated by a semicolon, utf-8")


def test_check_reads_the_encoding_of_the_whole_file(folder: Folder) -> None:
    (found,) = folder.source(HEAD + b"1,Ann,a\n" * 20_000 + b"2,\xe9,b\n").check()
    assert found.level == "error"
    assert found.message.startswith("leads.csv:20002: byte")


def test_check_finds_a_missing_file(folder: Folder) -> None:
    (found,) = folder.source(None).check()
    assert (found.level, "no such file" in found.message) == ("error", True)


def test_the_hooks_offer_source_and_sink() -> None:
    assert upscale_connect_csv.lead_sources() == [CsvSource]
    assert upscale_connect_csv.message_sinks() == [CsvSink]
    assert CsvSource.config_model is CsvConfig
    assert issubclass(CsvSink.config_model, CsvSinkConfig)
