"""`doubts`: what a person is told before the decision, and what is asked."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess

    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]
WORDS = ("doubts", "resend", "1", "--may-pay-twice", "1")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def doubtful(call: Call, workspace: Workspace) -> Workspace:
    """Attempt 1 for two leads was accepted, and its answer was lost."""
    workspace.sandbox.faults.add("reset", on="submit", after=True)
    assert call("sync").exit_code == 5
    return workspace


def posts(workspace: Workspace) -> int:
    return len(workspace.sandbox.state.requests_to("submit"))


def request_of(workspace: Workspace, attempt: int) -> str:
    return str(workspace.sandbox.state.requests_to("submit")[attempt - 1].accepted)


def states(workspace: Workspace) -> list[str]:
    with closing(sqlite3.connect(workspace.ledger)) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM attempt ORDER BY id")]


def test_nothing_in_doubt(call: Call, workspace: Workspace) -> None:
    assert call("doubts", "list").stdout == "Nothing is in doubt.\n"
    assert call("doubts", "list", "--json").data == {"schema": 1, "doubts": [], "exit_code": 0}
    missing = call("doubts", "show", "3", "--json")
    assert (missing.exit_code, missing.data["doubt"]) == (2, None)
    assert "no attempt 3" in missing.data["error"]["message"]
    assert not workspace.ledger.exists()


def test_list_and_show_tell_what_is_at_stake(call: Call, doubtful: Workspace) -> None:
    tail = json.loads(doubtful.sandbox.state.requests_to("submit")[0].body or b"")["completion_notification_url"][-8:]
    listed = call("doubts", "list").stdout
    for words in ("attempt 1 of sync spring: in doubt", "up to 4 may have been spent", "upscale-connect doubts show 1"):
        assert words in listed
    shown = call("doubts", "show", "1").stdout
    for words in (
        "'1': Ann1 Lee (Foo), leads.csv:2",
        "campaign 's1'",
        f"ends in {tail}",
        "none comes by itself: the account has no callback_url",
        "upscale-connect doubts attach 1 SECURE_REQUEST_ID",
        "upscale-connect doubts resend 1",
        "all is paid twice",
        "upscale-connect doubts drop 1",
        "up to 4 credits bought nothing",
    ):
        assert words in shown, words
    doubtful.write_config(account="    callback_url: https://hooks.example.com")
    shown = call("doubts", "show", "1").stdout
    assert f"a callback whose address ends in {tail} would settle it" in shown
    assert "the account has a webhook secret" in shown


def test_choices_are_told_as_they_are(call: Call, doubtful: Workspace) -> None:
    """Where more doubt is allowed, nothing waits; where the answer was a yes, paying twice is probable."""
    shown = call("doubts", "show", "1").stdout
    assert "campaign 's1' buys nothing new meanwhile" in shown
    assert "which is probable" not in shown
    doubtful.write_config(hold_above="9, max_in_doubt: 1")
    with closing(sqlite3.connect(doubtful.ledger)) as connection, connection:
        connection.execute("UPDATE attempt SET cause = 'no_request_id'")
    shown = call("doubts", "show", "1").stdout
    assert "wait        costs nothing\n" in shown
    assert "the campaign goes on" not in shown
    assert "if this one was accepted, which is probable, all is paid twice" in shown


def test_what_is_settled_has_nothing_at_stake(call: Call, doubtful: Workspace) -> None:
    call("doubts", "attach", "1", request_of(doubtful, 1))
    shown = call("doubts", "show", "1").stdout
    assert "attempt 1 of sync spring: accepted as request" in shown
    for words in ("may have been spent", "proof", "upscale-connect doubts"):
        assert words not in shown


def test_the_command_to_agree_names_the_configuration(call: Call, doubtful: Workspace) -> None:
    (doubtful.folder / "upscale-connect.yaml").rename(doubtful.folder / "other.yaml")
    refused = call("doubts", "resend", "1", "-c", "other.yaml")
    assert "`upscale-connect -c other.yaml doubts resend 1 --may-pay-twice 1`" in refused.stderr


def test_json_of_list_and_show(call: Call, doubtful: Workspace) -> None:
    (one,) = call("doubts", "list", "--json").data["doubts"]
    assert (one["attempt"], one["sync"], one["state"], one["leads"], one["credits_at_stake"]) == (
        1, "spring", "in_doubt", 2, 4,
    )  # fmt: skip
    shown = call("doubts", "show", "1", "--json").data["doubt"]
    assert shown == {**one, "lead_ids": ["1", "2"], "others": []}
    assert doubtful.sandbox.state.requests_to("submit")[0].size <= one["bytes_sent"]


def test_todo_and_status_name_the_commands(call: Call, doubtful: Workspace) -> None:
    (task,) = call("todo", "--json").data["todo"]
    assert task["command"] == "upscale-connect doubts show 1"
    assert call("status", "--json").data["syncs"][0]["next"] == "upscale-connect doubts list"


def test_attach(call: Call, doubtful: Workspace) -> None:
    request_id = request_of(doubtful, 1)
    wrong = call("doubts", "attach", "1", "not-that-one")
    assert (wrong.exit_code, states(doubtful)) == (3, ["in_doubt"])
    done = call("doubts", "attach", "1", request_id, "--json")
    assert done.data == {
        "schema": 1, "attempt": 1, "sync": "spring", "state": "complete", "secure_request_id": request_id,
        "notes": [], "exit_code": 0,
    }  # fmt: skip
    assert call("collect").exit_code == 0
    assert "[sandbox] Hello Ann1" in doubtful.output.read_text(encoding="utf-8")
    again = call("doubts", "attach", "1", request_id)
    assert again.exit_code == 2
    assert f"not in doubt: it is accepted as request {request_id}" in again.stderr
    assert "attached" in call("explain", "1").stdout


def test_drop(call: Call, doubtful: Workspace) -> None:
    done = call("doubts", "drop", "1")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "next: upscale-connect sync spring")
    assert call("doubts", "list").stdout == "Nothing is in doubt.\n"
    assert "dropped" in call("doubts", "list", "--dropped").stdout
    shown = call("doubts", "show", "1").stdout
    assert "upscale-connect doubts resend 1" in shown
    assert "doubts drop 1" not in shown
    assert call("sync").exit_code == 0
    assert posts(doubtful) == 1
    assert "attempt 1: dropped (by " in call("explain", "1").stdout


@pytest.mark.parametrize("more", [(), ("--may-pay-twice", "2"), ("--json",)])
def test_nothing_is_sent_again_without_consent(call: Call, doubtful: Workspace, more: tuple[str, ...]) -> None:
    result = call("doubts", "resend", "1", *more)
    assert (result.exit_code, posts(doubtful), states(doubtful)) == (2, 1, ["in_doubt"])
    assert "--may-pay-twice 1" in result.stderr


@pytest.mark.parametrize(("typed", "code", "sent"), [("1\n", 0, 2), ("y\n", 2, 1), ("\n", 2, 1), ("12\n", 2, 1)])
def test_consent_is_typed(
    call: Call, doubtful: Workspace, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, sent: int
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    result = call("doubts", "resend", "1")
    assert (result.exit_code, posts(doubtful)) == (code, sent)
    assert "all is paid twice" in result.stdout
    assert "Type 1 to send it again" in result.stderr


def test_sent_again(call: Call, doubtful: Workspace) -> None:
    done = call(*WORDS)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"attempt 2 of sync spring: accepted as request {request_of(doubtful, 2)}",
        "next: upscale-connect collect spring",
    ]
    assert "upscale-connect doubts drop 1" in done.stderr
    assert call("collect", "--wait").exit_code == 5
    shown = call("doubts", "show", "1").stdout
    assert f"attempt 2 for the same leads: accepted as request {request_of(doubtful, 2)}" in shown
    assert "doubts resend 1" not in shown
    twice = call(*WORDS, "--json")
    assert (twice.exit_code, posts(doubtful)) == (2, 2)
    assert "was sent again as attempt 2" in twice.data["error"]["message"]


def test_in_doubt_again(call: Call, doubtful: Workspace) -> None:
    doubtful.sandbox.faults.add("reset", on="submit", after=True)
    result = call(*WORDS)
    assert result.exit_code == 5
    assert "attempt 2 is in doubt as well" in result.stderr
    assert [one["attempt"] for one in call("doubts", "list", "--json").data["doubts"]] == [1, 2]


def test_paid_twice_is_told(call: Call, doubtful: Workspace) -> None:
    call(*WORDS)
    done = call("doubts", "attach", "1", request_of(doubtful, 1))
    assert "paid twice" in done.stderr
    (task,) = call("todo", "--json").data["todo"]
    assert (task["kind"], task["command"]) == ("alarm", "upscale-connect doubts show 1")


def test_two_who_decide_at_once_send_it_once(
    call: Call, doubtful: Workspace, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """One of them gets the lock; the other one finds it held, or the attempt sent again."""
    both = [start(*WORDS), start(*WORDS)]
    codes = sorted(one.wait(30) for one in both)
    assert codes[0] == 0
    assert codes[1] in (2, 4)
    assert posts(doubtful) == 2


def test_killed_while_the_answer_was_awaited(
    call: Call, doubtful: Workspace, start: Callable[..., subprocess.Popen[str]]
) -> None:
    doubtful.sandbox.faults.add("timeout", on="submit", after=True, seconds=30)
    process = start(*WORDS)
    deadline = time.monotonic() + 20
    while posts(doubtful) < 2:
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
    process.kill()
    process.wait()
    assert states(doubtful) == ["in_doubt", "submitting"]
    assert call("sync").exit_code == 5
    assert (states(doubtful), posts(doubtful)) == (["in_doubt", "in_doubt"], 2)
    shown: Any = call("doubts", "show", "2", "--json").data["doubt"]
    assert (shown["cause"], [one["attempt"] for one in shown["others"]]) == ("interrupted", [1])
