"""click's usage errors in our words. click quotes the value that was given, and that may be a secret."""

from __future__ import annotations

import click

from . import PROGRAM


def explain_usage(error: click.ClickException, command: click.Command | None) -> tuple[str, str]:
    """A message and a hint that name options and arguments, never what they were given."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    path = ctx.command_path if ctx else f"{PROGRAM} {command.name}" if command else PROGRAM
    return _message(error, ctx), f"see `{path} --help`"


def _message(error: click.ClickException, ctx: click.Context | None) -> str:
    if isinstance(error, click.MissingParameter):
        return f"{_name(error)} is missing"
    if isinstance(error, click.BadParameter):
        return f"{_name(error)} must be {_expected(error.param)}"
    if isinstance(error, click.NoSuchOption):
        near = f"; did you mean {error.possibilities[0]}?" if error.possibilities else ""
        return f"there is no option {error.option_name}{near}"
    if isinstance(error, click.BadOptionUsage):
        return error.message  # names the option only
    if ctx is not None and isinstance(ctx.command, click.Group):
        return f"`{ctx.command_path}` needs one of: {', '.join(ctx.command.list_commands(ctx))}"
    return "there are more arguments than the command takes"


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return "a value"
    if isinstance(error.param, click.Option):
        return error.param.opts[-1]
    return error.param.human_readable_name


def _expected(param: click.Parameter | None) -> str:
    kind = param.type if param else None
    if isinstance(kind, click.Choice):
        return f"one of {', '.join(map(str, kind.choices))}"
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        number = "a whole number" if isinstance(kind, click.IntRange) else "a number"
        low = f" from {kind.min}" if kind.min is not None else ""
        high = f" to {kind.max}" if kind.max is not None else ""
        return number + low + high
    if kind is click.INT:
        return "a whole number"
    return f"a valid {kind.name}" if kind else "valid"
