"""Properties of the output: whatever the cells hold, each is kept, and so is each row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugins.csv.strategies import CELLS, files, write
from tests.plugins.csv.table_bench import HEAD, OURS, Bench, rewrite
from upscale_connect import Record, SourceError
from upscale_connect_csv.columns import clean, unguard


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


@pytest.mark.promise(row="A5")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files(), CELLS)
def test_no_cell_changes_and_no_row_is_lost(
    bench: Bench, file: tuple[list[list[str]], dict[str, Any]], text: str
) -> None:
    rows, style = file
    bench.output.unlink(missing_ok=True)
    source = bench.source(write(rows, style))
    *items, _ = source.read(None)
    assert [list(item.fields.values()) for item in items if isinstance(item, Record)] == rows[1:]
    rewrite(source.beside(), bench.rows(source, text))
    width = len(rows[0])
    written = bench.cells(delimiter=style["delimiter"])
    assert [row[:width] for row in written] == rows
    assert written[0][width:] == OURS
    assert all(len(row) == width + len(OURS) for row in written)
    assert {unguard(row[width]) for row in written[1:]} == {clean(text)}


@pytest.mark.promise(row="G1")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from('ab,"é '), max_size=10), min_size=1, max_size=8))
def test_any_lines_are_written_in_full_or_not_at_all(bench: Bench, lines: list[str]) -> None:
    data = HEAD + "".join(f"{line}\n" for line in lines).encode()
    bench.output.unlink(missing_ok=True)
    source = bench.source(data)
    try:
        *items, _ = source.read(None)
    except SourceError:
        with pytest.raises(SourceError):
            rewrite(source.beside(), bench.rows(source))
        assert not bench.output.exists()
        return
    rewrite(source.beside(), bench.rows(source))
    states = [row[4] for row in bench.cells()[1:]]
    assert states == ["delivered" if isinstance(item, Record) else "quarantined" for item in items]
