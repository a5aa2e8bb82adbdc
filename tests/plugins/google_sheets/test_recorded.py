"""The fake answers as Google did: exchanges with the real service that nobody of this project wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from tests.plugins.google_sheets.fake import Book
from tests.plugins.google_sheets.fake.tokens import Token

if TYPE_CHECKING:
    from tests.plugins.google_sheets.fake import FakeGoogle

RECORDED = Path(__file__).parent / "recorded" / "gspread.jsonl"
SEQUENCES = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
SOMEBODY = Token("ann@example.com", frozenset({"https://www.googleapis.com/auth/spreadsheets"}))


@pytest.mark.parametrize("recorded", SEQUENCES, ids=lambda recorded: str(recorded["test"]))
def test_each_answer_is_that_of_the_real_service(google: FakeGoogle, recorded: dict[str, Any]) -> None:
    google.per_minute = None
    book = google.add(Book("recorded", recorded["title"], editors={SOMEBODY.email}))
    google.tokens.given["token"] = SOMEBODY
    for call in recorded["calls"]:
        url = f"/v4/spreadsheets/recorded{_quote(call['path'])}?{urlencode(call.get('query', {}), doseq=True)}"
        body = json.dumps(call["body"]).encode() if "body" in call else b""
        status, answer, _ = google.handle(call["method"], url, body, "token")
        given, wanted = _without_ids(json.loads(answer)), call["answer"]
        _take_over_tab_ids(book, given, wanted)
        if not call["path"].startswith("/values"):
            given = _choose(given, wanted)
        assert (status, given) == (call["status"], wanted), call


def _quote(path: str) -> str:
    """As gspread sends it: every sign of a range is quoted, the colon before what is to be done is not."""
    if found := re.fullmatch("/values/(.+?)(:append|:clear)?", path):
        return f"/values/{quote(found[1], safe='')}{found[2] or ''}"
    return path


def _without_ids(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_without_ids(one) for one in answer]
    if isinstance(answer, dict):
        return {name: _without_ids(value) for name, value in answer.items() if name != "spreadsheetId"}
    return answer


def _take_over_tab_ids(book: Book, given: Any, wanted: Any) -> None:
    """New tabs have random ids, which later calls name."""
    for mine, real in zip(given.get("replies", ()), wanted.get("replies", ()), strict=False):
        if "addSheet" in mine and "addSheet" in real:
            properties = mine["addSheet"]["properties"]
            book.with_id(properties["sheetId"]).id = real["addSheet"]["properties"]["sheetId"]
            properties["sheetId"] = real["addSheet"]["properties"]["sheetId"]


def _choose(given: Any, wanted: Any) -> Any:
    """The part of a description that was recorded."""
    if isinstance(given, dict) and isinstance(wanted, dict):
        return {name: _choose(given.get(name), value) for name, value in wanted.items()}
    if isinstance(given, list) and isinstance(wanted, list) and len(given) == len(wanted):
        return [_choose(*pair) for pair in zip(given, wanted, strict=True)]
    return given
