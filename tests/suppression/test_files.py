"""List files: read whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from upscale_connect.errors import ConfigError
from upscale_connect.suppression import Entry, Kind, read_list, read_rows, write_list


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
        ("email\nnobody\n", "list.csv:2: email 'nobody': This is no e-mail address"),
        ("name\n", "list.csv: no column says whom the list means"),
        ("name\nJane Doe\n", "list.csv:2: what is 'Jane Doe'?"),
        ("mail;name\na@b.example;x\nb@b.example;y\n", "list.csv:1: unknown column 'mail'"),
        ("email\n" + "x" * 80 + "\n", "'" + "x" * 59 + "\u2026': This is"),
        ("email,reason\n,x\n", "list.csv:2: the row names nobody"),
        ("email,company\na@b.example,Acme\n", "list.csv:2: the row names a person and a whole company"),
        ('email\n"a@b.example\n', "list.csv:2: a quote is not closed"),
        ("linkedin\nhttps://lnkd.in/x\n", "list.csv:2: linkedin 'https://lnkd.in/x': Only LinkedIn knows"),
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
    assert len(caught.value.problems) == 21
    assert str(caught.value.problems[-1]) == "and 10 more"


def test_what_is_wrong_with_the_header_is_told_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_list(write(tmp_path, "mail,E-Mail,email\n" + "nobody,,\n" * 30))
    assert [str(one).partition(": ")[2] for one in caught.value.problems] == [
        "there are two columns 'email' (keep one of them)"
    ]


@pytest.mark.parametrize(
    ("header", "kind", "value"),
    [
        ("Email Address", "email", "a@b.example"),
        ("LinkedIn URL", "linkedin", "https://www.linkedin.com/in/jane/"),
        ("LinkedIn Profile", "linkedin", "in/jane"),
        ("Company Name", "company", "Acme, Inc."),
        ("Company domain", "domain", "https://b.example"),
        ("Record ID", "id", "17"),
    ],
)
def test_headers_of_common_exports(tmp_path: Path, header: str, kind: str, value: str) -> None:
    (entry,) = read_list(write(tmp_path, f'First name;{header};Reason\nJane;"{value}";asked\n'))
    assert (entry.kind, entry.reason) == (kind, "asked")


@pytest.mark.parametrize("header", ["Unsubscribed\n", "\ufeff", "\n\n"])
def test_one_column_of_any_kind(tmp_path: Path, header: str) -> None:
    text = f"{header}Jane@B.example\r\nb.example\r\n\r\nhttps://de.linkedin.com/in/jane?x=1\r\n"
    assert [(one.kind, one.value) for one in read_list(write(tmp_path, text))] == [
        ("email", "jane@b.example"),
        ("domain", "b.example"),
        ("linkedin", "li:in:jane"),
    ]


def test_excel_names_its_delimiter(tmp_path: Path) -> None:
    (entry,) = read_list(write(tmp_path, "\ufeffsep=;\r\nemail;reason\r\na@b.example;a, b, c\r\n"))
    assert (entry.value, entry.reason, entry.source) == ("a@b.example", "a, b, c", "list.csv:3")


def test_rows_that_are_understood_beside_those_that_are_not(tmp_path: Path) -> None:
    entries, problems = read_rows(write(tmp_path, "email,company\na@b.example,\nnobody,\n,Acme\nb@b.example,Acme\n"))
    assert [one.value for one in entries] == ["a@b.example", "acme"]
    assert [one.where.rpartition(":")[2] for one in problems] == ["3", "5"]
    email: list[Kind] = ["email"]
    entries, problems = read_rows(tmp_path / "list.csv", only=email)
    assert [one.value for one in entries] == ["a@b.example", "b@b.example"]
    assert [one.where.rpartition(":")[2] for one in problems] == ["3"]
    with pytest.raises(ConfigError, match="there is no column 'domain'"):
        read_rows(tmp_path / "list.csv", only=[*email, "domain"])


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
