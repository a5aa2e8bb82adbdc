"""The output: every row of the source as it was, and our columns beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.csv.table_bench import HEAD, SINCE, Bench, deliver, rewrite
from upscale_connect import BadRecord, Record, Row, SinkError, SourceError


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
