"""`adopt`: what the sinks show of a lost ledger, and nothing without a person's word."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.cli.test_regenerate import Terminal, posts
from upscale_connect.cli.interruption import Interruption

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]


@pytest.fixture
def lost(call: Call, workspace: Workspace) -> Workspace:
    """Two leads were bought; the output is there, the ledger is not."""
    assert call("sync", "--wait").exit_code == 0
    for path in workspace.folder.glob("upscale-connect.db*"):
        path.unlink()
    return workspace


def purchases(call: Call) -> int:
    return sum(sum(sync["messages"].values()) for sync in call("status", "--json").data["syncs"])


def test_from_the_loss_to_the_next_run(call: Call, lost: Workspace) -> None:
    held = call("sync", "--wait", "--json")
    assert (held.exit_code, held.data["syncs"][0]["records"]["held"]) == (6, 2)
    (need,) = held.data["needs_person"]
    assert (need["count"], need["command"]) == (2, "upscale-connect adopt spring")
    (task,) = call("todo", "--json").data["todo"]
    assert (task["kind"], task["command"]) == ("unadopted", "upscale-connect adopt spring")
    assert task["what"] == "2 leads that a sink shows as bought, such as leads.csv:2: lead '1'"
    assert "held: receipt = 'uc-" in call("explain", "1").stdout
    assert "next        upscale-connect adopt spring" in call("status").stdout
    assert "2 held" in call("plan").stdout
    adopted = call("adopt", "--yes")
    assert adopted.exit_code == 0
    assert "spring: 2 leads with 4 messages count as bought now" in adopted.stdout
    assert "cannot be told from the original" in adopted.stdout
    done = call("sync", "--wait", "--json")
    assert (done.exit_code, done.data["needs_person"], posts(lost)) == (0, [], 1)
    assert call("todo").stdout == "Nothing waits for you.\n"
    story = call("explain", "1").stdout
    assert "connection_request: message 1 adopted, as a sink showed it with receipt uc-" in story
    assert "adopted: connection_request, first_follow_up with receipt uc-" in story


def test_dry_run_writes_nothing(call: Call, lost: Workspace) -> None:
    result = call("adopt", "spring", "--dry-run", "--json")
    assert result.data == {
        "schema": 1, "sync": "spring", "dry_run": True, "adopted": False, "leads": 2, "messages": 4, "missing": 0,
        "sinks": {"back": 2}, "refused": [], "exit_code": 0,
    }  # fmt: skip
    assert not lost.ledger.exists()
    text = call("adopt", "--dry-run")
    assert text.exit_code == 0
    assert "together  2 with 4 messages" in text.stdout
    assert text.stdout.endswith("nothing was changed; next: upscale-connect adopt spring\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_nothing_without_consent(call: Call, lost: Workspace, options: list[str]) -> None:
    refused = call("adopt", *options)
    assert refused.exit_code == 2
    assert "nothing was taken over: nobody agreed to it" in refused.stderr
    assert "--yes agrees to: spring: take over 4 messages of 2 leads as bought" in refused.stderr
    assert purchases(call) == 0


@pytest.mark.parametrize(("typed", "code", "taken"), [("y\n", 0, 4), ("\n", 2, 0)])
def test_consent_is_asked_for(
    call: Call, lost: Workspace, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, taken: int
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    result = call("adopt")
    assert result.exit_code == code
    assert "take over 4 messages of 2 leads as bought, so that they are not bought again? [y/N]" in result.stderr
    assert purchases(call) == taken


def test_nothing_to_take_over(call: Call, workspace: Workspace) -> None:
    result = call("adopt")
    assert (result.exit_code, result.stdout) == (0, "spring: the sinks show nothing that this ledger does not know\n")


def test_what_is_not_taken_over_is_told(call: Call, lost: Workspace, rows: Any) -> None:
    lost.write_leads(*rows(1), "2,Eve,Lee,Foo Ltd,https://www.linkedin.com/in/eve")
    result = call("adopt", "--yes", "--json")
    assert result.exit_code == 6
    (refused,) = result.data["refused"]
    assert (refused["place"], refused["lead_id"]) == ("leads.csv:3", "2")
    assert "it was bought for li:in:ann-2, but the row now names li:in:eve" in refused["why"]
    text = call("adopt", "--yes")
    assert text.exit_code == 6
    assert "1 leads are not taken over, and stay held:\n  leads.csv:3: lead '2'\n" in text.stdout


def test_missing_messages(call: Call, lost: Workspace) -> None:
    lost.write_config(messages="[connection_request, first_follow_up, share_material]")
    result = call("adopt", "--yes")
    assert "2 messages that are wanted are not shown: perhaps paid, or never requested." in result.stdout
    assert "upscale-connect retry spring shows its price" in result.stdout
    assert call("sync", "--wait").exit_code == 0
    shown = call("todo")
    assert "For information: adopted without a text" in shown.stdout
    assert "none was paid" not in shown.stdout
    price = call("retry").stderr
    assert "(2 of them were adopted, and may have been paid for before): not bought again" in price
    assert posts(lost) == 1


def test_unclear_name(call: Call, workspace: Workspace) -> None:
    assert "no sync is called 'autumn'" in call("adopt", "autumn").stderr
    path = workspace.folder / "upscale-connect.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.partition("syncs:\n")[2].replace("spring", "summer"), encoding="utf-8")
    assert call("adopt").exit_code == 2
    assert "'s*' means 2 syncs" in call("adopt", "s*").stderr


class Stopped(Interruption):
    """As if a signal came as soon as it could."""

    def __enter__(self) -> Self:
        self.stop.set()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def exit_code(self) -> int | None:
        return 130 if self.stop.is_set() else None


def test_signal_ends_it_in_order(call: Call, lost: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("upscale_connect.cli.adopt.Interruption", Stopped)
        result = call("adopt", "--yes")
    assert result.exit_code == 130
    assert "go on with `upscale-connect adopt spring`" in result.stderr
    assert purchases(call) == 0
    assert call("adopt", "--yes").exit_code == 0
    assert purchases(call) == 4
