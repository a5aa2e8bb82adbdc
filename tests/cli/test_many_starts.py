"""Twenty crons at once: one run works, the others leave, and say so."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from upscale_connect.sandbox import ReceivedRequest

SCRIPT = Path(__file__).with_name("many_starts.py")
STARTS = 20

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.mark.promise(row="C1")
def test_twenty_at_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request is held until the other nineteen have left."""
    gate = threading.Event()
    receive = workspace.sandbox.state.receive

    def hold(request: ReceivedRequest) -> None:
        receive(request)
        if request.endpoint == "submit":
            gate.wait(20)

    monkeypatch.setattr(workspace.sandbox.state, "receive", hold)
    command = [sys.executable, str(SCRIPT), str(STARTS), "sync", "--no-wait"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.close()
        ends = [int(process.stdout.readline()) for _ in range(STARTS - 1)]
        gate.set()
        ends.append(int(process.stdout.readline()))
        errors = process.stderr.read()
    assert ends == [4] * (STARTS - 1) + [0]
    assert errors.count("Error: spring: another run works on 'spring'") == STARTS - 1
    assert "Traceback" not in errors
    assert set(workspace.sandbox.state.submitted().values()) == {1}
    assert len(workspace.sandbox.state.requests_to("submit")) == 1
