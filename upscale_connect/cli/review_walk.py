"""`upscale-connect review walk`."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .messages import measure_message, print_message, tell_length
from .options import config_option, read_config
from .output import is_terminal, note, printable, say
from .person import name_user
from .report import complete, tell_counts
from .review_edit import edit_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ..engine.connect import Services
    from ..ledger import Held

KEYS = "[a]pprove [e]dit [r]eject [n]ew [d]on't contact [c]lean [s]kip [b]ack [q]uit [?]"
HELP = """
  a  deliver it as it is
  e  deliver another text: your editor opens ($EDITOR); what came is kept
  r  never deliver it; it asks why. Nothing is bought for it by itself
  n  buy another text from Upscale instead; it shows the price and asks
  d  never contact this person: no message is bought or delivered any more; it asks
  c  approve this one and all behind it in which no rule found anything; it tells how many and asks
  s  leave it for later (Enter, too)
  b  go back to the one before; what was decided can be decided anew
  q  stop here (Ctrl-C, too): each decision is kept the moment you make it
"""


@click.command("walk", short_help="Go through them one by one")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@config_option
def walk(names: tuple[str, ...], config_file: Path) -> int:
    """Go through what waits, one message after the other, with one key for each decision.

    Approve it, edit it, reject it with a reason, ask for a new text (it shows the price), never contact the person,
    approve all that are clean, or leave it for later. Each decision is kept at once, and can be changed until the
    message is delivered: go back, or use `review list --rejected`.
    """
    from ..engine import open_services, select_known
    from ..errors import UsageError

    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise UsageError("this needs a terminal", hint=f"`{PROGRAM} review list --json` and `review approve ID` do not")
    config = read_config(config_file)
    with open_services(config) as services:
        known = [one.sync_id for one in select_known(config, services.ledger, names) if one.sync_id is not None]
        held = services.ledger.held_messages(known)
        if not held:
            say("No message waits for you.")
            return 0
        tour = Tour(services, held)
        with _finished(tour, config_file):
            tour.go()
    return 0


@contextmanager
def _finished(tour: Tour, config_file: Path) -> Iterator[None]:
    """Whatever ends the tour, the person sees what was done and how it goes on."""
    try:
        yield
    finally:
        left = len(tour.held) - len(tour.decided)
        say(f"\n{printable(tour.tell_progress() or 'nothing was decided')}" + (f"; {left} left" if left else ""))
        syncs = dict.fromkeys(one.sync for one in tour.held if one.id in tour.decided)
        for name in syncs:
            buys = any(one.sync == name and tour.decided.get(one.id) == RENEWED for one in tour.held)
            command = complete(f"{PROGRAM} {'sync' if buys else 'collect'} {name}", config_file)
            say(f"next: {printable(command)}")


APPROVED, EDITED, REJECTED, RENEWED, SUPPRESSED = "approved", "edited", "rejected", "asked anew", "suppressed"


class Tour:
    """The messages that waited when it began, and what became of each."""

    def __init__(self, services: Services, held: Sequence[Held]) -> None:
        self.held = held
        self.decided: dict[int, str] = {}
        self._services = services
        self._ledger = services.ledger
        self._actor = name_user()
        self._place = 0
        self._acts: dict[str, Callable[[Held], bool]] = {
            "a": self._approve,
            "e": self._edit,
            "r": self._reject,
            "n": self._renew,
            "d": self._suppress,
            "c": self._approve_clean,
        }

    def tell_progress(self) -> str:
        return tell_counts(Counter(self.decided.values()))

    def go(self) -> None:
        """Until the last one is decided or left, or the person stops."""
        while self._place < len(self.held):
            key, shown = self._show()
            while key not in self._acts and key not in ("s", "b", "q"):
                if key == "?":
                    say(HELP)
                key = _read_key()
            if key == "q":
                return
            if key == "b":
                self._place = max(0, self._place - 1)
            elif key == "s" or shown is None or self._act(key, shown):
                self._place = self._find_next()

    def _find_next(self) -> int:
        """The next one that is not decided; those before it can be reached by going back."""
        places = range(self._place + 1, len(self.held))
        return next((place for place in places if self.held[place].id not in self.decided), len(self.held))

    def _show(self) -> tuple[str, Held | None]:
        """One message as it is now. Returns the key that the person presses, and what was seen then."""
        from ..errors import UsageError

        try:
            one = self._ledger.find_message(self.held[self._place].id)
        except UsageError:  # its person was forgotten meanwhile
            return "s", None
        done = self.tell_progress()
        say(f"\n---- {self._place + 1} of {len(self.held)}{f': {done}' if done else ''} ----")
        print_message(self._services.config, one, self._ledger.said_of(one.id, one.hash))
        if (word := self.decided.get(one.id)) in (RENEWED, SUPPRESSED):
            say(f"  {word}")
        return _read_key(), one

    def _act(self, key: str, shown: Held) -> bool:
        """Whether the message is settled. What cannot be done is said, and asked again."""
        from ..errors import UpscaleConnectError

        try:
            return self._acts[key](shown)
        except UpscaleConnectError as error:
            note(printable(f"  {error.message}" + (f" ({error.hint})" if error.hint else "")))
        except click.Abort:  # Ctrl-D at a question: it is not answered
            note("  nothing was changed")
        return False

    def _approve(self, one: Held) -> bool:
        self._ledger.decide(one.id, "approved", one.hash, self._actor, datetime.now(UTC))
        return self._settle(one, APPROVED)

    def _approve_clean(self, one: Held) -> bool:
        """What waits only because the sync wants all, or a sample, looked at. Raises UsageError if nothing does."""
        from ..errors import UsageError

        rest = [other for other in self.held[self._place :] if other.id not in self.decided and is_clean(other)]
        if not rest:
            raise UsageError("something is odd about each of those that are left")
        if not click.confirm(f"  approve {len(rest)} in which no rule found anything?", default=False, err=True):
            return False
        for other in rest:
            self._ledger.decide(other.id, "approved", other.hash, self._actor, datetime.now(UTC))
            self.decided[other.id] = APPROVED
        say(f"  {APPROVED}: {len(rest)}")
        return one.id in self.decided

    def _reject(self, one: Held) -> bool:
        reason = click.prompt("  why (Enter: no reason)", default="", show_default=False, err=True)
        self._ledger.decide(one.id, "rejected", one.hash, self._actor, datetime.now(UTC), reason)
        return self._settle(one, REJECTED)

    def _edit(self, one: Held) -> bool:
        self._ledger.add_version(one.id, edit_text(one), one.hash, self._actor, "review", datetime.now(UTC))
        self._settle(one, EDITED)
        length, limit = measure_message(self._services.config, self._ledger.find_message(one.id))
        say(f"  it has {tell_length(length, limit)}")
        return length <= limit

    def _renew(self, one: Held) -> bool:
        """Another purchase for the lead, if the person agrees to the price."""
        from ..engine.revisions import choose_again, queue_again

        sync, chosen = choose_again(self._services, one)
        question = f"  buy another {one.type} for {one.lead.first_name}, for up to {len(chosen)} credit?"
        if not click.confirm(printable(question), default=False, err=True):
            return False
        queue_again(self._services, sync, chosen, self._actor)
        return self._settle(one, RENEWED)

    def _suppress(self, one: Held) -> bool:
        """The person, under all addresses; what waits for the person is rejected, so that it waits no more."""
        from ..engine.suppression import suppress_person

        name = f"{one.lead.first_name} {one.lead.last_name}"
        if not click.confirm(printable(f"  never contact {name}, in any campaign?"), default=False, err=True):
            return False
        reason = click.prompt("  why (Enter: no reason)", default="", show_default=False, err=True)
        rejected = suppress_person(self._ledger, one.lead, reason, self._actor, datetime.now(UTC))
        self.decided |= {other.id: SUPPRESSED for other in self.held if other.id in rejected}
        note(printable(f"  `{PROGRAM} suppress remove {one.lead.linkedin_url}` takes it back"))
        return self._settle(one, SUPPRESSED)

    def _settle(self, one: Held, word: str) -> bool:
        self.decided[one.id] = word
        say(f"  {word}")
        return True


def is_clean(one: Held) -> bool:
    """Whether it waits only because the sync says so, and not because of its text."""
    return all(rule in ("required", "sample") for rule, _ in one.findings)


def _read_key() -> str:
    """One key, without Enter. Several at once are a paste, and mean nothing."""
    click.echo(f"{KEYS} ", nl=False, err=True)
    try:
        key = click.getchar()
    except EOFError:
        key = "q"
    click.echo("", err=True)
    return "s" if key in ("\r", "\n") else key.lower()
