"""S01 to S11, S19 and S21 to S25: the records that a source gives."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from typing import Any

from ..models import BadRecord, Record
from .bench import compare
from .checks import NotApplicable, must
from .conformance import fail
from .invented import TRAPS, make_row, make_rows
from .source_bench import SourceBench

#: Bytes of a source that no program should hold in memory at once, and how much of it one may.
_LARGE_ROWS, _LARGE_NOTE = 400, 10_000
_SHARE = 0.4


class RecordChecks(SourceBench):
    """What is read."""

    @must("S01", "check() finds nothing wrong where nothing is")
    def test_s01_check_is_content(self) -> None:
        self.require_no_error(self.open_connector())

    @must("S04", "the constructor does nothing, and close() may come at any time")
    def test_s04_constructor_and_close(self) -> None:
        self.require_quiet_start(self.open_connector, "read")

    @must("S05", "ids survive as they are")
    def test_s05_ids_survive(self) -> None:
        if not self.id_column:
            there = [record.id for record in self.read_records(self.find_options()) if record.id is not None]
            wrong = [one for one in there if not (isinstance(one, str) and one)]
            if wrong:
                raise fail("ids that are text, or None", repr(wrong[0]), "str(…) it, and leave nothing empty")
            raise NotApplicable("`id_column` is not set" if there else "its records have no id")
        ids = ["007", "7", "Abc", "abc", "a b", "Ä-1", "id/with?signs&"]
        seen = [record.id for record in self.read_records(self.arrange([make_row(n, id=i) for n, i in enumerate(ids)]))]
        if seen != ids:
            raise fail(repr(ids), repr(seen), "an id is text: no number, no other case, no other spaces")

    @must("S06", "a row that stands there twice is read twice")
    def test_s06_nothing_is_merged(self) -> None:
        if self.unique_ids:
            raise NotApplicable("`unique_ids`: the place itself keeps ids unique")
        rows = make_rows(3)
        rows[2] = {**rows[2], "id": rows[0]["id"]}
        records = self.read_records(self.arrange([*rows, rows[1]]))
        if len(records) != 4:
            raise fail(
                "4 records, of which two have one id and two are equal", f"{len(records)}", "leave it to the core"
            )

    @must("S07", "reading again gives the same")
    def test_s07_reading_again(self) -> None:
        source = self.open_connector(self.options_for(5))
        first, second = (
            Counter(self.show(item) for item in self.read(source) if isinstance(item, Record)) for _ in range(2)
        )
        if first != second:
            raise fail(
                f"the {first.total()} records of the first read",
                f"{second.total()} in the second read of the same object",
                "begin anew in each read(); keep no position in the object",
            )

    @must("S08", "columns() lists what records have, and records have what a mapping reads")
    def test_s08_columns_are_those_of_the_records(self) -> None:
        options = self.options_for(3)
        columns = self.read_columns(self.open_connector(options))
        if columns is None:
            raise NotApplicable("columns() returns None")
        needed = set(columns) & set(self.describe_sync()[0])
        for record in self.read_records(options):
            if surplus := set(record.fields) - set(columns):
                raise fail(
                    "records with columns of columns() only",
                    f"{record.where} also has {', '.join(sorted(surplus))}",
                    "list every column that a mapping may name, or return None",
                )
            if missing := needed - set(record.fields):
                raise fail(
                    "every column that the mapping reads, in every record",
                    f"{record.where} has no {', '.join(sorted(missing))}",
                    "give what context.columns names, empty if there is nothing",
                )

    @must("S10", "the first record comes before the last is read")
    def test_s10_reading_is_lazy(self) -> None:
        options = self.options_for(4 * self.page_size + 1)
        self.read_records(options)
        whole = len(self.bench.wire.calls)
        if not whole:
            self._measure_first_record()
            return
        self.bench.wire.calls.clear()
        self.read(self.open_connector(options), most=1)
        begun = len(self.bench.wire.calls)
        if begun > whole / 2:
            raise fail(
                f"up to half of the {whole} calls before the first record",
                f"{begun}",
                "yield the records of a page before you ask for the next; is `page_size` of the test right?",
            )

    @must("S11", "any number of records arrives, none included")
    def test_s11_any_number_arrives(self) -> None:
        size = self.page_size
        for count in sorted({0, 1, size - 1, size, size + 1, 2 * size, 2 * size + 1}):
            rows = make_rows(count)
            records = self.read_records(self.arrange(rows))
            if Counter(map(self.show, records)) != Counter(self.shown(rows, records)):
                raise fail(
                    f"{count} records", f"{len(records)}", "look at the last page: full, half full and empty ones"
                )

    @must("S19", "a row that cannot be read is one BadRecord")
    def test_s19_a_bad_row_is_counted(self) -> None:
        rows = make_rows(3)
        options = self.arrange(rows)
        self.spoil()
        items = self.read(self.open_connector(options))
        records = [item for item in items if isinstance(item, Record)]
        bad = [item for item in items if isinstance(item, BadRecord)]
        if len(bad) != 1 or Counter(map(self.show, records)) != Counter(self.shown(rows, records)):
            raise fail(
                "3 records and 1 BadRecord",
                f"{len(records)} records and {len(bad)} BadRecords",
                "yield BadRecord(where, reason) and go on: a row that is left out is lost",
            )
        if not bad[0].where or not bad[0].reason:
            raise fail("a BadRecord that says where and why", repr(bad[0]), "people read it to correct the row")

    @must("S21", "check() and read() change nothing")
    def test_s21_reading_changes_nothing(self) -> None:
        options = self.find_options()
        before = self.bench.snapshot()
        self.exercise(self.open_connector(options))
        if self.bench.wire.writes:
            raise fail(
                "calls that only read",
                ", ".join(map(str, self.bench.wire.writes)),
                "write in write() alone; name a search or a login in `safe_calls` of the test",
            )
        if changed := compare(before, self.bench.snapshot()):
            raise fail("every file as it was", changed, "write nothing beside what a user named")

    @must("S22", "a read that nobody continues leaves nothing behind")
    def test_s22_half_a_read(self) -> None:
        options = self.options_for(2 * self.page_size + 1)
        before = self.bench.snapshot()
        source = self.open_connector(options)
        self.read(source, most=1)
        self.stop.set()
        source.close()
        if changed := compare(before, self.bench.snapshot()):
            raise fail("every file as it was", changed, "clean up in a `finally` of the generator")

    @must("S23", "text survives as it is")
    def test_s23_text_survives(self) -> None:
        rows = [make_row(number, note=trap) for number, trap in enumerate(TRAPS, 1)]
        items = self.read(self.open_connector(self.arrange(rows)))
        records = [item for item in items if isinstance(item, Record)]
        refused = sum(isinstance(item, BadRecord) for item in items)
        name = self.column_names.get("note", "note")
        there = Counter(record.fields.get(name, "") for record in records)
        lost = [trap for trap in TRAPS if trap not in there]
        if len(lost) > refused:
            raise fail(
                f"{lost[0][:60]!r}, or a BadRecord",
                repr(next((text for text in there if text not in TRAPS), "nothing like it"))[:80],
                "change no text: no strip(), no case, no normal form, no numbers out of digits",
            )

    @must("S24", "two reads at the same time do not disturb each other")
    def test_s24_two_reads_at_once(self) -> None:
        options = self.options_for(2 * self.page_size + 1)
        alone = Counter(map(self.show, self.read_records(options)))
        with self.bench.phase("read"):
            reads = [iter(self.open_connector(options).read(None)) for _ in range(2)]
            seen: list[Counter[Any]] = [Counter(), Counter()]
            while reads:
                for number, items in enumerate(list(reads)):
                    item = next(items, None)
                    if item is None:
                        reads.remove(items)
                    elif isinstance(item, Record):
                        seen[number][self.show(item)] += 1
        if seen[0] + seen[1] != alone + alone:
            raise fail(
                f"twice the {alone.total()} records",
                f"{(seen[0] + seen[1]).total()} records in all",
                "keep nothing in the class or the module: two syncs may read from the same place",
            )

    @must("S25", "memory does not grow with the records")
    def test_s25_memory_is_flat(self) -> None:
        with self.fresh_bench():
            self.exercise(self.open_connector())
            if self.bench.wire.calls:
                raise NotApplicable("measured for sources that make no call")
        source, size = self._arrange_large()
        items = source.read(None)
        next(items, None)
        tracemalloc.start()
        try:
            for _ in items:
                pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        if peak > size * _SHARE:
            raise fail(
                f"less than {size * _SHARE / 1e6:.1f} MB more after {size / 1e6:.1f} MB of records",
                f"{peak / 1e6:.1f} MB",
                "keep no record after it was yielded",
            )

    @must("P11", "two objects share no state")
    def test_p11_objects_share_nothing(self) -> None:
        self.read_records(self.arrange(make_rows(3)))
        rows = make_rows(3, start=11)
        records = self.read_records(self.arrange(rows))
        if Counter(map(self.show, records)) != Counter(self.shown(rows, records)):
            raise fail(
                "the records that are there now",
                "those that another object of the class has read before",
                "keep nothing in the class or the module",
            )

    def _measure_first_record(self) -> None:
        source, size = self._arrange_large()
        tracemalloc.start()
        try:
            self.read(source, most=1)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        if peak > size * _SHARE:
            raise fail(
                f"less than {size * _SHARE / 1e6:.1f} MB in memory for the first record of {size / 1e6:.1f} MB",
                f"{peak / 1e6:.1f} MB",
                "yield each record as it is read; a source may have a million",
            )

    def _arrange_large(self) -> tuple[Any, int]:
        """A source with more text than should be in memory, and how many bytes it has."""
        rows = [make_row(number, note=f"{number} " * (_LARGE_NOTE // 4)) for number in range(_LARGE_ROWS)]
        size = sum(len(text) for row in rows for text in row.values())
        options = self.arrange(rows)
        del rows
        return self.open_connector(options), size
