"""Replays recorded exchanges with the real Google Sheets against the fake, and prints where the answers differ.

    python -m tests.plugins.google_sheets.replay FOLDER

FOLDER holds cassettes of VCR or Betamax as JSON, such as `tests/cassettes` of gspread. They are no part of this
project. A sequence counts from where it makes a spreadsheet; what the fake does not know (formats, notes, named ranges,
formulas that are calculated, copies) shows as a difference. Of gspread's 1,375 calls at commit 5e2b628, 1,284 are
answered alike; the others need what it does not know.
"""

from __future__ import annotations

import base64
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.plugins.google_sheets.fake import Book, FakeGoogle
from tests.plugins.google_sheets.fake.tokens import Token

SOMEBODY = Token("ann@example.com", frozenset({"https://www.googleapis.com/auth/spreadsheets"}))
#: What is compared of the description of a spreadsheet.
DESCRIBED = frozenset(
    ("properties", "title", "sheets", "sheetId", "index", "gridProperties", "rowCount", "columnCount", "replies")
)


@dataclass(frozen=True)
class Exchange:
    method: str
    uri: str
    body: bytes
    status: int
    answer: Any

    @property
    def is_of_drive(self) -> bool:
        return "/drive/" in self.uri

    @property
    def path(self) -> str:
        return urlsplit(self.uri).path


def read(file: Path) -> Iterator[Exchange]:
    recorded = json.loads(file.read_text(encoding="utf-8"))
    for one in recorded.get("interactions") or recorded.get("http_interactions", []):
        request, response = one["request"], one["response"]
        code = response["status"]
        yield Exchange(
            request["method"],
            request["uri"],
            _read_body(request["body"]),
            code["code"],
            _parse(_read_body(response["body"])),
        )


def _read_body(body: Any) -> bytes:
    if not isinstance(body, dict):
        return (body or "").encode()
    if "base64_string" in body:
        content = base64.b64decode(body["base64_string"])
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return (body.get("string") or "").encode()


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def replay(file: Path, counts: Counter[str]) -> Iterator[str]:
    """What differs, a line each."""
    google = FakeGoogle()
    google.per_minute = None
    google.tokens.given["token"] = SOMEBODY
    for one in read(file):
        if one.is_of_drive:
            if (
                one.method == "POST"
                and isinstance(one.answer, dict)
                and "spreadsheet" in one.answer.get("mimeType", "")
            ):
                google.add(Book(one.answer["id"], one.answer["name"], editors={SOMEBODY.email}))
            continue
        book = google.books.get(one.path.split("/")[3].partition(":")[0]) if "/v4/spreadsheets/" in one.path else None
        if book is None or one.status == 429:
            counts["left out"] += 1
            continue
        target = one.uri.removeprefix("https://sheets.googleapis.com")
        status, content, _ = google.handle(one.method, target, one.body, "token")
        given = json.loads(content)
        take_over_tab_ids(book, given, one.answer)
        is_same = status == one.status and _reduce(given, one) == _reduce(one.answer, one)
        counts["equal" if is_same else "different"] += 1
        if not is_same:
            yield f"{file.name}: {one.method} {target[60:]}\n  wanted {one.status} {str(one.answer)[:300]}\n" + (
                f"  given  {status} {str(given)[:300]}"
            )


def take_over_tab_ids(book: Book, given: Any, wanted: Any) -> None:
    """New tabs have random ids, which later calls name."""
    if not isinstance(wanted, dict):
        return
    for mine, real in zip(given.get("replies", ()), wanted.get("replies", ()), strict=False):
        if "addSheet" in mine and "addSheet" in real:
            properties = mine["addSheet"]["properties"]
            book.with_id(properties["sheetId"]).id = real["addSheet"]["properties"]["sheetId"]


def _reduce(answer: Any, one: Exchange) -> Any:
    """Answers about values are compared whole, errors by their sentence, descriptions by what the fake knows."""
    if one.status >= 400:
        return answer.get("error", {}).get("message") if isinstance(answer, dict) else None
    return answer if "/values" in one.path else _describe(answer)


def _describe(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_describe(one) for one in answer]
    if isinstance(answer, dict):
        return {name: _describe(value) for name, value in answer.items() if name in DESCRIBED}
    return answer


def main() -> None:
    counts: Counter[str] = Counter()
    for file in sorted(Path(sys.argv[1]).glob("*.json")):
        for line in replay(file, counts):
            sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{dict(counts)}\n")


if __name__ == "__main__":
    main()
