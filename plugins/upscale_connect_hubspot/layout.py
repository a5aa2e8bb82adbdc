"""Which property of a contact holds what of ours."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upscale_connect import Finding, SinkError

from .options import Writing

RECEIPT, STATUS, UPDATED_AT = "receipt", "status", "updated_at"


@dataclass(frozen=True, slots=True)
class Layout:
    """`messages`: message type → property. `status` and `updated_at` are "" if they are not written."""

    messages: dict[str, str]
    receipt: str
    status: str
    updated_at: str

    @property
    def texts(self) -> tuple[str, ...]:
        """Properties that hold text."""
        return tuple(filter(None, (*self.messages.values(), self.receipt, self.status)))

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.texts, *([self.updated_at] if self.updated_at else []))


def make_layout(config: Writing, types: Sequence[str]) -> Layout:
    """Raises `SinkError` if two of our texts would stand in the same property."""
    names = {part: config.properties.get(part, f"upscale_{_to_name(part)}") for part in (*types, RECEIPT, *config.also)}
    for part, name in names.items():
        if other := next((one for one, same in names.items() if same == name and one != part), ""):
            raise SinkError(
                f"{part} and {other} would both stand in the property {name!r}",
                hint="give one of them another name under `properties:`",
            )
    return Layout(
        {kind: names[kind] for kind in types}, names[RECEIPT], names.get(STATUS, ""), names.get(UPDATED_AT, "")
    )


def check_parts(config: Writing, types: Sequence[str]) -> Iterator[Finding]:
    """A warning for each name that was chosen for what is not written."""
    known = [*types, RECEIPT, *config.also]
    for part in config.properties:
        if part not in known:
            close = difflib.get_close_matches(part, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
            yield Finding("warning", f"`properties:` names {part!r}, which is not written", hint)


def _to_name(part: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", part.lower())
