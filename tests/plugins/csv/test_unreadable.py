"""Files that cannot be read: the error says where, and what to do."""

from __future__ import annotations

import os

import pytest

from tests.plugins.csv.folder import HEAD, Folder
from upscale_connect import SourceError


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
