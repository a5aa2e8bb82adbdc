"""Messages of other leads that name a person: the service swapped two texts, or says "I saw you work with …".

They were bought for somebody else, so `forget` leaves them as they are and tells them: a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..identity import fold_words
from ..ledger import Ledger, OtherMessage
from ..lint import COMMON, Surroundings, Word, find_greeted, split_text
from ..models import Lead, Record
from ..suppression import find_emails

#: A shorter name, or part of an address, stands in too many words of a text to tell anything.
_SHORTEST = 3
_SHORTEST_SLUG = 6


@dataclass(frozen=True, slots=True)
class Naming:
    """A message of another lead that names the person. `why`: what of the person stands in it, for people."""

    message: int
    sync: str
    lead_id: str
    place: str
    type: str
    review: str
    why: str
    delivered_to: Sequence[str]
    erased: bool = False


def find_namings(ledger: Ledger, keys: Sequence[str]) -> list[Naming]:
    """Asked before the person is erased: the ledger knows the names then."""
    person = _Person(ledger.people_of(keys), keys)
    return [
        Naming(one.id, one.sync, one.lead_id, one.place, one.type, one.review, why, ledger.delivered_to(one.id))
        for one in ledger.messages_of_others(keys)
        if (why := person.find(one))
    ]


class _Person:
    """The names and addresses of one person, in the forms in which they are looked for."""

    def __init__(self, leads: Sequence[tuple[Lead, Record]], keys: Sequence[str]) -> None:
        self._names = Surroundings()
        self._first: set[str] = set()
        self._last: set[str] = set()
        self._addresses = {key.rpartition(":")[2] for key in keys if len(key.rpartition(":")[2]) >= _SHORTEST_SLUG}
        for lead, record in leads:
            self._names.add(lead)
            self._first |= set(fold_words(lead.first_name))
            self._last |= {word for word in fold_words(lead.last_name) if len(word) >= _SHORTEST}
            self._addresses |= set(find_emails(record))

    def find(self, message: OtherMessage) -> str:
        """What stands in one of its texts, "" if nothing does."""
        other = message.lead or Lead(message.lead_id, "", "", "", "", "")
        return next(filter(None, (why for text in message.texts for why in self._look(text, other))), "")

    def _look(self, text: str, other: Lead) -> Iterator[str]:
        folded = text.casefold()
        yield next((f"it holds {one}" for one in sorted(self._addresses) if one.casefold() in folded), "")
        own = {*fold_words(other.first_name), *fold_words(other.last_name), *fold_words(other.company)}
        greeted = find_greeted(text)
        yield f"it greets {greeted[0].capitalize()}" if greeted and greeted[0] in self._first - own else ""
        words = split_text(text)
        name = self._names.find_name(words, other) or self._find_last(words, own)
        yield f"it names {name}" if name else ""

    def _find_last(self, words: Sequence[Word], own: set[str]) -> str:
        """The last name alone, where it can be no word of the language."""
        for word in words:
            is_name = word.is_capitalised and not word.opens_sentence and word.folded[:1] != ()
            if is_name and word.folded[0] in self._last - own - COMMON:
                return word.text
        return ""
