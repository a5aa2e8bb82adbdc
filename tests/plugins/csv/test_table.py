"""The output: every row of the source as it was, our columns beside it, and nobody's work lost."""

from __future__ import annotations

import csv
import io
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upscale_connect import BadRecord, Checkpoint, Delivery, Lead, Message, Record, Row, SinkError, SourceError
from upscale_connect.errors import LedgerError
from upscale_connect_csv.columns import clean, unguard
from upscale_connect_csv.options import CsvConfig
from upscale_connect_csv.source import CsvSource
from upscale_connect_csv.table import CsvTable

SINCE = datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
HEAD = b"ID,Name,Link\n"
OURS = ["outreach_message", "upscale_status", "upscale_updated_at", "upscale_receipt"]


def deliver(record: Record | BadRecord, texts: dict[str, str], earlier: Sequence[str] = ()) -> Row:
    """A delivered row; a bad record is quarantined."""
    if isinstance(record, BadRecord):
        return Row(record, "quarantined", record.reason, since=SINCE)
    lead = Lead("1", "https://www.linkedin.com/in/ann", "ann", "Acme", "Ann", "Lee")
    messages = {name: Message(name, text, SINCE) for name, text in texts.items()}
    before = dict.fromkeys(texts, earlier)
    return Row(record, "delivered", "", Delivery(lead.key, record, lead, messages, "r3c31pt", before), SINCE)


def rewrite(table: CsvTable, rows: Iterable[Row], stamps: Sequence[str] = ()) -> str:
    """The stamp that was announced: once, and before the target has it."""
    announced: list[str] = []

    def announce(stamp: str) -> None:
        assert not announced
        announced.append(stamp)

    table.rewrite(rows, stamps, announce)
    assert table.stamp() == announced[0]
    return announced[0]


class Bench:
    """A source file and its table."""

    def __init__(self, path: Path, make_context: Any) -> None:
        self.path = path
        self.output = path / "leads.messages.csv"
        self._make_context = make_context

    def source(self, data: bytes, types: Sequence[str] = ("connection_request",), **options: Any) -> CsvSource:
        (self.path / "leads.csv").write_bytes(data)
        return CsvSource(CsvConfig(**{"path": "leads.csv", **options}), self._make_context((), types))

    def rewrite(
        self, data: bytes, text: str = "Hi", stamp: str | None = None, earlier: Sequence[str] = (), **options: Any
    ) -> str:
        """Deliver `text` to every lead of a file; return the output's stamp, as it was announced."""
        source = self.source(data, **options)
        return rewrite(source.beside(), self.rows(source, text, earlier), () if stamp is None else (stamp,))

    def rows(self, source: CsvSource, text: str = "Hi", earlier: Sequence[str] = ()) -> Iterator[Row]:
        for item in source.read(None):
            if not isinstance(item, Checkpoint):
                yield deliver(item, {"connection_request": text}, earlier)

    def cells(self, **options: Any) -> list[list[str]]:
        with self.output.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, **options))

    def others(self) -> list[str]:
        """What lies in the folder besides source, output and lock."""
        usual = ("leads.csv", self.output.name, f".{self.output.name}.lock")
        return sorted(path.name for path in self.path.iterdir() if path.name not in usual)


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


def test_each_row_gets_its_messages_state_time_and_receipt(bench: Bench) -> None:
    source = bench.source(HEAD + b"1,Ann,a\n2,Ben,b\n3,Cy\n", types=("connection_request", "first_follow_up"))
    ann, ben, cy, _ = source.read(None)
    assert isinstance(ann, Record)
    assert isinstance(ben, Record)
    assert isinstance(cy, BadRecord)
    rows = [
        deliver(ann, {"first_follow_up": "Again", "connection_request": "Hi, Ann"}),
        Row(ben, "in doubt"),
        Row(cy, "quarantined", "2 cells", since=SINCE),
    ]
    stamp = rewrite(source.beside(), rows)
    assert bench.output.read_bytes() == (
        b"ID,Name,Link,outreach_message,first_follow_up_message,upscale_status,upscale_updated_at,upscale_receipt\n"
        b'1,Ann,a,"Hi, Ann",Again,delivered,2026-01-02T03:04:05Z,r3c31pt\n'
        b"2,Ben,b,,,in doubt,,\n"
        b"3,Cy,,,,quarantined,2026-01-02T03:04:05Z,\n"
    )
    assert stamp == source.beside().stamp()


@pytest.mark.promise(row="A5")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b'\xef\xbb\xbfsep=;\r\n"ID"; Name \r\n"1";Ann\r\n\r\n 2 ;"B ""x"" n"',
            b'\xef\xbb\xbfsep=;\r\n"ID"; Name ;M\r\n"1";Ann;Hi\r\n 2 ;"B ""x"" n";Hi\r\n',
        ),
        (b"ID,Name\r1,Ann\r2,Ben\r", b"ID,Name,M\r1,Ann,Hi\r2,Ben,Hi\r"),
        (b"ID,Name\n1,Ann\r\n2,Ben\n", b"ID,Name,M\n1,Ann,Hi\r\n2,Ben,Hi\n"),
        (b'ID,Name\n1,"A\nn"\n', b'ID,Name,M\n1,"A\nn",Hi\n'),
        (b"Link\na\n", b"Link,M\na,Hi\n"),
    ],
)
def test_the_persons_text_stays_byte_by_byte(bench: Bench, data: bytes, expected: bytes) -> None:
    bench.rewrite(data, columns={"connection_request": "M"})
    delimiter = b";" if b"sep=;" in data else b","
    written = bench.output.read_bytes()
    ours = delimiter.join([b"", b"upscale_status", b"upscale_updated_at", b"upscale_receipt"])
    state = delimiter.join([b"", b"delivered", b"2026-01-02T03:04:05Z", b"r3c31pt"])
    assert written.replace(ours, b"").replace(state, b"") == expected


