"""Which other systems hold a person's data, each with a text that can be sent to who runs it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..config import Config
from ..ledger import Ledger


@dataclass(frozen=True, slots=True)
class Outside:
    """`what` names the system, `holds` what it got from this program, `text` asks for its erasure."""

    what: str
    holds: str
    text: str


def list_outside(config: Config, ledger: Ledger, keys: Sequence[str]) -> list[Outside]:
    """As the ledger knows it now: to be asked before the person is erased from it."""
    held = ledger.dossier(keys)
    return [*_list_accounts(config, held), *_list_sinks(config, held), *_list_sources(config, held)]


def _list_accounts(config: Config, held: dict[str, Any]) -> Iterable[Outside]:
    """Upscale got what the request says of a lead, and made texts of it. Its API has no call that erases."""
    sent = [one for one in held["messages"] if one["sent_at"]]
    for account in dict.fromkeys(one["account"] for one in sent):
        mine = [one for one in sent if one["account"] == account]
        where = config.accounts[account].origin if account in config.accounts else "its old address"
        leads = sorted(
            {f"customer {one['customer']}, campaign {one['campaign']}, lead {one['lead_id']}" for one in mine}
        )
        requests = sorted({request for one in mine for request in one["requests"]})
        lines = [*leads, *(f"request {request}" for request in requests)]
        yield Outside(
            f"Upscale, account {account} ({where})",
            "name, company, LinkedIn address, websites, and the messages",
            _ask(lines, _find_address(held)),
        )


def _list_sinks(config: Config, held: dict[str, Any]) -> Iterable[Outside]:
    for sync, sink in dict.fromkeys((one["sync"], one["sink"]) for one in held["deliveries"]):
        mine = [one for one in held["deliveries"] if (one["sync"], one["sink"]) == (sync, sink)]
        written = [one for one in mine if one["state"] in ("written", "unchanged", "unknown")]
        if written:
            lines = [f"lead {one['lead_id']}, receipt {one['receipt']}" for one in written]
            known = config.syncs[sync].sinks.get(sink) if sync in config.syncs else None
            plugin = known.plugin if known is not None and not isinstance(known, str) else ""
            holds = f"the messages that were delivered{f' by {plugin}' if plugin else ''}"
            yield Outside(f"{sync}: {sink}", holds, _ask(lines, _find_address(held)))


def _list_sources(config: Config, held: dict[str, Any]) -> Iterable[Outside]:
    for one in held["leads"]:
        sync = config.syncs.get(one["sync"])
        plugin = sync.source.plugin if sync else "its source"
        holds = f"the record itself, read from {one['place'] or plugin}"
        yield Outside(f"{one['sync']}: source ({plugin})", holds, "Remove the record, or leave it: it is suppressed.")


def _find_address(held: dict[str, Any]) -> str:
    return next((str(one["linkedin"]) for one in held["leads"]), str(held["linkedin_keys"][0]))


def _ask(lines: Iterable[str], address: str) -> str:
    """In plain words, for the person who runs the other system."""
    return "\n".join(
        [
            "A person has asked to be forgotten. Please erase all that you hold about this person, and confirm it:",
            f"  LinkedIn: {address}",
            *(f"  {line}" for line in lines),
        ]
    )
