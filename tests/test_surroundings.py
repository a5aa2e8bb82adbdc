"""The guards of conftest.py hold."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_no_connection_leaves_this_machine() -> None:
    with socket.socket() as sock, pytest.raises(AssertionError, match=r"192\.0\.2\.1:80"):
        sock.connect(("192.0.2.1", 80))


def test_no_name_server_is_asked() -> None:
    with pytest.raises(AssertionError, match=r"example\.com"):
        socket.create_connection(("example.com", 80))


def test_invalid_names_do_not_exist() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("nobody.invalid", 80))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_home_and_current_folder_are_the_tests_own(tmp_path: Path) -> None:
    assert Path.home() == Path.cwd() == tmp_path
    assert not [name for name in os.environ if name.startswith("UPSCALE_")]


@given(st.text())
def test_property_tests_work_with_the_guards(text: str) -> None:
    assert text + "" == text
