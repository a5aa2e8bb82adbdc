"""The rules. Each says what is wrong with a text in a sentence for a person, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..identity import fold_words
from ..models import Lead
from .settings import SHORTEST, LintSettings
from .surroundings import Surroundings, shorten_company
from .text import Word, find_addressed, find_greeted, measure, split_text


@dataclass(frozen=True, slots=True)
class LintFinding:
    """`rule` is its name in the configuration; `message` is for people and may quote the text."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text with all that a rule may look at."""

    text: str
    type: str
    lead: Lead
    surroundings: Surroundings
    settings: LintSettings
    words: list[Word]


def lint(
    text: str, message_type: str, lead: Lead, surroundings: Surroundings, settings: LintSettings
) -> list[LintFinding]:
    """What a person should look at before this text is sent to this lead. In the order of `RULES`."""
    draft = Draft(text, message_type, lead, surroundings, settings, split_text(text))
    findings = []
    for name, rule in RULES.items():
        if name in settings.rules and (told := rule(draft)):
            findings.append(LintFinding(name, told))
    return findings


def _find_length(draft: Draft) -> str:
    length, limit = measure(draft.text), draft.settings.limit(draft.type)
    return f"it has {length} characters, {limit} are allowed" if length > limit else ""


def _find_emptiness(draft: Draft) -> str:
    length = measure(draft.text)
    return f"it has {length} characters: too few to say anything" if length < SHORTEST else ""


def _find_greeting(draft: Draft) -> str:
    greeted = find_greeted(draft.text)
    called = find_addressed(draft.text)
    if not greeted and draft.surroundings.has_first_name(called):
        greeted = [called]
    own = {*fold_words(draft.lead.first_name), *fold_words(draft.lead.last_name)}
    if not greeted or own.intersection(greeted[:2]):
        return ""
    name = " ".join(word.capitalize() for word in greeted[:2])
    return f"it greets {name}, the lead is {draft.lead.first_name} {draft.lead.last_name}"


def _find_other_name(draft: Draft) -> str:
    name = draft.surroundings.find_name(draft.words, draft.lead)
    return f"it names {name}, which is the name of another lead" if name else ""


def _find_other_company(draft: Draft) -> str:
    company = draft.surroundings.find_company(draft.words, draft.lead)
    return f"it names {company}, which is the company of another lead" if company else ""


#: What stands before the company where somebody works.
_EMPLOYED = re.compile(
    r"\b(?:(?:your|the) (?:\w+ ){0,2}(?:work|role|team|job|position|time|journey|colleagues|career|tenure|leadership)"
    r" (?:at|with|for|in)|you(?:'re|\u2019re)? (?:work|are|have been)(?:ing)? (?:at|for|with)"
    r"|(?:deine?r?|ihre?r?) (?:\w+ )?(?:arbeit|rolle|t\u00e4tigkeit|team|position|zeit) (?:bei|in|f\u00fcr)"
    r"|(?:ton|votre) (?:\w+ )?(?:travail|r\u00f4le|\u00e9quipe|poste|parcours) (?:chez|\u00e0|au sein de)"
    r"|(?:tu|su) (?:\w+ )?(?:trabajo|rol|equipo|puesto|labor) en"
    r"|(?:tuo|suo) (?:\w+ )?(?:lavoro|ruolo|team) (?:in|presso)|seu (?:\w+ )?(?:trabalho|papel|time) na?)"
    r"\s+(?P<company>.{0,80})",
    re.IGNORECASE,
)


def _find_sender_as_employer(draft: Draft) -> str:
    sender = shorten_company(draft.surroundings.sender)
    if not sender or sender == shorten_company(draft.lead.company):
        return ""
    for found in _EMPLOYED.finditer(draft.text):
        if tuple(fold_words(found["company"])[: len(sender)]) == sender:
            return f"it speaks of {draft.surroundings.sender}, the sender's company, as if the lead worked there"
    return ""


#: Slots that were not filled: double braces, single braces or brackets around such words, percent signs, tags.
_SLOT = (
    r"(?:(?:your|their|his|her|first|last|full|insert|the|lead|prospect|company|contact|sender|my)[ _-]*)*"
    r"(?:name|first[ _-]?name|last[ _-]?name|company|title|role|position|industry|city|product|service|link|url|date|"
    r"topic|signature|here)(?:[ _-]here)?"
)
_PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|\$\{.*?\}|\{%.*?%\}|%[A-Za-z_]{3,}%|<<.*?>>"
    rf"|[\[{{<]\s*{_SLOT}\s*[\]}}>]|\bX{{3,}}\b|\[(?:insert|add|your)\b[^\]]*\]|\blorem ipsum\b",
    re.IGNORECASE | re.DOTALL,
)


