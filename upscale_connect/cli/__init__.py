"""The command line. Builds objects, calls, prints; the only place that knows click and rich.

Nothing heavy is imported on the way to `--help` and `--version`: click itself only in `run`, a command's module
only when that command runs, and what a command needs only in its function.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

#: Equal to the project's metadata, which would be slow to read here.
VERSION = "0.1.0"

PROGRAM = "upscale-connect"

#: What a shell shows for a program that died of a closed pipe.
BROKEN_PIPE = 141


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit; `args` are those of the process unless given."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:] if args is None else args))


def run(args: Sequence[str]) -> int:
    """Run one command and return its exit code. Whatever is raised is shown here, and nowhere else."""
    if list(args) == ["--version"]:
        sys.stdout.write(f"{PROGRAM} {VERSION}\n")
        return 0
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
        if _is_closed_pipe(error):
            _abandon_output()
            return BROKEN_PIPE
        from .failure import report

        return report(error, invocation)


def _is_closed_pipe(error: BaseException) -> bool:
    """Windows calls it an invalid argument, as it does a bad file name; but then the name is there."""
    import errno
    import os

    windows = os.name == "nt" and isinstance(error, OSError) and error.errno == errno.EINVAL and not error.filename
    return windows or isinstance(error, BrokenPipeError)


def _abandon_output() -> None:
    """Nobody reads stdout any more: keep the interpreter from complaining when it flushes at the end."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
