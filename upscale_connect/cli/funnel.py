"""How far each campaign has come, for `status`: shown where a message type has a condition."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .report import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..config import Sync
    from ..ledger import Ledger


def describe_campaigns(ledger: Ledger, sync_id: int, sync: Sync | None) -> list[dict[str, Any]]:
    """Campaign → message types, with the credits that their conditions have not spent so far: one per message."""
    conditional = {wanted.type for wanted in sync.messages if wanted.when} if sync else set()
    if sync is None or not conditional:
        return []
    types = [wanted.type for wanted in sync.messages]
    campaigns = []
    for funnel in ledger.funnels(sync_id, types):
        waves = [{**asdict(wave), "conditional": wave.type in conditional} for wave in funnel.waves]
        unspent = sum(wave.open for wave in funnel.waves if wave.type in conditional)
        campaigns.append({**asdict(funnel), "waves": waves, "credits_not_spent": unspent})
    return campaigns


def tell_campaigns(campaigns: list[dict[str, Any]]) -> Iterator[str]:
    for one in campaigns:
        yield line("campaign", f"{one['customer']} / {one['campaign']}: {one['leads']} leads")
        for wave in one["waves"]:
            yield line("", f"{wave['type']}: {_tell_wave(wave)}")
    if campaigns:
        total = sum(one["credits_not_spent"] for one in campaigns)
        yield line("not spent", f"{total} credits so far, for messages whose condition was not true yet")


def _tell_wave(wave: Mapping[str, Any]) -> str:
    parts = [f"{wave['bought']} bought", f"{wave['ready']} ready"]
    parts += [f"{wave[name]} {name}" for name in ("queued", "failed", "held") if wave[name]]
    waiting = "wait for their condition" if wave["conditional"] else "not wanted yet"
    return ", ".join([*parts, *([f"{wave['open']} {waiting}"] if wave["open"] else [])])
