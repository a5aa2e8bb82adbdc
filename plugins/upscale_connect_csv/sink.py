"""A file of its own with one row per delivered lead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from upscale_connect import Context, Delivery, Finding, Found, Lead, Sink, SinkError, SourceError, WriteResult

from .columns import (
    RECEIPT,
    REVIEW,
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
from .encoding import find_unencodable, holds_everything
from .erasing import drop_rows, find_leftovers
from .options import CsvSinkConfig, Overwrite
from .overwriting import is_new, may_replace
from .reader import CsvReader, RawRow
from .splice import Splicer
from .target import Target, TargetChangedError

#: What names a lead, and what else of it is shown: the names of the API's own fields.
KEY = ("automation_tool_customer_id", "automation_tool_campaign_id", "automation_tool_lead_id")
PERSON = ("lead_linkedin", "first_name", "last_name", "lead_company")
_OTHERS = (*KEY, *PERSON, RECEIPT, UPDATED_AT)

#: Deliveries that are written by one replacement of the file: what bounds memory.
CHUNK = 10_000
#: How often a file that somebody changes meanwhile is read again.
_ATTEMPTS = 5

_Key: TypeAlias = tuple[str, ...]
_Change: TypeAlias = "Callable[[dict[_Key, Delivery]], dict[_Key, WriteResult]]"


class CsvSink(Sink[CsvSinkConfig]):
    """Replaces the file whole after each 10,000 deliveries and at the end; the results follow.

    A lead that is delivered again replaces its row. Columns that a person added stay as they are.
    """

    name = "csv"
    config_model = CsvSinkConfig

    def __init__(self, config: CsvSinkConfig, context: Context) -> None:
        super().__init__(config, context)
        self._path = context.folder / config.path.expanduser()
        self._target = Target(self._path, context)
        names = [*_OTHERS, *(REVIEW.values() if config.review_columns else ())]
        self._known = [*context.message_types, *names]
        self._messages, rest = name_columns(context.message_types, names, config.columns)
        self._key, self._linkedin, self._receipt, self._review = rest[:3], rest[3], rest[7], rest[9:]
        self._headers = [*rest[:7], *self._messages, *self._review, *rest[7:9]]

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        chunk: dict[_Key, Delivery] = {}
        for delivery in deliveries:
            key = _key_of(delivery.lead)
            if key in chunk or len(chunk) >= CHUNK:
                yield from self._write_chunk(chunk)
                chunk = {}
            chunk[key] = delivery
        if chunk:
            yield from self._write_chunk(chunk)

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        """Receipts, and the texts by message type, as they stand in the file now."""
        if not self._path.exists():
            return
        wanted = {_key_of(delivery.lead): delivery for delivery in deliveries}
        with self._open() as reader:
            columns = reader.layout.columns
            places = [columns.index(name) for name in self._key]
            receipt, linkedin = columns.index(self._receipt), columns.index(self._linkedin)
            texts = find_columns(self.context.message_types, self._messages, columns)
            if self._review:
                texts |= find_columns(list(REVIEW), self._review, columns)
            for row in reader.rows():
                key = () if row.problem else tuple(row.cells[place] for place in places)
                if delivery := wanted.pop(key, None):
                    stranger = delivery.find_stranger(linkedin=row.cells[linkedin])
                    yield Found(
                        delivery.key, unguard(row.cells[receipt]) or None, read_texts(row.cells, texts), stranger
                    )

    def erase(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        """Rows of these leads are ours as a whole, so they go; one that shows somebody else's profile stays."""
        chunk = {_key_of(delivery.lead): delivery for delivery in deliveries}
        with self._target.lock():
            results = self._change_patiently(self._drop, chunk)
        yield from results.values()

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
        yield from check_names(self.config.columns, self._known)
        yield from self._target.check()

    def _write_chunk(self, chunk: dict[_Key, Delivery]) -> Iterator[WriteResult]:
        with self._target.lock():
            results = self._change_patiently(self._merge, chunk)
        for key in chunk:
            yield results[key]

    def _change_patiently(self, change: _Change, chunk: dict[_Key, Delivery]) -> dict[_Key, WriteResult]:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(TargetChangedError):
                return change(chunk)
        raise SinkError(
            f"{self._path}: somebody keeps changing the file while it is written",
            hint="run again when it is no longer written to; the messages are kept",
        )

    def _merge(self, chunk: dict[_Key, Delivery]) -> dict[_Key, WriteResult]:
        """Put the deliveries into the file as it is now. Raises `TargetChangedError` if it did not stay so."""
        stamp = self._target.stamp()
        with contextlib.ExitStack() as reading:
            reader = reading.enter_context(self._open()) if stamp else None
            layout = reader.layout if reader else self._new_layout()
            texts = find_columns(self.context.message_types, self._messages, layout.columns)
            merge = _Merge(
                layout, self._headers, self._key, self._linkedin, texts, self.config.overwrite, self._review[:1]
            )
            results = self._refuse(chunk, layout.codec)
            with self._target.draft(layout.codec) as draft:
                draft.file.write(layout.preamble + merge.header(layout.header))
                for row in reader.rows() if reader else ():
                    key = merge.key(row)
                    delivery = chunk.get(key)
                    if delivery is None or key in results:
                        draft.file.write(merge.keep(row))
                        continue
                    line, results[key] = merge.replace(row, self._cells(delivery), delivery)
                    draft.file.write(line)
                for key, delivery in chunk.items():
                    if key not in results:
                        draft.file.write(merge.add(self._cells(delivery)))
                        results[key] = delivery.written()
                # Windows replaces no file that is open, not even by ourselves.
                reading.close()
                if any(result.outcome == "written" for result in results.values()):
                    self._target.exchange(draft, stamp)
        return results

    def _drop(self, chunk: dict[_Key, Delivery]) -> dict[_Key, WriteResult]:
        return drop_rows(self._target, self._open, [*self._key, self._linkedin], chunk)

    def _refuse(self, chunk: Mapping[_Key, Delivery], codec: str) -> dict[_Key, WriteResult]:
        """The deliveries that the file's encoding cannot hold."""
        refused: dict[_Key, WriteResult] = {}
        for key, delivery in chunk.items():
            for header, cell in zip(self._headers, self._cells(delivery), strict=True):
                if character := find_unencodable(cell, codec):
                    why = f"{self._path.name} is in {codec}, which cannot hold the {character} of its {header!r}"
                    refused[key] = delivery.failed(why, retry=False)
                    break
        return refused

    def _cells(self, delivery: Delivery) -> list[str]:
        """A row in the order of our headers; a message type that is not delivered is empty."""
        lead, messages = delivery.lead, delivery.messages
        texts = [
            lead.linkedin_url,
            lead.first_name,
            lead.last_name,
            lead.company,
            *(messages[name].text if name in messages else "" for name in self.context.message_types),
            *("" for _ in self._review),
            delivery.receipt,
        ]
        return [*_key_of(lead), *(guard(clean(text)) for text in texts), show_time(self.context.clock.now())]

    def _new_layout(self) -> Layout:
        delimiter = "," if self.config.delimiter == "auto" else self.config.delimiter
        codec, mark = self.config.encoding, ""
        if codec == "utf-8-sig":
            codec, mark = "utf-8", "\ufeff"
        codec = "utf-8" if codec == "auto" else codec
        return Layout(self._path.name, codec, delimiter, mark, "", 1, tuple(self._headers))

    def _read_layout(self) -> Layout:
        """Of the file or, if there is none, of the one that will be made. Raises `SinkError`."""
        if not self._path.is_file():
            return self._new_layout()
        with self._open() as reader:
            return reader.layout

    @contextlib.contextmanager
    def _open(self) -> Iterator[CsvReader]:
        """The file as it is. Raises `SinkError` if it is not one of ours."""
        needed = [*self._key, self._linkedin, self._receipt]
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


