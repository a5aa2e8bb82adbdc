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

#: The cause of a doubt after an answer that said yes, but not what the request is called.
NO_REQUEST_ID = "no_request_id"


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
        sync = config.syncs.get(case.sync)
        blocks = ledger.doubts_of(case.campaign_id) > (sync.limits.max_in_doubt if sync else 0)
    if as_json:
        more = {"lead_ids": [lead[0] for lead in leads], "others": [describe(one, config) for one in siblings]}
        return emit_json({"doubt": {**describe(case, config), **more}})
    _print_case(case, leads, siblings, config)
    if case.is_open:
        say("")
        for choice, text in _tell_choices(case, siblings, config_file, blocks=blocks):
            say(f"  {line(choice, printable(text))}")
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


def _print_case(case: Case, leads: Sequence[CaseLead], siblings: Sequence[Case], config: Config) -> None:
    """All that is known."""
    say(printable(f"attempt {case.attempt_id} of sync {case.sync}: {case.tell_state()}"))
    for text in (*_tell_facts(case, config), *_tell_others(siblings)):
        say(f"  {printable(text)}")
    for lead_id, name, place in leads[:LISTED]:
        say(f"  {line('lead', printable(f'{lead_id!r}: {name}, {place}'))}")
    if len(leads) > LISTED:
        say(f"  {line('', f'and {len(leads) - LISTED} more')}")


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
    if not case.is_open:
        return
    yield line("credits", f"up to {case.messages} may have been spent ({case.leads} leads: {', '.join(case.types)})")
    account = config.accounts.get(case.account)
    if account is not None and account.callback_url:
        yield line("proof", f"a callback whose address ends in {case.token_tail} would settle it (`{PROGRAM} serve`),")
        yield line("", "if callback_url was set when it was sent, and the account has a webhook secret")
    else:
        yield line("proof", "none comes by itself: the account has no callback_url")


def _tell_others(siblings: Sequence[Case]) -> Iterator[str]:
    for one in siblings:
        yield line("also", f"attempt {one.attempt_id} for the same leads: {one.tell_state()}")


def _tell_choices(
    case: Case, siblings: Sequence[Case], config_file: Path, *, blocks: bool
) -> Iterator[tuple[str, str]]:
    """`blocks`: the campaign of the attempt buys nothing because of its doubts."""

    def command(act: str, more: str = "") -> str:
        return complete(f"{PROGRAM} doubts {act} {case.attempt_id}{more}", config_file)

    if case.state == "in_doubt":
        blocked = f"; campaign {case.campaign!r} buys nothing new meanwhile (limits.max_in_doubt)" if blocks else ""
        yield "wait", f"costs nothing{blocked}"
    yield "attach", f"{command('attach', ' SECURE_REQUEST_ID')}"
    yield "", "costs nothing. Upscale support can tell the id of the request whose completion_notification_url"
    yield "", f"ends in {case.token_tail}; it is verified before it counts"
    if any(one.secure_request_id for one in siblings):
        yield "", "then these leads are known to be paid twice"
    else:
        yield "resend", command("resend")
        probably = ", which is probable" if case.cause == NO_REQUEST_ID else ""
        yield "", f"costs up to {case.messages} credits; if this one was accepted{probably}, all is paid twice"
    if case.state == "in_doubt":
        yield "drop", command("drop")
        yield "", f"costs nothing now; if it was accepted, up to {case.messages} credits bought nothing."
        goes_on = "the campaign goes on; " if blocks else ""
        yield "", f"These leads are not bought again by themselves; {goes_on}a late proof still counts"
