"""`upscale-connect serve`."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from .invocation import Invocation
from .options import config_option, read_config
from .output import note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..config import Config
    from .redaction import Redactor

#: What of the program tells about its work line by line.
LOGGERS = ("upscale_connect.receiver", "upscale_connect.engine")


@click.command("serve", short_help="Receive callbacks, then collect and deliver; buys nothing")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8766, show_default=True, help="0: any free one.")
@click.option("--behind-proxy", is_flag=True, help="Allow an address that other machines reach: a proxy does TLS.")
@click.option("--quiet", is_flag=True, help="Show warnings and errors only.")
@config_option
@click.pass_context
def serve(
    ctx: click.Context,
    names: tuple[str, ...],
    host: str,
    port: int,
    behind_proxy: bool,
    quiet: bool,
    config_file: Path,
) -> int:
    """Receive callbacks, then collect and deliver; buys nothing.

    Without names: for all syncs. It listens on this machine only; a reverse proxy or tunnel that forwards
    /callbacks/ makes it reachable as the account's callback_url. It runs until Ctrl-C. Nothing depends on it:
    `sync` and `collect` ask for messages anyway.

    \b
    Example:
      upscale-connect serve
      upscale-connect serve 'acme/*' --port 9000
    """
    from ..clock import SystemClock
    from ..engine import open_services, select_syncs
    from ..receiver import attend, check_listen_host, open_receiver
    from .interruption import Interruption
    from .redaction import divert_prints

    config = read_config(config_file)
    syncs = select_syncs(config, names, everything=not names)
    address = check_listen_host(host, behind_proxy=behind_proxy)
    with Interruption() as interruption, _show_log(ctx.ensure_object(Invocation).redactor, quiet=quiet):
        with (
            divert_prints(),
            open_services(config, stop=interruption.stop) as services,
            open_receiver(config, address, port, SystemClock()) as listener,
        ):
            _introduce(config, listener.url)
            if not attend(services, syncs, listener.is_alive):
                raise RuntimeError("the receiver has ended by itself")
        return interruption.exit_code or 0


def _introduce(config: Config, url: str) -> None:
    note(f"Callbacks are received at {url}/callbacks/ until Ctrl-C.")
    if not any(account.callback_url for account in config.accounts.values()):
        note("Note: no account has a callback_url, so no callback is asked for; messages are asked for as always.")


@contextmanager
def _show_log(redactor: Redactor, *, quiet: bool) -> Iterator[None]:
    """What happens, line by line on stderr. Warnings are shown by the program's own handler as well without this."""
    from .redaction import RedactingFilter

    if quiet:
        yield
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.addFilter(RedactingFilter(redactor))
    handler.addFilter(lambda record: record.levelno < logging.WARNING)
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
