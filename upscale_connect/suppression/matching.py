"""Whether a lead is on a do-not-contact list: a few look-ups in memory for each lead, none where no list is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeAlias

from ..identity import read_linkedin_keys
from ..models import Lead, Record
from .entries import EMAIL, KINDS, Entry, HashedEntry, Kind, fold_company, read_domain

#: Customer (None: all) → why a value is suppressed for it.
_Reasons: TypeAlias = dict[str | None, str]

_BY: Mapping[Kind, str] = {
    "linkedin": "LinkedIn profile",
    "email": "e-mail address",
    "domain": "domain",
    "company": "company",
    "id": "id",
}
#: Many leads share a company and a domain.
_fold = lru_cache(maxsize=4096)(fold_company)
_domain = lru_cache(maxsize=4096)(read_domain)


class Suppressions:
    """Entries in a form in which they are found at once.

    `hash_value`: makes the keyed hash of a value; called only for kinds of which hashed entries exist.
    `linkedin_columns`: the columns of a record that hold its LinkedIn address, with further keys of the person.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        hashed: Iterable[HashedEntry] = (),
        hash_value: Callable[[Kind, str], bytes] | None = None,
        linkedin_columns: Sequence[str] = (),
    ) -> None:
        self._clear: dict[Kind, dict[str, _Reasons]] = {}
        self._hashed: dict[Kind, dict[bytes, _Reasons]] = {}
        self._hash = hash_value
        self._linkedin_columns = linkedin_columns
        sums = 0
        for entry in entries:
            _put(self._clear.setdefault(entry.kind, {}).setdefault(entry.value, {}), entry)
            sums += _number(entry.kind, entry.value.encode("utf-8", "surrogatepass"), entry.customer)
        for one in hashed:
            _put(self._hashed.setdefault(one.kind, {}).setdefault(one.hash, {}), one)
            sums += _number(one.kind, one.hash, one.customer)
        self._kinds = [kind for kind in KINDS if kind in self._clear or kind in self._hashed]
        #: Changes with the entries, whatever their order; "" if there are none.
        self.digest = f"{sums % 2**128:032x}" if self._kinds else ""

    def find(self, lead: Lead, record: Record) -> str:
        """Why a lead gets no message, for people; "" if no entry means it."""
        for kind in self._kinds:
            for value in self._values(kind, lead, record):
                if found := self._look_up(kind, value, lead.customer):
                    return f"suppressed by its {_BY[kind]}: {found}"
        return ""

    def _values(self, kind: Kind, lead: Lead, record: Record) -> Iterator[str]:
        if kind == "linkedin":
            return self._linkedin_keys(lead, record)
        if kind == "email":
            return find_emails(record)
        if kind == "domain":
            return _domains(lead, record)
        if kind == "company":
            return iter((_fold(lead.company),))
        return iter(dict.fromkeys((lead.lead_id, record.id or "", lead.key)))

    def _linkedin_keys(self, lead: Lead, record: Record) -> Iterator[str]:
        yield lead.linkedin_key
        yield from lead.aliases
        for column in self._linkedin_columns:
            text = record.fields.get(column) or ""
            if "ACo" in text or "ACw" in text:  # only a member id makes an address name a person twice
                yield from read_linkedin_keys(text)

    def _look_up(self, kind: Kind, value: str, customer: str) -> str:
        reasons = self._clear.get(kind, {}).get(value, {})
        found = reasons.get(None) or reasons.get(customer) or ""
        if not found and self._hash is not None and (hashes := self._hashed.get(kind)):
            reasons = hashes.get(self._hash(kind, value), {})
            found = reasons.get(None) or reasons.get(customer) or ""
        return found


def _put(reasons: _Reasons, entry: Entry | HashedEntry) -> None:
    told = f"{entry.source} ({entry.reason})" if entry.reason else entry.source
    reasons.setdefault(entry.customer, told or "a do-not-contact list")


def _number(kind: Kind, value: bytes, customer: str | None) -> int:
    text = b"\0".join((kind.encode(), value, b"" if customer is None else b"\1" + customer.encode()))
    return int.from_bytes(blake2b(text, digest_size=16).digest(), "big")


def find_emails(record: Record) -> Iterator[str]:
    """The e-mail addresses in a record's columns, in small letters."""
    for text in record.fields.values():
        if "@" in text:
            for address in EMAIL.findall(text):
                yield address.casefold()


def _domains(lead: Lead, record: Record) -> Iterator[str]:
    """The website's domain, those of the record's e-mail addresses, and all domains above them."""
    names = [_domain(lead.website_url)] if lead.website_url else []
    names += [_domain(address.rpartition("@")[2]) for address in find_emails(record)]
    for name in dict.fromkeys(names):
        while "." in name:
            yield name
            name = name.partition(".")[2]
