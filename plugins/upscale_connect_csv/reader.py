"""Reads a CSV file row by row, and keeps the very text that each row came from."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from upscale_connect import SourceError, name_columns

from .dialect import Layout, choose_delimiter, read_sep_line
from .encoding import HashedFile, choose_codec, find_undecodable

#: Characters of one cell. A longer one is nearly always a quote that was never closed.
CELL_LIMIT = 1 << 20
_SAMPLE = 1 << 16


class RawRow(NamedTuple):
    """`raw` is the row's text with its line end, `line` where it starts; `problem` says why it is no record."""

    line: int
    raw: str
    cells: list[str]
    problem: str


class CsvReader:
    """An open file. `layout` is known at once; `rows` can be read once, in one direction.

    `needed`: columns that must not be ambiguous, and that tell the delimiter. Raises `SourceError`.
    """

    def __init__(self, path: Path, *, encoding: str, delimiter: str, needed: Collection[str]) -> None:
        self._path = path
        self.name = path.name
        self._line = 0
        self._buffer: list[str] = []
        if path.exists() and not path.is_file():
            raise SourceError(f"{path}: this is no file", hint="`path:` must name one CSV file")
        try:
            self._codec = choose_codec(path, encoding)
            self.file = HashedFile(path)
        except OSError as error:
            raise unreadable(path, error) from None
        self._text = self.file.text(self._codec)
        try:
            self.layout = self._read_layout(delimiter, needed)
        except BaseException:
            self._text.close()
            raise

    def __enter__(self) -> CsvReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()

    def rows(self) -> Iterator[RawRow]:
        """Every row below the header; blank lines are no rows."""
        return self._records(self.layout.delimiter, len(self.layout.columns))

    def _read_layout(self, delimiter: str, needed: Collection[str]) -> Layout:
        sample = self._read_sample()
        preamble = ""
        if sample and sample[0].startswith("\ufeff"):
            preamble, sample[0] = "\ufeff", sample[0][1:]
        if sample and (named := read_sep_line(sample[0])):
            preamble += sample.pop(0)
            delimiter = named if delimiter == "auto" else delimiter
        if delimiter == "auto":
            delimiter = choose_delimiter(sample, needed, self.name)
        self._skip(preamble)
        header = next(self._records(delimiter, None), None)
        if header is None:
            raise SourceError(f"{self.name}: the file is empty", hint="its first line must name the columns")
        where = f"{self.name}:{header.line}"
        if header.problem:
            raise SourceError(f"{where}: the header cannot be read: {header.problem}", hint=_hint(header))
        columns = name_columns(header.cells, needed, where, SourceError)
        return Layout(self.name, self._codec, delimiter, preamble, header.raw, header.line, columns)

    def _read_sample(self) -> list[str]:
        """The first lines, without the last one if it is cut."""
        try:
            with self._path.open(encoding=self._codec, newline="") as file:
                text = file.read(_SAMPLE)
                cut = len(text) == _SAMPLE
        except OSError as error:
            raise unreadable(self._path, error) from None
        except UnicodeError:
            raise self._undecodable() from None
        lines = list(io.StringIO(text, newline=""))
        return lines[:-1] if cut and len(lines) > 1 else lines

    def _skip(self, preamble: str) -> None:
        """Read over the byte order mark and the `sep=` line."""
        if preamble.startswith("\ufeff"):
            self._text.read(1)
        if preamble.removeprefix("\ufeff"):
            self._text.readline()
            self._line += 1

    def _records(self, delimiter: str, width: int | None) -> Iterator[RawRow]:
        # The limit is the process's own; it is only ever raised.
        csv.field_size_limit(max(CELL_LIMIT, csv.field_size_limit()))
        lines, buffer = self._tee(), self._buffer
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            buffer.clear()
            start, problem = self._line + 1, ""
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells, problem = self._recover(lines, delimiter, start)
            self._line += len(buffer)
            raw = buffer[0] if len(buffer) == 1 else "".join(buffer)
            if not cells or (len(cells) == 1 and raw.isspace()):
                continue
            if "\0" in raw:
                problem = "it holds a NUL character"
            elif len(cells) != width and not problem and width is not None:
                problem = self._describe_width(len(cells), width, start)
            yield RawRow(start, raw, cells, problem)

    def _describe_width(self, count: int, width: int, start: int) -> str:
        text = f"{count} cell{'s' * (count != 1)}, the header has {width}"
        if self._line > start:
            text += f" (the row was read from lines {start} to {self._line}: a quote may be left open)"
        return text

    def _tee(self) -> Iterator[str]:
        try:
            for line in self._text:
                self._buffer.append(line)
                yield line
        except UnicodeError:
            raise self._undecodable() from None
        except OSError as error:
            raise unreadable(self._path, error) from None

    def _recover(self, lines: Iterator[str], delimiter: str, start: int) -> tuple[list[str], str]:
        """Read the malformed row again, leniently: one line is one bad row, more lines cannot be told apart."""
        buffer = self._buffer
        lenient = csv.reader(chain(tuple(buffer), lines), delimiter=delimiter)
        try:
            cells = next(lenient)
            problem = "a quote is not closed, or text follows the closing one"
        except csv.Error:
            cells, problem = [""], f"a cell is longer than {CELL_LIMIT} characters"
        if len(buffer) == 1:
            return cells, problem
        opened = start + _find_open_quote("".join(buffer), delimiter)
        last = start + len(buffer) - 1
        raise SourceError(
            f"{self.name}:{opened}: a quote opens here and is not closed properly up to line {last}",
            hint='close it, or write a quote that belongs to the text twice (""); then run again',
        )

    def _undecodable(self) -> SourceError:
        found = find_undecodable(self._path, self._codec)
        return found.error() if found else changed(self._path)


def _find_open_quote(raw: str, delimiter: str) -> int:
    """How many lines below the first one the cell begins whose quote is not closed properly."""
    edge = re.escape(delimiter) + r"\r\n"
    for cell in re.finditer(rf'(?<![^{edge}])"(?:[^"]|"")*+(?P<closed>"(?=[{edge}]|\Z))?', raw):
        if cell["closed"] is None:
            return len(io.StringIO(raw[: cell.start()] + ".", newline="").readlines()) - 1
    return 0


def unreadable(path: Path, error: OSError) -> SourceError:
    """Why the operating system does not let us read the file."""
    if isinstance(error, FileNotFoundError):
        there = [found.name for found in path.parent.glob("*.[cCtT][sS][vV]")] if path.parent.is_dir() else []
        there = [name for name in there if not name.startswith(f"{path.stem}.")]  # what we wrote beside it
        close = difflib.get_close_matches(path.name, there, n=1)
        return SourceError(
            f"{path}: there is no such file",
            hint=f"did you mean {close[0]!r}?" if close else "`path:` counts from the configuration file's folder",
        )
    if isinstance(error, PermissionError):
        return SourceError(
            f"{path}: reading is not allowed",
            hint="give yourself the right to read it; on Windows, close the program that has it open",
        )
    return SourceError(f"{path}: it cannot be read: {error.strerror}", hint="nothing is lost; run again")


def changed(path: Path) -> SourceError:
    """The file is not what it was when reading began."""
    return SourceError(
        f"{path.name}: the file changed while it was read", hint="run again when it is no longer written to"
    )


def _hint(header: RawRow) -> str:
    if "\0" in header.raw:
        return "it may be UTF-16: set `encoding: utf-16`, or save it as CSV UTF-8"
    return "correct the quotes of this line"
