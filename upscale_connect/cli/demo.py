"""`upscale-connect demo`."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .demo_leads import write_configuration, write_leads
from .interruption import Interruption
from .options import read_config
from .output import is_terminal, print_table, say, write_file
from .plan import print_plan
from .progress import show_progress
from .report import complete_needs, print_report

if TYPE_CHECKING:
    from ..config import Config
    from ..engine import SyncReport

FOLDER = "upscale-connect-demo"
CONFIG, LEADS, OUTPUT, LEDGER = "upscale-connect.yaml", "leads.csv", "leads.messages.csv", "demo.db"

#: Seconds that the sandbox takes for the messages of a request, and after which the demo gives up.
DELAY, PATIENCE = 1.0, 30.0
#: Leads that are shown, and characters of each message.
SHOWN, LENGTH = 5, 60

FILES = {
    LEADS: "the leads; never changed",
    OUTPUT: "the same rows, with their messages",
    CONFIG: "the configuration, with comments",
    LEDGER: "the ledger: what stands there is never bought again",
}
NEXT = {
    "init leads.csv": "write a configuration for your own file",
    "plan": "see what it would buy and cost",
    "sync": "buy, wait, and write the messages beside your leads",
}


@click.command("demo", short_help="Try it all on invented leads, without a key")
@click.argument("folder", metavar="[DIR]", default=FOLDER, type=click.Path(path_type=Path))
def demo(folder: Path) -> int:
    """Try it all on invented leads, without a key: no request leaves this machine, nothing costs anything.

    25 leads and a configuration are written to DIR (default: upscale-connect-demo), and synced against a local
    sandbox that invents the messages. Run again, it makes the files of its folder anew.

    \b
    Example:
      upscale-connect demo
      upscale-connect demo ~/trial
    """
    from ..sandbox import Sandbox

    _prepare(folder)
    with Sandbox(delay=DELAY) as sandbox:
        write_file(folder / LEADS, write_leads(), replace=True)
        write_file(folder / CONFIG, write_configuration(sandbox.base_url), replace=True)
        say(f"1. 25 invented people are in {folder / LEADS}, a configuration is in {folder / CONFIG}.\n")
        config = read_config(folder / CONFIG)
        say("2. `plan`: what a sync would buy, and cost\n")
        _plan(config)
        say("\n3. `sync`: buy, wait, and write the messages beside the leads\n")
        code, report = _sync(config)
    complete_needs(report, folder / CONFIG)
    print_report(report, folder / CONFIG, bought=True)
    if code not in (0, 3):  # 3: the row that is in quarantine on purpose
        return code
    _show_messages(folder)
    _show_end(folder)
    return 0


def _prepare(folder: Path) -> None:
    """Make the folder, or clear what an earlier demo left in it. Raises UsageError for any other folder."""
    from ..errors import UsageError

    hint = f"give another folder: {PROGRAM} demo DIR"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            return
        for name, is_ours in ((CONFIG, _is_configuration), (LEADS, lambda text: text == write_leads())):
            path = folder / name
            if not path.is_file():
                raise UsageError(f"{folder} is not empty and no demo's folder", hint=hint)
            if not is_ours(path.read_text(encoding="utf-8", errors="replace")):
                raise UsageError(f"{path} is not as the demo wrote it, and is not replaced", hint=hint)
        for path in [folder / OUTPUT, *folder.glob(f"{LEDGER}*")]:
            path.unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"{folder} cannot be used: {reason}", hint=hint) from None


def _is_configuration(text: str) -> bool:
    """Whether a demo wrote this, at whatever address its sandbox was."""
    address = re.search(r"^    base_url: (http://127\.0\.0\.1:\d+/api/v2)$", text, re.MULTILINE)
    return address is not None and text == write_configuration(address[1])


def _plan(config: Config) -> None:
    from ..engine import open_services, plan_syncs

    with open_services(config, read_only=True) as services:
        print_plan(config, *plan_syncs(services, list(config.syncs.values())))


def _sync(config: Config) -> tuple[int, SyncReport]:
    from ..engine import NoProgress, Options, open_services, run_syncs

    with ExitStack() as stack:
        interruption = stack.enter_context(Interruption())
        progress = stack.enter_context(show_progress()) if is_terminal(sys.stderr) else NoProgress()
        services = stack.enter_context(open_services(config, stop=interruption.stop, progress=progress))
        options = Options(wait=True, timeout=PATIENCE, yes=True)
        report = run_syncs(services, list(config.syncs.values()), options)
    return interruption.exit_code or report.exit_code, report


def _show_messages(folder: Path) -> None:
    import csv

    say(f"\n4. {SHOWN} of the leads, as they are in {folder / OUTPUT}\n")
    with (folder / OUTPUT).open(encoding="utf-8", newline="") as file:
        delivered = [row for row in csv.DictReader(file) if row["upscale_status"] == "delivered"]
    columns = ("outreach_message", "first_follow_up_message")
    rows = [
        (f"{row['First name']} {row['Last name']}", *(_shorten(row[column]) for column in columns))
        for row in delivered[:SHOWN]
    ]
    print_table(("lead", "connection request", "first follow-up"), rows)


def _shorten(text: str) -> str:
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 1]}…"


def _show_end(folder: Path) -> None:
    say(
        """
5. Four rows have no message, on purpose. Their `upscale_status` says why:
   quarantined  a row without a LinkedIn address cannot become a lead
   duplicate    a second row with the same id: the first one counts
   failed       two people of whom nothing is found on the web: no message, no cost

Files in """
        f"{folder}:"
    )
    for name, purpose in FILES.items():
        say(f"   {name:<22} {purpose}")
    say("\nThe same with your own leads:")
    for command, purpose in NEXT.items():
        say(f"   {PROGRAM} {command:<16} # {purpose}")
