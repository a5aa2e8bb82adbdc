"""A request that is refused without a word about which lead is to blame: find the lead by sending halves.

A refusal bought nothing, so the same may be asked again, with fewer leads. A lead that is refused alone is to blame
only if the same request was accepted for others meanwhile. Else what they all share may be wrong, and no lead is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..errors import ValidationError

#: So many leads of a refused request are tried alone before the request itself is blamed …
MOST_ALONE = 5
#: … and so many that wait behind it.
MOST_BEHIND = 3
#: Where no more leads than these are in question and none waits behind them, an older acceptance is proof enough.
FEW = 3

#: What a refusal means: a search begins; it goes on; this lead is to blame.
Meaning: TypeAlias = Literal["begin", "go on", "guilty"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which leads of a queue the next request has: up to `limit`, of `only` these, or without `leave_out`."""

    limit: int
    only: Sequence[str] | None = None
    leave_out: Sequence[str] = ()


@dataclass(slots=True)
class Halving:
    """The search in one queue.

    `pieces`: the leads of the next requests, the next one last. `refused`: what was refused before anything was
    accepted; it stays in the queue meanwhile. `proven`: the request was accepted for other leads since the search
    began. `most`: a request with more leads was too large. `reason`: the last refusal.
    """

    pieces: list[list[str]] = field(default_factory=list)
    refused: list[list[str]] = field(default_factory=list)
    proven: bool = False
    behind: int = 0
    most: int | None = None
    reason: ValidationError | None = None

    @property
    def is_searching(self) -> bool:
        """Until the last of its requests is answered: then `choose` ends it."""
        return bool(self.pieces or self.refused or self.proven)

    @property
    def suspects(self) -> list[str]:
        return list(dict.fromkeys(lead_id for piece in self.refused for lead_id in piece))

    def count_alone(self) -> int:
        """How many leads were refused alone."""
        return sum(len(piece) == 1 for piece in self.refused)

    def limit(self, size: int) -> int:
        """How many of `size` leads the next request may have."""
        return size if self.most is None else min(size, self.most)

    def choose(self, size: int) -> Choice | None:
        """What to send next, `size` leads at most; None if everything was tried, and nothing was accepted."""
        if self.pieces:
            piece = self.pieces.pop()
            if len(piece) > size:
                self.pieces.append(piece[size:])
            return Choice(size, only=piece[:size])
        if not self.refused:
            self.proven = False  # the next search needs a proof of its own
            return Choice(size)
        if not self.behind:
            return None
        self.behind -= 1
        return Choice(1, leave_out=self.suspects)

    def note_empty(self, choice: Choice) -> bool:
        """The queue has none of the leads that were chosen; whether there may be others to send."""
        if choice.leave_out:
            self.behind = 0
        return choice.only is not None or bool(choice.leave_out)

    def note_accepted(self, lead_ids: Iterable[str]) -> None:
        if self.is_searching and not self.proven:
            self.prove(lead_ids)

    def note_refused(self, lead_ids: Sequence[str], reason: ValidationError) -> Meaning:
        self.reason = reason
        if self.proven:
            if len(lead_ids) == 1:
                return "guilty"
            self.pieces += reversed(_halve(lead_ids))
            return "go on"
        if self.is_searching:
            self.refused.append(list(lead_ids))
            return "go on"
        self.behind = MOST_BEHIND
        if len(lead_ids) == 1:
            self.refused.append(list(lead_ids))
        else:
            parts = _halve(lead_ids)
            alone = [[lead_id] for lead_id in _spread(lead_ids) if [lead_id] not in parts]
            self.pieces += reversed([*parts, *alone])
        return "begin"

    def prove(self, accepted: Iterable[str] = ()) -> None:
        """The request is right. Who was refused alone comes first: to blame, if it is refused again."""
        alone = [piece for piece in self.refused if len(piece) == 1]
        seen = {*accepted, *(lead_id for piece in alone for lead_id in piece)}
        order = list(alone)
        for piece in self.refused:
            rest = _take_new(piece, seen)
            order += _halve(rest) if rest == piece and len(rest) > 1 else [rest]
        order += [_take_new(piece, seen) for piece in reversed(self.pieces)]
        self.pieces = [piece for piece in reversed(order) if piece]
        self.refused.clear()
        self.proven = True


def _take_new(piece: Sequence[str], seen: set[str]) -> list[str]:
    """The leads of a piece that are not seen yet; now they are."""
    rest = [lead_id for lead_id in piece if lead_id not in seen]
    seen.update(rest)
    return rest


def _halve(lead_ids: Sequence[str]) -> list[list[str]]:
    half = (len(lead_ids) + 1) // 2
    return [list(lead_ids[:half]), list(lead_ids[half:])]


def _spread(lead_ids: Sequence[str]) -> Collection[str]:
    """A few leads from both ends of both halves: seldom are all of them to blame."""
    last = len(lead_ids) - 1
    half = last // 2
    places = (0, last, half, half + 1, half // 2)
    return list(dict.fromkeys(lead_ids[place] for place in places))[:MOST_ALONE]
