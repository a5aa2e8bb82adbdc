"""What one call of the program knows about itself; click hands it on as `ctx.obj`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from .redaction import Redactor


class Invocation:
    """`answered` is set once the one JSON object of a `--json` call is out, `command` once it is known."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.answered = False
        self.command: click.Command | None = None
        self.config_file: str | None = None

    @cached_property
    def redactor(self) -> Redactor:
        from .redaction import Redactor

        return Redactor()


class CommandGroup(click.Group):
    """A group that notes which of its commands is meant, for the object of a `--json` call that fails."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        ctx.ensure_object(Invocation).command = command
        return name, command, rest
