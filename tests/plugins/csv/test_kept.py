"""What a person wrote beside a row is found again, wherever the row stands by now."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upscale_connect import Record
from upscale_connect_csv.kept import KeptCells
from upscale_connect_csv.reader import CsvReader


def keep(kept: KeptCells, path: Path) -> None:
    kept.open(
        lambda: CsvReader(path, encoding="auto", delimiter=",", needed=["ID", "Name"]),
        ["ID", "Name"],
        ["Message", "Note"],
    )


def ask(kept: KeptCells, number: int) -> dict[str, str]:
    return dict(kept.find(Record(None, {"ID": str(number), "Name": "x", "Other": "y"})))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    there=st.lists(st.integers(0, 12), unique=True),
    asked=st.lists(st.integers(0, 12), unique=True),
    empty=st.sets(st.integers(0, 12)),
)
def test_each_row_is_found_in_any_order(tmp_path: Path, there: list[int], asked: list[int], empty: set[int]) -> None:
    path = tmp_path / "out.csv"
    texts = {number: "" if number in empty else f'text, "{number}"' for number in there}
    cells = {number: text.replace('"', '""') for number, text in texts.items()}
    lines = [f'x,{number},"{cells[number]}"' for number in there]
    path.write_text("\n".join(["Name,ID,Message", *lines, ""]), encoding="utf-8")
    with closing(KeptCells()) as kept:
        keep(kept, path)
        for number in asked:
            text = texts.get(number, "")
            assert ask(kept, number) == ({"Message": text} if text else {})


def test_nothing_is_found_behind_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"ID,Name,Message,Note\n2,x,B,\n1,x,A,mine\nbad\n" + b"3,x,C,\n" * 99 + b'4,x,"D\n5,x,E,\n')
    with closing(KeptCells()) as kept:
        keep(kept, path)
        assert [ask(kept, number) for number in (1, 3, 2, 5, 1)] == [
            {"Message": "A", "Note": "mine"},
            {"Message": "C"},
            {"Message": "B"},
            {},
            {},
        ]


def test_a_file_without_the_columns_of_the_mapping_keeps_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("Name,Message\nx,A\n", encoding="utf-8")
    with closing(KeptCells()) as kept:
        keep(kept, path)
        assert ask(kept, 1) == {}
