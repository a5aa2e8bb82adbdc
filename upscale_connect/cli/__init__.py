"""The command line. Builds objects, calls, prints; the only place that knows click and rich.

Nothing heavy is imported on the way to `--help` and `--version`: click itself only in `run`, a command's module
only when that command runs, and what a command needs only in its function.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn, TextIO, TypeGuard

#: Equal to the project's metadata, which would be slow to read here.
VERSION = "0.1.0"

PROGRAM = "upscale-connect"

#: What a write meets if nobody reads any more, or there is no room. EINVAL is how Windows calls a closed pipe.
_LOST = frozenset(
    {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
    | ({errno.EINVAL} if os.name == "nt" else set())
)

#: What a shell shows for a program that died of a closed pipe.
BROKEN_PIPE = 141


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit; `args` are those of the process unless given."""
    _fill_streams()
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    code = run(sys.argv[1:] if args is None else args)
    # The interpreter flushes at its end, and would put an exit code of its own in the place of ours.
    whole = [_put(stream) for stream in (sys.stdout, sys.stderr)]
    sys.exit(code if all(whole) else code or 2)


def run(args: Sequence[str]) -> int:
    """Run one command and return its exit code. Whatever is raised is shown here, and nowhere else."""
    if list(args) == ["--version"]:
        return 0 if _put(sys.stdout, f"{PROGRAM} {VERSION}\n") else 2
    import click

    from .commands import start
    from .invocation import Invocation

    invocation = Invocation(as_json="--json" in args)
    try:
        code = start(args, invocation)
        sys.stdout.flush()
        return code
    except click.exceptions.Exit as end:
        return end.exit_code
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the one place where failures end: shown, never lost
        from .failure import describe_loss, report

        if _is_lost_output(error):
            _abandon(sys.stdout)
            return BROKEN_PIPE if _is_closed_pipe(error) else report(describe_loss(error), invocation)
        return report(error, invocation)


def _fill_streams() -> None:
    """Stand in for streams that the caller has closed: else the next file that is opened gets their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _is_lost_output(error: BaseException) -> TypeGuard[OSError]:
    """Whether it means stdout: a failure of any other file is caught where it is met, or has the file's name."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _LOST


def _is_closed_pipe(error: OSError) -> bool:
    """Windows calls it an invalid argument."""
    return error.errno in (errno.EPIPE, errno.EINVAL)


def _put(stream: TextIO, text: str = "") -> bool:
    """Write and flush; False if what was written does not arrive."""
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        _abandon(stream)
        return False
    return True


def _abandon(stream: TextIO) -> None:
    """Nobody can read it any more: what is left in its buffer goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
