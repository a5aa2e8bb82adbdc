"""Whether a word of a text means a person or a company, or is a word like any other.

`Will`, `Mark` and `May` are names and words; so are `Target`, `Box` and `Notion`, and a German noun has a capital.
What may be both tells something only where the words around it say that somebody works there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .text import Word
from .vocabulary import ACTING, COMMON, DETERMINERS, EMPLOYING, GENERIC, GERMAN, KNOWN, PLACING

_SHORTEST = 3
_GERMAN_WORDS = 2

#: The sender tells where they, or somebody they know, have worked: the words right before the company.
_OWN_STORY = re.compile(
    r"\b(?:i (?:\w+ ){0,3}?work(?:ed)?|my (?:\w+ ){0,2}(?:time|years|days|job|role|career)|someone|somebody|people|"
    r"(?:friend|colleague|client|customer|contact)s?|trabaje|ai travaille|travaillais|amie?|arbeitete|amig[oa]|"
    r"werkte(?: \w+){0,2}|vriend(?:in)?|freund(?:in)?) (?:at|from|en|chez|bij|bei|von)$"
)
#: The same behind it, in German.
_OWN_STORY_AFTER = (("habe", "ich"), ("war", "ich"), ("hatte", "ich"))


def is_person(words: Sequence[Word], place: int) -> bool:
    """Whether a word that is the first name of somebody means a person here."""
    word = words[place]
    if not word.is_capitalised or word.opens_sentence or word.quoted or len(word.folded[0]) < _SHORTEST:
        return False
    return word.folded[0] not in COMMON and not _is_determined(words, place)


def means_company(words: Sequence[Word], place: int) -> bool:
    """Whether a word that is the whole name of a company means that company here."""
    word = words[place]
    if word.quoted or len(word.folded[0]) < _SHORTEST:
        return False
    if word.folded[0] not in COMMON | KNOWN and not is_german(words):
        return not _is_own_story(words, place)
    before = words[place - 1].folded if place else ()
    if len(word.folded) > 1:  # a genitive
        return not _is_determined(words, place)
    if before and before[-1] in EMPLOYING:
        return not _is_own_story(words, place)
    behind = [one for one in words[place + 1 : place + 3] if one.folded[-1] not in GENERIC][:1]
    after = behind[0].folded[:1] if behind and not behind[0].opens_sentence else ()
    is_subject = bool(after and after[0] in ACTING) and not (before and before[-1] in DETERMINERS | PLACING)
    return is_subject and not (place and words[place - 1].text.islower() and is_german(words))


def is_german(words: Sequence[Word]) -> bool:
    """Whether nouns have capitals in this text."""
    return sum(part in GERMAN for word in words for part in word.folded) >= _GERMAN_WORDS


def _is_determined(words: Sequence[Word], place: int) -> bool:
    before = words[place - 1].folded if place else ()
    return bool(before) and before[-1] in DETERMINERS


def _is_own_story(words: Sequence[Word], place: int) -> bool:
    before = " ".join(part for word in words[max(0, place - 7) : place] for part in word.folded)
    after = tuple(part for word in words[place + 1 : place + 3] for part in word.folded)
    return bool(_OWN_STORY.search(before)) or after in _OWN_STORY_AFTER
