"""The table of commands, static so that `--help` imports none of them, and the group that runs them."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

import click

from . import PROGRAM, VERSION
from .invocation import CommandGroup, Invocation
from .options import config_file_before

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..errors import UsageError

#: Command → its line in `--help`. The module and the function in it have the command's name.
COMMANDS = {
    "init": "Write a commented configuration for a CSV file of leads",
    "check": "Check configuration, keys, mapping and sinks; writes nothing",
    "plan": "Show what a sync would buy and cost; buys nothing",
    "sync": "Buy messages for new leads and write them beside the leads",
    "collect": "Finish and deliver what was bought; buys nothing",
    "status": "Show what is open and how the last runs ended",
    "todo": "List what waits for a person, each line with its next command",
    "explain": "Tell the whole story of one lead",
    "review": "Look at messages before they are delivered",
    "doubts": "Decide about attempts that may have been paid",
    "quarantine": "Go through the records that cannot be bought for",
    "retry": "Deliver again what a sink refused; try failed leads again",
    "redeliver": "Write all messages to one sink again; buys nothing",
    "regenerate": "Buy the messages of a lead once more",
    "suppress": "Say who gets no message: people, companies, domains",
    "forget": "Erase a person, here and in all copies of the ledger",
    "export": "Write out everything that is held about a person",
    "adopt": "Take over what was bought with a ledger that was lost",
    "pause": "Buy nothing new for now; collecting and delivering go on",
    "resume": "Let a paused sync buy again",
    "plugins": "List the plugins and what each one offers",
    "sequences": "List the message sequences of an account",
    "account": "Show what the API tells about an account",
    "config": "Show the configuration as it was read",
    "ledger": "Back up the ledger, or look through it",
    "serve": "Receive callbacks, then collect and deliver; buys nothing",
    "sandbox": "Serve a local Upscale API to try things on",
    "demo": "Try it all on invented leads, without a key",
    "prove": "Kill it again and again on your own leads, in the sandbox",
}

#: Set by the shell when it asks for completions; click answers.
COMPLETION = "_UPSCALE_CONNECT_COMPLETE"


class Commands(CommandGroup):
    """Finds its commands in the table and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f".{cmd_name}", __package__), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise _unknown_command(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        from .redaction import guard

        with guard(ctx.ensure_object(Invocation).redactor):
            return super().invoke(ctx)


@click.command(PROGRAM, cls=Commands, invoke_without_command=True)
@config_file_before
@click.version_option(VERSION, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.pass_context
def program(ctx: click.Context) -> int:
    """Buy personalised LinkedIn messages for your leads, once, and write them back beside the right person.

    \b
    Start with one of:
      upscale-connect demo              25 invented people, no key needed
      upscale-connect init leads.csv    a configuration for your own file
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
    return 2


def start(args: Sequence[str], invocation: Invocation) -> int:
    """Parse and run; a command returns its exit code, or None for 0."""
    if COMPLETION in os.environ:
        program.main(list(args), prog_name=PROGRAM, obj=invocation)
    with program.make_context(PROGRAM, list(args), obj=invocation) as ctx:
        return program.invoke(ctx) or 0


def _unknown_command(name: str) -> UsageError:
    import difflib

    from ..errors import UsageError

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean `{PROGRAM} {near[0]}`?" if near else f"see `{PROGRAM} --help` for the list"
    return UsageError(f"there is no command {name!r}", hint=hint)
