"""Entries of do-not-contact lists: whom they mean, in the one form in which values are compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args
from urllib.parse import quote, urlsplit

from ..hygiene.companies import remove_legal_form
from ..identity import fold_words
from ..linkedin import LinkedInRef, parse_profile

Kind: TypeAlias = Literal["linkedin", "email", "domain", "company", "id"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: What looks like an e-mail address, wherever it stands in a text.
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
#: A name as mail programs write it: `Jane Doe <jane@example.com>`.
_NAMED = re.compile(r"[^@<>]*<([^<>]+)>")
_LINKEDIN_HOSTS = (".linkedin.com", ".lnkd.in")
#: Under a country's top level: an entry for one of these would mean everybody there.
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "net", "org"))
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody, or everybody of a company, who gets no message.

    `value` is in the form in which it is compared. `customer`: only for that customer of the API; None: for all.
    `source`: where the entry comes from, for people.
    """

    kind: Kind
    value: str
    customer: str | None = None
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class HashedEntry:
    """An entry of which only a keyed hash is known."""

    kind: Kind
    hash: bytes
    customer: str | None = None
    reason: str = ""
    source: str = ""


def parse_entry(kind: Kind, text: str) -> tuple[str, ...]:
    """The values that a text of this kind means; one profile may have several keys.

    Raises ValueError, with a sentence for people, if it means nobody for certain.
    """
    if kind == "linkedin":
        found = parse_profile(text)
        if isinstance(found, LinkedInRef):
            return (found.key, *found.aliases)
        raise ValueError(found.reason)
    value = _READERS[kind](text)
    if not value:
        raise ValueError(_REFUSALS[kind])
    return (value,)


def guess_kind(text: str) -> Kind | None:
    """The kind of a value that a person gave; None if it could be a company or an id."""
    if isinstance(parse_profile(text), LinkedInRef):
        return "linkedin"
    if read_email(text):
        return "email"
    domain = read_domain(text) if "." in text else ""
    if f".{domain}".endswith(_LINKEDIN_HOSTS):
        return "linkedin"  # a company's page, or a short link: `parse_entry` tells why it means nobody
    return "domain" if domain else None


def show_value(kind: Kind, value: str) -> str:
    """A value as a person would write it; `parse_entry` understands it."""
    if kind != "linkedin":
        return value
    _, form, name = value.split(":", 2)
    return f"https://www.linkedin.com/{'pub' if form == 'pub' else 'in'}/{quote(name)}"


def read_email(text: str) -> str:
    """The one address, in small letters, with or without a name before it; "" if there is not exactly one."""
    text = text.strip()
    if named := _NAMED.fullmatch(text):
        text = named[1]
    text = text.strip("<>").removeprefix("mailto:")
    return text.casefold() if EMAIL.fullmatch(text) else ""


def read_domain(text: str) -> str:
    """The host of an address or a domain, in ASCII and without `www.`; "" if it is none, or a whole top level.

    So is `co.uk`, and its like in other countries.
    """
    text = text.strip().removeprefix("@")
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
        name = host.rstrip(".").removeprefix("www.").encode("idna").decode("ascii").lower()
    except ValueError:
        return ""
    labels = name.split(".")
    if len(labels) == 2 and labels[0] in _SECOND_LEVEL and len(labels[1]) == 2:
        return ""
    is_domain = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return name if is_domain else ""


def fold_company(text: str) -> str:
    """A company's name without case, accents, punctuation and legal form.

    Folded again it stays as it is: a list that was exported blocks the same where it is imported.
    """
    folded = " ".join(text.split())
    while (shorter := " ".join(fold_words(remove_legal_form(folded, compared=True)))) != folded:
        folded = shorter
    return folded


def read_id(text: str) -> str:
    return text.strip()


_READERS: dict[Kind, Callable[[str], str]] = {
    "email": read_email,
    "domain": read_domain,
    "company": fold_company,
    "id": read_id,
}
_REFUSALS: dict[Kind, str] = {
    "email": "This is no e-mail address, or more than one.",
    "domain": "This is no domain, such as example.com, or one of a whole country.",
    "company": "This is no name of a company.",
    "id": "This is no id.",
}