def _find_placeholder(draft: Draft) -> str:
    found = _PLACEHOLDER.search(draft.text)
    return f"it has a place that was not filled: {found[0][:40]}" if found else ""


def _find_twin(draft: Draft) -> str:
    twin = draft.surroundings.find_twin(draft.type, draft.text, draft.lead)
    return f"lead {twin} got the very same text" if twin else ""


#: What cp1252 and latin-1 make of the bytes 0x80 to 0xbf, which follow the first byte of a UTF-8 character.
_SECOND = "".join({bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0)}) + "\u0080-\u009f"
#: UTF-8 that was read as one of these, and what stands for a lost character.
_MOJIBAKE = re.compile(f"[\u00c3\u00c2][{_SECOND}]|\u00e2[\u20ac\u0080]|\u00f0\u0178|\u00ef\u00bf\u00bd|\ufffd")


def _find_mojibake(draft: Draft) -> str:
    found = _MOJIBAKE.search(draft.text)
    if not found:
        return ""
    start = max(0, found.start() - 10)
    return f"its characters are damaged: {draft.text[start : found.end() + 10]!r}"


_MARKUP = re.compile(
    r"</?(?:p|br|b|i|u|a|div|span|strong|em|ul|li|h[1-6])\b[^>]*>|&(?:nbsp|amp|lt|gt|quot|#\d+);|\*\*[^*\n]+\*\*"
    r"|__[^_\n]+__|\[[^\]\n]+\]\(https?:[^)\s]+\)|^#{1,6} \S|^```",
    re.MULTILINE,
)


def _find_markup(draft: Draft) -> str:
    found = _MARKUP.search(draft.text)
    return f"it has markup, which LinkedIn shows as it is: {found[0][:40]}" if found else ""


#: Words of the program that wrote it, to the person who ordered it.
_ASSISTANT = re.compile(
    r"\bas an ai\b|\blanguage model\b|\bhere(?:'s| is| are) (?:your|a|the) (?:\w+ ){0,3}(?:message|note|draft)\b"
    r"|^\W*(?:subject|betreff|objet|asunto|oggetto)\s*:"
    r"|\bi (?:cannot|can't|can\u2019t|am unable to) (?:help|assist|write|generate)\b"
    r"|\bcharacter (?:limit|count)\b|\bword count\b",
    re.IGNORECASE | re.MULTILINE,
)


def _find_assistant(draft: Draft) -> str:
    found = _ASSISTANT.search(draft.text)
    return f"it speaks to who ordered it, not to the lead: {' '.join(found[0].split())!r}" if found else ""


_SIGNATURE = re.compile(
    r"(?:best(?: regards| wishes)?|kind regards|regards|sincerely|cheers|viele gr\u00fc\u00dfe|"
    r"mit freundlichen gr\u00fc\u00dfen|cordialement|saludos|cordiali saluti)\s*,\s*$",
    re.IGNORECASE,
)


def _find_signature(draft: Draft) -> str:
    return "it ends with a closing and no name behind it" if _SIGNATURE.search(draft.text.strip()) else ""


_LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)


def _find_link(draft: Draft) -> str:
    found = _LINK.search(draft.text) if draft.type == "connection_request" else None
    return f"an invitation with a link is often reported: {found[0][:60]}" if found else ""


def _find_shouting(draft: Draft) -> str:
    if "!!" in draft.text:
        return "it has two exclamation marks in a row"
    own = {*fold_words(draft.lead.company), *draft.surroundings.sender_words}
    loud = [word.text for word in draft.words if len(word.text) > 4 and word.text.isupper() and word.text.isalpha()]
    shouted = next((text for text in loud if not own.issuperset(fold_words(text))), "")
    return f"a word in capitals: {shouted}" if shouted else ""


def _find_namelessness(draft: Draft) -> str:
    own = set(fold_words(draft.lead.first_name))
    there = {part for word in draft.words for part in word.folded}
    return f"it does not name {draft.lead.first_name}" if own and not own & there else ""


#: Name in the configuration → rule. In the order in which a person wants to read them.
RULES: Mapping[str, Callable[[Draft], str]] = {
    "greeting": _find_greeting,
    "other_name": _find_other_name,
    "other_company": _find_other_company,
    "sender_as_employer": _find_sender_as_employer,
    "placeholder": _find_placeholder,
    "identical": _find_twin,
    "too_long": _find_length,
    "too_short": _find_emptiness,
    "mojibake": _find_mojibake,
    "markup": _find_markup,
    "assistant": _find_assistant,
    "signature": _find_signature,
    "link_in_note": _find_link,
    "shouting": _find_shouting,
    "no_name": _find_namelessness,
}

#: Those that are on unless a person says otherwise: the others nag.
DEFAULT_RULES: frozenset[str] = frozenset(RULES) - {"shouting", "no_name"}
