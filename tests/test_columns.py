"""Headers as people write them: each column gets a name of its own, and a needed one is found or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect import SinkError, SourceError, fold_header, name_columns, show_column


def test_letters_of_columns() -> None:
    assert [show_column(index) for index in (0, 25, 26, 51, 701, 702)] == ["A", "Z", "AA", "AZ", "ZZ", "AAA"]


def test_spellings_that_are_the_same() -> None:
    assert len({fold_header(name) for name in ("LinkedIn URL", " linkedin\u00a0 url", "LINKEDIN\r\nURL")}) == 1
    assert fold_header("Prénom") == fold_header("PRE\u0301NOM")
    assert fold_header("Straße") != fold_header("Strase")


def test_names_of_unnamed_and_repeated_columns() -> None:
    assert name_columns(["ID", "", "ID", "ID"], ["Name"], "x:1", SourceError) == ("ID", "column_B", "ID (C)", "ID (D)")


def test_a_needed_name_is_not_taken_by_another_column() -> None:
    """`column_B` is what the second column would be called; the mapping means the third."""
    assert name_columns(["ID", "", "COLUMN_B"], ["column_B"], "x:1", SourceError) == ("ID", "column_B (B)", "column_B")


@pytest.mark.parametrize("fail", [SourceError, SinkError])
@pytest.mark.parametrize("cells", [["Name", "x", "Name "], ["NAME", "x", "name"]])
def test_a_needed_column_that_stands_twice(cells: list[str], fail: type[SourceError] | type[SinkError]) -> None:
    with pytest.raises(fail, match="x:1: the column 'Name' stands twice, as A and C"):
        name_columns(cells, ["Name"], "x:1", fail)


@given(st.lists(st.sampled_from(["", "a", "A", "a (B)", "column_B", " a\n", "b"]) | st.text(max_size=3)), st.data())
def test_every_column_has_a_name_of_its_own(cells: list[str], data: st.DataObject) -> None:
    needed = data.draw(st.lists(st.sampled_from(cells), max_size=3, unique=True)) if cells else []
    try:
        names = name_columns(cells, needed, "x:1", SourceError)
    except SourceError:
        assert any([fold_header(cell) for cell in cells].count(fold_header(name)) > 1 for name in needed)
        return
    assert len(set(names)) == len(names) == len(cells)
    assert all(cells[names.index(name)].strip() == name.strip() for name in needed if name in names)
