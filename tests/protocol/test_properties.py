"""Every property of the model holds in every scenario; what cannot be delivered is shown, and asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.protocol.books import Books
    from tests.protocol.scene import Scene

#: Where the messages cannot be delivered, for how many leads. Everywhere else all leads have theirs.
NOT_DELIVERED = {
    "answer_lost_after_acceptance": 2,
    "answer_lost_before_acceptance": 2,
    "answer_cut": 2,
    "answer_5xx_after_acceptance": 2,
    "answer_5xx_before_acceptance": 2,
    "refused": 2,
    "dropped": 2,
    "attached_to_another_request": 2,
    "sent_again_and_lost_again": 2,
    "callback_lost": 2,
    "callback_forged": 2,
    "killed after mark_submitting": 2,
    "killed after post": 2,
}
#: A run that buys and one that collects have no more commits than this.
COMMITS = 60


def check(scene: Scene, books: Books, not_delivered: int = 0) -> None:
    assert books.violations() == set()
    assert len(set(books.wanted) - books.delivered) == not_delivered
    assert (scene.world.exit_code == 5) == bool(books.open), "what is in doubt is shown by every run"
    scene.world.check_books()


@pytest.mark.promise(row="A3")
@pytest.mark.promise(row="E2")
def test_every_property_holds(play: Callable[[], Scene], plays: Any, scenario: str) -> None:
    scene = play()
    check(scene, plays.SCENARIOS[scenario](scene), NOT_DELIVERED.get(scenario, 0))


@pytest.mark.promise(row="A3")
def test_paid_again_by_consent(play: Callable[[], Scene], plays: Any) -> None:
    """The one way to pay twice."""
    books = plays.sent_again(play())
    assert books.paid == {"lead_001": 2, "lead_002": 2}
    assert books.agreed == {"lead_001": 1, "lead_002": 1}


@pytest.mark.promise(row="A3")
def test_nobody_is_asked_to_pay_where_the_proof_is_at_hand(play: Callable[[], Scene], plays: Any) -> None:
    books = plays.decided_with_the_proof_at_hand(play())
    assert books.paid == {"lead_001": 1, "lead_002": 1}
    assert not books.agreed


@pytest.mark.promise(row="A1")
@pytest.mark.parametrize("number", range(1, COMMITS, 4))
def test_killed_at_a_commit(play: Callable[[], Scene], plays: Any, number: int) -> None:
    """Where callbacks are repeated until they are taken, no kill leaves a doubt about what was paid."""
    scene = play()
    books = plays.killed_at_a_commit(scene, number)
    assert not [lead for lead in books.open if books.paid[lead]]
    check(scene, books, 2 if books.open else 0)


def test_no_commit_is_left_out(play: Callable[[], Scene]) -> None:
    scene = play()
    scene.listen()
    scene.want(1, 2)
    begun = scene.moments.commits
    scene.run()
    scene.run()
    assert len(scene.world.notes.written) == 2
    assert scene.moments.commits - begun <= COMMITS
