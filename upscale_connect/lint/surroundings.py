"""What stands around a lead: the sender, and the other leads of the campaign, whose words must not be in its text."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from ..identity import fold_words
from ..models import Lead
from .context import is_person, means_company
from .text import Word
from .vocabulary import GENERIC


class Surroundings:
    """The words of one campaign's leads. Built once, asked for each text: in the number of the text's words.

    `sender`: the company that the messages speak for.
    """

    def __init__(self, sender: str = "") -> None:
        self.sender = sender
        self.sender_words = frozenset(fold_words(sender))
        self._names: dict[str, dict[tuple[str, ...], str]] = {}
        self._companies: dict[str, dict[tuple[str, ...], str]] = {}
        self._texts: dict[tuple[str, bytes], str] = {}

    def add(self, lead: Lead) -> None:
        """Another lead of the campaign."""
        first, last = fold_words(lead.first_name), fold_words(lead.last_name)
        if first and last:
            self._names.setdefault(first[0], {})[(*first, *last)] = lead.first_name
        words = shorten_company(lead.company)
        if words:
            self._companies.setdefault(words[0], {})[words] = lead.company

    def has_first_name(self, folded: str) -> bool:
        """Whether this is the first name of a lead of the campaign."""
        return folded in self._names

    def find_name(self, words: Sequence[Word], lead: Lead) -> str:
        """The name of another lead that stands in the text, "" if none does."""
        known = self._own_words(lead)
        parts = [(part, word) for word in words for part in word.folded]
        for place, (part, _) in enumerate(parts):
            for name in self._names.get(part, ()):
                there = parts[place : place + len(name)]
                is_there = tuple(one for one, _ in there) == name and all(word.is_capitalised for _, word in there)
                if is_there and not known.issuperset(name):
                    return " ".join(one.capitalize() for one in name)
        for place, word in enumerate(words):
            first = word.folded[0] if len(word.folded) == 1 else ""
            if first in self._names and first not in known and is_person(words, place):
                return word.text
        return ""

    def find_company(self, words: Sequence[Word], lead: Lead) -> str:
        """The company of another lead that stands in the text, "" if none does."""
        known = self._own_words(lead)
        parts = [(part, number) for number, word in enumerate(words) for part in word.folded]
        for place, (part, number) in enumerate(parts):
            for name, company in self._companies.get(part, {}).items():
                there = tuple(one for one, _ in parts[place : place + len(name)])
                if there == name and not known.issuperset(name) and _is_telling(name, words, number, company):
                    return company
        return ""

    def find_twin(self, message_type: str, text: str, lead: Lead) -> str:
        """The id of an earlier lead that got the very same text, "" if none did. Remembers this one."""
        digest = blake2b(" ".join(text.split()).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        first = self._texts.setdefault((message_type, digest), lead.lead_id)
        return "" if first == lead.lead_id else first

    def _own_words(self, lead: Lead) -> set[str]:
        own = {*fold_words(lead.first_name), *fold_words(lead.last_name), *fold_words(lead.company)}
        return own | self.sender_words


def shorten_company(company: str) -> tuple[str, ...]:
    """A company's words as a text would call it: without what only its register knows."""
    words = fold_words(company)
    while words and words[-1] in GENERIC:
        words.pop()
    while words and words[0] == "the":
        words.pop(0)
    return tuple(words)


def _is_telling(name: tuple[str, ...], words: Sequence[Word], number: int, company: str) -> bool:
    """Whether these words can only mean the company: a single word may be a word of the language, too."""
    word = words[number]
    if len(name) > 1:
        return not word.quoted and (word.is_capitalised or not company[:1].isupper())
    is_spelt_so = word.stem in company.split() and word.is_capitalised
    return is_spelt_so and not word.opens_sentence and means_company(words, number)
