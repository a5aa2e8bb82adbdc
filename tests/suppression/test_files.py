"""List files: read whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from upscale_connect.errors import ConfigError
from upscale_connect.suppression import Entry, read_list, write_list


def write(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_column(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "LinkedIn,E-Mail,Domain,Company,ID,Reason,Since\n"
        "linkedin.com/in/jane,jane@example.com,,,17,asked us,2026\n"
        "\n"
        ",,acme.example,,,,\n",
    )
    assert read_list(path, "acme") == [
        Entry("linkedin", "li:in:jane", "acme", "asked us", "list.csv:2"),
        Entry("email", "jane@example.com", "acme", "asked us", "list.csv:2"),
        Entry("id", "17", "acme", "asked us", "list.csv:2"),
        Entry("domain", "acme.example", "acme", "", "list.csv:4"),
    ]


@pytest.mark.parametrize("text", ["\ufeffemail;reason\na@b.example;x, y\n", "email\treason\na@b.example\tx, y\n"])
def test_delimiters_and_byte_order_mark(tmp_path: Path, text: str) -> None:
    (entry,) = read_list(write(tmp_path, text))
    assert (entry.value, entry.reason) == ("a@b.example", "x, y")


def test_a_header_alone_is_a_list_of_nobody(tmp_path: Path) -> None:
    assert read_list(write(tmp_path, "email\n")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the do-not-contact list is empty"),
        ("name,reason\nJane,x\n", "list.csv:1: no column says whom the list means"),
        ("mail\na@b.example\n", "list.csv:1: unknown column 'mail' (did you mean 'email'?)"),
        ("email,email\na@b.example,\n", "list.csv:1: there are two columns 'email'"),
        ("email\nnobody\n", "list.csv:2: email: This is no e-mail address."),
        ("email,reason\n,x\n", "list.csv:2: the row names nobody"),
        ("email,company\na@b.example,Acme\n", "list.csv:2: the row names a person and a whole company"),
        ('email\n"a@b.example\n', "list.csv:2: a quote is not closed"),
        ("linkedin\nhttps://lnkd.in/x\n", "list.csv:2: linkedin: Only LinkedIn knows"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_list(write(tmp_path, text))
    assert told in caught.value.message
    assert caught.value.exit_code == 2


def test_all_problems_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_list(write(tmp_path, "email\n" + "nobody\n" * 30))
    assert len(caught.value.problems) == 20


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"here\.yaml:3: the do-not-contact list .*list\.csv cannot be read: no such"):
        read_list(tmp_path / "list.csv", where="here.yaml:3")
    (tmp_path / "list.csv").write_bytes("company\nMüller\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8"):
        read_list(tmp_path / "list.csv")


def test_written_and_read_again(tmp_path: Path) -> None:
    entries = [
        Entry("linkedin", "li:in:jane", reason="asked, twice"),
        Entry("company", "muller sohne"),
        Entry("id", "=1+1"),
    ]
    found = read_list(write(tmp_path, write_list(entries)))
    assert [(one.kind, one.value, one.reason) for one in found] == [
        (one.kind, one.value, one.reason) for one in entries
    ]
