"""Redirects of the session for calls that may be repeated: credentials do not travel to another origin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import UnreachableError
from upscale_connect.http import HttpSession

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeSession = Callable[..., HttpSession]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_stay_at_the_origin(faults: StartServer, make_session: MakeSession, kit: Kit, status: int) -> None:
    server = faults(kit.answer(status, Location="/there"), kit.answer(200, b"here"))
    response = make_session().get(server.url, headers={"Authorization": "Bearer t"})
    assert (response.content, server.received[1].path) == (b"here", "/there")
    assert server.received[1].headers["authorization"] == "Bearer t"


@pytest.mark.promise(row="E8")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["other port", "other host", "https"])
def test_redirects_elsewhere_are_an_error(
    faults: StartServer, make_session: MakeSession, kit: Kit, status: int, target: str
) -> None:
    thief = faults(kit.accepted)
    server = faults(kit.answer(status, Location="{}"))
    location = {
        "other port": f"{thief.url}/",
        "other host": f"http://localhost:{server.port}/",
        "https": f"https://127.0.0.1:{server.port}/",
    }[target]
    server.behaviours[0] = kit.answer(status, Location=location)
    with pytest.raises(UnreachableError, match="which is not followed: credentials would travel"):
        make_session().get(server.url, headers={"Authorization": "Bearer t"})
    assert thief.received == []
    assert len(server.received) == 1
    assert make_session().get(server.url, allow_redirects=False).status_code == status


def test_redirects_without_end(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    server = faults(kit.answer(302, Location="/again"))
    with pytest.raises(UnreachableError, match="without end"):
        make_session().get(server.url)


@pytest.mark.promise(row="E8")
def test_a_session_with_a_key_follows_nothing(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    server = faults(kit.answer(302, Location="/again"))
    assert make_session(redirects="never").get(server.url).status_code == 302
    assert len(server.received) == 1


@pytest.mark.promise(row="E9")
def test_netrc_and_cookies_are_left_alone(
    faults: StartServer,
    make_session: MakeSession,
    kit: Kit,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password stolen\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    server = faults(kit.answer(302, Location="/there", Set_Cookie="a=b"), kit.answer(200, Set_Cookie="c=d"))
    session = make_session()
    for _ in range(2):
        session.get(server.url, headers={"Authorization": "Bearer ours"})
    assert {request.headers["authorization"] for request in server.received} == {"Bearer ours"}
    assert not any("cookie" in request.headers for request in server.received)
