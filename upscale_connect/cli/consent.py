"""Asking a person before money is spent, or something is done that cannot be taken back."""

from __future__ import annotations

import sys

import click

from .output import is_terminal, printable


def agree(question: str, *, yes: bool, as_json: bool, undone: str = "bought", subject: str = "the price") -> None:
    """Go on only if a person agrees to the `subject`. Else raises UsageError, which says what was left `undone`."""
    from ..errors import UsageError

    if yes:
        return
    if as_json or not is_terminal(sys.stdin):
        raise UsageError(f"nothing was {undone}: nobody agreed to {subject}", hint=f"--yes agrees to: {question}")
    if not click.confirm(printable(question), default=False, err=True):
        raise UsageError(f"nothing was {undone}", hint="as you wished")
