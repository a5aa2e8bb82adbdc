"""Receipts: short ids that stand beside messages in the sinks, and which of them this ledger has given."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from .aliases import SAME_PERSON
from .texts import number_texts

#: A purchase, the version of its text (0 for the original), and the receipt with which it was adopted, if it was.
ShownText: TypeAlias = tuple[int, int, str | None]

#: Campaign id and lead id.
_Key: TypeAlias = tuple[int, str]


def make_receipt(ledger: str, purchases: Iterable[int]) -> str:
    """A short id for these messages: the same again for the same messages, never the same in another ledger."""
    text = ledger + ":" + ",".join(str(number) for number in sorted(purchases))
    return "uc-" + hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def choose_receipt(ledger: str, texts: Collection[ShownText]) -> str:
    """The receipt of what is shown together.

    What was adopted together keeps its receipt as long as nobody changes it, so that a sink which shows it need not be
    written again.
    """
    adopted = {receipt if version == 0 else None for _, version, receipt in texts}
    if len(adopted) == 1 and (receipt := adopted.pop()) is not None:
        return receipt
    return make_receipt(ledger, number_texts((purchase, version) for purchase, version, _ in texts))


@dataclass(frozen=True, slots=True)
class ShownReceipt:
    """A receipt that a sink shows beside a lead, "" where it shows that one is awaited. `person` is a LinkedIn key."""

    lead_id: str
    person: str
    receipt: str


class GivenReceipts:
    """The receipts that this ledger may have given to leads of a campaign, or to their persons in any campaign."""

    def __init__(self, tx: sqlite3.Connection, customer: str, campaign: str) -> None:
        self._tx = tx
        found = tx.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()
        self._ledger_id = found[0] if found else ""
        # Of all accounts: one of them may be the sandbox that was tried first.
        query = (
            "SELECT c.id FROM account a JOIN campaign c ON c.account_id = a.id AND c.customer = ? AND c.campaign = ?"
        )
        self._campaigns = {row[0] for row in tx.execute(query, (customer, campaign))}
        self._ready: dict[_Key, dict[str, set[int]]] = {}
        self._versions: dict[int, list[int]] = {}
        self._keys: dict[str, set[_Key]] = {}
        self._delivered: set[tuple[int, str, str]] = set()

    def read(self, shown: Collection[ShownReceipt]) -> None:
        """Look up these leads and their persons."""
        lead_ids, people = json.dumps([one.lead_id for one in shown]), json.dumps([one.person for one in shown])
        self._add(
            "id",
            self._tx.execute(
                "SELECT p.lead_id, p.campaign_id, p.lead_id, p.state, p.type, p.id, p.adopted FROM purchase p"
                " WHERE p.campaign_id IN (SELECT value FROM json_each(?)) AND p.state <> 'refused'"
                " AND p.lead_id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(self._campaigns)), lead_ids),
            ),
        )
        self._add(
            "person",
            self._tx.execute(
                f"SELECT same.key, p.campaign_id, p.lead_id, p.state, p.type, p.id, p.adopted FROM {SAME_PERSON} same"
                " CROSS JOIN lead l ON l.person = same.other JOIN purchase p"
                " ON p.campaign_id = l.campaign_id AND p.lead_id = l.lead_id AND p.state <> 'refused'",
                (people,),
            ),
        )
        ready = [number for kinds in self._ready.values() for numbers in kinds.values() for number in numbers]
        query = "SELECT purchase_id, id FROM version WHERE purchase_id IN (SELECT value FROM json_each(?))"
        for number, version in self._tx.execute(query, (json.dumps(ready),)):
            self._versions.setdefault(number, []).append(version)
        self._delivered.update(
            self._tx.execute(
                "SELECT d.campaign_id, d.lead_id, d.receipt FROM json_each(?) k JOIN delivery d"
                " ON d.campaign_id = json_extract(k.value, '$[0]') AND d.lead_id = json_extract(k.value, '$[1]')",
                (json.dumps(list(self._ready)),),
            )
        )

    def has(self, shown: ShownReceipt) -> bool:
        keys = self._keys.get(f"id {shown.lead_id}", set()) | self._keys.get(f"person {shown.person}", set())
        if not shown.receipt:
            return any(campaign_id in self._campaigns for campaign_id, _ in keys)
        if any((*key, shown.receipt) in self._delivered for key in keys):
            return True
        return any(shown.receipt in self._list_receipts(key) for key in keys)

    def _add(self, what: str, rows: Iterable[tuple[str, int, str, str, str, int, str | None]]) -> None:
        for value, campaign_id, lead_id, state, kind, number, adopted in rows:
            key = (campaign_id, lead_id)
            self._keys.setdefault(f"{what} {value}", set()).add(key)
            kinds = self._ready.setdefault(key, {})
            if state == "ready":
                kinds.setdefault(kind, set()).add(number)
            if adopted is not None:
                self._delivered.add((*key, adopted))

    def _list_receipts(self, key: _Key) -> set[str]:
        """Every receipt that the messages of a lead may have had, as one after the other came or was changed."""
        kinds = [
            [None, *((number, version) for number in numbers for version in (0, *self._versions.get(number, ())))]
            for numbers in self._ready[key].values()
        ]
        return {
            make_receipt(self._ledger_id, number_texts(text for text in choice if text is not None))
            for choice in product(*kinds)
        }
