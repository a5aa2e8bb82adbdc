"""What a person wrote where messages are reviewed: a yes, a no, or another text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contracts import Delivery, Sink, Table
from ..errors import SinkError, UsageError
from ..ledger import Held, Ledger
from ..models import Lead
from .run import Run
from .shield import shield, shield_iterator

YES = frozenset(("yes", "y", "true", "1", "x", "ok", "approved", "ja", "oui", "si", "\u2713", "\u2714"))
NO = frozenset(("no", "n", "false", "0", "rejected", "reject", "nein", "non"))

#: Held messages of which a sink is asked at once.
TOGETHER = 10_000


class ReviewPlaces:
    """Reads the sinks that a sync names under `review: {where: …}`, before anything is written to them again."""

    def __init__(self, run: Run, sink_ids: Mapping[str, int]) -> None:
        self._run = run
        self._sink_ids = sink_ids

    def read(self) -> int:
        """Take over what people decided. Returns how many messages that were."""
        count = 0
        for name in self._run.sync.review.where:
            sink = self._run.sinks.get(name)
            rows = self._read_table(name, sink) if isinstance(sink, Table) else self._ask(name, sink)
            for lead, fields in rows:
                count += sum(self._take(name, message, fields) for message in self._messages_of(lead))
        return count

    def _read_table(self, name: str, table: Table[Any]) -> Iterator[tuple[Lead, Mapping[str, str]]]:
        """Its rows, if somebody but us has written to it."""
        run = self._run
        with shield(lambda why: _error(name, why), run.config.secrets):
            ours = run.ledger.read_stamps(self._sink_ids[name])
            shown = None if not ours or table.stamp() in ours else table.shown()
        if shown is None:
            return
        for row in shield_iterator(shown, lambda why: _error(name, why), run.config.secrets):
            lead = run.mapping.lead(row.record)
            if isinstance(lead, Lead) and row.receipt:
                yield lead, row.fields

    def _ask(self, name: str, sink: Sink[Any] | None) -> Iterator[tuple[Lead, Mapping[str, str]]]:
        """The places of the leads whose messages are held."""
        after, ledger = 0, self._run.ledger
        while sink is not None and (held := ledger.held_messages([self._run.sync_id], after=after, limit=TOGETHER)):
            after = held[-1].id
            yield from self._find(name, sink, {one.lead.key: one for one in held})

    def _find(self, name: str, sink: Sink[Any], held: Mapping[str, Held]) -> Iterator[tuple[Lead, Mapping[str, str]]]:
        run = self._run
        asked = [Delivery(key, one.record, one.lead, {}, "") for key, one in held.items()]
        with shield(lambda why: _error(name, why), run.config.secrets):
            found = sink.find(asked)
        if found is None:
            return
        for place in shield_iterator(found, lambda why: _error(name, why), run.config.secrets):
            if place.key in held and not place.stranger:
                yield held[place.key].lead, place.fields

    def _messages_of(self, lead: Lead) -> list[Held]:
        run = self._run
        if run.account_id is None:
            return []
        campaign_id = run.ledger.find_campaign(run.account_id, lead.customer, lead.campaign, make=False)
        return [] if campaign_id is None else run.ledger.messages_of(campaign_id, lead.lead_id)

    def _take(self, name: str, message: Held, fields: Mapping[str, str]) -> bool:
        """Whether a person's word about this message was new.

        A word is about the text beside which it stands: not about one that has not come there yet. A no counts also
        beside a text that the person has changed.
        """
        run, shown = self._run, fields.get(message.type, "").strip()
        word, who = fields.get("approved", "").strip().casefold(), f"a person in {name}"
        is_own = is_own_text(run.ledger, message, shown)
        if not is_own and _plain(shown) != _plain(message.text):
            return False
        try:
            if word in NO:
                if message.review != "held":
                    return False
                run.ledger.decide(message.id, "rejected", message.hash, who, run.now())
            elif is_own:
                run.ledger.add_version(message.id, shown, message.hash, who, name, run.now())
            elif message.review == "held" and word in YES:
                run.ledger.decide(message.id, "approved", message.hash, who, run.now())
            else:
                return False
        except UsageError as error:  # somebody decided at this very moment
            run.note(error.message)
            return False
        return True


def is_own_text(ledger: Ledger, message: Held, shown: str) -> bool:
    """Whether a person wrote it: it is no text that the lead ever had of this type."""
    return bool(shown) and _plain(shown) not in map(_plain, ledger.texts_of(message.id))


def _plain(text: str) -> str:
    """As any place can show it: some know no NUL, and each has line ends of its own."""
    return "\n".join(text.replace("\0", "").splitlines()).strip()


def _error(name: str, failure: str) -> SinkError:
    return SinkError(
        f"the sink {name!r}, in which messages are reviewed, could not be read: {failure}",
        hint="nothing was written to it; correct it, then run again",
    )
