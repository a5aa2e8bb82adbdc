"""Tables and JSON, on a terminal and off it."""

from __future__ import annotations

import io
import json
import sys

import pytest

from upscale_connect.cli.output import is_terminal, note, print_table, say, write_json


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_off_a_terminal_a_table_is_aligned_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "text"), [("山田", "a\nb"), ("Zoë", "[red]x\x1b[2J"), ("e\u0301", "")])
    assert capsys.readouterr().out == "name  text\n山田  a b\nZoë   [red]x\\x1b[2J\ne\u0301\n"


def test_a_table_may_be_empty(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "text"), [])
    assert capsys.readouterr().out == "name  text\n"


def test_on_a_terminal_a_table_is_drawn_and_data_is_not_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    assert is_terminal(terminal)
    print_table(("name", "text"), [("Zoë", "[red]x[/red]")])
    shown = terminal.getvalue()
    assert "[red]x[/red]" in shown
    assert "─" in shown
    assert "\x1b[3" not in shown


def test_results_and_notes_are_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    say("result")
    note("note")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("result\n", "note\n")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_json_loses_nothing_on_any_stream(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="replace"))
    write_json({"text": "Zoë 山田"})
    sys.stdout.flush()
    text = raw.getvalue().decode(encoding)
    assert json.loads(text) == {"schema": 1, "text": "Zoë 山田"}
    assert ("山田" in text) == (encoding == "utf-8")