def _key_of(lead: Lead) -> _Key:
    """The cells that name a lead."""
    return tuple(guard(clean(text)) for text in (lead.customer, lead.campaign, lead.lead_id))


class _Merge:
    """Old rows and new ones, as lines of the new file. `texts`: message type → where its column stands in the old."""

    def __init__(
        self,
        layout: Layout,
        headers: Sequence[str],
        key: Sequence[str],
        linkedin: str,
        texts: Mapping[str, int],
        overwrite: Overwrite,
        approved: Sequence[str],
    ) -> None:
        self._approved = [headers.index(name) for name in approved]
        self._texts = texts
        self._overwrite = overwrite
        self._layout = layout
        self._splicer = Splicer(layout.delimiter, layout.columns, headers)
        self._headers = headers
        self._nothing: list[str | None] = [None] * len(headers)
        self._key = [layout.columns.index(name) for name in key]
        self._linkedin = (layout.columns.index(linkedin), headers.index(linkedin))
        self._places = [layout.columns.index(name) if name in layout.columns else None for name in headers]

    def key(self, row: RawRow) -> _Key:
        """Empty for a row that cannot be read."""
        return () if row.problem else tuple(row.cells[place] for place in self._key)

    def header(self, raw: str) -> str:
        line = self._splicer.header(raw) if raw else self._splicer.splice("", self._headers)
        return line + self._layout.newline

    def add(self, cells: Sequence[str]) -> str:
        return self._splicer.splice("", cells) + self._layout.newline

    def keep(self, row: RawRow) -> str:
        """The row as it is, made longer if the file gets new columns."""
        line = row.raw.rstrip("\r\n")
        if self._splicer.adds_columns:
            line = self._splicer.splice(row.raw, self._nothing, complete=not row.problem)
        return line + (line_end(row.raw) or self._layout.newline)

    def replace(self, row: RawRow, cells: Sequence[str], delivery: Delivery) -> tuple[str, WriteResult]:
        """What becomes of the row of a lead that is delivered again. An empty cell of ours erases no text."""
        there, ours = self._linkedin
        where = f"{self._layout.name}:{row.line}"
        if row.cells[there].strip() and row.cells[there].strip().casefold() != cells[ours].casefold():
            return self.keep(row), delivery.conflict(f"{where} shows another LinkedIn profile for this lead")
        shown_texts = read_texts(row.cells, self._texts)
        for name in delivery.messages:
            if not may_replace(self._overwrite, delivery, name, shown_texts.get(name, "")):
                never = self._overwrite == "never"
                why = f"a text stands there already for {name}" if never else f"somebody has changed the {name}"
                return self.keep(row), delivery.conflict(f"{where}: {why}")
        wanted = [cell or None for cell in cells]
        shown = ["" if place is None else row.cells[place] for place in self._places]
        # The last column is the time of writing: it changes only with another one.
        if all(new is None or new == old for new, old in zip(wanted[:-1], shown[:-1], strict=True)):
            return self.keep(row), delivery.unchanged()
        if any(is_new(message.text, shown_texts.get(name, "")) for name, message in delivery.messages.items()):
            for index in self._approved:  # it was said of another text
                wanted[index] = ""
        line = self._splicer.splice(row.raw, wanted, complete=True)
        return line + (line_end(row.raw) or self._layout.newline), delivery.written()
