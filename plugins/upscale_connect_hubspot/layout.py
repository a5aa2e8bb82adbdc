"""Which property of a contact holds what of ours."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upscale_connect import Finding, SinkError

from .options import Writing

RECEIPT, STATUS, UPDATED_AT = "receipt", "status", "updated_at"
#: What we write into the status: a message waits for a person's word, or it does not. Another word is a person's.
HELD, DELIVERED = "held", "delivered"
#: A person's own. A yes or no is taken away when another text comes, else nothing is written there.
APPROVED, NOTES = "approved", "notes"


@dataclass(frozen=True, slots=True)
class Layout:
    """`messages`: message type → property. What is not wanted is ""."""

    messages: dict[str, str]
    receipt: str
    status: str
    updated_at: str
    approved: str
    notes: str

    @property
    def texts(self) -> tuple[str, ...]:
        """Properties that hold text, or a word of a person."""
        return tuple(filter(None, (*self.messages.values(), self.receipt, self.status, self.approved, self.notes)))

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.texts, *([self.updated_at] if self.updated_at else []))


def make_layout(config: Writing, types: Sequence[str]) -> Layout:
    """Raises `SinkError` if two of our texts would stand in the same property."""
    names = {part: config.properties.get(part, f"upscale_{_to_name(part)}") for part in _name_parts(config, types)}
    for part, name in names.items():
        if other := next((one for one, same in names.items() if same == name and one != part), ""):
            raise SinkError(
                f"{part} and {other} would both stand in the property {name!r}",
                hint="give one of them another name under `properties:`",
            )
    others = (names.get(part, "") for part in (RECEIPT, STATUS, UPDATED_AT, APPROVED, NOTES))
    return Layout({kind: names[kind] for kind in types}, *others)


def check_parts(config: Writing, types: Sequence[str]) -> Iterator[Finding]:
    """A warning for each name that was chosen for what is not written."""
    known = _name_parts(config, types)
    for part in config.properties:
        if part not in known:
            close = difflib.get_close_matches(part, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
            yield Finding("warning", f"`properties:` names {part!r}, which is not written", hint)


def _name_parts(config: Writing, types: Sequence[str]) -> list[str]:
    return [*types, RECEIPT, *config.also, *((APPROVED, NOTES) if config.review_columns else ())]


def _to_name(part: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", part.lower())
