"""`review walk`: one message after the other, a key for each decision, and nothing lost however it ends."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]


@pytest.fixture
def waiting(call: Call, workspace: Workspace) -> Workspace:
    """Two messages of each of two leads that wait."""
    path = workspace.folder / "upscale-connect.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    limits:", "    review: required\n    limits:"), encoding="utf-8")
    assert call("sync", "--wait").exit_code == 6
    return workspace


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch, call: Call) -> Callable[..., Result]:
    """`press("a", "r", "bad tone")` walks: keys and answers come in their order; an exception is raised."""

    def walk(*given: object) -> Result:
        answers = iter(given)

        def answer(*_: object, **__: object) -> Any:
            found = next(answers)
            if isinstance(found, BaseException):
                raise found
            return found() if callable(found) else found

        for name in ("click.getchar", "click.prompt", "click.confirm", "click.edit"):
            monkeypatch.setattr(name, answer)
        monkeypatch.setattr("upscale_connect.cli.review_walk.is_terminal", lambda stream: True)
        result = call("review", "walk")
        assert next(answers, None) is None, "every key was asked for"
        return result

    return walk


def states(call: Call) -> list[str]:
    return [call("review", "show", str(number), "--json").data["message"]["review"] for number in range(1, 5)]


def test_it_needs_a_terminal(call: Call, waiting: Workspace) -> None:
    result = call("review", "walk")
    assert result.exit_code == 2
    assert "this needs a terminal" in result.stderr


def test_nothing_waits(press: Callable[..., Result], workspace: Workspace) -> None:
    assert press().stdout == "No message waits for you.\n"


def test_each_decision(press: Callable[..., Result], call: Call, waiting: Workspace) -> None:
    result = press("a", "e", "A text for Ann1, by hand.", "r", "bad tone", "s")
    assert result.exit_code == 0
    assert states(call) == ["approved", "approved", "rejected", "held"]
    assert "---- 4 of 4: 1 approved, 1 edited, 1 rejected ----" in result.stdout
    assert result.stdout.endswith("1 approved, 1 edited, 1 rejected; 1 left\nnext: upscale-connect collect spring\n")
    call("collect")
    assert "A text for Ann1, by hand." in waiting.output.read_text(encoding="utf-8")
    assert len(waiting.sandbox.state.requests_to("submit")) == 1, "rejecting buys nothing"


def test_going_back(press: Callable[..., Result], call: Call, waiting: Workspace) -> None:
    result = press("r", "no", "b", "a", "b", "b", "b", "s", "q")
    assert "said        rejected by" in result.stdout
    assert states(call) == ["approved", "held", "held", "held"]
    assert "1 approved; 3 left" in result.stdout


def test_keys_that_mean_nothing_decide_nothing(press: Callable[..., Result], call: Call, waiting: Workspace) -> None:
    result = press("?", "x", "aaaa", "\x1b[C", "A", "\r", "q")
    assert "never contact this person" in result.stdout
    assert states(call) == ["approved", "held", "held", "held"], "A is a, Enter is s"


@pytest.mark.promise(row="L4")
@pytest.mark.parametrize("end", [KeyboardInterrupt(), EOFError(), "q"])
def test_whatever_ends_it_keeps_what_was_decided(
    press: Callable[..., Result], call: Call, waiting: Workspace, end: object
) -> None:
    result = press("a", end)
    assert result.exit_code == (130 if isinstance(end, KeyboardInterrupt) else 0)
    assert "1 approved; 3 left\nnext: upscale-connect collect spring" in result.stdout
    assert states(call)[0] == "approved"


def test_a_new_text_costs_and_is_asked(press: Callable[..., Result], call: Call, waiting: Workspace) -> None:
    result = press("n", False, "n", True, "q")
    assert "1 asked anew; 3 left\nnext: upscale-connect sync spring" in result.stdout
    assert call("sync", "--wait").exit_code == 6
    assert [len(one.json()["lead_data"]) for one in waiting.sandbox.state.requests_to("submit")] == [2, 1]
    held = call("review", "list", "--json").data["messages"]
    assert [one["id"] for one in held] == [2, 3, 4, 5], "the new one waits instead of the old one"


def test_a_new_text_that_cannot_be_bought(press: Callable[..., Result], call: Call, waiting: Workspace) -> None:
    result = press("n", True, "b", "n", "q")
    assert "is not bought again: it is on its way" in result.stderr


def test_a_person_who_is_not_to_be_contacted(press: Callable[..., Result], call: Call, waiting: Workspace) -> None:
    result = press("d", False, "d", True, "asked", "b", "s", "s", "s")
    assert "2 suppressed; 2 left" in result.stdout
    assert states(call) == ["rejected", "rejected", "held", "held"]
    (entry,) = call("suppress", "list", "--json").data["entries"]
    assert (entry["value"], entry["reason"]) == ("https://www.linkedin.com/in/ann-1", "asked")
    assert len(call("review", "list", "--json").data["messages"]) == 2, "nobody is nagged about the person any more"
    call("review", "approve", "1", "2", "3", "4")
    call("sync")
    first, second = waiting.output.read_text(encoding="utf-8").splitlines()[1:]
    assert ("suppressed" in first, "[sandbox]" in first, "[sandbox]" in second) == (True, False, True)


def test_all_that_are_clean_at_once(press: Callable[..., Result], call: Call, waiting: Workspace) -> None:
    with contextlib.closing(sqlite3.connect(waiting.ledger, isolation_level=None)) as db:
        db.execute("INSERT INTO finding VALUES (3, 'greeting', 'it greets Bob')")
    result = press("c", False, "r", "no", "c", True, "c", "b", "s", "q")
    assert states(call) == ["rejected", "approved", "held", "approved"], "what was decided, or is odd, is left alone"
    assert "approved: 2\n\n---- 3 of 4: 1 rejected, 2 approved ----" in result.stdout
    assert "something is odd about each of those that are left" in result.stderr


def test_a_question_that_is_not_answered_changes_nothing(
    press: Callable[..., Result], call: Call, waiting: Workspace
) -> None:
    import click

    assert press("r", click.Abort(), "e", None, "q").exit_code == 0
    assert states(call) == ["held"] * 4


@pytest.mark.promise(row="L4")
def test_a_text_that_changed_meanwhile_is_shown_again(
    press: Callable[..., Result], call: Call, waiting: Workspace
) -> None:
    """A colleague writes another text while the person still looks at the first one."""

    def write() -> str:
        with Ledger.open(waiting.ledger) as ledger:
            found = ledger.find_message(1)
            ledger.add_version(1, "A colleague's text.", found.hash, "bob", "review", datetime.now(UTC))
        return "r"

    result = press(write, "why not", "q")
    assert "has another text than the one that was seen" in result.stderr
    assert "text        A colleague's text." in result.stdout
    assert states(call)[0] == "approved", "by the colleague"


def test_an_edit_that_is_too_long_stays_on_the_screen(press: Callable[..., Result], waiting: Workspace) -> None:
    result = press("e", "x" * 250, "e", "Short enough, Ann1.", "q")
    assert "250 of 200: 50 too many" in result.stdout
    assert "---- 2 of 4: 1 edited ----" in result.stdout


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    pty = pytest.importorskip("pty")
    ends: tuple[int, int] = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
def test_in_a_real_terminal(call: Call, waiting: Workspace, terminal: tuple[int, int]) -> None:
    """Ctrl-C at the second message: the first is decided, and the terminal is as it was."""
    import select
    import subprocess
    import termios

    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen(
        [sys.executable, "-m", "upscale_connect", "review", "walk"], stdin=theirs, stdout=theirs, stderr=theirs
    )
    try:
        seen = b""
        for key, number in ((b"a", 1), (b"\x03", 2)):
            while seen.count(b"[q]uit [?]") < number:
                assert select.select([ours], [], [], 20)[0], seen
                seen += os.read(ours, 65536)
            _wait_until_raw(ours)
            os.write(ours, key)
        assert process.wait(timeout=20) == 130
    finally:
        process.kill()
        process.wait()
    assert states(call) == ["approved", "held", "held", "held"]
    assert termios.tcgetattr(theirs) == before


def _wait_until_raw(terminal: int) -> None:
    """Until it takes single keys: what is typed earlier is thrown away, so that no paste decides anything."""
    import termios
    import time

    end = time.monotonic() + 10
    while termios.tcgetattr(terminal)[3] & termios.ICANON:
        assert time.monotonic() < end
        time.sleep(0.005)
