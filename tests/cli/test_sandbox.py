"""`upscale-connect sandbox`, as a process of its own: it waits for a signal."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send SIGTERM to a process and let it end")
def test_it_tells_its_address_answers_and_ends_on_a_signal() -> None:
    command = [sys.executable, "-m", "upscale_connect", "sandbox", "--port", "0", "--delay", "0", "--admin"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            shown = []
            for line in process.stdout:
                shown.append(line)
                if "base_url:" in line:
                    break
            base_url = re.findall(r"http://127\.0\.0\.1:\d+/api/v2", shown[0])[0]
            request = urllib.request.Request(f"{base_url}/account", headers={"Api-Key": "sandbox-valid"})
            with urllib.request.urlopen(request, timeout=5) as answer:
                assert json.load(answer)
        finally:
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGTERM
    for text in ("sandbox-valid", "sandbox-revoked", "/_admin", f"base_url: '{base_url}'"):
        assert text in "".join(shown)
    assert (rest, errors) == ("", "")


def test_a_bad_port_is_a_usage_error(call: Callable[..., Result]) -> None:
    result = call("sandbox", "--port", "99999")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: --port must be a whole number from 0 to 65535\n")


def test_a_secret_that_is_too_short_or_odd_is_not_repeated(call: Callable[..., Result]) -> None:
    result = call("sandbox", "--webhook-secret", "s3cret-canary", "--port", "-1")
    assert result.exit_code == 2
    assert "canary" not in result.stderr
