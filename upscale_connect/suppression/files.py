"""List files: CSV with the columns linkedin, email, domain, company, id and reason, any of them.

A list that cannot be understood whole stops a sync: a person in the line that was skipped would be contacted.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import ConfigError, Problem
from .entries import KINDS, Entry, Kind, guess_kind, parse_entry, show_value

_REASON = "reason"
_COLUMNS = (*KINDS, _REASON)
#: The only column of a list, whatever it is called: values of any kind that can be told by their form.
_ANY = "any"
#: Headers of common exports, without blanks and signs.
_ALSO = {
    "emailaddress": "email",
    "linkedinurl": "linkedin",
    "linkedinprofile": "linkedin",
    "linkedinprofileurl": "linkedin",
    "companyname": "company",
    "companydomain": "domain",
    "leadid": "id",
    "recordid": "id",
}
#: What names one person, and what names all people of a company.
_PERSON: tuple[Kind, ...] = ("linkedin", "email", "id")
_COMPANY: tuple[Kind, ...] = ("domain", "company")
_MOST_PROBLEMS = 20
#: Excel's way to name the delimiter, on a first line of its own.
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def read_list(path: Path, customer: str | None = None, *, where: str = "") -> list[Entry]:
    """All entries of a list, for this customer alone or for all.

    `where`: what names the file, for a message. Raises ConfigError with every problem and its line.
    """
    entries, problems = read_rows(path, customer, where=where)
    if problems:
        raise ConfigError(shorten(problems), hint="nothing is bought or delivered until the list is correct")
    return entries


def read_rows(
    path: Path, customer: str | None = None, *, where: str = "", only: Collection[Kind] = ()
) -> tuple[list[Entry], list[Problem]]:
    """The entries of the rows that are understood, and what is wrong with each of the others.

    `only`: the columns that are read. Raises ConfigError if the file or its header cannot be understood at all.
    """
    text = _read_text(path, where)
    problems: list[Problem] = []
    return list(_read_entries(path, text, customer, only, problems)), problems


def shorten(problems: Sequence[Problem]) -> list[Problem]:
    """As many as a person reads, and how many more there are."""
    more = len(problems) - _MOST_PROBLEMS
    return [*problems[:_MOST_PROBLEMS], *([Problem("", f"and {more} more")] if more > 0 else [])]


def write_list(entries: Iterable[Entry]) -> str:
    """A list as `read_list` reads it. Entries of one customer and entries for all look alike in it."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({entry.kind: show_value(entry.kind, entry.value), _REASON: entry.reason})
    return file.getvalue()


def _read_text(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise _refuse(where, f"the do-not-contact list {path} cannot be read: {reason}") from None
    except UnicodeError:
        raise _refuse(where, f"the do-not-contact list {path} is not UTF-8: save it as CSV UTF-8") from None


def _refuse(where: str, message: str) -> ConfigError:
    return ConfigError([Problem(where, message, "nothing is bought or delivered without it")])


def _read_entries(
    path: Path, text: str, customer: str | None, only: Collection[Kind], problems: list[Problem]
) -> Iterator[Entry]:
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=_find_delimiter(lines), strict=True)
    columns: dict[str, int] = {}
    is_empty = True
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{path}:{reader.line_num}"
            if not columns:
                columns = _read_header(cells, where, only)
                if _ANY not in columns or guess_kind(cells[0]) is None:
                    continue  # else the first line is a value already
            row = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
            is_empty = False
            if not only or any(row.get(kind) for kind in only):
                yield from _read_row(row, where, f"{path.name}:{reader.line_num}", customer, problems)
    except csv.Error:
        where = f"{path}:{reader.line_num}"
        raise ConfigError([Problem(where, "a quote is not closed, or text follows the closing one")]) from None
    if _ANY in columns and is_empty:
        raise ConfigError([_describe_header(str(path))])
    if not columns:
        hint = f"its first line names {_named()}"
        raise ConfigError([Problem(str(path), "the do-not-contact list is empty", hint)])


def _find_delimiter(lines: list[str]) -> str:
    """Takes a line that says it out of `lines`."""
    if lines and (said := _SEPARATOR.fullmatch(lines[0])):
        lines[0] = "\n"
        return said[1]
    first = next((line for line in lines if line.strip()), "")
    return max(",;\t", key=first.count)


def _read_header(cells: list[str], where: str, only: Collection[Kind]) -> dict[str, int]:
    """Column → its place. Further columns are the user's own, unless one seems to be meant for one of ours."""
    problems: list[Problem] = []
    columns: dict[str, int] = {}
    names = [_name_column(cell) for cell in cells]
    for place, name in enumerate(names):
        if name in columns:
            problems.append(Problem(where, f"there are two columns {name!r}", "keep one of them"))
        elif name in _COLUMNS:
            columns[name] = place
    for cell, name in zip(cells, names, strict=True):
        meant = difflib.get_close_matches(name, _COLUMNS, n=1, cutoff=0.75)
        if name not in _COLUMNS and meant and meant[0] not in columns and guess_kind(cell) is None:
            problems.append(Problem(where, f"unknown column {cell.strip()!r}", f"did you mean {meant[0]!r}?"))
    problems += [Problem(where, f"there is no column {kind!r}") for kind in only if kind not in columns]
    if not columns and len(cells) == 1 and not problems:
        return {_ANY: 0}
    if not columns.keys() & set(KINDS) and not problems:
        problems.append(_describe_header(where))
    if problems:
        raise ConfigError(problems)
    return {name: place for name, place in columns.items() if not only or name in (*only, _REASON)}


def _describe_header(where: str) -> Problem:
    return Problem(where, "no column says whom the list means", f"there may be {_named()}")


def _name_column(cell: str) -> str:
    name = "".join(filter(str.isalnum, cell.casefold()))
    return _ALSO.get(name, name)


def _read_row(
    row: dict[str, str], where: str, source: str, customer: str | None, problems: list[Problem]
) -> Iterator[Entry]:
    given: list[Kind] = [kind for kind in KINDS if row.get(kind)]
    if _ANY in row:
        if (kind := guess_kind(row[_ANY])) is None:
            hint = "give it a column `company` or `id`, if it is one"
            problems.append(Problem(where, f"what is {_shorten_value(row[_ANY])}?", hint))
            return
        given, row = [kind], {kind: row[_ANY]}
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
                problems.append(Problem(where, f"{kind} {_shorten_value(row[kind])}: {error}"))
                continue
            for value in values:
                yield Entry(kind, value, customer, row.get(_REASON, ""), source)


def _shorten_value(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}\u2026")


def _named() -> str:
    return ", ".join(_COLUMNS)
