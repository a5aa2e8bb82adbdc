"""`upscale-connect serve`, as a process of its own beside runs of `sync`."""

from __future__ import annotations

import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.office import Office, attending, wait_until
from upscale_connect import load_config
from upscale_connect.engine import open_services, select_syncs
from upscale_connect.engine.locks import lock_run
from upscale_connect.ledger import Inbox, hash_token
from upscale_connect.receiver import attend
from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.cli.conftest import Result

Call = Callable[..., "Result"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot end a process with SIGTERM gently")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Sandbox(delay=0.2, webhook_secret="a webhook secret") as sandbox:
        built = Office(tmp_path, sandbox)
        built.configure()
        yield built


def test_a_callback_brings_the_messages_and_sigterm_ends_it(office: Office, call: Call) -> None:
    office.write_leads(3)
    with office.serving() as process:
        wait_until(lambda: call("sync", "--no-wait").exit_code == 0)
        wait_until(lambda: len(office.messages()) == 3)
    assert process.returncode == 128 + signal.SIGTERM
    assert office.posts == 2
    assert f"Callbacks are received at http://127.0.0.1:{office.port}/callbacks/" in office.log
    assert "callback 200" in office.log
    assert re.search(r"spring: [12] requests complete", office.log)
    assert not any(token in office.log for token in office.tokens())
    assert "Traceback" not in office.log
    assert call("sync", "--no-wait").exit_code == 0
    assert office.posts == 2


def test_a_doubt_ends_by_itself(office: Office, call: Call) -> None:
    office.write_leads(2)
    office.sandbox.faults.add("reset", on="submit", after=True)
    with office.serving("--quiet"):
        wait_until(lambda: call("sync", "--no-wait").exit_code in (0, 5))
        wait_until(lambda: len(office.messages()) == 2)
    assert call("sync", "--no-wait").exit_code == 0
    assert office.posts == 1
    assert "callback 200" not in office.log


@pytest.mark.promise(row="C5")
def test_it_never_buys_and_leaves_a_locked_sync_alone(office: Office, call: Call) -> None:
    """Runs of cron beside it lose nothing and buy nothing twice."""
    office.write_leads(1)
    with office.serving():
        for number in range(1, 8):
            office.write_leads(number)
            assert call("sync", "--no-wait").exit_code == 0
            assert office.posts == number
        wait_until(lambda: len(office.messages()) == 7, 40)
    bought = [
        lead["automation_tool_lead_id"]
        for request in office.sandbox.state.requests_to("submit")
        for lead in request.json()["lead_data"]
    ]
    assert sorted(bought) == [f"lead_{number}" for number in range(1, 8)]
    office.write_leads(9)
    posts = office.posts
    with office.serving():
        pass
    assert office.posts == posts


@pytest.mark.promise(row="C5")
def test_a_sync_that_another_run_holds_is_visited_once_it_is_free(office: Office, call: Call) -> None:
    office.write_leads(2)
    assert call("sync", "--no-wait").exit_code == 0
    lock = lock_run(load_config(office.configure(), environ={}), 1, "spring")
    with attending(office) as stop:
        stop.wait(0.5)
        assert office.messages() == []
        lock.release()
        wait_until(lambda: len(office.messages()) == 2)


def test_two_accounts_and_a_sync_that_was_renamed(office: Office, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callbacks find the sync that they are for, also where it has another name by now."""
    office.write_leads(2)
    office.sandbox.faults.set(delay=0)
    described = office.describe()
    spring = described["syncs"]["spring"]
    described["accounts"]["other"] = office.account | {"api_key": "sandbox-low-credits"}
    described["syncs"] = {
        "spring": {**spring, "account": "main"},
        "autumn": {**spring, "account": "other", "source": {**spring["source"], "output": "autumn.csv"}},
    }
    monkeypatch.setattr(office, "describe", lambda: described)
    office.configure()
    assert call("sync", "--all", "--no-wait").exit_code == 0
    described["syncs"]["renamed"] = {**described["syncs"].pop("spring"), "formerly": "spring"}
    posts = office.sandbox.state.requests_to("submit")
    hashes = [hash_token(token) for token in office.tokens()]
    with Inbox.open(office.folder / "ledger.db") as inbox:
        for post, token_hash in zip(posts, hashes, strict=True):
            inbox.put(token_hash, post.accepted or "", "complete", "", 2, 2, datetime.now(UTC))
        with attending(office):
            wait_until(lambda: len(office.messages()) == len(office.messages("autumn.csv")) == 2)
        assert [list(inbox.outcomes(token_hash).values()) for token_hash in hashes] == [["complete"]] * 2
    assert office.posts == 2


def test_it_ends_when_the_receiver_has(office: Office) -> None:
    office.write_leads(1)
    config = load_config(office.configure(), environ={})
    with open_services(config) as services:
        assert not attend(services, select_syncs(config, None), lambda: False)


def test_a_failure_is_told_once_and_waited_for(office: Office, call: Call, caplog: pytest.LogCaptureFixture) -> None:
    office.write_leads(2)
    assert call("sync", "--no-wait").exit_code == 0
    office.account["api_key"] = "sandbox-revoked"
    with attending(office):
        wait_until(lambda: "tried again in 60 s" in caplog.text)
    assert caplog.text.count("tried again in") == 1
    assert "revoked" in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_an_address_that_others_reach_is_refused(office: Office, call: Call, host: str) -> None:
    result = call("serve", "--host", host)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "can be reached from other machines" in result.stderr
    assert "--behind-proxy" in result.stderr


def test_a_name_is_no_address(office: Office, call: Call) -> None:
    assert "no address" in call("serve", "--host", "hooks.example.com").stderr


def test_behind_a_proxy_it_may_listen_everywhere(office: Office) -> None:
    with office.serving("--host", "0.0.0.0", "--behind-proxy") as process:
        assert office.is_ready()
    assert process.returncode == 128 + signal.SIGTERM


def test_a_port_that_is_taken(office: Office, call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", office.port))
        taken.listen()
        result = call("serve", "--port", str(office.port))
    assert result.exit_code == 2
    assert "cannot listen on 127.0.0.1" in result.stderr


def test_without_a_callback_url_it_says_so(office: Office) -> None:
    del office.account["callback_url"]
    office.configure()
    with office.serving():
        pass
    assert "no account has a callback_url" in office.log
