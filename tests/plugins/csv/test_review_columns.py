"""A person's yes, no and notes: they come back, stay, and are taken away with the text that they were said of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from upscale_connect import Found

from . import sink_bench, table_bench
from .sink_bench import delivery, unbought
from .table_bench import rewrite

DATA = b"ID,Name,Link\n1,Ann,a\n2,Ben,b\n"


@pytest.fixture
def sink(tmp_path: Path, make_context: Any) -> sink_bench.Bench:
    return sink_bench.Bench(tmp_path, make_context)


@pytest.fixture
def table(tmp_path: Path, make_context: Any) -> table_bench.Bench:
    return table_bench.Bench(tmp_path, make_context)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.promise(row="A7")
def test_a_sink_shows_what_a_person_said_and_keeps_it(sink: sink_bench.Bench) -> None:
    sink.write(delivery("1"), review_columns=True)
    edit(sink.path, "Acme,Hi,,,r1", "Acme,Hi,yes,good,r1")
    fields = {"connection_request": "Hi", "approved": "yes", "notes": "good"}
    assert list(sink.sink(review_columns=True).find([unbought("1")])) == [Found("acme/spring/1", "r1", fields)]
    assert sink.write(delivery("1", receipt="r2"), review_columns=True) == ["written"]
    assert (sink.rows()[0]["upscale_approved"], sink.rows()[0]["upscale_notes"]) == ("yes", "good")
    assert sink.write(delivery("1", "Hello", "r3"), review_columns=True) == ["written"]
    assert (sink.rows()[0]["upscale_approved"], sink.rows()[0]["upscale_notes"]) == ("", "good")


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("overwrite", ["if_unchanged", "always"])
def test_a_table_shows_what_a_person_said_and_keeps_it(
    table: table_bench.Bench, in_place: bool, overwrite: str
) -> None:
    options: dict[str, Any] = {"review_columns": True, "in_place": in_place, "overwrite": overwrite}
    if in_place:
        table.output = table.path / "leads.csv"

    def write(data: bytes, text: str) -> None:
        source = table.source(table.output.read_bytes() if in_place and table.output.exists() else data, **options)
        rewrite(source.beside(), table.rows(source, text, ["Hi"]))

    def said() -> list[list[str]]:
        return [row[3:7] for row in table.cells()[1:]]

    write(DATA, "Hi")
    edit(table.output, "b,Hi,delivered,,", "b,Hi,delivered,no,why")
    shown = list(table.source(table.output.read_bytes() if in_place else DATA, **options).beside().shown())
    said_there = {"connection_request": "Hi", "approved": "no", "notes": "why"}
    assert shown[1].fields == {**said_there, "status": "delivered"}
    write(DATA, "Hi")
    assert said() == [["Hi", "delivered", "", ""], ["Hi", "delivered", "no", "why"]]
    write(DATA, "Hello")
    assert said() == [["Hello", "delivered", "", ""], ["Hello", "delivered", "", "why"]]
