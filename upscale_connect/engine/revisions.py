"""Buying a message once more, because a person wants another one, or one at all. Queues; the next run buys."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..config import Sync
from ..errors import UsageError
from ..ledger import Bought, Held, LeadMatch, Ledger, pack_description
from .connect import Services
from .locks import lock_run


def choose_types(ledger: Ledger, sync: Sync, match: LeadMatch, types: Sequence[str]) -> list[Bought]:
    """What of a lead would be bought again: these types, or all that it has.

    Raises UsageError for a type that the lead has not, or that must not be bought again now.
    """
    bought = {one.type: one for one in ledger.bought(match.sync_id, match.campaign_id, match.lead_id)}
    for kind in types:
        if kind not in bought:
            raise UsageError(f"lead {match.lead_id!r} has no {kind}", hint=f"it has: {', '.join(bought) or 'nothing'}")
    if not bought:
        hint = f"see `upscale-connect sync {sync.name}`"
        raise UsageError(f"nothing was bought for lead {match.lead_id!r}", hint=hint)
    obstacles = {one.type: reason for one in bought.values() if (reason := _find_obstacle(sync, one))}
    for kind in types or bought:
        if kind in obstacles and (types or len(obstacles) == len(bought)):
            raise UsageError(f"the {kind} of lead {match.lead_id!r} is not bought again: {obstacles[kind]}")
    return [bought[kind] for kind in dict.fromkeys(types or bought) if kind not in obstacles]


def choose_again(services: Services, message: Held) -> tuple[Sync, list[Bought]]:
    """What would be bought instead of a message. Raises UsageError if nothing can be."""
    sync = services.config.syncs.get(message.sync)
    if sync is None:
        raise UsageError(f"{message.sync!r} is no longer in the configuration, so nothing is bought for it")
    matches = [one for one in services.ledger.find_leads(message.lead.key, None) if one.sync == message.sync]
    if not matches:
        raise UsageError(f"lead {message.lead.lead_id!r} is not known any more")
    return sync, choose_types(services.ledger, sync, matches[0], [message.type])


def find_failed_again(ledger: Ledger, sync: Sync, sync_id: int, lead_id: str | None = None) -> list[Bought]:
    """What the API made no message of, and the sync still wants: of all leads, or of one."""
    return [one for one in ledger.failed(sync_id, lead_id) if not _find_obstacle(sync, one)]


def _find_obstacle(sync: Sync, one: Bought) -> str:
    if one.type not in {wanted.type for wanted in sync.messages}:
        return f"{sync.name!r} does not want it any more (messages:)"
    if one.state in ("queued", "pending"):
        return "it is on its way"
    if one.given_up:
        return "its attempt was dropped while it was in doubt, see `upscale-connect doubts list --dropped`"
    return "the row names another person now" if one.other_person else ""


def queue_again(services: Services, sync: Sync, bought: Sequence[Bought], actor: str) -> None:
    """Queue a new revision of each: a purchase of its own. Takes the lock of the sync. Raises UsageError."""
    ledger = services.ledger
    sync_id = ledger.bind_sync(sync.name, sync.formerly)
    description = pack_description(sync.request.describe())
    order = [wanted.type for wanted in sync.messages]
    leads: dict[tuple[int, str], list[Bought]] = {}
    for one in bought:
        leads.setdefault((one.campaign_id, one.lead_id), []).append(one)
    groups: dict[tuple[str, ...], list[Bought]] = {}
    for members in leads.values():
        types = tuple(sorted({one.type for one in members}, key=order.index))
        groups.setdefault(types, []).extend(members)
    lock = lock_run(services.config, sync_id, sync.name, services.stop)
    try:
        for kinds, members in groups.items():
            request_id = ledger.bind_request(description, json.dumps(kinds))
            ledger.regenerate(sync_id, request_id, members, actor, services.clock.now())
    finally:
        lock.release()
