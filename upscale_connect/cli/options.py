"""The options that several commands share, and what they stand for."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..config import Account, Config
    from ..http import Limits
    from ..upscale import UpscaleClient

VARIABLE = "UPSCALE_CONNECT_CONFIG"
DEFAULT_FILE = "upscale-connect.yaml"

F = TypeVar("F", bound="Callable[..., Any]")


class JsonOption(click.Option):
    """`--json`. `shape` are the keys that the command's object has even if nothing could start."""

    def __init__(self, *args: Any, shape: dict[str, object], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shape = shape


def _remember(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Invocation).config_file = value


def resolve_config_file(ctx: click.Context, _param: click.Parameter, value: str | None) -> Path:
    """`value`, else what stood before the command, else the variable, else the usual name."""
    from pathlib import Path

    return Path(value or ctx.ensure_object(Invocation).config_file or os.environ.get(VARIABLE) or DEFAULT_FILE)


def _config_option(callback: Callable[..., Path | None], *, expose: bool) -> Callable[[F], F]:
    return click.option(
        "-c",
        "--config",
        "config_file",
        metavar="FILE",
        type=click.Path(),
        callback=callback,
        expose_value=expose,
        help=f"The configuration; default: ${VARIABLE}, else {DEFAULT_FILE}.",
    )


#: `-c/--config` in front of the command's name.
config_file_before = _config_option(_remember, expose=False)

#: `-c/--config` of a command; gives it `config_file: Path`.
config_option = _config_option(resolve_config_file, expose=True)

#: `--account NAME`; gives a command `account_name: str | None` for `pick_account`.
account_option = click.option(
    "--account", "account_name", metavar="NAME", help="The account; may be left out when there is one."
)


def json_option(**shape: object) -> Callable[[F], F]:
    """`--json`; gives a command `as_json: bool`. `shape`: its keys, as they are if nothing could start."""
    return click.option(
        "--json", "as_json", is_flag=True, cls=JsonOption, shape=shape, help="Print one JSON object on stdout."
    )


def names_option(function: F) -> F:
    """`[NAME]...` and `--all`; gives a command `names: tuple[str, ...]` and `every: bool` for `select_syncs`."""
    with_all = click.option("--all", "every", is_flag=True, help="All syncs of the configuration.")(function)
    return click.argument("names", metavar="[NAME]...", nargs=-1)(with_all)


def show_config_option(config_file: Path) -> str:
    """` -c FILE` for a command to copy, empty where the command would find the configuration by itself."""
    import shlex
    from pathlib import Path

    if config_file == Path(os.environ.get(VARIABLE) or DEFAULT_FILE):
        return ""
    return f" -c {shlex.quote(str(config_file))}"


def read_config(config_file: Path) -> Config:
    """Load the configuration; from then on no secret of it is shown by this invocation."""
    from ..config import load_config

    config = load_config(config_file)
    click.get_current_context().ensure_object(Invocation).redactor.learn(config.secrets)
    return config


def pick_account(config: Config, name: str | None) -> Account:
    """The account of that name, or the only one."""
    from ..config import suggest
    from ..errors import UsageError

    if name is None:
        if len(config.accounts) == 1:
            return next(iter(config.accounts.values()))
        raise UsageError("which account?", hint=f"give --account NAME; {suggest('', config.accounts)}")
    if name not in config.accounts:
        raise UsageError(f"no account is called {name!r}", hint=suggest(name, config.accounts))
    return config.accounts[name]


@contextmanager
def open_client(account: Account, limits: Limits | None = None) -> Iterator[UpscaleClient]:
    """A client for a person who waits for the answer: one try, within `limits`."""
    from ..http import repeatable_session
    from ..upscale import UpscaleClient

    with repeatable_session(redirects="never", tries=1, limits=limits) as session:
        yield UpscaleClient(
            account.api_key,
            base_url=account.base_url,
            dialect=account.dialect,
            retrieve_mode=account.retrieve_mode,
            session=session,
        )
