"""The rules by which an answer is ours, and complete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from upscale_connect.engine.collect import counts_are_full, is_complete, verify_answer
from upscale_connect.errors import BadAnswerError
from upscale_connect.ledger import OpenAttempt
from upscale_connect.upscale import Retrieved


def make_retrieved(**changes: Any) -> Retrieved:
    fields: dict[str, Any] = {
        "secure_request_id": "id",
        "retrieve_id": None,
        "customer": "c",
        "campaign": "d",
        "leads": (),
        "requested": 5,
        "generated": 4,
        "failed": 1,
        "failed_reason": None,
        "in_progress": None,
        "digest": "now",
    }
    return Retrieved(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "full"),
    [
        ({}, True),
        ({"failed": None}, False),
        ({"generated": 5, "failed": None}, True),
        ({"generated": None}, False),
        ({"requested": None}, False),
        ({"generated": 9}, True),
        ({"requested": 0, "generated": 0, "failed": None}, False),
    ],
)
def test_counts(changes: dict[str, Any], full: bool) -> None:
    """Null is not zero failures; and a server that counts nothing yet is not done."""
    assert counts_are_full(make_retrieved(**changes)) is full


@pytest.mark.parametrize(
    ("present", "changes", "before", "complete"),
    [
        (6, {}, None, True),
        (6, {"requested": None}, None, True),
        (6, {"in_progress": True}, "now", False),
        (5, {}, None, False),
        (5, {}, "other", False),
        (5, {}, "now", True),
        (5, {"generated": 3}, "now", False),
        (5, {"generated": None, "in_progress": False}, "now", True),
        (5, {"generated": None, "in_progress": False}, "other", False),
    ],
)
def test_completion(present: int, changes: dict[str, Any], before: str | None, complete: bool) -> None:
    assert is_complete(make_retrieved(**changes), present, 6, before) is complete


def make_attempt() -> OpenAttempt:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return OpenAttempt(1, 1, "main", "id", "c", "d", 1, ("connection_request",), 1, 0, now, now + timedelta(1), None)


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize("changes", [{"customer": "x"}, {"campaign": "x"}, {"customer": None}, {"campaign": None}])
def test_echo_that_is_not_ours(changes: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError):
        verify_answer(make_attempt(), make_retrieved(**changes))


def test_answer_in_progress_may_name_nobody() -> None:
    verify_answer(make_attempt(), make_retrieved(customer=None, campaign=None, in_progress=True))
    with pytest.raises(BadAnswerError):
        verify_answer(make_attempt(), make_retrieved(customer="x", campaign=None, in_progress=True))
