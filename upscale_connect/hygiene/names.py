"""The rules for names. Each gives back the name as it was where it is not sure."""

from __future__ import annotations

import re
import unicodedata

from .tables import CREDENTIALS, FACULTIES, PARTICLES, TITLES

_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_QUOTES = "\"'`\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a"

#: Pictographs, flags, skin tones, keycaps, and what joins and styles them.
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2300-\u23ff\u2b00-\u2bff\U000e0020-\U000e007f\u20e3\u2122\u00ae\u00a9]"
    "|(?<=[\U0001f000-\U0001faff\u2600-\u27bf])[\u200d\ufe0f]|\ufe0f"
)
_TAIL = re.compile(r"\s+[|\u2022\u00b7\u2013\u2014\-]\s+.*$|\s*[|\u2022].*$", re.DOTALL)
_PARENTHESES = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")


def tidy_spaces(name: str) -> str:
    """NFC, no invisible marks, single blanks, no pair of quotation marks around all of it."""
    text = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", name)).split())
    while len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1].strip()
    return text


def remove_emoji(name: str) -> str:
    if name.isascii():
        return name
    return " ".join(_EMOJI.sub("", name).split())


def cut_tail(name: str) -> str:
    """`Jane | We're hiring` and `Jane (she/her)` are Jane. A double surname with a bare hyphen stays."""
    if name.isalpha():
        return name
    text = _PARENTHESES.sub(" ", name).strip()
    return _TAIL.sub("", text).strip(" ,") or name


def remove_credentials(name: str) -> str:
    """Degrees and certificates at the end, with or without commas. Something must remain."""
    if name.isalpha():
        return name
    parts = re.split(r"([,\s]+)", name)
    while len(parts) > 2 and (not parts[-1] or _is_credential(parts[-1], alone="," in parts[-2])):
        parts = parts[:-2]
    return "".join(parts).strip(" ,") or name


def _is_credential(word: str, *, alone: bool) -> bool:
    """`alone`: behind a comma, in any case; else only as it is usually written: `Ma` is a surname, `MA` a degree."""
    plain = word.replace(".", "")
    usual = CREDENTIALS.get(plain.upper())
    return usual is not None and (alone or plain == usual or word != plain)


def remove_titles(name: str) -> str:
    words = name.split(" ")
    has_title = False
    while len(words) > 1 and (_is_title(words[0]) or (has_title and _is_faculty(words[0]))):
        has_title = True
        words = words[1:]
    return " ".join(words)


def _is_title(word: str) -> bool:
    return word.rstrip(".").casefold() in TITLES


def _is_faculty(word: str) -> bool:
    """`med.` of `Dr. med.`, with its dot: Nat is a name."""
    return word.endswith(".") and word.replace(".", "").casefold() in FACULTIES


def is_credential(name: str) -> bool:
    """Whether a whole name is a degree or certificate of three letters or more, as it is usually written."""
    return len(name) > 2 and CREDENTIALS.get(name.upper()) == name


def fix_case(name: str) -> str:
    """Only a name that is wholly in capitals or wholly in small letters, in a script that has both.

    Initials and names of up to two capitals stay: `JP`, `AJ`.
    """
    letters = [character for character in name if character.isalpha()]
    if not letters or not (name.isupper() or name.islower()) or (name.isupper() and len(letters) < 3):
        return name
    if any(unicodedata.category(character) in ("Lo", "Lm") for character in letters):
        return name
    words = re.split(r"(\s+)", name.lower())
    return "".join(word if word in PARTICLES and place else _capitalise(word) for place, word in enumerate(words))


def _capitalise(word: str) -> str:
    """`o'neill`, `jean-luc`, `mcdonald` → `O'Neill`, `Jean-Luc`, `McDonald`."""
    text = re.sub(r"(^|[-'\u2019])(\w)", lambda found: found[1] + found[2].upper(), word)
    return re.sub(r"^Mc(\w)", lambda found: "Mc" + found[1].upper(), text)


def is_initial(name: str) -> bool:
    """`J`, `J.`, `J. P.`: a message that greets it is worse than none.

    A single character of a script without case, such as Han or Hangul, is a name.
    """
    letters = [character for character in name if character.isalpha()]
    if not letters:
        return True
    if any(unicodedata.category(character) == "Lo" for character in letters):
        return False
    return all(len(part.strip(".")) <= 1 for part in re.split(r"[\s.]+", name) if part)
