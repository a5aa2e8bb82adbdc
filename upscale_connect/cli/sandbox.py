"""`upscale-connect sandbox`."""

from __future__ import annotations

import click

from .invocation import Invocation
from .output import say


@click.command("sandbox", short_help="Serve a local Upscale API to try things on")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one.")
@click.option(
    "--delay",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the messages of a request take.",
)
@click.option("--webhook-secret", metavar="TEXT", help="Send webhooks, to this machine only, signed with it.")
@click.option("--admin", is_flag=True, help="Add the interface that shows requests and injects faults.")
@click.pass_context
def sandbox(ctx: click.Context, port: int, delay: float, webhook_secret: str | None, admin: bool) -> int:
    """Serve a local Upscale API to try things on: this machine only, in memory, no real message, no real credit.

    It runs until Ctrl-C.

    \b
    Example:
      upscale-connect sandbox
      upscale-connect sandbox --port 0 --delay 0 --admin
    """
    from ..sandbox import Sandbox, serve

    if webhook_secret:
        ctx.ensure_object(Invocation).redactor.learn([webhook_secret])
    server = Sandbox(port=port, delay=delay, webhook_secret=webhook_secret, admin=admin)
    number = serve(server, ready=lambda: _introduce(server.base_url, admin))
    return 128 + number


def _introduce(base_url: str, admin: bool) -> None:
    from ..sandbox.credits import make_keys

    say(f"The sandbox answers at {base_url} until Ctrl-C.\n\nAPI keys:")
    for key, credit in make_keys().items():
        say(f"  {key:<20} {credit.plan}")
    say("  any other            invalid")
    if admin:
        say(f"\nRequests and faults: {base_url.removesuffix('/api/v2')}/_admin")
    say(f"\nFor a configuration:\n  accounts:\n    trial: {{api_key: sandbox-valid, base_url: {base_url!r}}}")
