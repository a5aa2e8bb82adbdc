"""How long a text may be, and which rules look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

#: Which account sends: LinkedIn allows a free one shorter notes with an invitation.
SenderTier: TypeAlias = Literal["free", "premium"]

#: What becomes of a text that is too long. `cut`: it ends behind an earlier sentence, if it can.
OnTooLong: TypeAlias = Literal["hold", "cut"]

#: Characters of the note of an invitation, by tier, and of any other message. LinkedIn publishes hardly any number:
#: these are what vendors of tools document and measure.
NOTE = {"free": 200, "premium": 300}
LIMITS: Mapping[str, int] = {"connection_request": NOTE["free"]}
LONGEST_MESSAGE = 8000

#: A shorter text says nothing.
SHORTEST = 20


@dataclass(frozen=True, slots=True)
class LintSettings:
    """`rules`: those that look. `limits`: message type → characters, where a person set one."""

    rules: frozenset[str]
    tier: SenderTier = "free"
    limits: Mapping[str, int] = field(default_factory=dict)
    on_too_long: OnTooLong = "hold"

    def limit(self, message_type: str) -> int:
        """The most characters that a message of this type may have, counted as `measure` counts."""
        if message_type in self.limits:
            return self.limits[message_type]
        return NOTE[self.tier] if message_type == "connection_request" else LONGEST_MESSAGE
