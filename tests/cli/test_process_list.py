"""What everybody on the machine can see of a process: its arguments, which hold no secret."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from upscale_connect.cli.commands import COMMANDS, program

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from upscale_connect.sandbox import ReceivedRequest


@pytest.mark.promise(row="K3")
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_arguments_of_all_our_processes(
    workspace: Workspace, start: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a paid request is on its way; the key came by the environment, which only its owner can read."""
    monkeypatch.setenv("CANARY_KEY", "sandbox-valid")
    workspace.write_config(key="${CANARY_KEY}")
    seen: list[bytes] = []
    receive = workspace.sandbox.state.receive
    ready = threading.Event()

    def look(request: ReceivedRequest) -> None:
        if request.endpoint == "submit":
            ready.wait(10)
            seen.extend(find_arguments(process.pid))
        receive(request)

    monkeypatch.setattr(workspace.sandbox.state, "receive", look)
    process = start("sync", "--no-wait")
    ready.set()
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert any(b"upscale_connect" in arguments for arguments in seen)
    assert not any(b"sandbox-valid" in arguments for arguments in seen)


def find_arguments(number: int) -> Iterator[bytes]:
    """Those of a process and of all that it started."""
    yield Path(f"/proc/{number}/cmdline").read_bytes()
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from find_arguments(int(child))


def find_options(command: click.Command) -> Iterator[str]:
    for option in command.params:
        yield from option.opts
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from find_options(inner)


@pytest.mark.promise(row="K3")
def test_no_option_takes_a_secret() -> None:
    """But for the sandbox, whose secret guards nothing."""
    with click.Context(program) as context:
        found = {
            (name, option)
            for name in COMMANDS
            for command in [program.get_command(context, name)]
            if command is not None
            for option in find_options(command)
            if any(word in option for word in ("key", "token", "secret", "password"))
        }
    assert found == {("sandbox", "--webhook-secret")}
