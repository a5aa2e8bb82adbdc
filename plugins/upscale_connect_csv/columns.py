"""Our own columns: what they are called, and how text is made safe for a cell."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from upscale_connect import Finding, SinkError

#: What is shown of a lead: the names of the API's own fields.
PERSON = ("lead_linkedin", "first_name", "last_name", "lead_company")
STATUS = "upscale_status"
UPDATED_AT = "upscale_updated_at"
RECEIPT = "upscale_receipt"
#: A person's: our field → header.
REVIEW = {"approved": "upscale_approved", "notes": "upscale_notes"}

# What spreadsheet programs take for a formula, also behind blanks: = + - @ in their plain, full-width and
# small forms.
_FORMULA = re.compile(
    r"'*(?:[\t\r]|[\s\u200b-\u200f\u2060\ufeff]*"
    r"[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])"
)


def name_message(message_type: str) -> str:
    """The header of a message type: what the API calls its result."""
    if message_type == "connection_request":
        return "outreach_message"
    return f"{message_type.replace('-', '_')}_message"


def name_columns(types: Sequence[str], others: Sequence[str], chosen: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Headers of the message types and of our other columns, in their order. Raises `SinkError` if two are equal."""
    messages = [chosen.get(message_type) or name_message(message_type) for message_type in types]
    rest = [chosen.get(column) or column for column in others]
    headers = [*messages, *rest]
    for header in headers:
        if headers.count(header) > 1:
            raise SinkError(
                f"two of our columns would be called {header!r}",
                hint="give one of them another name under `columns:`",
            )
    return messages, rest


def find_columns(types: Sequence[str], headers: Sequence[str], columns: Sequence[str]) -> dict[str, int]:
    """Message type → where its column stands in a file; a type that the file has no column for is left out."""
    return {name: columns.index(header) for name, header in zip(types, headers, strict=True) if header in columns}


def read_texts(
    cells: Sequence[str], places: Mapping[str, int], read: Callable[[str], str] | None = None
) -> dict[str, str]:
    """Message type → the text that a row shows, without the types that it shows none of. `read`: else `unguard`."""
    read = read or unguard
    return {name: read(cells[place]) for name, place in places.items() if cells[place]}


def check_names(chosen: Collection[str], known: Sequence[str], key: str = "columns") -> Iterator[Finding]:
    """A warning for each column or message type that is named under this key, and that we do not write."""
    for column in chosen:
        if column not in known:
            close = difflib.get_close_matches(column, known, n=1)
            yield Finding(
                "warning",
                f"`{key}:` names {column!r}, which is not written",
                f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}",
            )


def clean(text: str) -> str:
    """Line ends as LF, no NUL: what every reader of CSV agrees on."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program would run it."""
    return not text.startswith("'") and bool(_FORMULA.match(text))


def guard(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet program would run as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """Undo `guard`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


@functools.lru_cache(maxsize=64)
def show_time(moment: datetime | None) -> str:
    """UTC, or nothing."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
