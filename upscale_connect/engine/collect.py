"""From accepted requests to messages: ask, verify, and store what is complete. Never buys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import BadAnswerError, NotFoundError, UnreachableError
from ..ledger import OVERDUE_AFTER, Counts, OpenAttempt
from .run import Upkeep

if TYPE_CHECKING:
    from ..upscale import Retrieved, UpscaleClient

#: A request that is open for more than 24 h is asked for this often, for 7 days.
OVERDUE_PAUSE = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=7)
REST_PAUSE = timedelta(days=1)


class Collector:
    """Asks for the open requests of the syncs `sync_ids`: the run's own, and those of syncs that it looks after."""

    def __init__(self, run: Upkeep) -> None:
        self._run = run
        self.sync_ids = [run.sync_id]
        self._clients: dict[str, UpscaleClient | None] = {}

    def collect(self, *, all_of_them: bool) -> int:
        """Ask for each open request that is due (or for all but overdue ones), and store those that are complete.

        Returns how many became complete. What the API does not answer now is asked for again later; a key that
        it refuses is raised.
        """
        run, complete = self._run, 0
        # What could not be answered is postponed: so it never keeps the others from being asked for.
        attempts = sorted(self._open_attempts(), key=lambda one: one[0].next_poll_at)
        for number, (attempt, client) in enumerate(attempts, 1):
            if run.stop.is_set():
                break
            is_young = run.now() - attempt.accepted_at <= OVERDUE_AFTER
            if not (all_of_them and is_young) and not self._is_due(attempt):
                continue
            try:
                complete += self._ask(attempt, client)
            except UnreachableError as error:
                self._postpone(attempt)
                run.result.unreachable = True
                run.note(f"{error.message}; it is asked again later, nothing is lost")
                break
            except (BadAnswerError, NotFoundError) as error:
                self._postpone(attempt)
                run.result.unreachable = True
                run.note(f"request {attempt.secure_request_id}: {error.message}")
            if all_of_them:
                run.progress.update(run.result.name, "collecting", number, len(attempts))
        return complete

    def next_due(self) -> datetime | None:
        """When the next request is due; None if none is open."""
        return min((attempt.next_poll_at for attempt, _ in self._open_attempts()), default=None)

    def _open_attempts(self) -> list[tuple[OpenAttempt, UpscaleClient]]:
        """Those that can be asked for, each with the client of its account: a sync may have had another before."""
        run, found = self._run, []
        for attempt in (one for sync_id in self.sync_ids for one in run.ledger.open_attempts(sync_id)):
            name = attempt.account
            if name not in self._clients:
                self._clients[name] = run.client_of(name)
                if self._clients[name] is None:
                    run.note(f"messages bought with account {name!r} cannot be fetched: it is not in the configuration")
            if (client := self._clients[name]) is not None:
                found.append((attempt, client))
        return found

    def _is_due(self, attempt: OpenAttempt) -> bool:
        """A pause that is longer than any at this age was noted before the clock was put back: it is over."""
        now = self._run.now()
        return not timedelta() < attempt.next_poll_at - now <= self._longest_pause(now - attempt.accepted_at)

    def _longest_pause(self, age: timedelta) -> timedelta:
        if age > GIVE_UP_AFTER:
            return REST_PAUSE
        poll = self._run.account.poll
        return max(OVERDUE_PAUSE, timedelta(seconds=max(poll.first_seconds, poll.max_seconds) * 1.1))

    def _postpone(self, attempt: OpenAttempt) -> None:
        self._run.ledger.note_poll(attempt.id, attempt.last_digest, None, self._next_poll(attempt, settled=False))

    def _ask(self, attempt: OpenAttempt, client: UpscaleClient) -> bool:
        return self.take(attempt, client.retrieve_messages(attempt.secure_request_id, attempt.types))

    def take(self, attempt: OpenAttempt, retrieved: Retrieved, *, told: int | None = None) -> bool:
        """Store an answer if it is complete. Raises BadAnswerError if it is not about this request.

        `told`: so many messages are there, a callback says; with no fewer the answer is complete.
        """
        run = self._run
        verify_answer(attempt, retrieved)
        shown = [lead.lead_id for lead in retrieved.leads]
        wanted, forgotten = run.ledger.leave_out_forgotten(run.ledger.leads_of(attempt.batch_id), shown)
        foreign = [lead_id for lead_id in shown if lead_id not in wanted and lead_id not in forgotten]
        if foreign:
            run.note(
                f"request {attempt.secure_request_id}: the answer has {len(foreign)} leads that were not asked for"
                f" (first {foreign[0]!r}); their messages are not used"
            )
        texts = {
            (lead.lead_id, kind): text
            for lead in retrieved.leads
            for kind, text in lead.messages.items()
            if kind in wanted.get(lead.lead_id, ())
        }
        counts = Counts(retrieved.requested, retrieved.generated, retrieved.failed, retrieved.failed_reason)
        expected = sum(len(kinds) for kinds in wanted.values())
        if wanted.keys() - {lead.lead_id for lead in retrieved.leads}:
            told = None  # a lead that has no message is there without one: this answer is not whole
        if not is_complete(retrieved, len(texts), expected, attempt.last_digest, told):
            settled = counts_are_full(retrieved)
            run.ledger.note_poll(attempt.id, retrieved.digest, counts, self._next_poll(attempt, settled=settled))
            return False
        reason = retrieved.failed_reason or "the API made no message and gave no reason"
        ready, failed = run.ledger.complete(attempt, run.id, run.now(), texts, counts, reason)
        run.result.attempts.complete += 1
        run.result.messages.generated += ready
        run.result.messages.failed += failed
        run.result.credits.spent += len(texts)
        if not forgotten and retrieved.generated is not None and retrieved.generated != len(texts):
            run.note(
                f"request {attempt.secure_request_id}: the API counts {retrieved.generated} messages,"
                f" {len(texts)} are there"
            )
        return True

    def _next_poll(self, attempt: OpenAttempt, *, settled: bool) -> datetime:
        """When to ask again. `settled`: the counts are full, and only a second answer must agree."""
        run, now = self._run, self._run.now()
        age = now - attempt.accepted_at
        if age > GIVE_UP_AFTER:
            return now + REST_PAUSE
        if age > OVERDUE_AFTER:
            return now + OVERDUE_PAUSE
        poll = run.account.poll
        growth = min(poll.factor ** min(attempt.polls + 1, 60), poll.max_seconds / poll.first_seconds)
        seconds = poll.first_seconds if settled else poll.first_seconds * max(growth, 1.0)
        return now + timedelta(seconds=seconds * (0.9 + 0.2 * run.jitter()))


