"""The suite for a table, which a source gives by `beside()`."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from ..contracts import Finding, Row
from ..models import Record
from .bench import compare
from .checks import NotApplicable, must, should
from .conformance import fail
from .invented import TRAPS, TYPES, make_delivery, make_row, make_rows, make_text
from .sink_conformance import Interruption
from .table_bench import TableBench

FIRST = TYPES[0]
_LARGE_ROWS, _LARGE_NOTE = 400, 10_000
_SHARE = 0.4


class TableConformance(TableBench):
    """Derive from it, name the source, and say how its rows and its target are reached.

    class TestCsvTable(TableConformance):
        connector = CsvSource

        def arrange(self, rows):
            ...
            return {"path": "leads.csv"}

        def read_back(self):
            ...
            yield Shown(Record(None, columns_of_the_source), receipt, {"connection_request": text})
    """

    @must("T01", "check() finds nothing wrong where nothing is, and changes nothing")
    def test_t01_check_is_content(self) -> None:
        table = self.open_table(self.find_options())[1]
        before = self.bench.snapshot()
        findings = self.bench.check(table)
        wrong = [one for one in findings if not isinstance(one, Finding) or one.level == "error"]
        changed = compare(before, self.bench.snapshot())
        if wrong or changed or self.bench.wire.writes:
            seen = repr(wrong[0]) if wrong else changed or str(self.bench.wire.writes[0])
            raise fail("findings of level ok or warning, and every file as it was", seen, "look, but write nothing")

    @must("T02", "every row is there, in its order, with its own message")
    def test_t02_every_row_is_there(self) -> None:
        rows = make_rows(7)
        self.rewrite(*self.open_table(self.arrange(rows)))
        wanted = [{FIRST: make_text(n, FIRST)} if n % 3 else {} for n in range(1, 8)]
        people = [shown.record.fields.get("email") for shown in self.read_back()]
        if people != [row["email"] for row in rows]:
            raise fail("the rows of the source in their order", repr(people)[:200], "write one for each, as they come")
        if self.texts() != wanted:
            place = next((n for n, (one, two) in enumerate(zip(self.texts(), wanted, strict=False)) if one != two), 0)
            raise fail(f"{wanted[place]} in row {place + 1}", repr(self.texts()[place : place + 1]), "use row.delivery")

    @must("T03", "stamp() tells what was written last")
    def test_t03_the_stamp(self) -> None:
        source, table = self.open_table(self.find_options())
        nothing = table.stamp()
        stamp = self.rewrite(source, table)
        if nothing is not None or table.stamp() != stamp or not isinstance(stamp, str):
            raise fail(
                "None before anything is there, then what rewrite() announced",
                f"{nothing!r}, then {table.stamp()!r} where rewrite() announced {stamp!r}",
                "take size and time of change of the draft: a new name changes neither",
            )
        self.edit()
        if table.stamp() == stamp:
            raise fail("another stamp after a person has written there", "the same", "it must change with the target")

    @should("T04", "the same rows again leave the target as it is")
    def test_t04_the_same_again(self) -> None:
        source, table = self.open_table(self.find_options())
        stamp = self.rewrite(source, table)
        before = self.bench.snapshot()
        if self.rewrite(source, table, stamp) != stamp or compare(before, self.bench.snapshot()):
            raise fail("the same stamp, and the same files", "another one", "compare before you replace")

    @must("T05", "what a person wrote is kept")
    def test_t05_an_edit_is_kept(self) -> None:
        source, table = self.open_table(self.find_options())
        stamp = self.rewrite(source, table)
        text = self.edit()
        self.rewrite(source, table, stamp, self.rows_of(source, revision=2))
        if not any(text in kept for kept in self.find_kept()):
            raise fail(f"{text!r} somewhere", "it is gone", "compare stamp() with `stamps`; set a changed target aside")

    @must("T06", "a rewrite that is interrupted changes nothing")
    def test_t06_an_interruption(self) -> None:
        source, table = self.open_table(self.find_options())
        stamp = self.rewrite(source, table)
        before = self.bench.snapshot()

        def break_off() -> Iterator[Row]:
            yield from self.rows_of(source, revision=2)
            raise Interruption

        with suppress(Interruption):
            self.rewrite(source, table, stamp, break_off())
        if changed := compare(before, self.bench.snapshot()):
            raise fail(
                "every file as it was", changed, "write beside it, then replace; remove the draft in a `finally`"
            )

    @must("T07", "the new stamp is announced before the target has it")
    def test_t07_the_announcement(self) -> None:
        source, table = self.open_table(self.find_options())
        stamp = self.rewrite(source, table)
        before = self.texts()

        def break_off(_stamp: str) -> None:
            raise Interruption

        with suppress(Interruption):
            table.rewrite(self.rows_of(source, revision=2), [stamp], break_off)
        if self.texts() != before:
            raise fail("the target as it was", "the new rows", "make a draft, announce its stamp, replace the target")

    @must("T08", "making the table does nothing, and close() may come at any time")
    def test_t08_constructor_and_close(self) -> None:
        self.require_quiet_start(lambda options: self.open_table(options)[1], "rewrite")

    @must("T09", "texts are written as they are")
    def test_t09_text_survives(self) -> None:
        source, table = self.open_table(self.arrange(make_rows(len(TRAPS))))
        traps = iter(TRAPS)
        rows = [
            Row(record, "delivered", delivery=make_delivery(number, texts={FIRST: next(traps)}, record=record))
            for number, record in enumerate((one for one in source.read(None) if isinstance(one, Record)), 1)
        ]
        self.rewrite(source, table, rows=rows)
        for trap, texts in zip(TRAPS, self.texts(), strict=True):
            if texts.get(FIRST) != trap:
                raise fail(repr(trap[:60]), repr(texts.get(FIRST, "nothing")[:60]), "change, cut and escape nothing")

    @must("T10", "the source stays as it is")
    def test_t10_the_source_stays(self) -> None:
        options = self.find_options()
        before = self.bench.snapshot()
        self.rewrite(*self.open_table(options))
        after = self.bench.snapshot()
        if changed := compare(before, {name: after.get(name, "") for name in before}):
            raise fail("the files of the source as they were", changed, "write to a target of its own")

    @must("T11", "shown() reads back what is there")
    def test_t11_it_is_read_back(self) -> None:
        source, table = self.open_table(self.find_options())
        self.rewrite(source, table)
        shown = self.read_shown(table)
        if shown is None:
            raise NotApplicable("shown() returns None: the target cannot be read back")
        seen = [(one.receipt, dict(one.fields).get(FIRST)) for one in shown if one.receipt]
        wanted = [(f"uc-{number:04}-1", make_text(number, FIRST)) for number in (1, 2)]
        if seen != wanted:
            raise fail(repr(wanted), repr(seen), "yield a Shown for each row with a receipt: it rebuilds a lost ledger")

    @must("T13", "a row that cannot be read stays in its place")
    def test_t13_bad_rows_stay(self) -> None:
        options = self.arrange(make_rows(2))
        self.spoil()
        self.rewrite(*self.open_table(options))
        if len(list(self.read_back())) != 3:
            raise fail(
                "3 rows", f"{len(list(self.read_back()))}", "write a row.record that is a BadRecord as it was read"
            )

    @must("T14", "a source without rows makes an empty target")
    def test_t14_no_rows(self) -> None:
        self.rewrite(*self.open_table(self.arrange([])))
        if rows := list(self.read_back()):
            raise fail("no rows", f"{len(rows)}", "write what is around the rows alone, such as a header")

    @must("T25", "memory does not grow with the rows")
    def test_t25_memory_is_flat(self) -> None:
        large = [make_row(number, note=f"{number} " * (_LARGE_NOTE // 4)) for number in range(1, _LARGE_ROWS)]
        size = sum(len(text) for row in large for text in row.values())
        source, table = self.open_table(self.arrange(large))
        del large
        rows = self.rows_of(source)
        first = next(rows)
        tracemalloc.start()
        try:
            self.rewrite(source, table, rows=chain((first,), rows))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        if peak > size * _SHARE:
            raise fail(
                f"less than {size * _SHARE / 1e6:.1f} MB for {size / 1e6:.1f} MB of rows",
                f"{peak / 1e6:.1f} MB",
                "write each row as it comes",
            )
