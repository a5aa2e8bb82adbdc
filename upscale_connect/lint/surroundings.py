"""What stands around a lead: the sender, and the other leads of the campaign, whose words must not be in its text."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from ..identity import fold_words
from ..models import Lead
from .text import Word

#: First names that are words, places or months as well: alone they tell nothing about a person.
_COMMON = (
    "adam ai alexa alma amber angel april art arthur asia august aurora austin ava bar bea berlin bill blue bo brad "
    "brook brooklyn cairo camden carlo carmel carol charity charlotte chase chelsea christian chuck claude clay "
    "cliff cole crystal dakota dale dallas dan daisy dawn dean destiny devon diamond don drew duke earl eden eve "
    "faith fern florence ford forest frank gay gene genesis georgia ginger glen grace grant guy harmony harvey "
    "hazel heath heather holly hope hunter india iris israel ivy jack jade jasper jean jersey jesus jewel job "
    "jordan josh journey joy june justice kai kelly kent king lane laurel lincoln london long love luna lynn "
    "madison major mark martin mason max may melody mercy miles mission misty mo my nice norm olive pat patience "
    "pearl penny phoenix pierce poppy prince rain rand ray reed reese rich river rob robin rocky roman rose royal "
    "ruby rusty sage sam sandy savannah serenity skip sky star stella sterling stone storm summer sunny sydney "
    "taylor ted tiffany trip trinity tucker turner venus vera victor victoria virginia wade watson wayne will wren "
    "zion"
)
COMMON = frozenset(_COMMON.split())

#: Words that make no company known by themselves.
_GENERIC = (
    "inc llc ltd limited gmbh ag sa sarl sas bv nv ab oy as plc corp corporation company co group holding holdings "
    "the and und et y of solutions services consulting digital technologies technology systems software partners "
    "labs studio media global international agency ventures capital team"
)
GENERIC = frozenset(_GENERIC.split())
_SHORTEST_NAME = 3


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

    def find_name(self, words: Sequence[Word], lead: Lead) -> str:
        """The name of another lead that stands in the text, "" if none does."""
        known = self._own_words(lead)
        folded = [part for word in words for part in word.folded]
        for place, word in enumerate(folded):
            for name in self._names.get(word, ()):
                if tuple(folded[place : place + len(name)]) == name and not known.issuperset(name):
                    return " ".join(part.capitalize() for part in name)
        for one in words:
            if len(one.folded) == 1 and one.is_capitalised and not one.opens_sentence:
                word = one.folded[0]
                if word in self._names and word not in known and word not in COMMON and len(word) >= _SHORTEST_NAME:
                    return one.text
        return ""

    def find_company(self, words: Sequence[Word], lead: Lead) -> str:
        """The company of another lead that stands in the text, "" if none does."""
        known = self._own_words(lead)
        folded = [(part, one) for one in words for part in one.folded]
        for place, (word, one) in enumerate(folded):
            for name, company in self._companies.get(word, {}).items():
                there = tuple(part for part, _ in folded[place : place + len(name)])
                if there == name and not known.issuperset(name) and _is_telling(name, one, company):
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


def _is_telling(name: tuple[str, ...], word: Word, company: str) -> bool:
    """Whether these words can only mean the company: a single word may be a word of the language, too."""
    if len(name) > 1:
        return word.is_capitalised or not company[:1].isupper()
    is_spelt_so = word.text in company.split() and word.is_capitalised
    return is_spelt_so and not word.opens_sentence and len(name[0]) >= _SHORTEST_NAME and name[0] not in COMMON
