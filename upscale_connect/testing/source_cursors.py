"""S13 to S17 and P13: what a source says need not be read again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..contracts import Checkpoint, Cursor
from ..errors import UpscaleConnectError
from ..models import Record
from .checks import NotApplicable, must, should
from .conformance import fail
from .invented import make_row, make_rows
from .source_bench import Item, SourceBench


class CursorChecks(SourceBench):
    """Resuming. A source that yields no Checkpoint passes over these."""

    @must("S13", "a cursor survives as JSON")
    def test_s13_cursors_are_json(self) -> None:
        options = self.find_options()
        for cursor in self._cursors(options):
            try:
                copy = json.loads(json.dumps(cursor))
            except (TypeError, ValueError):
                raise fail("a cursor of JSON values", repr(cursor), "store text, numbers, lists and dicts") from None
            if copy != cursor:
                raise fail(repr(cursor), f"{copy!r} after it was stored", "use text as keys, and lists for tuples")

    @must("S14", "a checkpoint covers only what came before it")
    def test_s14_checkpoints_cover_nothing_to_come(self) -> None:
        options = self.options_for(2 * self.page_size + 1)
        self._cursors(options)
        items = self.read(self.open_connector(options))
        whole = {self.show(item) for item in items if isinstance(item, Record)}
        for place, item in enumerate(items):
            if not isinstance(item, Checkpoint):
                continue
            begun = {self.show(one) for one in items[:place] if isinstance(one, Record)}
            if lost := whole - begun - set(map(self.show, self.read_records(options, item.cursor))):
                raise fail(
                    f"all {len(whole)} records, if a run ends after {len(begun)} and the next begins at the checkpoint",
                    f"{len(lost)} of them are never read",
                    "yield a Checkpoint after the last record that it covers",
                )

    @must("S15", "a row that changed in the moment of the checkpoint is read")
    def test_s15_ties_are_read(self) -> None:
        rows = make_rows(3)
        cursor = self._cursors(self.arrange(rows))[-1]
        late = make_row(9, changed_at=rows[-1]["changed_at"])
        records = self.read_records(self.arrange([*rows, late]), cursor)
        if not {late[column] for column in ("email", "linkedin")} & set(_texts(records)):
            raise fail(
                "the new row, which has the same time of change as the last one",
                f"{len(records)} records without it",
                "read from the cursor's time on, that time included: what is known already costs nothing",
            )

    @should("S16", "what has not changed is not all read again")
    def test_s16_the_next_read_is_short(self) -> None:
        options = self.options_for(6)
        cursor = self._cursors(options)[-1]
        whole, again = len(self.read_records(options)), len(self.read_records(options, cursor))
        if again >= whole > 1:
            raise fail(
                f"fewer than {whole} records after the cursor", f"{again}", "use `since`, or yield no Checkpoint"
            )

    @must("S17", "a cursor that it does not know loses nothing")
    def test_s17_a_foreign_cursor_loses_nothing(self) -> None:
        options = self.find_options()
        self._cursors(options)
        whole = len(self.read_records(options))
        foreign: list[Cursor] = [{}, {"made": {"by": ["somebody", 1.5, None]}}]
        for cursor in foreign:
            try:
                count = len(self.read_records(options, cursor))
            except UpscaleConnectError:
                continue
            except Exception as error:
                raise fail(
                    "all records, or a SourceError",
                    f"{type(error).__name__}",
                    "read from the start if the cursor is not what you made",
                ) from error
            if count != whole:
                raise fail(f"{whole} records, or a SourceError", f"{count}", "read from the start, do not guess")

    @must("P13", "`whole` is true if the class says so")
    def test_p13_whole_is_whole(self) -> None:
        if not self.connector.whole:
            raise NotApplicable("`whole` is False")
        rows = make_rows(4)
        cursor = _last_cursor(self.read(self.open_connector(self.arrange(rows))))
        changed = [*rows[:3], {**rows[3], "company": "Another Company", "changed_at": make_row(30)["changed_at"]}]
        count = len(self.read_records(self.arrange(changed), cursor))
        if count != 4:
            raise fail(
                "all 4 records after one has changed",
                f"{count}",
                "leave `whole` out: the core takes what is missing for deleted",
            )

    def _cursors(self, options: Mapping[str, Any]) -> list[Cursor]:
        cursors = [item.cursor for item in self.read(self.open_connector(options)) if isinstance(item, Checkpoint)]
        if not cursors:
            raise NotApplicable("it yields no Checkpoint")
        return cursors


def _last_cursor(items: Sequence[Item]) -> Cursor | None:
    return next((item.cursor for item in reversed(items) if isinstance(item, Checkpoint)), None)


def _texts(records: Sequence[Record]) -> Counter[str]:
    return Counter(text for record in records for text in record.fields.values())
