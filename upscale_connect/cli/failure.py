"""How a failure is shown: one line and a hint on stderr, with `--json` one object on stdout, and an exit code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ..errors import ConfigError, UpscaleConnectError, UsageError
from .options import JsonOption
from .output import note, printable, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .invocation import Invocation

#: 128 + SIGINT, as a shell reports it.
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Failure:
    """`lines` are shown one by one; `trace` only exists for a bug of ours."""

    type: str
    lines: Sequence[str]
    hint: str
    exit_code: int
    trace: str = ""


def report(error: BaseException, invocation: Invocation) -> int:
    """Show `error` and return the exit code that belongs to it."""
    failure = describe(error, invocation.command)
    clean = invocation.redactor.clean
    if failure.trace:
        note(invocation.redactor.clean_lines(failure.trace))
    _print(failure, invocation)
    if invocation.as_json and not invocation.answered:
        message = "\n".join(printable(clean(line)) for line in failure.lines)
        shown = {"type": failure.type, "message": message, "hint": printable(clean(failure.hint))}
        write_json({**_shape(invocation.command), "error": shown, "exit_code": failure.exit_code})
    return failure.exit_code


def describe_loss(loss: OSError) -> UsageError:
    """What to say if nothing can be printed, such as to a file on a full disk: that is no bug of ours."""
    return UsageError(
        f"the output cannot be written: {(loss.strerror or 'unknown reason').lower()}",
        hint="send it elsewhere, or free some space; what was done stands in the ledger: `upscale-connect status`",
    )


def print_failure(error: UpscaleConnectError, invocation: Invocation, *, about: str) -> None:
    """Show the error of a part, such as a sync, of a command that goes on."""
    _print(describe(error, invocation.command), invocation, about=f"{about}: ")


def _print(failure: Failure, invocation: Invocation, *, about: str = "") -> None:
    clean = invocation.redactor.clean
    for line in failure.lines:
        note(f"Error: {about}{printable(clean(line))}")
    if failure.hint:
        note(f"Hint: {printable(clean(failure.hint))}")


def describe(error: BaseException, command: click.Command | None) -> Failure:
    """What there is to say about `error`, by its kind; `command` is the one that was meant, if known."""
    kind = type(error).__name__
    if isinstance(error, ConfigError):
        return Failure(kind, [str(problem) for problem in error.problems], error.hint, error.exit_code)
    if isinstance(error, UpscaleConnectError) and error.exit_code != 1:
        return Failure(kind, [error.message], error.hint, error.exit_code)
    if isinstance(error, click.ClickException):
        from .usage import explain_usage

        message, hint = explain_usage(error, command)
        return Failure("UsageError", [message], hint, 2)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Failure("Interrupted", ["interrupted"], "", INTERRUPTED)
    return _describe_bug(error)


def _describe_bug(error: BaseException) -> Failure:
    from .redaction import format_error

    kind = type(error).__name__
    message = error.message if isinstance(error, UpscaleConnectError) else f"internal error ({kind})"
    hint = "this is a bug of upscale-connect: please report it with the lines above"
    return Failure(kind, [message], hint, 1, format_error(error))


def _shape(command: click.Command | None) -> dict[str, object]:
    """The keys that the command's object has even if nothing could start."""
    options = command.params if command is not None else []
    return next((option.shape for option in options if isinstance(option, JsonOption)), {})
