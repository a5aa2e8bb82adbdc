"""Histories of the money protocol, each played to its end. A scenario returns the books; what it asserts is the play's
course, never a property: properties are judged by the books alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from tests.protocol.callbacks import (
    FORGED,
    callback_before_the_answer,
    callback_before_the_answer_is_lost,
    callback_duplicated,
    callback_ends_a_doubt,
    callback_forged,
    callback_forged_on_a_leaked_address,
    callback_lost,
    callback_repeated_until_taken,
    callbacks_crossed,
    listener_dies_after_its_answer,
)
from upscale_connect.engine import doubts

if TYPE_CHECKING:
    from tests.protocol.books import Books
    from tests.protocol.scene import Scene

    Scenario: TypeAlias = Callable[[Scene], Books]


def plain(scene: Scene) -> Books:
    scene.want(1, 2)
    scene.run()
    scene.settle()
    return scene.books()


# The answer.


def answer_lost_after_acceptance(scene: Scene) -> Books:
    scene.doubt(1, 2)
    scene.settle()
    return scene.books()


def answer_lost_before_acceptance(scene: Scene) -> Books:
    scene.doubt(1, 2, paid=False)
    scene.settle()
    return scene.books()


def answer_cut(scene: Scene) -> Books:
    scene.want(1, 2)
    scene.world.sandbox.faults.add("truncate", on="submit")
    scene.run()
    scene.settle()
    return scene.books()


def answer_5xx(scene: Scene, *, paid: bool) -> Books:
    scene.want(1, 2)
    scene.world.sandbox.faults.add("http_error", on="submit", status=502, after=paid)
    scene.run()
    scene.settle()
    return scene.books()


def refused(scene: Scene) -> Books:
    scene.want(1, 2)
    scene.world.sandbox.faults.add("http_error", on="submit", status=400, times=None)
    scene.run()
    scene.run()
    return scene.books()


def rate_limited(scene: Scene) -> Books:
    scene.want(1, 2)
    scene.world.sandbox.faults.add("rate_limit", on="submit", retry_after=3)
    scene.run()
    scene.settle()
    return scene.books()


def never_sent(scene: Scene) -> Books:
    scene.want(1, 2)
    scene.world.sandbox.close()
    scene.run()
    scene.world.sandbox.start()
    scene.settle()
    return scene.books()


def unfinished(scene: Scene) -> Books:
    """The messages are made one by one, and asked for before they are all there."""
    scene.world.sandbox.faults.set(delay=60)
    scene.want(1, 2)
    scene.run()
    scene.run()
    scene.world.clock.advance(30)
    scene.run()
    scene.settle()
    return scene.books()


# A kill.


def killed(scene: Scene, moment: str) -> Books:
    scene.want(1, 2, 3)
    scene.kill(moment)
    scene.run()
    scene.run()
    assert moment not in scene.moments.acts, f"{moment} never came"
    scene.settle()
    return scene.books()


def killed_at_a_commit(scene: Scene, number: int) -> Books:
    """Between two commits of a run that buys and one that collects. Every callback is repeated until it is taken."""
    scene.listen()
    scene.want(1, 2)
    begun = scene.moments.commits
    scene.kill(f"commit {begun + number}")
    scene.run()
    scene.run()
    scene.moments.acts.clear()
    scene.run()
    scene.notify_until_taken()
    scene.settle()
    return scene.books()


# Two runs.


def two_runs(scene: Scene, moment: str) -> Books:
    """A second run of the same sync, while the first is at its most delicate."""
    scene.want(1, 2)
    scene.moments.acts[moment] = scene.run
    scene.run()
    assert moment not in scene.moments.acts, f"{moment} never came"
    scene.settle()
    return scene.books()


# A person.


def dropped(scene: Scene) -> Books:
    scene.doubt(1, 2)
    assert scene.decide(doubts.drop, 1)
    scene.settle()
    return scene.books()


def callback_after_the_drop(scene: Scene) -> Books:
    scene.listen()
    scene.doubt(1, 2)
    assert scene.decide(doubts.drop, 1)
    scene.run()
    scene.notify(1)
    scene.settle()
    return scene.books()


def attached(scene: Scene) -> Books:
    scene.doubt(1, 2)
    assert scene.decide(doubts.attach, 1, scene.request_of(1))
    scene.settle()
    return scene.books()


def attached_to_another_request(scene: Scene) -> Books:
    scene.world.config["accounts"]["main"]["batch_size"] = 1
    scene.doubt(1, 2)
    scene.decide(doubts.attach, 1, scene.request_of(2))
    scene.decide(doubts.attach, 1, FORGED)
    scene.settle()
    return scene.books()


def sent_again(scene: Scene) -> Books:
    """Both requests are accepted: paid twice, by consent. A late callback of the first changes nothing in the sink."""
    scene.listen()
    scene.doubt(1, 2)
    assert scene.decide(doubts.resend, 1)
    scene.settle()
    scene.notify(1)
    scene.settle()
    return scene.books()


def sent_again_and_lost_again(scene: Scene) -> Books:
    """One consent is one request: the first attempt cannot be sent a third time."""
    scene.doubt(1, 2)
    scene.lose_answer()
    scene.decide(doubts.resend, 1)
    assert not scene.decide(doubts.resend, 1)
    scene.settle()
    return scene.books()


def sent_again_and_killed(scene: Scene) -> Books:
    scene.doubt(1, 2)
    scene.kill("before mark_accepted")
    scene.decide(doubts.resend, 1)
    scene.settle()
    return scene.books()


def sent_again_and_refused(scene: Scene) -> Books:
    """The credits do not suffice for a second request. Then the callback of the first one comes: it had been paid."""
    scene.listen()
    scene.doubt(1, 2)
    scene.world.sandbox.faults.add("drop_credits", on="submit")
    assert not scene.decide(doubts.resend, 1)
    scene.run()
    scene.notify(1)
    scene.settle()
    return scene.books()


def decided_with_the_proof_at_hand(scene: Scene) -> Books:
    """The callback is in the inbox and no run has used it yet, when a person wants to pay again."""
    scene.listen()
    scene.doubt(1, 2)
    assert scene.notify(1) == 200
    scene.decide(doubts.resend, 1)
    scene.settle()
    return scene.books()


MOMENTS = (
    "after prepare",
    "before mark_submitting",
    "after mark_submitting",
    "after post",
    "before mark_accepted",
    "after mark_accepted",
    "before complete",
    "after complete",
    "before mark_unknown",
    "write",
    "before store_results",
    "after store_results",
)

_PLAYS: tuple[Scenario, ...] = (
    plain,
    answer_lost_after_acceptance,
    answer_lost_before_acceptance,
    answer_cut,
    refused,
    rate_limited,
    never_sent,
    unfinished,
    dropped,
    attached,
    attached_to_another_request,
    sent_again_and_lost_again,
    sent_again_and_killed,
)
_CALLED: tuple[Scenario, ...] = (
    callback_ends_a_doubt,
    callback_lost,
    callback_before_the_answer_is_lost,
    callback_before_the_answer,
    listener_dies_after_its_answer,
    callback_repeated_until_taken,
    callback_duplicated,
    callback_forged,
    callback_forged_on_a_leaked_address,
    callbacks_crossed,
    callback_after_the_drop,
    sent_again,
    sent_again_and_refused,
    decided_with_the_proof_at_hand,
)

#: Name → scenario, where callbacks come.
CALLED: dict[str, Scenario] = {play.__name__: play for play in _CALLED}

#: Name → scenario, all of them.
SCENARIOS: dict[str, Scenario] = {
    **{play.__name__: play for play in _PLAYS},
    **CALLED,
    "answer_5xx_after_acceptance": partial(answer_5xx, paid=True),
    "answer_5xx_before_acceptance": partial(answer_5xx, paid=False),
    **{f"killed {moment}": partial(killed, moment=moment) for moment in MOMENTS},
    **{f"two runs {moment}": partial(two_runs, moment=moment) for moment in MOMENTS[:6]},
}
