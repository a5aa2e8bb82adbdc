"""What stands in the place of the output: our own is replaced, what a person made of it is set aside."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.csv.table_bench import HEAD, Bench, rewrite
from upscale_connect import SinkError
from upscale_connect.errors import LedgerError
from upscale_connect_csv.table import CsvTable


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


def test_equal_content_is_left_untouched(bench: Bench) -> None:
    stamp = bench.rewrite(HEAD + b"1,Ann,a\n")
    os.utime(bench.output, (1, 1))
    assert bench.rewrite(HEAD + b"1,Ann,a\n", stamp=stamp) != stamp
    assert bench.output.stat().st_mtime == 1
    assert bench.others() == []


def test_a_stamp_is_announced_before_the_target_has_it(bench: Bench) -> None:
    """What is announced is noted: if that fails, or the run ends there, the target is as it was."""
    stamp = bench.rewrite(HEAD + b"1,Ann,a\n")
    before = bench.output.read_bytes()
    source = bench.source(HEAD + b"1,Ann,a\n")

    def fail(announced: str) -> None:
        assert announced != stamp
        raise LedgerError("the ledger cannot be written")

    with pytest.raises(LedgerError):
        source.beside().rewrite(bench.rows(source, "Hello", ["Hi"]), [stamp], fail)
    assert bench.output.read_bytes() == before
    assert bench.others() == []


def test_any_of_our_own_files_is_replaced(bench: Bench) -> None:
    """The last rewrite that was noted, or one that was announced later."""
    first = bench.rewrite(HEAD + b"1,Ann,a\n")
    second = bench.rewrite(HEAD + b"1,Ann,a\n", "Hello", stamp=first)
    source = bench.source(HEAD + b"1,Ann,a\n")
    rewrite(source.beside(), bench.rows(source, "Hello again"), [first, "another", second])
    assert bench.others() == []


def test_our_own_file_is_replaced(bench: Bench) -> None:
    stamp = bench.rewrite(HEAD + b"1,Ann,a\n")
    bench.rewrite(HEAD + b"1,Ann,a\n", "Hello", stamp, ["Hi"])
    assert bench.cells()[1][3] == "Hello"
    assert bench.others() == []


@pytest.mark.promise(row="A6")
def test_what_a_person_wrote_is_set_aside(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    stamp = bench.rewrite(HEAD + b"1,Ann,a\n")
    for text in ("mine", "mine again"):
        bench.output.write_text(text, encoding="utf-8")
        with caplog.at_level(logging.WARNING):
            bench.rewrite(HEAD + b"1,Ann,a\n", stamp=stamp)
    assert bench.others() == [
        "leads.messages.edited-20260102T030405Z-2.csv",
        "leads.messages.edited-20260102T030405Z.csv",
    ]
    assert (bench.path / "leads.messages.edited-20260102T030405Z.csv").read_text(encoding="utf-8") == "mine"
    assert (bench.path / "leads.messages.edited-20260102T030405Z-2.csv").read_text(encoding="utf-8") == "mine again"
    assert bench.cells()[1][3] == "Hi"
    assert "is kept as leads.messages.edited-20260102T030405Z-2.csv" in caplog.text


@pytest.mark.parametrize(
    ("overwrite", "texts"),
    [("never", ["Mine", "Hi"]), ("if_unchanged", ["Mine", "Hello"]), ("always", ["Hello", "Hello"])],
)
def test_what_a_person_made_of_a_text_stays_by_key(bench: Bench, overwrite: str, texts: list[str]) -> None:
    """A colleague changes one text and sorts the rows; then newer texts come, twice."""
    data = HEAD + b"1,Ann,a\n2,Ben,b\n"
    bench.rewrite(data, overwrite=overwrite)
    header, ann, ben = bench.output.read_text(encoding="utf-8").splitlines()
    bench.output.write_text("\n".join([header, ben, ann.replace("Hi", "Mine"), ""]), encoding="utf-8")
    stamp = bench.rewrite(data, "Hello", overwrite=overwrite, earlier=["Hi"])
    assert [row[3] for row in bench.cells()[1:]] == texts
    assert len(bench.others()) == 1
    bench.rewrite(data, "Hello", stamp=stamp, overwrite=overwrite, earlier=["Hi"])
    assert [row[3] for row in bench.cells()[1:]] == texts


def test_a_file_that_we_never_wrote_is_set_aside(bench: Bench) -> None:
    bench.output.write_text("somebody else's", encoding="utf-8")
    bench.rewrite(HEAD + b"1,Ann,a\n")
    assert bench.others() == ["leads.messages.edited-20260102T030405Z.csv"]


def test_a_deleted_output_is_written_again(bench: Bench) -> None:
    stamp = bench.rewrite(HEAD + b"1,Ann,a\n")
    bench.output.unlink()
    bench.rewrite(HEAD + b"1,Ann,a\n", stamp=stamp)
    assert len(bench.cells()) == 2


def test_the_output_is_never_the_source(bench: Bench) -> None:
    source = bench.source(HEAD + b"1,Ann,a\n", output="other.csv")
    try:
        (bench.path / "other.csv").symlink_to(bench.path / "leads.csv")
    except OSError:
        pytest.skip("this system lets us make no symbolic link")
    (found,) = source.beside().check()
    assert found.level == "error"
    with pytest.raises(SinkError, match="the output is the source itself"):
        rewrite(source.beside(), bench.rows(source))
    assert (bench.path / "leads.csv").read_bytes() == HEAD + b"1,Ann,a\n"


def test_before_the_first_writing_there_is_no_stamp(bench: Bench) -> None:
    table = bench.source(HEAD).beside()
    assert isinstance(table, CsvTable)
    assert table.stamp() is None
