"""A request that is refused without a word about which lead is to blame: find the lead by sending halves.

A refusal bought nothing, so it may be asked again, with fewer leads each time. A lead that is refused alone is to
blame only if the same request was accepted for others; else what all of them share may be wrong, and no lead is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

#: So many leads are refused alone before the request itself is blamed.
MOST_SUSPECTS = 3

#: What a refusal means: send less; this lead is to blame; it may be; the request itself is.
Meaning: TypeAlias = Literal["split", "guilty", "suspect", "request"]


@dataclass(slots=True)
class Halving:
    """The search in one queue. `proven`: the API has accepted this request for other leads.

    `sizes`: how many leads the next requests have, the next one last. For n leads with k to blame that makes about
    2 k log2(n) requests. `suspects`: leads that were refused alone, and are left out until the request is proven.
    """

    proven: bool
    sizes: list[int] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)

    @property
    def is_searching(self) -> bool:
        return bool(self.sizes or self.suspects)

    def limit(self, size: int) -> int:
        """How many of `size` leads the next request may have."""
        return min(size, self.sizes[-1]) if self.sizes else size

    def note_accepted(self) -> None:
        """The request is right. Suspects come first in the queue again: one by one, they are to blame now."""
        if self.sizes:
            self.sizes.pop()
        self.proven = True
        self.sizes += [1] * len(self.suspects)
        self.suspects.clear()

    def note_refused(self, lead_ids: list[str]) -> Meaning:
        if self.sizes:
            self.sizes.pop()
        half = (len(lead_ids) + 1) // 2
        if len(lead_ids) > 1:
            self.sizes += [len(lead_ids) - half, half]
            return "split"
        if self.proven:
            return "guilty"
        self.suspects += lead_ids
        return "request" if len(self.suspects) >= MOST_SUSPECTS else "suspect"
