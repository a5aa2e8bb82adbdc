"""Which class each record is in, decided from the mapping, this run so far and the ledger. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field

from ..errors import SourceError
from ..identity import link_keys
from ..ledger import Aside, Known, Ledger, Scratch
from ..mapping import Mapping, Unmapped
from ..models import BadRecord, Lead, Record
from .claims import Claim, Claims, claim_key
from .digests import digest_lead, hash_text
from .read_back import ReadBack
from .report import RecordClass
from .suppression import Gate

_NOBODY: dict[str, dict[str, str]] = {}


@dataclass(slots=True)
class Verdict:
    """A record with its class. `why` is for people; `buy` are the message types that it may buy now.

    `would_buy`: those that it buys once its row is corrected.
    `people`: every LinkedIn key under which the person stands in what was read together with the lead, or stood before.
    `bought_as`: lead id under which this person was bought in the campaign → where. `claim`: which record it repeats.
    `suppressed`: why nobody buys for this person, also where the record is a duplicate.
    """

    record: Record | BadRecord
    kind: RecordClass
    why: str = ""
    lead: Lead | None = None
    campaign_id: int | None = None
    digest: bytes = b""
    known: Known | None = None
    buy: tuple[str, ...] = ()
    would_buy: tuple[str, ...] = ()
    aside: Aside | None = None
    people: tuple[str, ...] = ()
    bought_as: MappingType[str, str] = field(default_factory=dict)
    claim: Claim | None = None
    suppressed: str = ""


class Classifier:
    """Classifies chunk after chunk of one read.

    `make`: campaigns that the ledger does not know are made. `gone`: syncs that the configuration has no more.
    """

    def __init__(
        self,
        mapping: Mapping,
        ledger: Ledger,
        sync_id: int | None,
        account_id: int | None,
        scratch: Scratch,
        gate: Gate,
        *,
        make: bool,
        gone: Collection[int] = (),
        texts: bool = False,
        read_back: ReadBack,
    ) -> None:
        self._mapping = mapping
        self._ledger = ledger
        self._sync_id = sync_id
        self._account_id = account_id
        self._claims = Claims(scratch)
        self._gate = gate
        self._read_back = read_back
        self._make = make
        self._owners = {sync_id, *gone}
        self._texts = texts
        self._campaigns: dict[tuple[str, str], int | None] = {}

    def classify(self, items: Sequence[Record | BadRecord]) -> list[Verdict]:
        """One verdict per record, in the same order. Raises SourceError for a record that is no record."""
        verdicts = [self._map(item) for item in items]
        self._read_back.ask((one.lead, one.record) for one in verdicts if one.lead and isinstance(one.record, Record))
        groups: dict[tuple[str, str], list[Verdict]] = {}
        for verdict in verdicts:
            if verdict.lead is not None:
                groups.setdefault((verdict.lead.customer, verdict.lead.campaign), []).append(verdict)
        for key, members in groups.items():
            self._decide_group(self._campaign(key), members)
        return verdicts

    def _campaign(self, key: tuple[str, str]) -> int | None:
        if key not in self._campaigns:
            found = None
            if self._account_id is not None:
                found = self._ledger.find_campaign(self._account_id, *key, make=self._make)
            self._campaigns[key] = found
        return self._campaigns[key]

    def _map(self, item: Record | BadRecord) -> Verdict:
        try:
            return _refuse_row(item) if isinstance(item, BadRecord) else self._map_record(item)
        except (AttributeError, TypeError) as error:
            raise _find_fault(item) or error from error

    def _map_record(self, record: Record) -> Verdict:
        if not isinstance(record.where, str) or not isinstance(record.id, str | None):
            raise TypeError
        lead = self._mapping.lead(record)
        if isinstance(lead, Unmapped):
            return _quarantine(record, lead)
        return Verdict(record, "new", lead=lead, digest=digest_lead(lead, record.fields))

    def _decide_group(self, campaign_id: int | None, verdicts: Sequence[Verdict]) -> None:
        """Decide the leads of one campaign, in their order."""
        leads = {verdict.lead.lead_id: verdict.lead for verdict in verdicts if verdict.lead}
        known = self._look_up(campaign_id, verdicts, list(leads))
        held: dict[str, Verdict] = {}
        claimed: set[tuple[int, bool]] = set()
        for verdict in verdicts:
            if verdict.lead is None:
                continue
            lead_id = verdict.lead.lead_id
            verdict.campaign_id = campaign_id
            self._decide(verdict, verdict.lead, known.get(lead_id) or Known(), claimed)
            if verdict.kind == "held":
                held[lead_id] = verdict
            elif verdict.kind != "duplicate" and (stranger := held.pop(lead_id, None)) is not None:
                stranger.known = None  # the id is this lead's: nothing of the other row is stored under it

    def _look_up(
        self, campaign_id: int | None, verdicts: Sequence[Verdict], lead_ids: Sequence[str]
    ) -> dict[str, Known]:
        """What the ledger knows of these leads; and of their persons, which stand in the verdicts then."""
        shown = [(one.lead.linkedin_key, *one.lead.aliases) for one in verdicts if one.lead]
        before = self._ledger.keys_of(key for keys in shown for key in keys)
        people = link_keys([*shown, *dict.fromkeys(before.values())])
        known, bought = dict[str, Known](), _NOBODY
        if campaign_id is not None and self._sync_id is not None:
            known = self._ledger.known(self._sync_id, campaign_id, lead_ids, texts=self._texts)
            bought = self._ledger.bought_for(campaign_id, {*people, *(keys[0] for keys in shown)})
        found: dict[int, dict[str, str]] = {}  # by the tuple of a person's keys, which its records share
        for verdict in verdicts:
            if verdict.lead is None:
                continue
            verdict.people = people.get(verdict.lead.linkedin_key) or (verdict.lead.linkedin_key,)
            if bought and id(verdict.people) not in found:
                found[id(verdict.people)] = {
                    id_: at for key in verdict.people for id_, at in bought.get(key, {}).items()
                }
            verdict.bought_as = found.get(id(verdict.people), {})
        return known

    def _decide(self, verdict: Verdict, lead: Lead, known: Known, claimed: set[tuple[int, bool]]) -> None:
        """`claimed`: persons of whom all keys were claimed in this chunk, by records that are held or not."""
        assert isinstance(verdict.record, Record)
        suppressed = verdict.suppressed = self._gate.find(lead, verdict.record)
        held = find_other_person(lead, known) or find_other_id(lead, verdict.bought_as)
        place, person = verdict.record.where, (id(verdict.people), bool(held))
        keys = (lead.linkedin_key, *lead.aliases) if person in claimed else verdict.people
        bought = lead.lead_id in verdict.bought_as
        claim = verdict.claim = self._claims.claim(lead, place, keys, held=bool(held), bought=bought)
        if claim.met or not claim.why:
            claimed.add(person)
        if claim.why:
            verdict.kind, verdict.why = "duplicate", claim.why
            if suppressed:
                self._gate.remember(verdict.people, f"{place}: {suppressed}")
            verdict.aside = Aside(f"duplicate:{place}", "duplicate", place, claim.why, lead_id=lead.lead_id)
            return
        verdict.known = known
        if known.refused_digest is not None and known.refused_digest == verdict.digest:
            verdict.kind, verdict.why = "quarantined", known.refused_reason
            return
        if suppressed:
            verdict.kind, verdict.why = "suppressed", suppressed
            return
        if held:
            verdict.kind, verdict.why = "held", held
            verdict.aside = hold(lead, verdict.campaign_id, place, held)
            return
        wanted = self._mapping.wanted(verdict.record, self._read_back.columns_of(lead))
        verdict.buy = self._choose(wanted, known, verdict.people)
        if verdict.buy and lead.doubt:
            why = f"{lead.doubt}: correct the row"
            verdict.kind, verdict.why, verdict.would_buy, verdict.buy = "held", why, verdict.buy, ()
            verdict.aside = hold(lead, verdict.campaign_id, place, why)
            verdict.aside.field = "first_name"
        elif not wanted:
            verdict.kind = "inactive"
        elif not verdict.buy:
            is_open = any(purchase.state in ("queued", "pending") for purchase in known.purchases)
            verdict.kind = "waiting" if is_open else "done"

    def _choose(self, wanted: Sequence[str], known: Known, people: Collection[str]) -> tuple[str, ...]:
        """The wanted types that were never requested for this person, or whose newest revision waits to be.

        `people`: all keys of the person. Who has another one is another person: nothing could be made for the first.
        What another sync has queued is left to it, unless that sync is gone: it may have been renamed.
        """
        newest = {one.type: one for one in known.purchases}.values()
        tried = {one.type for one in known.purchases if one.person in people}
        taken = {
            one.type
            for one in newest
            if one.sync_id not in self._owners or one.state != "queued"
            if one.state != "failed" or one.type in tried
        }
        return tuple(kind for kind in wanted if kind not in taken)


def settle(verdict: Verdict) -> list[str]:
    """The keys under which a record may have been aside before, if it is not now."""
    lead = verdict.lead
    if lead is None or verdict.kind in ("quarantined", "duplicate", "held") or not isinstance(verdict.record, Record):
        return []
    held = claim_key(lead.customer, lead.campaign, "held", lead.lead_id)
    return [held] if verdict.record.id is None else [held, verdict.record.id]


def hold(lead: Lead, campaign_id: int | None, place: str, why: str) -> Aside:
    """Put a lead aside for a person to decide."""
    return hold_lead(lead.customer, lead.campaign, lead.lead_id, campaign_id, place, why)


def hold_lead(customer: str, campaign: str, lead_id: str, campaign_id: int | None, place: str, why: str) -> Aside:
    """The same for one of which no more is at hand."""
    key = claim_key(customer, campaign, "held", lead_id)
    return Aside(key, "held", place, why, campaign_id=campaign_id, lead_id=lead_id)


def _refuse_row(row: BadRecord) -> Verdict:
    if not all(isinstance(text, str) for text in (row.where, row.reason, row.id or "")):
        raise TypeError
    key = row.id or hash_text(f"{row.where}\0{row.reason}").hex()
    return Verdict(row, "quarantined", row.reason, aside=Aside(key, "quarantined", row.where, row.reason))


def _quarantine(record: Record, unmapped: Unmapped) -> Verdict:
    place = f"column {unmapped.column}" if unmapped.column else "not mapped"
    why = f"{unmapped.field} ({place}): {unmapped.reason}"
    digest = hash_text("\x1f".join((why, *record.fields, *record.fields.values())))
    aside = Aside(record.id or digest.hex(), "quarantined", record.where, unmapped.reason)
    aside.field, aside.value = unmapped.column or unmapped.field, unmapped.value
    return Verdict(record, "quarantined", why, digest=digest, aside=aside)


def find_other_person(lead: Lead, known: Known) -> str:
    """The row names another person now than the one its messages were bought, or may have been bought, for.

    Where no message could be made, the row may well have been corrected for that very reason.
    """
    for purchase in known.purchases:
        bought = purchase.state in ("pending", "ready") or purchase.given_up
        if bought and purchase.person != lead.linkedin_key:
            return (
                f"messages for lead id {lead.lead_id!r} were requested for {purchase.person}, but the row now names"
                f" {lead.linkedin_key}: give another person another id"
            )
    return ""


def find_other_id(lead: Lead, bought_as: MappingType[str, str]) -> str:
    others = sorted(bought_as.keys() - {lead.lead_id})
    return describe_other_id(others[0], bought_as[others[0]]) if others else ""


def describe_other_id(other: str, where: str = "") -> str:
    """`where`: the row and the sync that have that id, if they are known."""
    return (
        f"messages for this person were bought before in this campaign, as lead id {other!r}"
        f"{where and f' ({where})'}: give the row that id again, or remove it"
    )


def _find_fault(item: Record | BadRecord) -> SourceError | None:
    """What is wrong with the types of a record; None if nothing is, and the fault must be ours."""
    names = ("where", "reason", "id") if isinstance(item, BadRecord) else ("where", "id", "fields")
    parts = {name: getattr(item, name) for name in names}
    fields = parts.pop("fields", {})
    faults = [(f"as `{name}`", value) for name, value in parts.items() if not isinstance(value, str | None)]
    if isinstance(fields, MappingType):
        faults += [(f"in column {name!r}", value) for name, value in fields.items() if not isinstance(value, str)]
    else:
        faults.append(("as `fields`, which maps columns to texts", fields))
    if not faults:
        return None
    what, value = faults[0]
    return SourceError(
        f"{parts['where'] or 'a record'}: the source gave {type(value).__name__} {what}, not text",
        hint="this is a fault of the plugin; tell its author",
    )
