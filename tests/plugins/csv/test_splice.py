"""Our cells go into a row's text; nothing else of it changes, whatever it holds."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect_csv.splice import Splicer

DELIMITERS = st.sampled_from([",", ";", "\t", "|"])
#: What can stand in a row: cells in quotes and without, well-formed and not.
BODIES = st.text(st.sampled_from('ab ",;\t|'), max_size=20)


def parse(line: str, delimiter: str) -> list[str]:
    """One row as the csv module reads it leniently."""
    (row,) = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter) if line else [[""]]
    return row


@given(BODIES, DELIMITERS)
def test_cells_are_split_as_the_csv_module_splits_them(body: str, delimiter: str) -> None:
    parts = Splicer(delimiter, ["a"], []).split(body)
    assert delimiter.join(parts) == body
    assert len(parts) == len(parse(body, delimiter))


@given(BODIES, DELIMITERS, st.integers(1, 6), st.text(max_size=10))
def test_added_cells_follow_the_last_column_of_the_header(body: str, delimiter: str, width: int, text: str) -> None:
    text = text.replace("\r", "\n")
    columns = [f"column {number}" for number in range(width)]
    line = Splicer(delimiter, columns, ["ours", "empty"]).splice(body + "\r\n", [text, None])
    before, after = parse(body, delimiter), parse(line, delimiter)
    padded = before + [""] * (width - len(before))
    assert after == [*padded[:width], text, "", *padded[width:]]


@given(BODIES, DELIMITERS, st.text(max_size=10))
def test_a_replaced_cell_leaves_the_others(body: str, delimiter: str, text: str) -> None:
    text = text.replace("\r", "\n")
    before = parse(body, delimiter)
    columns = [f"column {number}" for number in range(len(before))]
    splicer = Splicer(delimiter, columns, [columns[-1]])
    assert not splicer.adds_columns
    assert parse(splicer.splice(body, [text]), delimiter) == [*before[:-1], text]
    assert parse(splicer.splice(body, [None]), delimiter) == before


@pytest.mark.parametrize("text", ["a,b", 'a"b', "a\nb", " a", "a ", "'=a", "=a", "@a", "\ta"])
def test_what_a_reader_could_misunderstand_is_quoted(text: str) -> None:
    assert Splicer(",", ["a"], []).quote(text).startswith('"')


def test_plain_text_is_not_quoted() -> None:
    assert Splicer(",", ["a"], []).quote("Hello; it's me") == "Hello; it's me"


def test_a_header_gets_only_the_names_it_lacks() -> None:
    assert Splicer(",", ["a", "ours"], ["ours", "more, ours"]).header('a,"ours"\n') == 'a,"ours","more, ours"'
