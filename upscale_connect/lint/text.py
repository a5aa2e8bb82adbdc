"""A text as the rules see it: its words with their places, its greeting, its length."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ..identity import fold_words

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]{1,2}\b)?")
_QUOTATION = re.compile(
    '\u201c[^\u201d\n]{2,120}\u201d|\u201e[^\u201c\u201d\n]{2,120}[\u201c\u201d]|"[^"\n]{2,120}"'
    "|\u00ab[^\u00bb\n]{2,120}\u00bb|\u00bb[^\u00ab\n]{2,120}\u00ab|(?<!\\w)['\u2018][^\u2018\n]{2,120}?['\u2019](?!\\w)"
)
_SENTENCE_END = re.compile(r"[.!?:\u2026\n]\W*$")

#: Words that begin a message, as people write them in the languages that the API is used in.
_GREETING = re.compile(
    r"\W*(?:\[[^\]]*\]\s*)?(?P<greeting>hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening)|hallo|guten tag|"
    r"liebe[rs]?|sehr geehrter?|moin|servus|bonjour|bonsoir|salut|ch[eè]re?|hola|buenos d[ií]as|estimad[oa]|querid[oa]|"
    r"ciao|buongiorno|salve|gentile|car[oa]|ol[aá]|oi|bom dia|prezad[oa]|beste|hoi|dag|hej|hei|cze[sś][cć]|ahoj)\b",
    re.IGNORECASE,
)
_CALL = re.compile(r"\W*([^\W\d_]{2,})(?:,|!|\s[\u2013\u2014-])\s")
#: What may stand between the greeting and the name, and in the place of one.
_TITLE = re.compile(
    r"^(?:\W*\b(?:mr|mrs|ms|miss|mx|sir|madam|dr|prof|professor|herrn?|frau|doktor|monsieur|madame|mademoiselle|mme|mlle|"
    r"m|sr|sra|se\u00f1ora?|don|do\u00f1a|signora?|dott|dottor|ing|heer|mevrouw|meneer|dhr|mw)\b\.?)+",
    re.IGNORECASE,
)
_NOBODY = (
    "there all everyone everybody team folks again friend zusammen a tous todos tutti grusse gruesse damen herren"
    " kolleginnen kollegen mesdames messieurs senores allen collega"
)


class Word(NamedTuple):
    """`folded`: without case and accents; it may be several where the word is spelt with an apostrophe.

    `quoted`: it stands in quotation marks, where titles have capitals for their looks.
    """

    text: str
    folded: tuple[str, ...]
    opens_sentence: bool
    quoted: bool = False

    @property
    def is_capitalised(self) -> bool:
        """Also true in scripts that have no case."""
        return not self.text[0].islower()

    @property
    def stem(self) -> str:
        """Without the ending of a genitive: `Globex's`."""
        return re.split("['\u2019]", self.text, maxsplit=1)[0]


def split_text(text: str) -> list[Word]:
    words: list[Word] = []
    quotations = [found.span() for found in _QUOTATION.finditer(text)]
    end = 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        opens = between != " " and bool(_SENTENCE_END.search(between[-12:]))
        quoted = bool(quotations) and any(first < found.start() < last for first, last in quotations)
        words.append(Word(found[0], tuple(fold_words(found[0])), opens or not (words or between.strip()), quoted))
        end = found.end()
    return words


def find_greeted(text: str) -> list[str]:
    """The folded words of the name that a text greets; empty if it greets nobody by name."""
    greeting = _GREETING.match(text)
    if greeting is None:
        return []
    behind = _TITLE.sub("", text[greeting.end() : greeting.end() + 80])
    rest = re.split(r"[,!.;:\u2013\u2014\n(]|\s-\s", behind, maxsplit=1)
    nobody = _NOBODY.split()
    named: list[str] = []
    ends = len(rest) > 1
    for word in _WORD.findall(rest[0]):
        folded = fold_words(word)
        if word[0].islower() and not (ends and len(rest[0].split()) <= 2):
            break
        named += folded
    return [] if not named or named[0] in nobody else named[:4]


def find_addressed(text: str) -> str:
    """The folded word that a text without a greeting begins with, as if it called somebody; "" if there is none."""
    called = _CALL.match(text)
    folded = fold_words(called[1]) if called else []
    return folded[0] if len(folded) == 1 else ""


def drop_greeting(text: str) -> str:
    """A text without the greeting and the name at its beginning, as far as a mark behind them tells where they end."""
    greeting = _GREETING.match(text)
    if greeting is None:
        return text
    end = re.search(r"[,!.:\u2013\u2014\n]", text[greeting.end() : greeting.end() + 80])
    return text[greeting.end() + end.end() :] if end else text


def measure(text: str) -> int:
    """The length of a text as LinkedIn may count it: in code points or in UTF-16 units, whichever is more.

    Emoji count double in the second. Line ends count once, blanks at the edges do not.
    """
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    return max(len(plain), len(plain.encode("utf-16-le", "surrogatepass")) // 2)
