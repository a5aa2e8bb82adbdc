"""An attempt in doubt, told to the person who has to decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import PROGRAM
from .output import emit_json, note, printable, say
from .report import complete, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..config import Config
    from ..engine.connect import Services
    from ..engine.doubts import Decision
    from ..ledger import Case, CaseLead

#: More leads than this are not listed one by one for people.
LISTED = 25


def describe(case: Case, config: Config) -> dict[str, Any]:
    """The object of an attempt. `callback_expected`: its account has a callback address now."""
    account = config.accounts.get(case.account)
    return {
        "attempt": case.attempt_id,
        "number": case.number,
        "state": case.state,
        "sync": case.sync,
        "account": case.account,
        "customer": case.customer,
        "campaign": case.campaign,
        "sent_at": case.sent_at,
        "leads": case.leads,
        "types": list(case.types),
        "credits_at_stake": case.messages,
        "cause": case.cause,
        "detail": case.detail,
        "status": case.status,
        "bytes_sent": case.bytes_sent,
        "callback_tail": case.token_tail,
        "callback_expected": bool(account and account.callback_url),
        "secure_request_id": case.secure_request_id,
    }


def show_case(config: Config, attempt: int, config_file: Path, *, as_json: bool = False) -> int:
    """All about one attempt, and what each choice can cost."""
    from ..engine.doubts import find_case
    from ..ledger import Ledger

    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        case = find_case(ledger, attempt)
        leads, siblings = ledger.case_leads(case), ledger.siblings(case)
    if as_json:
        more = {"lead_ids": [lead[0] for lead in leads], "others": [describe(one, config) for one in siblings]}
        return emit_json({"doubt": {**describe(case, config), **more}})
    _print_case(case, leads, siblings, config, config_file)
    return 0


def tell_decision(services: Services, done: Decision, config_file: Path, *, as_json: bool) -> int:
    """What came of an act: the attempt as it is now."""
    from ..engine.doubts import find_case

    case = find_case(services.ledger, done.attempt_id)
    told = {"attempt": case.attempt_id, "sync": case.sync, "state": case.state}
    if as_json:
        return emit_json({**told, "secure_request_id": case.secure_request_id, "notes": done.notes})
    say(printable(f"attempt {case.attempt_id} of sync {case.sync}: {case.tell_state()}"))
    for sentence in done.notes:
        note(printable(f"Note: {sentence}"))
    following = "sync" if case.state == "dropped" else "collect"
    say(printable(f"next: {complete(f'{PROGRAM} {following} {case.sync}', config_file)}"))
    return 0


def _print_case(
    case: Case, leads: Sequence[CaseLead], siblings: Sequence[Case], config: Config, config_file: Path
) -> None:
    """All that is known, and what each choice can cost."""
    say(printable(f"attempt {case.attempt_id} of sync {case.sync}: {case.tell_state()}"))
    for text in (*_tell_facts(case, config), *_tell_others(siblings)):
        say(f"  {printable(text)}")
    for lead_id, name, place in leads[:LISTED]:
        say(f"  {line('lead', printable(f'{lead_id!r}: {name}, {place}'))}")
    if len(leads) > LISTED:
        say(f"  {line('', f'and {len(leads) - LISTED} more')}")
    if case.is_open:
        say("")
        for choice, text in _tell_choices(case, siblings, config_file):
            say(f"  {line(choice, printable(text))}")


def print_cases(cases: Sequence[Case], config_file: Path) -> None:
    """A few lines for each, with the command that tells the rest."""
    if not cases:
        say("Nothing is in doubt.")
    for case in cases:
        say(printable(f"attempt {case.attempt_id} of sync {case.sync}: {case.tell_state()}"))
        what = f"{case.leads} leads of campaign {case.campaign!r}, customer {case.customer!r}"
        say(f"  {line('sent', printable(f'{case.sent_at}: {what}'))}")
        say(f"  {line('seen', printable(case.detail or case.cause))}")
        say(f"  {line('credits', f'up to {case.messages} may have been spent')}")
        say(f"  {line('next', complete(f'{PROGRAM} doubts show {case.attempt_id}', config_file))}")


def _tell_facts(case: Case, config: Config) -> Iterator[str]:
    status = f", status {case.status}" if case.status else ""
    yield line("sent", f"{case.sent_at}, {case.bytes_sent:,} bytes")
    yield line("seen", f"{case.cause}{status}: {case.detail}" if case.detail else f"{case.cause}{status}")
    yield line("campaign", f"{case.campaign!r}, customer {case.customer!r}, account {case.account!r}")
    yield line("credits", f"up to {case.messages} may have been spent ({case.leads} leads: {', '.join(case.types)})")
    account = config.accounts.get(case.account)
    if account is not None and account.callback_url:
        yield line("proof", f"a callback whose address ends in {case.token_tail} would settle it (`{PROGRAM} serve`)")
    else:
        yield line("proof", "none comes by itself: the account has no callback_url")


def _tell_others(siblings: Sequence[Case]) -> Iterator[str]:
    for one in siblings:
        yield line("also", f"attempt {one.attempt_id} for the same leads: {one.tell_state()}")


def _tell_choices(case: Case, siblings: Sequence[Case], config_file: Path) -> Iterator[tuple[str, str]]:
    def command(act: str, more: str = "") -> str:
        return complete(f"{PROGRAM} doubts {act} {case.attempt_id}{more}", config_file)

    if case.state == "in_doubt":
        yield "wait", f"costs nothing; campaign {case.campaign!r} buys nothing new meanwhile (limits.max_in_doubt)"
    yield "attach", f"{command('attach', ' SECURE_REQUEST_ID')}"
    yield "", "costs nothing. Upscale support can tell the id of the request whose completion_notification_url"
    yield "", f"ends in {case.token_tail}; it is verified before it counts"
    if any(one.secure_request_id for one in siblings):
        yield "", "then these leads are known to be paid twice"
    else:
        yield "resend", command("resend")
        yield "", f"costs up to {case.messages} credits; if this one was accepted, all is paid twice"
    if case.state == "in_doubt":
        yield "drop", command("drop")
        yield "", f"costs nothing now; if it was accepted, up to {case.messages} credits bought nothing."
        yield "", "These leads are not bought again by themselves, the campaign goes on; a late proof still counts"
