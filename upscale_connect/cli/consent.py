"""Asking a person before money is spent."""

from __future__ import annotations

import sys

import click

from .output import is_terminal, printable


def agree(question: str, *, yes: bool, as_json: bool) -> None:
    """Go on only if a person agrees. Raises UsageError otherwise."""
    from ..errors import UsageError

    if yes:
        return
    if as_json or not is_terminal(sys.stdin):
        raise UsageError("nothing was bought: nobody agreed to the price", hint=f"--yes agrees to: {question}")
    if not click.confirm(printable(question), default=False, err=True):
        raise UsageError("nothing was bought", hint="as you wished")
