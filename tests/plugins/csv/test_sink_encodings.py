"""Texts that the encoding of the sink's file cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.csv.sink_bench import Bench, delivery


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


def test_a_text_that_the_encoding_cannot_hold_fails_alone(bench: Bench) -> None:
    wave = delivery("2", "Hi \U0001f44b")
    results = list(bench.sink(encoding="cp1252").write([delivery("1", "Zoë"), wave, delivery("3")]))
    assert [(result.outcome, result.retry) for result in results] == [
        ("written", False),
        ("failed", False),
        ("written", False),
    ]
    assert results[1].why == (
        "delivered.csv is in cp1252, which cannot hold the \U0001f44b (U+1F44B) of its 'outreach_message'"
    )
    assert b",Zo\xeb," in bench.path.read_bytes()
    assert bench.path.read_bytes().count(b"\n") == 3


def test_a_text_that_the_encoding_cannot_hold_is_told_before_it_is_delivered(bench: Bench) -> None:
    sink = bench.sink(encoding="cp1252")
    assert sink.find_fault("connection_request", "Zoë") == ""
    told = "delivered.csv is in cp1252, which cannot hold the \U0001f44b (U+1F44B)"
    assert sink.find_fault("connection_request", "Hi \U0001f44b") == told
    assert bench.sink().find_fault("connection_request", "=1 \U0001f44b") == ""


def test_half_a_character_is_held_by_no_encoding(bench: Bench) -> None:
    (result,) = bench.sink().write([delivery("1", "Hi \ud83d")])
    assert (result.outcome, "cannot hold the (U+D83D)" in result.why) == ("failed", True)
    assert not bench.path.exists()


def test_check_warns_of_an_encoding_that_cannot_hold_every_message(bench: Bench) -> None:
    found, _ = bench.sink(encoding="cp1252").check()
    assert (found.level, "delivered.csv is in cp1252, which cannot hold every message" in found.message) == (
        "warning",
        True,
    )
    assert "`encoding: utf-8`" in found.hint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_in_a_chosen_encoding_is_read_again(bench: Bench, encoding: str) -> None:
    bench.write(delivery("1", "Zoë"), encoding=encoding)
    assert bench.path.read_bytes().decode(encoding).startswith("automation_tool_customer_id,")
    assert bench.write(delivery("1", "Zoë"), delivery("2"), encoding=encoding) == ["unchanged", "written"]
    assert bench.path.read_bytes().decode(encoding).count("Zoë") == 1
