"""Who is who: the keys of a person, and whether a place where a message would stand shows the right one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from .linkedin import LinkedInRef, parse_profile
from .models import Lead

_WORD = re.compile(r"[^\W_]+")


def fold_words(text: str) -> list[str]:
    """The words of a text without case, accents and punctuation: what two spellings of a name have in common."""
    if text.isascii():  # the same, and most words of most messages
        return _WORD.findall(text.lower())
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _WORD.findall("".join(mark for mark in folded if not unicodedata.combining(mark)))


def read_linkedin_keys(text: str) -> tuple[str, ...]:
    """The keys of the person that a LinkedIn address means, in any of its forms; empty if it means nobody for certain.

    A lead's `linkedin_key` is the first of them; the others are aliases of the same person. An address of Sales
    Navigator, which no lead can have, gives aliases only.
    """
    found = parse_profile(text)
    return (found.key, *found.aliases) if isinstance(found, LinkedInRef) else found.aliases


def link_keys(people: Iterable[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Key → all keys of the same person. Each of `people` lists keys that one record shows together.

    What two records have in common joins them, whatever their order. A key that stands alone is left out.
    """
    groups: dict[str, list[str]] = {}
    for keys in people:
        if len(keys) < 2:
            continue
        found = sorted({id(group): group for key in keys if (group := groups.get(key))}.values(), key=len)
        joined = found.pop() if found else []
        for group in found:  # the smaller ones move, so that no key moves often
            joined += group
            groups.update(dict.fromkeys(group, joined))
        for key in keys:
            if key not in groups:
                joined.append(key)
                groups[key] = joined
    shared = {id(group): tuple(group) for group in groups.values()}
    return {key: shared[id(group)] for key, group in groups.items()}


def find_stranger(lead: Lead, *, linkedin: str = "", name: str = "") -> str:
    """Why a place that shows this LinkedIn address or this full name is another person's; "" if it is not.

    Two addresses of the same kind decide. Otherwise the names do: the words of the shorter one must all be in the
    longer one, so that titles and middle names make no difference. A place that shows neither tells nothing.
    """
    shown = parse_profile(linkedin) if linkedin.strip() else None
    if isinstance(shown, LinkedInRef):
        if not {lead.linkedin_key, *lead.aliases}.isdisjoint((shown.key, *shown.aliases)):
            return ""
        if lead.linkedin_key.split(":")[1] == shown.kind:
            return f"it shows the LinkedIn profile {shown.url}, the messages are for {lead.linkedin_url}"
    there, wanted = set(fold_words(name)), set(fold_words(f"{lead.first_name} {lead.last_name}"))
    if there and wanted and not (there <= wanted or wanted <= there):
        return f"it shows the name {name!r}, the messages are for {lead.first_name} {lead.last_name}"
    return ""