def verify_answer(attempt: OpenAttempt, retrieved: Retrieved) -> None:
    """The echoed ids must be ours, else nothing of the answer counts. Raises BadAnswerError.

    An answer that says no more than "in progress" needs none.
    """
    echoed = (retrieved.customer, retrieved.campaign)
    if retrieved.in_progress and not retrieved.leads and echoed == (None, None):
        return
    if echoed != (attempt.customer, attempt.campaign):
        raise BadAnswerError(
            f"the answer is for customer {echoed[0]!r} and campaign {echoed[1]!r},"
            f" not for {attempt.customer!r} and {attempt.campaign!r}",
            hint="nothing of it was used; show this to Upscale support",
        )


def counts_are_full(retrieved: Retrieved) -> bool:
    """The server's own counts say that it is done; null means not reported, not zero failures.

    Nothing requested is what a server says that has not begun to count: we never request nothing.
    """
    if not retrieved.requested or retrieved.generated is None:
        return False
    return retrieved.generated + (retrieved.failed or 0) >= retrieved.requested


def is_complete(
    retrieved: Retrieved, present: int, expected: int, last_digest: str | None, told: int | None = None
) -> bool:
    """Every wanted message is there, or a callback says that it is done, or the server does and two answers agree.

    `told`: the messages that a callback counts. An answer with fewer is older than the callback, or not whole.

    Our own leads times types is no evidence of the second kind: the reference's samples break that arithmetic.
    """
    if retrieved.in_progress:
        return False
    if present == expected or (told is not None and present >= told):
        return True
    return (counts_are_full(retrieved) or retrieved.in_progress is False) and retrieved.digest == last_digest
