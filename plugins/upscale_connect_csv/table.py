"""The source's rows with their messages, in a second file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from upscale_connect import Context, Delivery, Finding, Record, Row, Shown, SinkError, SourceError, Table

from .columns import (
    RECEIPT,
    REVIEW,
    STATUS,
    UPDATED_AT,
    check_names,
    clean,
    find_columns,
    guard,
    name_columns,
    read_texts,
    show_time,
    unguard,
)
from .dialect import Layout, line_end
from .encoding import holds_everything
from .erasing import find_leftovers
from .kept import KeptCells
from .options import CsvConfig
from .overwriting import is_new, may_replace
from .reader import CsvReader
from .records import CsvBadRecord, CsvRecord
from .splice import Splicer
from .target import Draft, Target, TargetChangedError


class CsvTable(Table[CsvConfig]):
    """Every row of the source in its order, each cell's text as it was, and our columns behind them.

    A column of ours that the source has already is used again: its messages and receipts stay where there is
    nothing newer, its status is replaced. A file in an encoding that cannot hold every message (cp1252, …)
    gets an output in UTF-8 with a byte order mark. With `in_place` the output is the source itself.
    """

    name = "csv"
    config_model = CsvConfig

    def __init__(self, config: CsvConfig, context: Context) -> None:
        super().__init__(config, context)
        self._source = context.folder / config.path.expanduser()
        self._target = Target(context.folder / config.target.expanduser(), context, like=self._source)
        names = [STATUS, *(REVIEW.values() if config.review_columns else ()), UPDATED_AT, RECEIPT]
        self._known = [*context.message_types, *names]
        self._messages, rest = name_columns(context.message_types, names, config.columns)
        self._review = rest[1:-2]
        self._headers = [*self._messages, *rest]

    def stamp(self) -> str | None:
        return self._target.stamp()

    def shown(self) -> Iterator[Shown]:
        """The rows with a receipt or status: of the output, and of the source where it has our columns itself."""
        yield from self._read_back(self._target.path)
        if not self.config.in_place:
            yield from self._read_back(self._source)

    def rewrite(self, rows: Iterable[Row], stamps: Collection[str], announce: Callable[[str], None]) -> None:
        """Write all rows at once or nothing. A file that a person changed is first copied to
        `<stem>.edited-<UTC time>.csv`; one that holds these rows already is left untouched."""
        self._refuse_source()
        with self._target.lock(), closing(KeptCells()) as kept:
            if self.config.in_place:
                self._rewrite_source(rows, kept, announce)
                return
            self._read_kept(kept)
            with self._draft(rows, kept) as draft:
                self._target.put(draft, stamps, announce)

    def _rewrite_source(self, rows: Iterable[Row], kept: KeptCells, announce: Callable[[str], None]) -> None:
        """The rows are read from the file that they replace; if that changes meanwhile, it is left as it is."""
        stamp = self._target.stamp()
        self._target.refuse_open()
        try:
            with self._draft(rows, kept) as draft:
                self._target.back_up()
                self._target.exchange(draft, stamp, announce)
        except TargetChangedError:
            raise SinkError(
                f"{self._target.path}: somebody changed the file while it was written",
                hint="run again: it is read anew, and each message finds its row; the messages are kept",
            ) from None

    @contextmanager
    def _draft(self, rows: Iterable[Row], kept: KeptCells) -> Iterator[Draft]:
        """The new content of the target."""
        remaining = iter(rows)
        first = next(remaining, None)
        layout = _layout_of(first) if first else self._read_layout()
        if problem := self._find_problem(layout):
            raise SinkError(problem.message, hint=problem.hint)
        splicer = Splicer(layout.delimiter, layout.columns, self._headers)
        codec = layout.codec if holds_everything(layout.codec) else "utf-8"
        with self._target.draft(codec) as draft:
            write = draft.file.write
            if codec != layout.codec:
                write("\ufeff")
            write(layout.preamble)
            write(splicer.header(layout.header) + layout.newline)
            for row in chain([first] if first else [], remaining):
                write(self._render(row, splicer, layout.newline, kept))
            kept.close()
            yield draft

    def leftovers(self) -> Iterator[str]:
        return find_leftovers(self._target)

    def check(self) -> Iterator[Finding]:
        try:
            self._refuse_source()
            layout = self._read_layout()
        except (SinkError, SourceError) as error:
            yield Finding("error", error.message, error.hint)
            return
        if problem := self._find_problem(layout):
            yield problem
        columns = layout.columns
        is_written = self.config.in_place and self._headers[-1] in columns
        for header in () if is_written else self._headers:
            if header in columns:
                yield Finding(
                    "warning",
                    f"{self._source.name} has a column {header!r} already: in {self._target.path.name} it is ours",
                    "rename it in the source, or give ours another name under `columns:`",
                )
        yield from check_names(self.config.columns, self._known)
        for found in self._target.check():
            # What a program has open is saved there later, over what was written meanwhile.
            is_risk = self.config.in_place and found.level == "warning" and self._target.opened_by()
            yield replace(found, level="error") if is_risk else found

    def _find_problem(self, layout: Layout) -> Finding | None:
        """Why the messages cannot go into the source itself, if they are to."""
        if not self.config.in_place or layout.codec == "utf-8":
            return None
        return Finding(
            "error",
            f"{self._source.name} is in {layout.codec}: messages can be written into a file in UTF-8 only, "
            "as others lack characters",
            "save it as CSV UTF-8, or leave out `in_place`: the output is then in an encoding that holds everything",
        )

    def _read_kept(self, kept: KeptCells) -> None:
        """What of the target may be a person's. One that cannot be read is no more than set aside."""
        stamp = self._target.stamp()
        if stamp is None or (self.config.overwrite == "always" and not self._review):
            return
        with suppress(SourceError):
            columns = [name for name in self._read_layout().columns if name not in self._headers]
            mapped = [name for name in columns if name in self.context.columns]
            kept.open(lambda: self._open(self._target.path), mapped or columns, [*self._messages, *self._review])

    def _render(self, row: Row, splicer: Splicer, newline: str, kept: KeptCells) -> str:
        """One line of the output: the record's text with our cells and its own line end."""
        record, delivery = row.record, row.delivery
        if not isinstance(record, CsvRecord | CsvBadRecord):
            raise SinkError(f"{record.where}: this row does not come from {self._source.name}")
        cells: list[str | None] = [None] * len(self.context.message_types)
        review: list[str | None] = [None] * len(self._review)
        receipt = None
        if delivery is not None:
            receipt = guard(delivery.receipt)
            shown = delivery.record.fields if self.config.in_place else kept.find(delivery.record)
            cells = self._texts(delivery, shown)
            review = self._said(delivery, shown)
        line = splicer.splice(
            record.raw,
            [*cells, row.status, *review, show_time(row.since), receipt],
            complete=isinstance(record, CsvRecord),
        )
        return line + (line_end(record.raw) or newline)

    def _texts(self, delivery: Delivery, shown: Mapping[str, str]) -> list[str | None]:
        """The cells of our message columns; what a person wrote there stays."""
        cells: list[str | None] = []
        for message_type, header in zip(self.context.message_types, self._messages, strict=True):
            message, there = delivery.messages.get(message_type), shown.get(header, "")
            if message is None:
                cells.append(None)
            elif self._may_replace(delivery, message_type, unguard(there)):
                cells.append(guard(clean(message.text)))
            else:
                cells.append(there)
        return cells

    def _said(self, delivery: Delivery, shown: Mapping[str, str]) -> list[str | None]:
        """A person's own cells; a yes or no is taken away where it was said of another text."""
        said: list[str | None] = [shown.get(header) for header in self._review]
        texts = zip(self.context.message_types, self._messages, strict=True)
        for message_type, header in texts if said else ():
            message, there = delivery.messages.get(message_type), unguard(shown.get(header, ""))
            if message and is_new(message.text, there) and self._may_replace(delivery, message_type, there):
                said[0] = ""
        return said

    def _may_replace(self, delivery: Delivery, message_type: str, there: str) -> bool:
        return may_replace(self.config.overwrite, delivery, message_type, there)

    def _read_back(self, path: Path) -> Iterator[Shown]:
        """Nothing of a file that is not there, is empty, or has no column of receipts. Raises `SinkError`."""
        if not path.exists() or not path.stat().st_size:
            return
        status, receipts = self._headers[len(self._messages)], self._headers[-1]
        ours = set(self._headers) - set(self.context.columns)
        try:
            with self._open(path) as reader:
                columns = reader.layout.columns
                if receipts not in columns:
                    return
                place = columns.index(receipts)
                texts = find_columns([*self.context.message_types, "status"], [*self._messages, status], columns)
                if self._review:
                    texts |= find_columns(list(REVIEW), self._review, columns)
                for row in reader.rows():
                    shown = {} if row.problem else read_texts(row.cells, texts)
                    if row.problem or not (row.cells[place] or "status" in shown):
                        continue
                    fields = {name: cell for name, cell in zip(columns, row.cells, strict=True) if name not in ours}
                    record = Record(None, fields, f"{reader.name}:{row.line}")
                    yield Shown(record, unguard(row.cells[place]) or None, shown)
        except SourceError as error:
            raise SinkError(error.message, hint="correct the file, or move it away; it was not touched") from None

    def _read_layout(self) -> Layout:
        with self._open(self._source) as reader:
            return reader.layout

    def _open(self, path: Path) -> CsvReader:
        config = self.config
        return CsvReader(path, encoding=config.encoding, delimiter=config.delimiter, needed=self.context.columns)

    def _refuse_source(self) -> None:
        target = self._target.path
        if self.config.in_place:
            return
        if target.exists() and self._source.exists() and target.samefile(self._source):
            raise SinkError(f"{target}: the output is the source itself", hint="give `output:` another name")


def _layout_of(row: Row) -> Layout:
    record = row.record
    if not isinstance(record, CsvRecord | CsvBadRecord):
        raise SinkError(f"{record.where}: this row does not come from a CSV file")
    return record.layout
