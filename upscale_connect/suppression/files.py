"""List files: CSV with the columns linkedin, email, domain, company, id and reason, any of them.

A list that cannot be understood whole stops a sync: a person in the line that was skipped would be contacted.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import ConfigError, Problem
from .entries import KINDS, Entry, Kind, parse_entry, show_value

_REASON = "reason"
_COLUMNS = (*KINDS, _REASON)
#: What names one person, and what names all people of a company.
_PERSON: tuple[Kind, ...] = ("linkedin", "email", "id")
_COMPANY: tuple[Kind, ...] = ("domain", "company")
_MOST_PROBLEMS = 20


def read_list(path: Path, customer: str | None = None, *, where: str = "") -> list[Entry]:
    """All entries of a list, for this customer alone or for all.

    `where`: what names the file, for a message. Raises ConfigError with every problem and its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise _refuse(where, f"the do-not-contact list {path} cannot be read: {reason}") from None
    except UnicodeError:
        raise _refuse(where, f"the do-not-contact list {path} is not UTF-8: save it as CSV UTF-8") from None
    problems: list[Problem] = []
    entries = list(_read_rows(path, text, customer, problems))
    if problems:
        raise ConfigError(problems[:_MOST_PROBLEMS], hint="nothing is bought or delivered until the list is correct")
    return entries


def write_list(entries: Iterable[Entry]) -> str:
    """A list as `read_list` reads it. Entries of one customer and entries for all look alike in it."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({entry.kind: show_value(entry.kind, entry.value), _REASON: entry.reason})
    return file.getvalue()


def _refuse(where: str, message: str) -> ConfigError:
    return ConfigError([Problem(where, message, "nothing is bought or delivered without it")])


def _read_rows(path: Path, text: str, customer: str | None, problems: list[Problem]) -> Iterator[Entry]:
    lines = text.splitlines(keepends=True)
    first = next((line for line in lines if line.strip()), "")
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count), strict=True)
    columns: dict[str, int] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{path}:{reader.line_num}"
            if columns is None:
                columns = _read_header(cells, where, problems)
                continue
            row = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
            yield from _read_row(row, where, f"{path.name}:{reader.line_num}", customer, problems)
    except csv.Error:
        problems.append(Problem(f"{path}:{reader.line_num}", "a quote is not closed, or text follows the closing one"))
    if columns is None and not problems:
        problems.append(Problem(str(path), "the do-not-contact list is empty", f"its first line names {_named()}"))


def _read_header(cells: list[str], where: str, problems: list[Problem]) -> dict[str, int]:
    """Column → its place. Further columns are the user's own, unless one seems to be meant for one of ours."""
    names = ["".join(filter(str.isalnum, cell.casefold())) for cell in cells]
    columns: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in columns:
            problems.append(Problem(where, f"there are two columns {name!r}", "keep one of them"))
        elif name in _COLUMNS:
            columns[name] = place
    for cell, name in zip(cells, names, strict=True):
        meant = difflib.get_close_matches(name, _COLUMNS, n=1, cutoff=0.75)
        if name not in _COLUMNS and meant and meant[0] not in columns:
            problems.append(Problem(where, f"unknown column {cell.strip()!r}", f"did you mean {meant[0]!r}?"))
    if not columns.keys() & set(KINDS) and not problems:
        problems.append(Problem(where, "no column says whom the list means", f"there may be {_named()}"))
    return columns


def _read_row(
    row: dict[str, str], where: str, source: str, customer: str | None, problems: list[Problem]
) -> Iterator[Entry]:
    given = [kind for kind in KINDS if row.get(kind)]
    if not given:
        problems.append(Problem(where, "the row names nobody", "fill it in, or remove it"))
    elif set(given) & set(_PERSON) and set(given) & set(_COMPANY):
        hint = "give the person and the company rows of their own, or empty one of the cells"
        problems.append(Problem(where, "the row names a person and a whole company", hint))
    else:
        for kind in given:
            try:
                values = parse_entry(kind, row[kind])
            except ValueError as error:
                problems.append(Problem(where, f"{kind}: {error}"))
                continue
            for value in values:
                yield Entry(kind, value, customer, row.get(_REASON, ""), source)


def _named() -> str:
    return ", ".join(_COLUMNS)
