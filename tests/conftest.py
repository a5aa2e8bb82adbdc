"""What holds for every test: an empty environment, a folder of its own, and no way out of this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.configuration
import pytest

# A failure there shows the two sides, as in a test.
pytest.register_assert_rewrite("tests.engine.books", "tests.engine.erasure")

ROOT = Path(__file__).parent.parent

#: Variables that the code or its libraries read, and that a person's shell may have set.
FOREIGN = ("COLUMNS", "FORCE_COLOR", "LINES", "NETRC", "NO_COLOR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

# Tests change the working folder: Hypothesis keeps its examples in one place, and no test depends on the clock.
hypothesis.configuration.set_hypothesis_home_dir(ROOT / ".hypothesis")
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")


@pytest.fixture(autouse=True)
def _clean_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the developer's shell counts; home and the current folder are the test's own."""
    for name in list(os.environ):
        if name.upper().startswith(("UPSCALE_", "XDG_")) or name.lower().endswith("_proxy") or name in FOREIGN:
            monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection or a question to a name server that leaves this machine fails the test.

    Names under `.invalid` can never exist (RFC 2606) and are answered so, for tests of that failure.
    """
    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, _refuse_foreign(getattr(socket.socket, method)))
    resolve = socket.getaddrinfo

    def resolve_loopback(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name.rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        if name is not None and name != "localhost" and not _is_address(name):
            raise AssertionError(f"a test asked for the address of {name}")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_loopback)


def _refuse_foreign(connect: Callable[..., Any]) -> Callable[..., Any]:
    def connect_to_loopback(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise AssertionError(f"a test wanted to connect to {address[0]}:{address[1]}")
        return connect(self, address)

    return connect_to_loopback


def _is_loopback(host: str) -> bool:
    return host in ("", "localhost") or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    """Whether no name server is needed."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == ""
    return True
