"""`upscale-connect doubts`: what a person decides about attempts that may have been paid."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from . import PROGRAM
from .cases import describe, print_cases, show_case, tell_decision
from .invocation import CommandGroup
from .options import config_option, json_option, read_config
from .output import emit_json, is_terminal
from .person import name_user
from .report import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..config import Config
    from ..engine.connect import Services

F = TypeVar("F", bound="Callable[..., object]")

attempt_argument = click.argument("attempt", metavar="ID", type=click.IntRange(min=1))


def act_options(function: F) -> F:
    """Gives an act `attempt`, `config_file` and `as_json`."""
    shape = json_option(attempt=None, sync=None, state=None, secure_request_id=None, notes=[])
    return attempt_argument(config_option(shape(function)))


@click.group("doubts", cls=CommandGroup, short_help="Decide about attempts that may have been paid")
def doubts() -> None:
    """Decide about attempts that may have been paid.

    An answer was lost after a paid request had left. It is never sent again by itself.

    \b
    Example:
      upscale-connect doubts list
      upscale-connect doubts show 7
      upscale-connect doubts attach 7 7b3e4c7e-4a0b-4c0e-9d51-3a2f0c9a3f10
    """


@doubts.command("list", short_help="List the attempts in doubt")
@click.option("--dropped", is_flag=True, help="Also those that were dropped.")
@config_option
@json_option(doubts=[])
def list_(dropped: bool, config_file: Path, as_json: bool) -> int:
    """List the attempts in doubt, with what is at stake."""
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        cases = ledger.open_cases(dropped=dropped)
    if as_json:
        return emit_json({"doubts": [describe(case, config) for case in cases]})
    print_cases(cases, config_file)
    return 0


@doubts.command("show", short_help="Tell all about one attempt, and what each choice can cost")
@attempt_argument
@config_option
@json_option(doubt=None)
def show(attempt: int, config_file: Path, as_json: bool) -> int:
    """Tell all about one attempt, and what each choice can cost."""
    config = read_config(config_file)
    return show_case(config, attempt, config_file, as_json=as_json)


@doubts.command("attach", short_help="Tell the request that an attempt became; costs nothing")
@act_options
@click.argument("secure_request_id", metavar="SECURE_REQUEST_ID")
def attach(attempt: int, secure_request_id: str, config_file: Path, as_json: bool) -> int:
    """Tell the request that an attempt became, as Upscale support knows it; costs nothing.

    The API is asked first: it must show the same customer, campaign and leads, else nothing is changed.
    """
    from ..engine.doubts import attach as act

    config = read_config(config_file)
    with _services(config) as services:
        done = act(services, attempt, secure_request_id, name_user())
        return tell_decision(services, done, config_file, as_json=as_json)


@doubts.command("resend", short_help="Send an attempt's leads once more; may pay twice")
@act_options
@click.option("--may-pay-twice", "consent", metavar="ID", type=int, help="Agree to that without a question.")
def resend(attempt: int, consent: int | None, config_file: Path, as_json: bool) -> int:
    """Send an attempt's leads once more; if the first was accepted, they are paid twice.

    On a terminal the attempt's number must be typed. The old attempt stays in doubt until it is proven or dropped.
    """
    from ..engine.doubts import resend as act
    from ..errors import UsageError

    config = read_config(config_file)
    if consent is None and not as_json and is_terminal(sys.stdin):
        show_case(config, attempt, config_file)
        typed = click.prompt(f"\nType {attempt} to send it again", default="", show_default=False, err=True)
        consent = attempt if typed.strip() == str(attempt) else 0
    if consent != attempt:
        command = complete(f"{PROGRAM} doubts resend {attempt} --may-pay-twice {attempt}", config_file)
        hint = f"if you agree: `{command}`"
        raise UsageError(f"nothing was sent: attempt {attempt} may be paid twice, and nobody agreed to that", hint=hint)
    with _services(config) as services:
        done = act(services, attempt, name_user())
        old = f"attempt {attempt} stays as it was, and counts until it is proven or dropped"
        done.notes.append(f"{old}: {complete(f'{PROGRAM} doubts drop {attempt}', config_file)}")
        return tell_decision(services, done, config_file, as_json=as_json)


@doubts.command("drop", short_help="Give an attempt up; its campaign may buy again")
@act_options
def drop(attempt: int, config_file: Path, as_json: bool) -> int:
    """Give an attempt up: its leads are not bought again by themselves, and its campaign may buy again.

    A late proof still counts, and it can be sent again later.
    """
    from ..engine.doubts import drop as act

    config = read_config(config_file)
    with _services(config) as services:
        return tell_decision(services, act(services, attempt, name_user()), config_file, as_json=as_json)


@contextmanager
def _services(config: Config) -> Iterator[Services]:
    from ..engine import open_services
    from .interruption import Interruption

    with Interruption() as interruption, open_services(config, stop=interruption.stop) as services:
        yield services
