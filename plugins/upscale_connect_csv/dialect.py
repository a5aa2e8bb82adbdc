"""How a file separates its cells, and what its columns are called."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from upscale_connect import SourceError, fold_header

DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}

#: Excel's first line that names the delimiter.
_SEP_LINE = re.compile(r'"?sep=([^"\s\w]|\t)"?[\r\n]*', re.IGNORECASE)
#: Share of a sample's rows that must be as wide as its header before a delimiter is believed.
_BELIEVED = 0.5
_SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """What all rows of a file share.

    `preamble` and `header` are the text before the first row, verbatim: a byte order mark and a `sep=` line,
    then the header's own line or lines. `columns`: a name for every column, each one different.
    """

    name: str
    codec: str
    delimiter: str
    preamble: str
    header: str
    line: int
    columns: tuple[str, ...]

    @property
    def newline(self) -> str:
        """The header's own line end."""
        return line_end(self.header) or "\n"


def line_end(raw: str) -> str:
    """The characters that end a row's text; empty if its file ends there."""
    return raw[len(raw.rstrip("\r\n")) :]


def read_sep_line(line: str) -> str | None:
    """The delimiter that a `sep=` line names, None if it is no such line."""
    found = _SEP_LINE.fullmatch(line)
    return found.group(1) if found else None


def choose_delimiter(lines: Sequence[str], columns: Collection[str], name: str) -> str:
    """The delimiter of a sample that begins with the header; `columns` are those that the mapping reads.

    The one with which the header holds most of these columns; among equals the one with which most rows are
    as wide as the header. Never a guess: raises `SourceError` if that does not single one out.
    """
    wanted = {fold_header(name) for name in columns}
    samples = {delimiter: _parse(lines, delimiter) for delimiter in DELIMITERS}
    held = {
        delimiter: len(wanted & {fold_header(cell) for cell in rows[0]}) if rows else 0
        for delimiter, rows in samples.items()
    }
    best = [delimiter for delimiter in DELIMITERS if held[delimiter] == max(held.values())]
    if len(best) == 1:
        return best[0]
    splitting = {d: _share_as_wide(samples[d]) for d in best if samples[d] and len(samples[d][0]) > 1}
    if not splitting:
        return DELIMITERS[0]
    top = max(splitting.values())
    winners = [delimiter for delimiter, share in splitting.items() if share == top]
    if len(winners) == 1 and top >= _BELIEVED:
        return winners[0]
    raise SourceError(
        f"{name}:1: the cells may be separated by {' or '.join(NAMES[d] for d in splitting)}",
        hint="set `delimiter:` to one of , ; tab |",
    )


def _parse(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    rows = (row for row in csv.reader(lines, delimiter=delimiter) if any(cell.strip() for cell in row))
    return list(islice(rows, _SAMPLE_ROWS))


def _share_as_wide(rows: Sequence[Sequence[str]]) -> float:
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows)
