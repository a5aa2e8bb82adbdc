"""Histories in which callbacks come, late, twice, crossed, forged or never."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.protocol.books import Books
    from tests.protocol.scene import Scene

#: A callback address that a stranger could guess, if addresses were made so.
GUESSED = "A" * 43
#: An id that nobody got.
FORGED = "00000000-dead-4000-8000-000000000000"


def callback_ends_a_doubt(scene: Scene) -> Books:
    scene.listen()
    scene.doubt(1, 2)
    assert scene.notify(1) == 200
    scene.settle()
    return scene.books()


def callback_lost(scene: Scene) -> Books:
    scene.listen()
    scene.doubt(1, 2)
    scene.hang_up()
    assert scene.notify(1) == 0
    scene.settle()
    return scene.books()


def callback_before_the_answer_is_lost(scene: Scene) -> Books:
    scene.listen()
    scene.moments.acts["before mark_in_doubt"] = lambda: scene.notify(1)
    scene.doubt(1, 2)
    scene.settle()
    return scene.books()


def callback_before_the_answer(scene: Scene) -> Books:
    scene.listen()
    scene.moments.acts["after post"] = lambda: scene.notify(1)
    scene.want(1, 2)
    scene.settle()
    return scene.books()


def listener_dies_after_its_answer(scene: Scene) -> Books:
    scene.listen()
    scene.doubt(1, 2)
    assert scene.notify(1) == 200
    scene.hang_up()
    scene.listen()
    scene.settle()
    return scene.books()


def callback_repeated_until_taken(scene: Scene) -> Books:
    scene.listen()
    scene.doubt(1, 2)
    scene.hang_up()
    assert scene.notify(1) == 0
    scene.listen()
    scene.notify_until_taken()
    scene.settle()
    return scene.books()


def callback_duplicated(scene: Scene) -> Books:
    scene.listen()
    scene.doubt(1, 2)
    for _ in range(3):
        scene.notify(1)
    scene.run()
    scene.notify(1)
    scene.settle()
    return scene.books()


def callback_forged(scene: Scene) -> Books:
    """By a stranger who knows no token."""
    scene.listen()
    scene.doubt(1, 2)
    scene.notify(1, names=FORGED, url=f"{scene.world.config['accounts']['main']['callback_url']}/callbacks/{GUESSED}")
    scene.settle()
    return scene.books()


def callback_forged_on_a_leaked_address(scene: Scene) -> Books:
    """The lie comes first; the truth still counts after it."""
    scene.listen()
    scene.doubt(1, 2)
    scene.notify(1, names=FORGED)
    scene.run()
    scene.notify(1)
    scene.settle()
    return scene.books()


def callbacks_crossed(scene: Scene) -> Books:
    """Two doubts; each leaked address names the true request of the other batch. Then the true callbacks come."""
    scene.world.config["accounts"]["main"]["batch_size"] = 1
    scene.listen()
    scene.doubt(1, 2)
    scene.notify(1, names=scene.request_of(2))
    scene.run()
    scene.notify(2, names=scene.request_of(1))
    scene.run()
    scene.notify(1)
    scene.notify(2)
    scene.settle()
    return scene.books()
