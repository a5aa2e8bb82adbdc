"""Spreadsheets as a whole: their description, and the requests that change tabs, rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .book import Book, Linked, Tab, Value, show
from .problems import RefusalError
from .values import Area, Json

CELLS_OF_A_BOOK = 10_000_000


def describe(book: Book, ranges: Sequence[str], mask: str, *, with_cells: bool) -> Json:
    if book.is_excel:
        message = "This operation is not supported for this document"
        raise RefusalError(400, message, status="FAILED_PRECONDITION")
    areas = [Area(book, text) for text in ranges]
    shown = [tab for tab in book.tabs if not areas or any(area.tab is tab for area in areas)]
    entries = [_describe_tab(book, tab) for tab in shown]
    answer = {
        "spreadsheetId": book.id,
        "properties": {"title": book.title, "locale": "en_US", "timeZone": "Etc/GMT"},
        "sheets": entries,
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
    }
    if with_cells or "data" in mask:
        for entry, tab in zip(entries, shown, strict=True):
            meant = [area for area in areas if area.tab is tab] or [Area(book, f"'{tab.title}'")]
            entry["data"] = [_describe_cells(area) for area in meant]
    return apply_mask(answer, mask) if mask and mask != "*" else answer


def _describe_tab(book: Book, tab: Tab) -> Json:
    properties: Json = {"sheetId": tab.id, "title": tab.title, "index": book.tabs.index(tab), "sheetType": tab.kind}
    if tab.kind == "GRID":
        properties["gridProperties"] = {"rowCount": tab.rows, "columnCount": tab.columns}
    answer: Json = {"properties": properties}
    if tab.merges:
        answer["merges"] = [_grid_range(tab, *merge) for merge in tab.merges]
    if tab.protected:
        answer["protectedRanges"] = [
            {"protectedRangeId": number, "range": _grid_range(tab, *area)}
            for number, area in enumerate(tab.protected, 1)
        ]
    return answer


def _grid_range(tab: Tab, top: int, bottom: int, left: int, right: int) -> Json:
    edges = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return ({"sheetId": tab.id} if tab.id else {}) | edges


def _describe_cells(area: Area) -> Json:
    answer: Json = {}
    if area.top:
        answer["startRow"] = area.top
    if area.left:
        answer["startColumn"] = area.left
    rows = [
        {"values": [_describe_cell(value) for value in line[area.left : area.right]]}
        for line in area.tab.cells[area.top : area.bottom]
    ]
    answer["rowData"] = [row if row["values"] else {} for row in rows]
    answer["rowMetadata"] = [
        {"pixelSize": 21, "hiddenByUser": True} if row in area.tab.hidden else {"pixelSize": 21}
        for row in range(area.top, area.bottom)
    ]
    return answer


def _describe_cell(value: Value) -> Json:
    if show(value) == "":
        return {}
    answer: Json = {"formattedValue": show(value)}
    if not isinstance(value, Linked):
        return answer
    uris = [uri for uri in (value.uri, *value.more) if uri]
    if value.is_chip:
        chips = [{"startIndex": index, "chip": {"richLinkProperties": {"uri": uri}}} for index, uri in enumerate(uris)]
        answer["chipRuns"] = [_without_zero(run) for run in chips] + [{"startIndex": len(value.label)}]
    elif len(uris) == 1:
        answer["hyperlink"] = value.uri
    elif uris:
        runs = [{"startIndex": index, "format": {"link": {"uri": uri}}} for index, uri in enumerate(uris)]
        answer["textFormatRuns"] = [_without_zero(run) for run in runs] + [{"startIndex": len(uris), "format": {}}]
    return answer


def _without_zero(run: Json) -> Json:
    """The service leaves out what is zero."""
    return {name: value for name, value in run.items() if value != 0}


def apply_mask(answer: Any, mask: str) -> Any:
    """Keep what a field mask such as `a,b(c,d.e)` or `a/b` names."""
    return _keep(answer, _parse_mask(mask.replace("/", ".")))


def _parse_mask(mask: str) -> Json:
    """A tree of names; a leaf keeps everything below."""
    tree: Json = {}
    depth, start = 0, 0
    parts = []
    for index, sign in enumerate(mask + ","):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append(mask[start:index])
            start = index + 1
    for part in parts:
        node = tree
        head, paren, inner = part.partition("(")
        *path, last = head.split(".")
        for name in path:
            node = node.setdefault(name, {})
        below = _parse_mask(inner[:-1]) if paren else {}
        node.setdefault(last, {}).update(below)
    return tree


def _keep(answer: Any, tree: Json) -> Any:
    if isinstance(answer, list):
        return [_keep(one, tree) for one in answer]
    if not tree or not isinstance(answer, dict):
        return answer
    return {name: _keep(value, tree[name]) for name, value in answer.items() if name in tree}


def batch_update(book: Book, body: Mapping[str, Any]) -> Json:
    requests = body.get("requests") or []
    if not requests:
        raise RefusalError(400, "Invalid value at 'requests': Must specify at least one request.")
    replies = []
    for request in requests:
        ((name, options),) = request.items()
        if name not in _REQUESTS:
            raise RefusalError(400, f"Invalid JSON payload received. Unknown name \"{name}\" at 'requests[0]'")
        replies.append(_REQUESTS[name](book, options) or {})
    return {"spreadsheetId": book.id, "replies": replies}


def _add_tab(book: Book, options: Json) -> Json:
    properties = options.get("properties", {})
    taken = {tab.id for tab in book.tabs}
    tab_id = properties.get("sheetId") or max(taken) + 1_000_003
    grid = properties.get("gridProperties", {})
    title = properties.get("title") or f"Sheet{len(book.tabs) + 1}"
    if any(tab.title == title for tab in book.tabs):
        message = f'A sheet with the name "{title}" already exists. Please enter another name.'
        raise RefusalError(400, f"Invalid requests[0].addSheet: {message}")
    tab = Tab(tab_id, title, grid.get("rowCount", 1000), grid.get("columnCount", 26))
    book.tabs.insert(properties.get("index", len(book.tabs)), tab)
    return {"addSheet": {"properties": _describe_tab(book, tab)["properties"]}}


def _delete_tab(book: Book, options: Json) -> None:
    book.tabs.remove(book.with_id(options["sheetId"]))


def _change_tab(book: Book, options: Json) -> None:
    properties = options["properties"]
    tab = book.with_id(properties.get("sheetId", 0))
    tab.title = properties.get("title", tab.title)
    grid = properties.get("gridProperties", {})
    tab.rows = grid.get("rowCount", tab.rows)
    tab.columns = grid.get("columnCount", tab.columns)
    tab.cells = [line[: tab.columns] for line in tab.cells[: tab.rows]]
    if "index" in properties and "index" in options.get("fields", ""):
        book.tabs.remove(tab)
        book.tabs.insert(properties["index"], tab)


def _change_book(book: Book, options: Json) -> None:
    book.title = options["properties"].get("title", book.title)


def _append_dimension(book: Book, options: Json) -> None:
    tab = book.with_id(options.get("sheetId", 0))
    rows, columns = tab.rows, tab.columns
    if options["dimension"] == "COLUMNS":
        columns += options["length"]
    else:
        rows += options["length"]
    if rows * columns > CELLS_OF_A_BOOK:
        message = "This action would increase the number of cells in the workbook above the limit of 10000000 cells."
        raise RefusalError(400, f"Invalid requests[0].appendDimension: {message}")
    tab.rows, tab.columns = rows, columns


def _insert_dimension(book: Book, options: Json) -> None:
    tab, at, count = _dimension(book, options["range"])
    insert = tab.insert_rows if options["range"]["dimension"] == "ROWS" else tab.insert_columns
    insert(at, count)


def _delete_dimension(book: Book, options: Json) -> None:
    tab, at, count = _dimension(book, options["range"])
    delete = tab.delete_rows if options["range"]["dimension"] == "ROWS" else tab.delete_columns
    delete(at, count)


def _hide(book: Book, options: Json) -> None:
    tab, at, count = _dimension(book, options["range"])
    if options["range"]["dimension"] == "ROWS":
        rows = set(range(at, at + count))
        tab.hidden = tab.hidden | rows if options["properties"].get("hiddenByUser") else tab.hidden - rows


def _dimension(book: Book, area: Json) -> tuple[Tab, int, int]:
    start = area.get("startIndex", 0)
    return book.with_id(area.get("sheetId", 0)), start, area["endIndex"] - start


def _edges(tab: Tab, area: Json) -> tuple[int, int, int, int]:
    return (
        area.get("startRowIndex", 0),
        area.get("endRowIndex", tab.rows),
        area.get("startColumnIndex", 0),
        area.get("endColumnIndex", tab.columns),
    )


def _sort(book: Book, options: Json) -> None:
    """Sorts the cells of a range, and no others: numbers before texts, empty ones last."""
    tab = book.with_id(options["range"].get("sheetId", 0))
    top, bottom, left, right = _edges(tab, options["range"])
    bottom = min(bottom, len(tab.cells))
    lines = [[tab.get(row, column) for column in range(left, right)] for row in range(top, bottom)]
    for spec in reversed(options["sortSpecs"]):
        column = spec.get("dimensionIndex", 0) - left
        full = [line for line in lines if show(line[column]) != ""]
        full.sort(key=lambda line: _rank(line[column]), reverse=spec.get("sortOrder") == "DESCENDING")
        lines = full + [line for line in lines if show(line[column]) == ""]
    for row, line in enumerate(lines, top):
        for column, value in enumerate(line, left):
            if value is not None or tab.get(row, column) is not None:
                tab.put(row, column, value)


def _rank(value: Value) -> tuple[bool, float, str]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return (not is_number, value if is_number else 0.0, show(value).casefold())  # type: ignore[return-value]  # checked


def _replace(book: Book, options: Json) -> Json:
    """Replace texts in cells that hold text; what is replaced is not looked at again."""
    tab = book.with_id(options["range"].get("sheetId", 0))
    top, bottom, left, right = _edges(tab, options["range"])
    count = 0
    for row in range(top, bottom):
        for column in range(left, right):
            value = tab.get(row, column)
            if isinstance(value, str) and options["find"] in value:
                tab.put(row, column, value.replace(options["find"], options["replacement"]))
                count += 1
    return {"findReplace": {"occurrencesChanged": count} if count else {}}


def _merge(book: Book, options: Json) -> None:
    tab = book.with_id(options["range"].get("sheetId", 0))
    top, bottom, left, right = _edges(tab, options["range"])
    if options.get("mergeType", "MERGE_ALL") != "MERGE_ALL":
        raise RefusalError(400, "only MERGE_ALL is known here")
    tab.merges.append((top, bottom, left, right))
    for row in range(top, bottom):
        for column in range(left, right):
            if (row, column) != (top, left) and tab.get(row, column) is not None:
                tab.put(row, column, None)


_REQUESTS = {
    "addSheet": _add_tab,
    "deleteSheet": _delete_tab,
    "updateSheetProperties": _change_tab,
    "updateSpreadsheetProperties": _change_book,
    "appendDimension": _append_dimension,
    "insertDimension": _insert_dimension,
    "deleteDimension": _delete_dimension,
    "updateDimensionProperties": _hide,
    "sortRange": _sort,
    "findReplace": _replace,
    "mergeCells": _merge,
}
