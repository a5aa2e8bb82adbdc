"""Our own columns: what they are called."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from upscale_connect import Finding, SinkError, SourceError, fold_header

from .options import GoogleSheetsConfig

STATUS = "upscale_status"
UPDATED_AT = "upscale_updated_at"
RECEIPT = "upscale_receipt"
#: A person's: their headers are ours. A yes or no is taken away when another text comes, else nothing is written there.
APPROVED = "upscale_approved"
NOTES = "upscale_notes"

#: What a checkbox shows: TRUE and FALSE in the language of the spreadsheet.
_TICKED = frozenset(("true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda"))
_EMPTY_BOX = frozenset(("false", "falsch", "faux", "falso", "onwaar", "fa\u0142sz"))

_OTHERS = (STATUS, APPROVED, NOTES, UPDATED_AT, RECEIPT)


@dataclass(frozen=True, slots=True)
class OurColumns:
    """`messages`: message type → header. `others`: our name of a column → header. `headers`: all, in their order."""

    messages: Mapping[str, str]
    others: Mapping[str, str]

    @property
    def headers(self) -> tuple[str, ...]:
        return (*self.messages.values(), *self.others.values())

    @property
    def needed(self) -> tuple[str, ...]:
        """Those that are written to: all but a person's own."""
        own = (self.others[APPROVED], self.others[NOTES])
        return tuple(header for header in self.headers if header not in own)


def name_columns(
    config: GoogleSheetsConfig, types: Sequence[str], fail: type[SourceError] | type[SinkError]
) -> OurColumns:
    """`types`: message types. Raises `fail` if two of our columns would have one name."""
    ours = OurColumns(
        {name: config.columns.get(name) or _name_message(name) for name in types},
        {name: config.columns.get(name) or name for name in _OTHERS},
    )
    folded = [fold_header(header) for header in ours.headers]
    for header in ours.headers:
        if folded.count(fold_header(header)) > 1:
            raise fail(
                f"two of our columns would be called {header!r}", hint="give one of them another name under `columns:`"
            )
    return ours


def _name_message(message_type: str) -> str:
    """The header of a message type: what the API calls its result."""
    if message_type == "connection_request":
        return "outreach_message"
    return f"{message_type.replace('-', '_')}_message"


def check_names(chosen: Mapping[str, str], types: Sequence[str]) -> Iterator[Finding]:
    """A warning for each name that was chosen for a column we do not write."""
    known = [*types, *_OTHERS]
    for column in chosen:
        if column not in known:
            close = difflib.get_close_matches(column, known, n=1)
            yield Finding(
                "warning",
                f"`columns:` names {column!r}, which is not written",
                f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}",
            )


def read_approval(text: str) -> str:
    """A person's word. A checkbox that is not ticked says nothing: it stands there before anybody has looked."""
    word = text.strip().casefold()
    return "yes" if word in _TICKED else "" if word in _EMPTY_BOX else text


def show_time(moment: datetime) -> str:
    """In UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
