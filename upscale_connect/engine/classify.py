"""Which class each record is in, decided from the mapping, this run so far and the ledger. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import SourceError
from ..ledger import Aside, Known, Ledger, Scratch
from ..mapping import Mapping, Unmapped
from ..models import BadRecord, Lead, Record
from .report import RecordClass

_NOBODY: dict[str, set[str]] = {}


@dataclass(slots=True)
class Verdict:
    """A record with its class. `why` is for people; `buy` are the message types that it may buy now."""

    record: Record | BadRecord
    kind: RecordClass
    why: str = ""
    lead: Lead | None = None
    campaign_id: int | None = None
    digest: bytes = b""
    known: Known | None = None
    buy: tuple[str, ...] = ()
    aside: Aside | None = None


@dataclass(slots=True)
class _Group:
    """The leads of a chunk that share a campaign."""

    campaign_id: int | None
    verdicts: list[Verdict] = field(default_factory=list)


class Classifier:
    """Classifies chunk after chunk of one read. `make`: campaigns that the ledger does not know are made."""

    def __init__(
        self,
        mapping: Mapping,
        ledger: Ledger,
        sync_id: int | None,
        account_id: int | None,
        scratch: Scratch,
        *,
        make: bool,
        texts: bool = False,
    ) -> None:
        self._mapping = mapping
        self._ledger = ledger
        self._sync_id = sync_id
        self._account_id = account_id
        self._scratch = scratch
        self._make = make
        self._texts = texts
        self._campaigns: dict[tuple[str, str], int | None] = {}

    def classify(self, items: Sequence[Record | BadRecord]) -> list[Verdict]:
        """One verdict per record, in the same order. Raises SourceError for a record that is no record."""
        verdicts = [self._map(item) for item in items]
        groups: dict[tuple[str, str], _Group] = {}
        for verdict in verdicts:
            if verdict.lead is not None and verdict.kind == "new":
                key = (verdict.lead.customer, verdict.lead.campaign)
                if key not in groups:
                    groups[key] = _Group(self._campaign(key))
                groups[key].verdicts.append(verdict)
        for group in groups.values():
            self._decide_group(group)
        return verdicts

    def _campaign(self, key: tuple[str, str]) -> int | None:
        if key not in self._campaigns:
            found = None
            if self._account_id is not None:
                found = self._ledger.find_campaign(self._account_id, *key, make=self._make)
            self._campaigns[key] = found
        return self._campaigns[key]

    def _map(self, item: Record | BadRecord) -> Verdict:
        if isinstance(item, BadRecord):
            key = item.id or hashlib.sha256(f"{item.where}\0{item.reason}".encode()).hexdigest()[:32]
            return Verdict(item, "quarantined", item.reason, aside=Aside(key, "quarantined", item.where, item.reason))
        try:
            lead = self._mapping.lead(item)
        except (AttributeError, TypeError):
            _refuse_record(item)
            raise
        if isinstance(lead, Unmapped):
            return _quarantine(item, lead)
        for kind, value in (("lead id", lead.lead_id), ("LinkedIn profile", lead.linkedin_key)):
            first = self._scratch.claim(claim_key(lead.customer, lead.campaign, kind, value), item.where)
            if first is not None:
                why = f"the same {kind} as {first}"
                aside = Aside(f"duplicate:{item.where}", "duplicate", item.where, why, lead_id=lead.lead_id)
                return Verdict(item, "duplicate", why, lead, aside=aside)
        return Verdict(item, "new", lead=lead)

    def _decide_group(self, group: _Group) -> None:
        leads = {verdict.lead.lead_id: verdict.lead for verdict in group.verdicts if verdict.lead}
        known: dict[str, Known] = {}
        bought = _NOBODY
        if group.campaign_id is not None and self._sync_id is not None:
            known = self._ledger.known(self._sync_id, group.campaign_id, list(leads), texts=self._texts)
            bought = self._ledger.bought_for(group.campaign_id, [lead.linkedin_key for lead in leads.values()])
        for verdict in group.verdicts:
            if verdict.lead is not None:
                verdict.campaign_id = group.campaign_id
                verdict.known = known.get(verdict.lead.lead_id) or Known()
                self._decide(verdict, verdict.lead, verdict.known, bought.get(verdict.lead.linkedin_key, set()))

    def _decide(self, verdict: Verdict, lead: Lead, known: Known, bought_as: set[str]) -> None:
        assert isinstance(verdict.record, Record)
        verdict.digest = digest_lead(lead, verdict.record.fields)
        if known.refused_digest is not None and known.refused_digest == verdict.digest:
            verdict.kind, verdict.why = "quarantined", known.refused_reason
            return
        if why := _find_other_person(lead, known) or _find_other_id(lead, bought_as):
            verdict.kind, verdict.why = "held", why
            key = f"held:{lead.key}"
            verdict.aside = Aside(
                key, "held", verdict.record.where, why, campaign_id=verdict.campaign_id, lead_id=lead.lead_id
            )
            return
        wanted = self._mapping.wanted(verdict.record)
        states = {purchase.type: purchase.state for purchase in known.purchases}
        verdict.buy = tuple(kind for kind in wanted if states.get(kind, "queued") == "queued")
        if not wanted:
            verdict.kind = "inactive"
        elif not verdict.buy:
            verdict.kind = "waiting" if "pending" in states.values() else "done"


def claim_key(customer: str, campaign: str, kind: str, value: str) -> str:
    return f"{customer}\x1f{campaign}\x1f{kind}\x1f{value}"


def digest_lead(lead: Lead, fields: MappingType[str, str]) -> bytes:
    """16 bytes that change with anything that the lead or its record says."""
    text = "\x1f".join(
        (
            lead.lead_id,
            lead.linkedin_url,
            lead.company,
            lead.first_name,
            lead.last_name,
            lead.website_url or "",
            lead.specified_url or "",
            *fields.values(),
        )
    )
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _quarantine(record: Record, unmapped: Unmapped) -> Verdict:
    place = f"column {unmapped.column}" if unmapped.column else "not mapped"
    why = f"{unmapped.field} ({place}): {unmapped.reason}"
    content = "\x1f".join(f"{name}\x1e{value}" for name, value in record.fields.items())
    key = record.id or hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    aside = Aside(key, "quarantined", record.where, unmapped.reason, field=unmapped.column or unmapped.field)
    aside.value = unmapped.value
    return Verdict(record, "quarantined", why, aside=aside)


def _find_other_person(lead: Lead, known: Known) -> str:
    """The row names another person now than the one its messages were bought for."""
    for purchase in known.purchases:
        if purchase.state in ("pending", "ready") and purchase.person != lead.linkedin_key:
            return (
                f"messages for lead id {lead.lead_id!r} were bought for {purchase.person}, but the row now names"
                f" {lead.linkedin_key}: give another person another id"
            )
    return ""


def _find_other_id(lead: Lead, bought_as: set[str]) -> str:
    others = sorted(bought_as - {lead.lead_id})
    if not others:
        return ""
    return (
        f"messages for this person were bought before in this campaign, as lead id {others[0]!r}:"
        " give the row that id again, or remove it"
    )


def _refuse_record(record: Record) -> None:
    for name, value in record.fields.items():
        if not isinstance(value, str):
            raise SourceError(
                f"{record.where or 'a record'}: the source gave {type(value).__name__} in column {name!r}, not text",
                hint="this is a fault of the plugin: every field of a Record is a str",
            )
