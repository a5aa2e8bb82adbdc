"""Files as people have them: every row is a record, or a bad record with its line."""

from __future__ import annotations

import pytest

from tests.plugins.csv.folder import HEAD, Folder, Read

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
