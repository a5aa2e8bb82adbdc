"""A file of its own with one row per delivered lead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from upscale_connect import Context, Delivery, Finding, Found, Sink, SinkError, SourceError, WriteResult

from .columns import REVIEW, check_names, find_columns, read_texts
from .dialect import Layout
from .encoding import find_unencodable, holds_everything
from .erasing import drop_rows, find_leftovers
from .forms import make_form
from .merging import Chunk, Merger, Results
from .options import CsvSinkConfig
from .reader import CsvReader
from .target import Target, TargetChangedError

#: Deliveries that are written by one replacement of the file: what bounds memory.
CHUNK = 10_000
#: How often a file that somebody changes meanwhile is read again.
_ATTEMPTS = 5


class CsvSink(Sink[CsvSinkConfig]):
    """Replaces the file whole after each 10,000 deliveries and at the end; the results follow.

    A lead that is delivered again replaces its row. Columns that a person added stay as they are. With a `profile` the
    file is one that a tool imports.
    """

    name = "csv"
    config_model = CsvSinkConfig

    def __init__(self, config: CsvSinkConfig, context: Context) -> None:
        super().__init__(config, context)
        self._path = context.folder / config.path.expanduser()
        self._target = Target(self._path, context)
        self._form = make_form(config, context)

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        chunk = Chunk(self._form)
        for delivery in deliveries:
            if len(chunk) >= CHUNK or chunk.shares_row(delivery):
                yield from self._write_chunk(chunk)
                chunk = Chunk(self._form)
            chunk.add(delivery)
        if chunk:
            yield from self._write_chunk(chunk)

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        """Receipts, and the texts by message type, as they stand in the file now."""
        if not self._path.exists():
            return
        form, chunk, answered = self._form, Chunk(self._form, deliveries), set[int]()
        with self._open() as reader:
            columns = reader.layout.columns
            places = [columns.index(name) for name in form.key]
            receipt, linkedin = columns.index(form.receipt), columns.index(form.linkedin)
            texts = find_columns(self.context.message_types, form.messages, columns)
            if form.review:
                texts |= find_columns(list(REVIEW), form.review, columns)
            for row in reader.rows():
                for delivery in chunk.find(row, places):
                    if id(delivery) not in answered:
                        answered.add(id(delivery))
                        stranger = delivery.find_stranger(linkedin=row.cells[linkedin])
                        shown = read_texts(row.cells, texts, form.read)
                        yield Found(delivery.key, form.read(row.cells[receipt]) or None, shown, stranger)

    def erase(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        """Rows of these leads are ours as a whole, so they go; one that shows somebody else's profile stays."""
        chunk = Chunk(self._form, deliveries)
        with self._target.lock():
            results = self._change_patiently(lambda: drop_rows(self._target, self._open, self._form, chunk))
        yield from results.values()

    def find_fault(self, message_type: str, text: str) -> str:
        if fault := self._form.find_fault(message_type, text):
            return fault
        codec = "utf-8" if self.config.encoding == "auto" else self.config.encoding
        character = find_unencodable(text, codec)
        return f"{self._path.name} is in {codec}, which cannot hold the {character}" if character else ""

    def leftovers(self) -> Iterator[str]:
        return find_leftovers(self._target)

    def check(self) -> Iterator[Finding]:
        try:
            layout = self._read_layout()
        except SinkError as error:
            yield Finding("error", error.message, error.hint)
            return
        if not holds_everything(layout.codec):
            yield Finding(
                "warning",
                f"{self._path.name} is in {layout.codec}, which cannot hold every message, such as one with an emoji",
                "set `encoding: utf-8` for the output, and move the file away if there is one: it is made anew",
            )
        yield from check_names(self.config.columns, self._form.known)
        yield from check_names(self.config.limits, self.context.message_types, "limits")
        yield from self._form.check()
        yield from self._target.check()

    def _write_chunk(self, chunk: Chunk) -> Iterator[WriteResult]:
        with self._target.lock():
            results = self._change_patiently(lambda: self._merge(chunk))
        for delivery in chunk:
            yield results[id(delivery)]

    def _change_patiently(self, change: Callable[[], Results]) -> Results:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(TargetChangedError):
                return change()
        raise SinkError(
            f"{self._path}: somebody keeps changing the file while it is written",
            hint="run again when it is no longer written to; the messages are kept",
        )

    def _merge(self, chunk: Chunk) -> Results:
        """Put the deliveries into the file as it is now. Raises `TargetChangedError` if it did not stay so."""
        stamp, now = self._target.stamp(), self.context.clock.now()
        with contextlib.ExitStack() as reading:
            reader = reading.enter_context(self._open()) if stamp else None
            layout = reader.layout if reader else self._new_layout()
            merger = Merger(self._form, self.context.message_types, layout, self.config.overwrite)
            results = self._refuse(chunk, layout.codec, now)
            with self._target.draft(layout.codec) as draft:
                draft.file.write(layout.preamble + merger.header(layout.header))
                for row in reader.rows() if reader else ():
                    found = (one for one in chunk.find(row, merger.key) if id(one) not in results)
                    if delivery := next(found, None):
                        line, results[id(delivery)] = merger.replace(row, self._form.fill(delivery, now), delivery)
                    else:
                        line = merger.keep(row)
                    draft.file.write(line)
                for delivery in chunk:
                    if id(delivery) not in results:
                        draft.file.write(merger.add(self._form.fill(delivery, now)))
                        results[id(delivery)] = delivery.written()
                # Windows replaces no file that is open, not even by ourselves.
                reading.close()
                if any(result.outcome == "written" for result in results.values()):
                    self._target.exchange(draft, stamp)
        return results

    def _refuse(self, chunk: Chunk, codec: str, now: datetime) -> Results:
        """The deliveries that the file cannot show."""
        refused: Results = {}
        for delivery in chunk:
            if why := self._find_faults(delivery) or self._find_unencodable(delivery, codec, now):
                refused[id(delivery)] = delivery.failed(why, retry=False)
        return refused

    def _find_faults(self, delivery: Delivery) -> str:
        for name, message in delivery.messages.items():
            if fault := self._form.find_fault(name, message.text):
                return f"its {name}: {fault}"
        return self._form.find_other_fault(delivery)

    def _find_unencodable(self, delivery: Delivery, codec: str, now: datetime) -> str:
        for header, cell in zip(self._form.headers, self._form.fill(delivery, now), strict=True):
            if character := find_unencodable(cell, codec):
                return f"{self._path.name} is in {codec}, which cannot hold the {character} of its {header!r}"
        return ""

    def _new_layout(self) -> Layout:
        delimiter = "," if self.config.delimiter == "auto" else self.config.delimiter
        codec, mark = self.config.encoding, ""
        if codec == "utf-8-sig":
            codec, mark = "utf-8", "\ufeff"
        codec = "utf-8" if codec == "auto" else codec
        return Layout(self._path.name, codec, delimiter, mark, "", 1, tuple(self._form.headers))

    def _read_layout(self) -> Layout:
        """Of the file or, if there is none, of the one that will be made. Raises `SinkError`."""
        if not self._path.is_file():
            return self._new_layout()
        with self._open() as reader:
            return reader.layout

    @contextlib.contextmanager
    def _open(self) -> Iterator[CsvReader]:
        """The file as it is. Raises `SinkError` if it is not one of ours."""
        needed = self._form.needed
        try:
            config = self.config
            with CsvReader(self._path, encoding=config.encoding, delimiter=config.delimiter, needed=needed) as reader:
                missing = [name for name in needed if name not in reader.layout.columns]
                if missing:
                    raise SinkError(
                        f"{self._path}: not written by this sink: it has no column {', '.join(missing)}",
                        hint="set another `path:`; this file was not touched",
                    )
                yield reader
        except SourceError as error:
            raise SinkError(error.message, hint="move the file away or correct it; it was not touched") from None
