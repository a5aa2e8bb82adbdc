"""Starts the program many times at the same moment. Run by a test as `python many_starts.py NUMBER ARGUMENT…`.

The processes are forks of one that has everything loaded, so that they really begin together. Each waits until
stdin is closed. Prints the exit code of each as it ends.
"""

from __future__ import annotations

import importlib
import os
import sys

from upscale_connect.cli import run

# Loaded before the fork: what a run needs is imported when it is used.
for name in ("cli.running", "engine", "upscale"):
    importlib.import_module(f"upscale_connect.{name}")


def start(arguments: list[str]) -> int:
    """Fork a process that begins when stdin is closed; its id."""
    child = os.fork()
    if child:
        return child
    sys.stdin.read()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os._exit(run(arguments))


def main() -> None:
    waiting = {start(sys.argv[2:]) for _ in range(int(sys.argv[1]))}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    while waiting:
        child, status = os.wait()
        waiting.discard(child)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