@pytest.mark.promise(row="G1")
def test_malformed_rows_are_kept_and_spill_over_nobody(bench: Bench) -> None:
    bench.rewrite(HEAD + b'1,"An"n,a\n2,Ben,b,extra,more\n3\n4,D\0i,d\n5,Ed,"e')
    rows = bench.cells()
    assert [row[0] for row in rows] == ["ID", "1", "2", "3", "4", "5"]
    assert rows[2] == ["2", "Ben", "b", "", "quarantined", "2026-01-02T03:04:05Z", "", "extra", "more"]
    assert [row[4] for row in rows[1:]] == ["quarantined"] * 5
    assert [row[1:3] for row in rows[1:]] == [["Ann", "a"], ["Ben", "b"], ["", ""], ["D\0i", "d"], ["Ed", "e"]]


def test_columns_that_the_source_has_already_are_used_again(bench: Bench) -> None:
    data = (
        b'ID,upscale_status,outreach_message,Link,upscale_receipt\n1,waiting,,a,\n2,delivered,"Bought, before",b,old\n'
    )
    source = bench.source(data)
    one, two, _ = source.read(None)
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    rewrite(source.beside(), [deliver(one, {"connection_request": "Hi"}), Row(two, "waiting")])
    assert bench.cells() == [
        ["ID", "upscale_status", "outreach_message", "Link", "upscale_receipt", "upscale_updated_at"],
        ["1", "delivered", "Hi", "a", "r3c31pt", "2026-01-02T03:04:05Z"],
        ["2", "waiting", "Bought, before", "b", "old", ""],
    ]
    warnings = [found for found in source.beside().check() if found.level == "warning"]
    assert len(warnings) == 3
    assert "'outreach_message'" in warnings[0].message


@pytest.mark.promise(row="G5")
def test_messages_are_guarded_and_their_line_ends_are_lf(bench: Bench) -> None:
    bench.rewrite(HEAD + b"1,=Ann,a\n", "=HYPERLINK(1)\r\nBye\rNow")
    assert bench.cells()[1][:4] == ["1", "=Ann", "a", "'=HYPERLINK(1)\nBye\nNow"]


@pytest.mark.parametrize(("encoding", "codec"), [("auto", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "utf-8-sig")])
def test_the_output_can_hold_every_message(bench: Bench, encoding: str, codec: str) -> None:
    source_codec = "utf-8" if encoding == "auto" else encoding
    bench.rewrite("ID,Name\n1,Zoë\n".encode(source_codec), "Hi 👋", encoding=encoding)
    text = bench.output.read_bytes().decode(codec)
    assert text.startswith("ID,Name,outreach_message,")
    assert "1,Zoë,Hi 👋,delivered" in text


def test_a_row_of_another_source_is_refused(bench: Bench) -> None:
    source = bench.source(HEAD + b"1,Ann,a\n")
    with pytest.raises(SinkError, match="elsewhere:9: this row does not come from"):
        rewrite(source.beside(), [Row(Record("1", {}, "elsewhere:9"), "waiting")])
    assert not bench.output.exists()


@pytest.mark.promise(row="A5")
def test_an_error_of_the_source_leaves_the_output_as_it_was(bench: Bench) -> None:
    bench.rewrite(HEAD + b"1,Ann,a\n")
    before = bench.output.read_bytes()
    with pytest.raises(SourceError):
        bench.rewrite(HEAD + b'1,Ann,a\n2,"Ben,b\n3,Cy,c\n')
    assert bench.output.read_bytes() == before
    assert bench.others() == []


# What is in the target's place


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


def test_check_of_a_good_place_and_a_missing_folder(bench: Bench) -> None:
    (found,) = bench.source(HEAD + b"1,Ann,a\n").beside().check()
    assert (found.level, found.message) == ("ok", "leads.messages.csv can be written")
    (found,) = bench.source(HEAD, output="nowhere/out.csv").beside().check()
    assert (found.level, "there is no such folder" in found.message) == ("error", True)
    with pytest.raises(SinkError, match="there is no such folder"):
        bench.rewrite(HEAD + b"1,Ann,a\n", output="nowhere/out.csv")


def test_check_warns_of_a_name_for_a_column_that_is_not_written(bench: Bench) -> None:
    table = bench.source(HEAD + b"1,Ann,a\n", columns={"conection_request": "Message"}).beside()
    found, _ = table.check()
    assert (found.level, found.hint) == ("warning", "did you mean 'connection_request'?")


# Properties

File = tuple[list[list[str]], dict[str, Any]]
CELLS = st.text(st.sampled_from("ab é👋',;|\t\"\n\r=\u2028\x0b\ufeff"), max_size=8)


@st.composite
def files(draw: st.DrawFn) -> File:
    """Rows with a header, and how csv.writer shall write them."""
    width = draw(st.integers(2, 4))
    header = [f"column {number}" for number in range(width)]
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6))
    # Before Python 3.13 the writer leaves a lone CR unquoted unless it is told to quote everything.
    style = {"delimiter": draw(st.sampled_from(",;\t|")), "lineterminator": draw(st.sampled_from(["\n", "\r\n"]))}
    return [header, *rows], {**style, "quoting": csv.QUOTE_ALL}


def write(rows: Iterable[Sequence[str]], style: dict[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **style).writerows(rows)
    return text.getvalue().encode()


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


def test_before_the_first_writing_there_is_no_stamp(bench: Bench) -> None:
    table = bench.source(HEAD).beside()
    assert isinstance(table, CsvTable)
    assert table.stamp() is None
