"""The page that says what is done about each open question of the API reference."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", (ROOT / "docs/api.md").read_text("utf-8"), re.MULTILINE)
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE)
}


def test_all_42_questions_are_answered() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 43))
    assert all(question and answer for _, question, answer, _ in ROWS)


def test_every_answer_is_held_by_tests_that_exist() -> None:
    named = {row[0]: re.findall(r"`(\w+)`", row[3]) for row in ROWS}
    assert {number: set(names) - TESTS for number, names in named.items() if not names or set(names) - TESTS} == {}
