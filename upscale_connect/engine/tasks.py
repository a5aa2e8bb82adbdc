"""Every single thing that waits for a person, with the command that goes on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from ..config import Sync
from ..ledger import OVERDUE_AFTER, Failure, Ledger, to_text
from .people import find_obstacle, find_unapproved

TaskKind: TypeAlias = Literal[
    "stopped",
    "in_doubt",
    "alarm",
    "no_credits",
    "held_for_size",
    "unadopted",
    "held",
    "review",
    "hidden",
    "refused_delivery",
    "overdue",
    "quarantined",
    "refused_lead",
]

#: Of one kind, no more than these are read: more is no list for a person.
LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Task:
    """`what` names the thing, `why` is the reason as it is known, `advice` says how it is settled."""

    sync: str
    kind: TaskKind
    what: str
    why: str
    advice: str
    command: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class FailedLead:
    """A lead without a message of these types, and nobody has to act.

    The API made none and took nothing for it, or it was `adopted` without a text: then what was paid is not known.
    `suggestion`: what may help the API to make one.
    """

    sync: str
    lead_id: str
    place: str
    types: str
    reason: str
    suggestion: str
    adopted: bool


def find_tasks(ledger: Ledger, sync_id: int, name: str, sync: Sync | None, at: datetime) -> list[Task]:
    """The tasks of a sync, the most pressing first. `sync` is None if only the ledger remembers it."""
    return [
        *_find_obstacle(ledger, sync_id, name, at),
        *_find_doubts(ledger, sync_id, name),
        *_find_alarms(ledger, sync_id, name, at),
        *_find_lacking(ledger, sync_id, name),
        *_find_size(ledger, sync_id, name, sync, at),
        *_find_held(ledger, sync_id, name),
        *_find_reviews(ledger, sync_id, name),
        *_find_hidden(ledger, sync_id, name),
        *_find_deliveries(ledger, sync_id, name),
        *_find_overdue(ledger, sync_id, name, at),
        *_find_quarantine(ledger, sync_id, name),
    ]


def find_failed(ledger: Ledger, sync_id: int, name: str, lead_id: str | None = None) -> list[FailedLead]:
    """The leads of a sync, or this one, for which no message could be made."""
    return [
        FailedLead(name, one.lead_id, one.place, one.types, one.reason, _suggest(one), one.adopted)
        for one in ledger.failures(sync_id, lead_id, LIMIT)
    ]


def _suggest(failure: Failure) -> str:
    """What gives the API more to read about a lead, or tells whether a message was made elsewhere."""
    if failure.adopted:
        return "it may have been paid: look for it where the messages went before, then decide"
    if not failure.has_website and not failure.has_page:
        return "add the company's website (lead_company_website_url), or a page about the lead (lead_specified_url)"
    if not failure.has_page:
        return "add a page about the lead (lead_specified_url): it is read instead of the company's website"
    return "give another page (lead_specified_url), one that is public and found by search engines"


def _find_obstacle(ledger: Ledger, sync_id: int, name: str, at: datetime) -> Iterator[Task]:
    if obstacle := find_obstacle(ledger, sync_id, at):
        yield Task(
            name,
            "stopped",
            f"the run of {obstacle.started_at} was stopped, and the next one will be",
            obstacle.error,
            obstacle.hint or "correct it, then look whether all is well",
            f"upscale-connect check {name}",
            obstacle.finished_at,
        )


def _find_doubts(ledger: Ledger, sync_id: int, name: str) -> Iterator[Task]:
    for doubt in ledger.doubts(sync_id):
        yield Task(
            name,
            "in_doubt",
            f"attempt {doubt.attempt_id} of {doubt.sent_at}: {doubt.leads} leads of campaign {doubt.campaign!r},"
            f" customer {doubt.customer!r}; up to {doubt.messages} credits may have been spent",
            doubt.detail or doubt.cause,
            "it is never sent again by itself. Upscale support can tell whether they accepted a request then whose"
            f" completion_notification_url ends in {doubt.token_tail}. See what is known, and decide",
            f"upscale-connect doubts show {doubt.attempt_id}",
            doubt.sent_at,
        )


def _find_alarms(ledger: Ledger, sync_id: int, name: str, at: datetime) -> Iterator[Task]:
    for alarm in ledger.alarms(sync_id, at):
        yield Task(
            name,
            "alarm",
            f"attempt {alarm.attempt_id}: a second request for the same leads",
            alarm.detail,
            "see what is known. If nobody sent them twice on purpose, ask Upscale support about both requests; if they"
            " know only one, its callback address has leaked. Shown for 30 days",
            f"upscale-connect doubts show {alarm.attempt_id}",
            alarm.at,
        )


def _find_lacking(ledger: Ledger, sync_id: int, name: str) -> Iterator[Task]:
    for account, messages in ledger.lacking(sync_id):
        yield Task(
            name,
            "no_credits",
            f"account {account!r}: {messages} messages wait to be bought",
            "the API refused its last request for lack of credits; nothing of it was bought",
            "top up the account, then go on where it stopped",
            f"upscale-connect sync {name}",
        )


def _find_size(ledger: Ledger, sync_id: int, name: str, sync: Sync | None, at: datetime) -> Iterator[Task]:
    if sync is not None and (planned := find_unapproved(ledger, sync_id, sync, at)):
        yield Task(
            name,
            "held_for_size",
            f"{planned.messages} messages for {planned.leads} leads wait to be bought, for up to"
            f" {planned.messages} credits",
            f"a run that buys more than {sync.limits.hold_above} messages needs your approval (limits.hold_above)",
            f"look at them with `upscale-connect plan {name}`, then approve",
            f"upscale-connect sync {name} --yes",
        )


def _find_held(ledger: Ledger, sync_id: int, name: str) -> Iterator[Task]:
    held = ledger.asides(sync_id, ("held",), LIMIT)
    if shown := [aside for aside in held if aside.field == "receipt"]:
        yield Task(
            name,
            "unadopted",
            f"{len(shown)} leads that a sink shows as bought, such as {shown[0].place}: lead {shown[0].lead_id!r}",
            shown[0].reason,
            "take over what was bought, so that it is not bought again; if nothing was, remove the receipt there",
            f"upscale-connect adopt {name}",
            shown[0].since,
        )
    for aside in held:
        if aside.field == "receipt":
            continue
        lead_id = aside.lead_id or ""
        what, command = "see what was bought, then correct the row", f"explain {shlex.quote(lead_id)} --sync {name}"
        if aside.field == "first_name":
            what, command = "then go on", f"sync {name}"
        yield Task(
            name,
            "held",
            f"{aside.place}: lead {lead_id!r}",
            aside.reason,
            what,
            f"upscale-connect {command}",
            aside.since,
        )


def _find_reviews(ledger: Ledger, sync_id: int, name: str) -> Iterator[Task]:
    for held in ledger.held_messages([sync_id], limit=LIMIT):
        yield Task(
            name,
            "review",
            f"message {held.id}: {held.type} for lead {held.lead.lead_id!r}, {held.place}",
            "; ".join(message for _, message in held.findings),
            "look at it, then approve, edit or reject it",
            f"upscale-connect review show {held.id}",
            held.since,
        )


def _find_hidden(ledger: Ledger, sync_id: int, name: str) -> Iterator[Task]:
    for one in ledger.edited_texts(sync_id, LIMIT):
        if one.hides:
            yield Task(
                name,
                "hidden",
                f"{one.place}: the {one.type} of lead {one.lead_id!r} in {one.sink}",
                "a newer message came, and a text that a person wrote stands in its place",
                "to get the newer one, empty that cell, then",
                f"upscale-connect redeliver {name} --sink {one.sink}",
                one.since,
            )


def _find_deliveries(ledger: Ledger, sync_id: int, name: str) -> Iterator[Task]:
    for stuck in ledger.stuck_deliveries(sync_id, LIMIT):
        yield Task(
            name,
            "refused_delivery",
            f"sink {stuck.sink!r}: lead {stuck.lead_id!r} of campaign {stuck.campaign!r}",
            stuck.reason or stuck.state,
            "correct it there; the messages are kept",
            f"upscale-connect retry {name}",
        )


def _find_overdue(ledger: Ledger, sync_id: int, name: str, at: datetime) -> Iterator[Task]:
    for attempt in ledger.open_attempts(sync_id):
        if at - attempt.accepted_at > OVERDUE_AFTER:
            yield Task(
                name,
                "overdue",
                f"request {attempt.secure_request_id}: {attempt.messages} messages of campaign {attempt.campaign!r}",
                "accepted more than 24 h ago, and not complete",
                "ask for it once more; if nothing comes, show this id to Upscale support",
                f"upscale-connect collect {name}",
                to_text(attempt.accepted_at),
            )


def _find_quarantine(ledger: Ledger, sync_id: int, name: str) -> Iterator[Task]:
    for aside in ledger.quarantine([sync_id], limit=LIMIT):
        value = f" {aside.field} = {aside.value!r}" if aside.field and aside.value else f" {aside.field}"
        yield Task(
            name,
            "refused_lead" if aside.kind == "refused" else "quarantined",
            f"{aside.place}:{value}".rstrip(": "),
            aside.reason,
            "correct the row",
            f"upscale-connect sync {name}",
            aside.since,
        )
