"""Files as people have them: every row is a record, a bad record with its line, or part of a clear error."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import upscale_connect_csv
from upscale_connect import BadRecord, Checkpoint, Record, SourceError
from upscale_connect_csv.options import CsvConfig, CsvSinkConfig
from upscale_connect_csv.sink import CsvSink
from upscale_connect_csv.source import CsvSource

Read = list[tuple[str, tuple[str, ...] | str]]


class Folder:
    """Writes `leads.csv` and reads it back through the source."""

    def __init__(self, path: Path, make_context: Any) -> None:
        self.path = path
        self._make_context = make_context

    def source(self, data: bytes | None, columns: Sequence[str] = (), **options: Any) -> CsvSource:
        if data is not None:
            (self.path / "leads.csv").write_bytes(data)
        return CsvSource(CsvConfig(**{"path": "leads.csv", **options}), self._make_context(columns))

    def read(self, data: bytes, columns: Sequence[str] = (), **options: Any) -> Read:
        """(where, values) of each record, (where, reason) of each bad one."""
        *items, checkpoint = self.source(data, columns, **options).read(None)
        assert checkpoint == Checkpoint({"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})
        return [_show(item) for item in items]


def _show(item: Record | BadRecord | Checkpoint) -> tuple[str, tuple[str, ...] | str]:
    if isinstance(item, Record):
        assert item.id is None
        return item.where, tuple(item.fields.values())
    assert isinstance(item, BadRecord)
    return item.where, item.reason


@pytest.fixture
def folder(tmp_path: Path, make_context: Any) -> Folder:
    return Folder(tmp_path, make_context)


HEAD = b"ID,Name,Link\n"
ANN, BEN = ("1", "Ann", "a"), ("2", "Ben", "b")
BOTH: Read = [("leads.csv:2", ANN), ("leads.csv:3", BEN)]
UNCLOSED = "a quote is not closed, or text follows the closing one"

READABLE: dict[str, tuple[bytes, Read]] = {
    "plain": (HEAD + b"1,Ann,a\n2,Ben,b\n", BOTH),
    "header only": (HEAD, []),
    "no line end at the end": (HEAD + b"1,Ann,a\n2,Ben,b", BOTH),
    "windows": (b"ID,Name,Link\r\n1,Ann,a\r\n2,Ben,b\r\n", BOTH),
    "old mac": (b"ID,Name,Link\r1,Ann,a\r2,Ben,b\r", BOTH),
    "mixed line ends": (b"ID,Name,Link\r\n1,Ann,a\n2,Ben,b\r", BOTH),
    "byte order mark": (b"\xef\xbb\xbf" + HEAD + b"1,Ann,a\n2,Ben,b\n", BOTH),
    "byte order mark and quoted header": (b'\xef\xbb\xbf"ID","Name","Link"\n1,Ann,a\n2,Ben,b\n', BOTH),
    "semicolons": (b"ID;Name;Link\n1;Ann;a\n2;Ben;b\n", BOTH),
    "tabs": (b"ID\tName\tLink\n1\tAnn\ta\n2\tBen\tb\n", BOTH),
    "bars": (b"ID|Name|Link\n1|Ann|a\n2|Ben|b\n", BOTH),
    "sep line": (b"sep=;\nID;Name;Link\n1;Ann;a\n", [("leads.csv:3", ANN)]),
    "sep line, mark and windows": (b'\xef\xbb\xbf"sep=;"\r\nID;Name;Link\r\n1;Ann;a\r\n', [("leads.csv:3", ANN)]),
    "sep line with an odd character": (b"SEP=^\nID^Name^Link\n1^Ann^a\n", [("leads.csv:3", ANN)]),
    "blank lines": (b"\n \nID,Name,Link\n\n1,Ann,a\n   \n\n2,Ben,b\n\n", [("leads.csv:5", ANN), ("leads.csv:8", BEN)]),
    "quoted delimiter": (HEAD + b'1,"Ann, MBA",a\n', [("leads.csv:2", ("1", "Ann, MBA", "a"))]),
    "doubled quotes": (HEAD + b'1,"""Ann""",a\n', [("leads.csv:2", ("1", '"Ann"', "a"))]),
    "quoted line ends": (
        HEAD + b'1,"A\nn\r\nn",a\n2,Ben,b\n',
        [("leads.csv:2", ("1", "A\nn\r\nn", "a")), ("leads.csv:5", BEN)],
    ),
    "quoted blank line": (
        HEAD + b'1,"A\n\nn",a\n2,Ben,b\n',
        [("leads.csv:2", ("1", "A\n\nn", "a")), ("leads.csv:5", BEN)],
    ),
    "header over two lines": (b'ID,"Na\nme",Link\n1,Ann,a\n', [("leads.csv:3", ANN)]),
    "quote within a cell": (HEAD + b'1,Ann 5" Lee,a\n', [("leads.csv:2", ("1", 'Ann 5" Lee', "a"))]),
    "other line separators": (
        HEAD + "1,A\u2028n\u0085n\x0b\x0c,a\n".encode(),
        [("leads.csv:2", ("1", "A\u2028n\u0085n\x0b\x0c", "a"))],
    ),
    "words that look like values": (HEAD + b"007,Null,NaN\n", [("leads.csv:2", ("007", "Null", "NaN"))]),
    "blanks are text": (HEAD + b"1, Ann ,a\n", [("leads.csv:2", ("1", " Ann ", "a"))]),
    "empty cells": (HEAD + b",,\n", [("leads.csv:2", ("", "", ""))]),
    "row too short": (
        HEAD + b"1,Ann\n2,Ben,b\n",
        [("leads.csv:2", "2 cells, the header has 3"), ("leads.csv:3", BEN)],
    ),
    "one cell only": (HEAD + b"1\n2,Ben,b\n", [("leads.csv:2", "1 cell, the header has 3"), ("leads.csv:3", BEN)]),
    "row too long": (
        HEAD + b"1,Ann,a,x\n2,Ben,b\n",
        [("leads.csv:2", "4 cells, the header has 3"), ("leads.csv:3", BEN)],
    ),
    "two rows taken for one": (
        HEAD + b'1,"Ann,a\n2,Ben",b\n2,Ben,b\n'.replace(b'"Ann,a', b'Ann,"a'),
        [
            (
                "leads.csv:2",
                "4 cells, the header has 3 (the row was read from lines 2 to 3: a quote may be left open)",
            ),
            ("leads.csv:4", BEN),
        ],
    ),
    "text after a quote": (HEAD + b'1,"An"n,a\n2,Ben,b\n', [("leads.csv:2", UNCLOSED), ("leads.csv:3", BEN)]),
    "quote open in the last line": (HEAD + b'1,Ann,a\n2,Ben,"b', [("leads.csv:2", ANN), ("leads.csv:3", UNCLOSED)]),
    "nul": (
        HEAD + b"1,A\0n,a\n2,Ben,b\n",
        [("leads.csv:2", "it holds a NUL character"), ("leads.csv:3", BEN)],
    ),
    "cell of a megabyte": (
        HEAD + b"1," + b"x" * 1_100_000 + b",a\n2,Ben,b\n",
        [("leads.csv:2", "a cell is longer than 1048576 characters"), ("leads.csv:3", BEN)],
    ),
    "long cell": (HEAD + b"1," + b"x" * 300_000 + b",a\n", [("leads.csv:2", ("1", "x" * 300_000, "a"))]),
    "one column": (b"Link\na\n\nb\n", [("leads.csv:2", ("a",)), ("leads.csv:4", ("b",))]),
    "one column, empty cell": (b'Link\n""\n', [("leads.csv:2", ("",))]),
    "short header that ends in a comma": (b"ID,\n1,2\n", [("leads.csv:2", ("1", "2"))]),
}


@pytest.mark.promise(row="G1")
@pytest.mark.promise(row="G3")
@pytest.mark.promise(row="G4")
@pytest.mark.parametrize("name", READABLE)
def test_a_file_is_read_row_by_row(folder: Folder, name: str) -> None:
    data, expected = READABLE[name]
    assert folder.read(data) == expected


@pytest.mark.promise(row="G2")
@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("UTF_16_LE", "utf-16-le"),
    ],
)
def test_a_named_encoding_is_used(folder: Folder, encoding: str, codec: str) -> None:
    data = "ID,Name\n1,Zoë\n".encode(codec)
    assert folder.read(data, encoding=encoding) == [("leads.csv:2", ("1", "Zoë"))]


@pytest.mark.promise(row="G2")
def test_a_byte_order_mark_counts_more_than_the_named_encoding(folder: Folder) -> None:
    assert folder.read("\ufeffID,Name\n1,Zoë\n".encode(), encoding="cp1252") == [("leads.csv:2", ("1", "Zoë"))]


@pytest.mark.promise(row="G2")
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("delimiter", "end", "name"), [(",", "\n", "Zoë"), (";", "\r\n", "李明"), ("\t", "\r", "")])
def test_utf_16_is_told_by_its_mark_or_its_nuls(
    folder: Folder, codec: str, delimiter: str, end: str, name: str
) -> None:
    text = f"ID{delimiter}Name{end}1{delimiter}{name}{end}"
    assert folder.read(text.encode(codec)) == [("leads.csv:2", ("1", name))]


@pytest.mark.promise(row="G2")
@pytest.mark.parametrize(
    ("codec", "word"),
    [("cp1252", "Müller-Lüdenscheidt"), ("cp1250", "Dvořák"), ("cp1251", "Иван"), ("mac_roman", "José")],
)
def test_check_shows_the_word_in_each_usual_encoding(folder: Folder, codec: str, word: str) -> None:
    """Only there: the error of a run, which is logged, holds nothing of the file."""
    data = f"ID,Name,Link\n1,Ann,a\n2,{word},b\n".encode(codec)
    (finding,) = folder.source(data).check()
    assert finding.level == "error"
    assert f"{codec} has {word!r}" in finding.hint
    assert "Ann" not in finding.hint
    with pytest.raises(SourceError) as caught:
        list(folder.source(None).read(None))
    assert caught.value.message == finding.message
    assert word not in f"{caught.value.message} {caught.value.hint}"


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


UNREADABLE: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "leads.csv: the file is empty", "its first line must name the columns"),
    "blank": (b"\n\n  \n", "leads.csv: the file is empty", "first line"),
    "only a mark": (b"\xef\xbb\xbf", "leads.csv: the file is empty", "first line"),
    "only a sep line": (b"sep=,\n", "leads.csv: the file is empty", "first line"),
    "cp1252": (
        HEAD + b"1,Ann,a\n2,Zo\xeb,b\n",
        "leads.csv:3: byte 25 0xEB is not utf-8 text",
        "set `encoding:`",
    ),
    "cp1252 far down": (
        HEAD + b"1,Ann,a\r\n" * 60_000 + b"2,\xe9,b\n",
        "leads.csv:60002: byte 540015 0xE9 is not utf-8 text",
        "cp1252",
    ),
    "cut within a character": (HEAD + b"1,Ann,\xc3", "leads.csv:2: byte 19 0xC3 is not utf-8 text", "encoding"),
    "utf-16 that its header hides": (
        b"\xef\xbb\xbf" + "ID,Name\n1,Ann\n".encode("utf-16-le"),
        "leads.csv:1: the header cannot be read: it holds a NUL character",
        "encoding: utf-16",
    ),
    "quote in the header": (b'ID,"Na"me\n1,Ann\n', "leads.csv:1: the header cannot be read", "quotes"),
    "quote left open": (
        HEAD + b'1,Ann,a\n2,"Ben,b\n3,Cy,c\n4,Di,d\n',
        "leads.csv:3: a quote opens here and is not closed properly up to line 5",
        "close it",
    ),
    "quote left open, closed by a later one": (
        HEAD + b'1,"Ann,a\n2,Ben,b\n3,"Cy",c\n4,Di,d\n',
        "leads.csv:2: a quote opens here and is not closed properly up to line 4",
        "close it",
    ),
    "quote left open below a good one": (
        HEAD + b'1,"x ""y"",\n""z""","a\n2,Ben,b\n',
        "leads.csv:3: a quote opens here and is not closed properly up to line 4",
        "close it",
    ),
    "quote left open before megabytes": (
        HEAD + b'1,"Ann,a\n' + b"2,Ben,b\n" * 300_000,
        "leads.csv:2: a quote opens here and is not closed properly up to line 131074",
        "close it",
    ),
    "two delimiters": (
        b"a,b;c\n1,2;3\n",
        "leads.csv:1: the cells may be separated by a comma or a semicolon",
        "delimiter:",
    ),
    "no delimiter fits": (b"a;b\n1\n2\n3\n", "leads.csv:1: the cells may be separated by a semicolon", "delimiter:"),
}


@pytest.mark.promise(row="G1")
@pytest.mark.promise(row="G2")
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_an_error_with_its_line(folder: Folder, name: str) -> None:
    data, message, hint = UNREADABLE[name]
    with pytest.raises(SourceError) as caught:
        list(folder.source(data).read(None))
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


def test_no_file(folder: Folder) -> None:
    (folder.path / "laeds.csv").write_bytes(HEAD)
    with pytest.raises(SourceError, match=r"leads\.csv: there is no such file") as caught:
        list(folder.source(None).read(None))
    assert caught.value.hint == "did you mean 'laeds.csv'?"


def test_a_folder_is_no_file(folder: Folder) -> None:
    (folder.path / "leads.csv").mkdir()
    with pytest.raises(SourceError, match="this is no file"):
        list(folder.source(None).read(None))


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read(folder: Folder) -> None:
    source = folder.source(HEAD)
    (folder.path / "leads.csv").chmod(0)
    with pytest.raises(SourceError, match="reading is not allowed"):
        list(source.read(None))


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
