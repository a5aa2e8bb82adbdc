"""What is drawn is spread over a run, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from random import Random

from upscale_connect.proof.disturbances import FAULTS, Disturbance, Kill, Timeline
from upscale_connect.sandbox import Fault

TIMELINE = Timeline({"start": 0.0, "ledger": 0.5, 1: 0.6, 2: 0.8, 3: 0.9}, 1.0)
GAPS = {"start": 0.5, "ledger": 0.1, 1: 0.2, 2: 0.1, 3: 0.1}


def draw(seed: int, done: int = 0) -> list[Disturbance]:
    random = Random(seed)
    return [TIMELINE.draw(random, done) for _ in range(500)]


def test_kills_fall_everywhere_and_most_often_where_it_is_busy() -> None:
    drawn = draw(1)
    kills = [one.kill for one in drawn if one.kill]
    assert all(0 <= kill.delay <= GAPS[kill.mark] + 1e-9 for kill in kills)
    marks = Counter(kill.mark for kill in kills)
    assert marks.keys() == GAPS.keys()
    assert marks["start"] < marks["ledger"] < marks[1] + marks[2] + marks[3]
    assert {one.fault for one in drawn} - {None} == set(FAULTS)
    assert all(one.kill or one.fault for one in drawn)


def test_a_seed_says_it_all() -> None:
    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_a_later_run_is_killed_at_a_request_that_it_may_make() -> None:
    assert {one.kill.mark for one in draw(1, done=2) if one.kill} == {"start", "ledger", 1}
    assert {one.kill.mark for one in draw(1, done=9) if one.kill} == {"start", "ledger", 1}


def test_no_fault_harms_by_itself() -> None:
    """What the API says wrongly of the right request, or what needs a person, proves nothing."""
    kinds = {fault.kind for fault in FAULTS}
    assert not kinds & {"swap_messages", "conflicting_lead", "revoke_key", "drop_credits", "redirect", "over_length"}


def test_a_disturbance_can_be_read() -> None:
    kill, fault = Kill(3, 0.25), Fault("reset", "submit", after=True)
    assert str(Disturbance(kill, None)) == "killed 0.250 s after request 3"
    assert str(Disturbance(Kill("ledger", 0), fault)) == (
        "reset of a submit that was accepted and killed 0.000 s after the ledger was touched"
    )
    assert str(Disturbance(None, Fault("slow", "retrieve"))) == "slow of a retrieve"
