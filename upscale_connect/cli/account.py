"""`upscale-connect account`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .invocation import Invocation
from .options import account_option, config_option, json_option, open_client, pick_account, read_config
from .output import emit_json, print_table, say

if TYPE_CHECKING:
    from pathlib import Path

    from ..upscale import AccountInfo
    from .redaction import Redactor


@click.command("account", short_help="Show what the API tells about an account")
@config_option
@account_option
@json_option(account=None, base_url=None, unverified=None)
@click.pass_context
def account(ctx: click.Context, config_file: Path, account_name: str | None, as_json: bool) -> int:
    """Show what the API tells about an account, such as plan and credits.

    The API's documentation of these fields is preliminary: they are shown as they came, and nothing relies on
    them.

    \b
    Example:
      upscale-connect account
      upscale-connect account --account trial --json
    """
    chosen = pick_account(read_config(config_file), account_name)
    with open_client(chosen) as client:
        fields = _fields(client.account(), ctx.ensure_object(Invocation).redactor)
    if as_json:
        return emit_json({"account": chosen.name, "base_url": chosen.base_url, "unverified": fields})
    say(f"What {chosen.base_url} tells about the account {chosen.name!r} (not verified):\n")
    print_table(("field", "value"), [(name, _show(value)) for name, value in fields.items()])
    return 0


def _fields(info: AccountInfo, redactor: Redactor) -> dict[str, Any]:
    created = info.created_at.isoformat() if info.created_at else None
    known = {
        "plan_name": info.plan_name,
        "monthly_credits": info.monthly_credits,
        "monthly_allowance": info.monthly_allowance,
        "created_at": created,
    }
    given = {name: value for name, value in known.items() if value is not None}
    return {name: _hide(name, value, redactor) for name, value in {**given, **info.extra}.items()}


def _hide(name: str, value: object, redactor: Redactor) -> object:
    """`value` without what is, or by its name could be, a secret: an account may well tell its webhook secret."""
    from ..config.display import HIDDEN, is_secret_name

    if is_secret_name(name):
        return HIDDEN
    if isinstance(value, dict):
        return {key: _hide(str(key), below, redactor) for key, below in value.items()}
    if isinstance(value, list):
        return [_hide(name, item, redactor) for item in value]
    return redactor.clean(value) if isinstance(value, str) else value


def _show(value: object) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
