"""The `values` part of the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from . import a1
from .book import Book, Linked, Tab, Value, enter, show
from .problems import RefusalError, beyond

Json = dict[str, Any]


class Area:
    """A range of a tab, clamped to its grid."""

    def __init__(self, book: Book, text: str) -> None:
        bounds = a1.parse(text, {tab.title for tab in book.tabs})
        self.tab: Tab = book.find(bounds.title)
        tab = self.tab
        if bounds.top >= tab.rows or bounds.left >= tab.columns:
            bottom = tab.rows if bounds.bottom is None else bounds.bottom
            right = tab.columns if bounds.right is None else bounds.right
            where = a1.show(tab.title, bounds.top, bottom, bounds.left, right)
            raise beyond(where, tab.rows, tab.columns)
        self.top, self.left = bounds.top, bounds.left
        self.bottom = min(tab.rows, tab.rows if bounds.bottom is None else bounds.bottom)
        self.right = min(tab.columns, tab.columns if bounds.right is None else bounds.right)

    def __str__(self) -> str:
        return a1.show(self.tab.title, self.top, self.bottom, self.left, self.right)


def get(book: Book, text: str, options: Mapping[str, str]) -> Json:
    area = Area(book, text)
    columns = options.get("majorDimension") == "COLUMNS"
    render = _RENDERS[options.get("valueRenderOption", "FORMATTED_VALUE")]
    rows = [
        [render(value) for value in line[area.left : area.right]] for line in area.tab.cells[area.top : area.bottom]
    ]
    lines = _trim(_turn(rows) if columns else rows)
    answer: Json = {"range": str(area), "majorDimension": "COLUMNS" if columns else "ROWS"}
    return answer | {"values": lines} if lines else answer


def _turn(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    width = max(map(len, rows), default=0)
    return [[row[column] if column < len(row) else "" for row in rows] for column in range(width)]


def _trim(lines: list[list[Any]]) -> list[list[Any]]:
    """Empty ends of each line, and empty lines at the end, are left out."""
    for line in lines:
        while line and line[-1] == "":
            line.pop()
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _plain(value: Value) -> Any:
    return "" if value is None else value.label if isinstance(value, Linked) else value


def _formula(value: Value) -> Any:
    return value.formula or value.label if isinstance(value, Linked) else _plain(value)


_RENDERS: dict[str, Callable[[Value], Any]] = {
    "FORMATTED_VALUE": show,
    "UNFORMATTED_VALUE": _plain,
    "FORMULA": _formula,
}


Sent: TypeAlias = "list[tuple[int, int, Value]]"


def update(book: Book, text: str, body: Mapping[str, Any], option: str) -> Json:
    _lines(body)  # what cannot be read is told before what is missing
    return _update(book, text, body, _require_option(option))[0]


def _lines(body: Mapping[str, Any]) -> list[list[Any]]:
    lines: list[list[Any]] = body.get("values", [])
    if not isinstance(lines, list):
        kind = "type.googleapis.com/google.protobuf.ListValue"
        raise RefusalError(400, f"Invalid value at 'data.values' ({kind}), {json.dumps(lines)}")
    return _turn_ragged(lines) if body.get("majorDimension") == "COLUMNS" else lines


def _update(book: Book, text: str, body: Mapping[str, Any], option: str) -> tuple[Json, Sent]:
    """Write values, starting in the top left cell of a range that must be large enough."""
    area = Area(book, text)
    lines = _lines(body)
    if len(lines) > area.bottom - area.top and _is_bounded(text, rows=True):
        row = area.top + len(lines)
        raise RefusalError(400, f"Requested writing within range [{area}], but tried writing to row [{row}]")
    width = max(map(len, lines), default=0)
    if width > area.right - area.left and _is_bounded(text, rows=False):
        column = a1.letters(area.left + width - 1)
        raise RefusalError(400, f"Requested writing within range [{area}], but tried writing to column [{column}]")
    bottom, right = area.top + len(lines), area.left + width
    if bottom > area.tab.rows or right > area.tab.columns:
        where = a1.show(area.tab.title, area.top, bottom, area.left, max(right, area.left + 1))
        raise beyond(where, area.tab.rows, area.tab.columns)
    _guard(area.tab, area.top, bottom, area.left, right)
    convert = enter if option == "USER_ENTERED" else _keep
    sent = [
        (area.top + row, area.left + column, convert(value))
        for row, line in enumerate(lines)
        for column, value in enumerate(line)
        if value is not None
    ]
    for line_number, column_number, value in sent:
        area.tab.put(line_number, column_number, value)
    written = a1.show(area.tab.title, area.top, bottom, area.left, right) if sent else str(area)
    return _count(book, written, sent), sent


def _turn_ragged(columns: Sequence[Sequence[Any]]) -> list[list[Any]]:
    height = max(map(len, columns), default=0)
    return [[column[row] if row < len(column) else None for column in columns] for row in range(height)]


def _is_bounded(text: str, *, rows: bool) -> bool:
    """Whether a range says where it ends; a single cell does not."""
    _, colon, end = text.rpartition(":")
    return bool(colon) and any(c.isdigit() if rows else c.isalpha() for c in end)


def _guard(tab: Tab, top: int, bottom: int, left: int, right: int) -> None:
    for first, last, begin, end in tab.protected:
        if top < last and bottom > first and left < end and right > begin:
            message = (
                "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove"
                " protection if you need to edit."
            )
            raise RefusalError(400, message)


def _keep(value: object) -> Value:
    return value  # type: ignore[return-value]  # JSON has no other kinds


def _count(book: Book, written: str, sent: Sequence[tuple[int, int, Value]]) -> Json:
    answer: Json = {"spreadsheetId": book.id, "updatedRange": written}
    if sent:
        answer["updatedRows"] = len({row for row, _, _ in sent})
        answer["updatedColumns"] = len({column for _, column, _ in sent})
        answer["updatedCells"] = len(sent)
    return answer


def batch_update(book: Book, body: Mapping[str, Any]) -> Json:
    """All of it or nothing."""
    option = _require_option(body.get("valueInputOption"))
    before = [(tab, [list(line) for line in tab.cells]) for tab in book.tabs]
    try:
        answers = [_update(book, data["range"], data, option) for data in body.get("data", [])]
    except RefusalError:
        for tab, cells in before:
            tab.cells = cells
        raise
    answer: Json = {"spreadsheetId": book.id}
    if answers:
        sent = [one for _, cells in answers for one in cells]
        answer["totalUpdatedRows"] = len({row for row, _, _ in sent})
        answer["totalUpdatedColumns"] = len({column for _, column, _ in sent})
        answer["totalUpdatedCells"] = len(sent)
        answer["totalUpdatedSheets"] = len({Area(book, data["range"]).tab.id for data in body["data"]})
        answer["responses"] = [one for one, _ in answers]
    return answer


def _require_option(option: object) -> str:
    if option not in ("RAW", "USER_ENTERED"):
        raise RefusalError(400, "'valueInputOption' is required but not specified")
    return str(option)


def clear(book: Book, text: str) -> Json:
    area = Area(book, text)
    for line in area.tab.cells[area.top : area.bottom]:
        for column in range(area.left, min(area.right, len(line))):
            line[column] = None
    return {"spreadsheetId": book.id, "clearedRange": str(area)}


def batch_clear(book: Book, body: Mapping[str, Any]) -> Json:
    cleared = [clear(book, text)["clearedRange"] for text in body.get("ranges", [])]
    return {"spreadsheetId": book.id, "clearedRanges": cleared}


def append(book: Book, text: str, body: Mapping[str, Any], option: str) -> Json:
    """Below the table that the range meets, under its first column; else at the range itself."""
    area = Area(book, text)
    table = _find_table(area)
    answer: Json = {"spreadsheetId": book.id}
    top, left = area.top, area.left
    if table is not None:
        first, bottom, left, right = table
        top = bottom
        answer["tableRange"] = a1.show(area.tab.title, first, bottom, left, right)
    lines = _lines(body)
    area.tab.rows = max(area.tab.rows, top + len(lines))
    area.tab.columns = max(area.tab.columns, left + max(map(len, lines), default=0))
    target = a1.show(area.tab.title, top, top + 1, left, left + 1)
    return answer | {"updates": update(book, target, {"values": lines}, _require_option(option))}


def _find_table(area: Area) -> tuple[int, int, int, int] | None:
    """The block of cells without an empty row or column around it that the range meets."""
    filled = {
        (row, column)
        for row, line in enumerate(area.tab.cells)
        for column, value in enumerate(line)
        if show(value) != ""
    }
    inside = [(r, c) for r, c in filled if area.top <= r < area.bottom and area.left <= c < area.right]
    if not inside:
        return None
    block = {max(inside)}
    edge = list(block)
    while edge:
        row, column = edge.pop()
        near = {(row + r, column + c) for r in (-1, 0, 1) for c in (-1, 0, 1)} & filled - block
        block |= near
        edge += near
    rows, columns = [row for row, _ in block], [column for _, column in block]
    return min(rows), max(rows) + 1, min(columns), max(columns) + 1
