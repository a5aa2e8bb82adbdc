"""Comparing a lead with lists."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from upscale_connect.models import Lead, Record
from upscale_connect.suppression import Entry, HashedEntry, Kind, Suppressions, parse_entry

LEAD = Lead(
    "17",
    "https://www.linkedin.com/in/jane",
    "li:in:jane",
    "Acme GmbH",
    "Jane",
    "Doe",
    "https://shop.acme.example/de",
    customer="customer_1",
    campaign="spring",
)
RECORD = Record(
    "rec1",
    {
        "Mail": "Jane <Jane@Mail.Example>; j.doe@acme.example",
        "Profile": "https://www.linkedin.com/in/jane?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAAB12cd",
    },
)


def find(kind: Kind, text: str, customer: str | None = None, **changes: Any) -> str:
    entries = [Entry(kind, value, customer, "asked", "list.csv:2") for value in parse_entry(kind, text)]
    return Suppressions(entries, linkedin_columns=("Profile",)).find(LEAD, RECORD)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("linkedin", "linkedin.com/in/JANE"),
        ("linkedin", "linkedin.com/in/ACoAAB12cd"),
        ("email", "jane@mail.example"),
        ("email", "J.Doe@ACME.example"),
        ("domain", "shop.acme.example"),
        ("domain", "acme.example"),
        ("domain", "mail.example"),
        ("company", "ACME"),
        ("company", "acme ag"),
        ("id", "17"),
        ("id", "rec1"),
        ("id", "customer_1/spring/17"),
    ],
)
def test_found_by(kind: Kind, text: str) -> None:
    assert find(kind, text).endswith("list.csv:2 (asked)")
    assert find(kind, text, "customer_1")
    assert not find(kind, text, "customer_2")
    assert find_hashed(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("linkedin", "linkedin.com/in/jane-2"),
        ("email", "doe@acme.example"),
        ("domain", "example.com"),
        ("domain", "de.shop.acme.example"),
        ("domain", "me.example"),
        ("company", "Acme Holding Partners"),
        ("id", "1"),
        ("id", "customer_2/spring/17"),
    ],
)
def test_not_found_by(kind: Kind, text: str) -> None:
    assert find(kind, text) == ""
    assert not find_hashed(kind, text)


def find_hashed(kind: Kind, text: str) -> str:
    def make_hash(kind: str, value: str) -> bytes:
        return hashlib.sha256(f"{kind} {value}".encode()).digest()

    hashed = [HashedEntry(kind, make_hash(kind, value)) for value in parse_entry(kind, text)]
    return Suppressions((), hashed, make_hash, ("Profile",)).find(LEAD, RECORD)


def test_nothing_is_hashed_for_kinds_without_hashed_entries() -> None:
    asked: list[str] = []

    def make_hash(kind: str, value: str) -> bytes:
        asked.append(kind)
        return b""

    Suppressions([Entry("id", "1")], [HashedEntry("company", b"1")], make_hash).find(LEAD, RECORD)
    assert asked == ["company"]


def test_the_digest_changes_with_the_entries_alone() -> None:
    a, b = Entry("id", "1"), Entry("id", "2", "acme")
    assert Suppressions().digest == ""
    assert Suppressions([a, b]).digest == Suppressions([b, a]).digest
    digests = [Suppressions(entries).digest for entries in ([a], [b], [a, b], [a, a], [Entry("id", "2")])]
    assert len(set(digests)) == 5
