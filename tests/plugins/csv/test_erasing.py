"""Rows of people who must be forgotten, and earlier states of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.csv.sink_bench import Bench, delivery
from upscale_connect import SinkError
from upscale_connect_csv.options import CsvConfig
from upscale_connect_csv.table import CsvTable


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


def test_rows_of_a_lead_go_and_all_others_keep_their_bytes(bench: Bench) -> None:
    list(bench.sink().write([delivery("1"), delivery("2", 'Hi "you",\nAnn'), delivery("3")]))
    lines = bench.path.read_bytes().split(b"\n")
    header, first, *second, third = lines[0], lines[1], lines[2], lines[3], lines[4]
    bench.path.write_bytes(b"\n".join([header, first, *second, third, first, b""]))
    results = list(bench.sink().erase([delivery("1"), delivery("9")]))
    assert [(one.delivery.lead.lead_id, one.outcome) for one in results] == [("1", "written"), ("9", "unchanged")]
    assert bench.path.read_bytes() == b"\n".join([header, *second, third, b""])


def test_a_row_of_somebody_else_stays(bench: Bench) -> None:
    list(bench.sink().write([delivery("1")]))
    before = bench.path.read_bytes()
    (result,) = bench.sink().erase([delivery("1", url="https://www.linkedin.com/in/bob")])
    assert (result.outcome, bench.path.read_bytes()) == ("conflict", before)
    assert "it shows the LinkedIn profile https://www.linkedin.com/in/1" in result.why


def test_without_a_file_there_is_nothing_to_erase(bench: Bench) -> None:
    assert [one.outcome for one in bench.sink().erase([delivery("1")])] == ["unchanged"]
    assert not bench.path.exists()


def test_a_file_that_is_not_ours_is_not_touched(bench: Bench) -> None:
    bench.path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SinkError, match="not written by this sink"):
        list(bench.sink().erase([delivery("1")]))
    assert bench.path.read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_earlier_states_are_named(bench: Bench, tmp_path: Path, make_context: Any) -> None:
    for name in (
        "delivered.edited-20260102T030405Z.csv",
        ".delivered.csv.abc.tmp",
        "delivered.csv",
        "delivered.csv.bak",
    ):
        (tmp_path / name).touch()
    (tmp_path / "leads.messages.edited-20260102T030405Z-2.csv").touch()
    assert [Path(one).name for one in bench.sink().leftovers()] == [
        ".delivered.csv.abc.tmp",
        "delivered.csv.bak",
        "delivered.edited-20260102T030405Z.csv",
    ]
    table = CsvTable(CsvConfig(path=Path("leads.csv")), make_context())
    assert [Path(one).name for one in table.leftovers()] == ["leads.messages.edited-20260102T030405Z-2.csv"]
