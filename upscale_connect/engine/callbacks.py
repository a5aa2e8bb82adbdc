"""What callbacks are good for: they end doubts, and tell when to ask. Nothing they say counts by itself.

An authenticated answer must name our customer, our campaign and exactly the leads of the batch. Then an attempt
in doubt is bound to its request, or an accepted one is collected now. Never buys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import (
    ApiError,
    BadAnswerError,
    InvalidKeyError,
    LedgerError,
    NotFoundError,
    RateLimitedError,
    RevokedKeyError,
    UnreachableError,
    ValidationError,
)
from ..ledger import Callback, CalledAttempt, Inbox, OpenAttempt, from_text, locate_inbox
from .collect import Collector
from .run import Upkeep

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..upscale import Retrieved

#: So often a minute the API is asked about request ids that only a callback names.
ASKS_PER_MINUTE = 10
MINUTE = timedelta(minutes=1)
#: Alarms of one attempt that nothing proves.
MAX_ALARMS = 5
#: After so many answers that decide nothing, a callback is given up.
MAX_UNCLEAR = 5
#: When to look again, in seconds: at an attempt whose POST has not returned; over the limit; after no clear answer.
SENDING_PAUSE = 0.2
LIMIT_PAUSE = 6.0
UNCLEAR_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What the API shows of a request id that a callback named. `problem`: why it is not the attempt's request."""

    problem: str
    retrieved: Retrieved | None = None


class CallbackReader:
    """Uses the callbacks of the syncs that a run collects for. It holds their locks."""

    def __init__(self, run: Upkeep, collector: Collector) -> None:
        self._run = run
        self._collector = collector
        self._inbox: Inbox | None = None
        self._version = -1
        self._again_at: float | None = None
        self._complete = 0

    @property
    def is_listening(self) -> bool:
        """Whether callbacks may come in during this run."""
        return self._inbox is not None

    def has_news(self) -> bool:
        """Whether `drain` may find something now, or fail. Cheap."""
        if self._inbox is None:
            return False
        if self._again_at is not None and self._run.clock.monotonic() >= self._again_at:
            return True
        try:
            return self._inbox.version() != self._version
        except LedgerError:
            return True

    def drain(self) -> int:
        """Use what came in. Returns how many requests became complete.

        Raises LedgerError, and InvalidKeyError or RevokedKeyError, which leave the callbacks unread.
        """
        inbox, run = self._open(), self._run
        if inbox is None:
            return 0
        self._version, self._again_at, self._complete = inbox.version(), None, 0
        for callback in inbox.unread():
            if run.stop.is_set():
                break
            attempt = run.ledger.find_token(callback.token_hash)
            if attempt is not None and attempt.sync_id not in self._collector.sync_ids:
                continue
            try:
                outcome = "its token is not in this ledger" if attempt is None else self._use(inbox, callback, attempt)
            except (UnreachableError, RateLimitedError) as error:
                self._look_again(UNCLEAR_PAUSE)
                run.result.unreachable = True
                run.note(f"{error.message}; the callbacks that came in are kept and used later")
                break
            if outcome is not None:
                inbox.mark_read(callback, run.now(), outcome)
        return self._complete

    def close(self) -> None:
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None

    def _open(self) -> Inbox | None:
        """The inbox, if one is there or the account's callbacks could make one."""
        ledger = self._run.config.ledger
        if self._inbox is None and (self._run.account.callback_url or locate_inbox(ledger.path).exists()):
            self._inbox = Inbox.open(ledger.path, force=ledger.force)
        return self._inbox

    def _look_again(self, seconds: float) -> None:
        at = self._run.clock.monotonic() + seconds
        self._again_at = at if self._again_at is None else min(self._again_at, at)

    def _use(self, inbox: Inbox, callback: Callback, attempt: CalledAttempt) -> str | None:
        """What became of a callback, for people; None if it must stay unread."""
        if attempt.state in ("prepared", "submitting"):
            self._look_again(SENDING_PAUSE)
            return None
        if is_same(attempt.secure_request_id, callback.secure_request_id):
            return "it was complete before" if attempt.state == "complete" else self._collect(callback, attempt)
        wanted = self._run.ledger.leads_of(attempt.batch_id)
        finding = self._ask(inbox, callback, attempt, wanted)
        if finding is None:
            return None
        if attempt.state in ("in_doubt", "dropped") and wanted:
            if finding.retrieved is None:
                self._run.note(
                    f"attempt {attempt.id} stays {attempt.state.replace('_', ' ')}: a callback names request"
                    f" {callback.secure_request_id}, but {finding.problem}"
                )
                return finding.problem
            return self._bind(inbox, callback, attempt, finding.retrieved)
        return self._alarm(callback, attempt, finding)

    def _collect(self, callback: Callback, attempt: CalledAttempt) -> str | None:
        """An accepted request is asked for now; the answer is complete if the callback says so, too."""
        client = self._run.client_of(attempt.account)
        if client is None:
            return None
        try:
            retrieved = client.retrieve_messages(callback.secure_request_id, attempt.types)
            return self._store(callback, attempt, retrieved)
        except (BadAnswerError, NotFoundError) as error:
            self._run.note(f"request {callback.secure_request_id}: {error.message}")
            return "the API gave no usable answer; the request is asked for again"

    def _store(self, callback: Callback, attempt: CalledAttempt, retrieved: Retrieved) -> str:
        told = (callback.generated or 0) if callback.says_complete else None
        self._compare_counts(callback, retrieved)
        if self._collector.take(self._find_open(attempt), retrieved, told=told):
            self._complete += 1
            return "complete"
        return "not complete yet"

    def _find_open(self, attempt: CalledAttempt) -> OpenAttempt:
        return next(one for one in self._run.ledger.open_attempts(attempt.sync_id) if one.id == attempt.id)

    def _compare_counts(self, callback: Callback, retrieved: Retrieved) -> None:
        told = (callback.generated, callback.requested)
        shown = (retrieved.generated, retrieved.requested)
        if any(one is not None and other is not None and one != other for one, other in zip(told, shown, strict=True)):
            self._run.note(
                f"request {callback.secure_request_id}: its callback counts {told[0]} of {told[1]} messages,"
                f" the API {shown[0]} of {shown[1]}"
            )

    def _ask(
        self, inbox: Inbox, callback: Callback, attempt: CalledAttempt, wanted: Mapping[str, tuple[str, ...]]
    ) -> Finding | None:
        """What the API shows of a request that only a callback names; None if it must be asked later."""
        run = self._run
        owner = run.ledger.find_request(callback.secure_request_id)
        if owner is not None:
            return Finding(f"that is the request of attempt {owner}")
        client = run.client_of(attempt.account)
        if client is None:
            return None
        if callback.unclear and callback.asked_at and abs(run.now() - from_text(callback.asked_at)) < MINUTE:
            self._look_again(UNCLEAR_PAUSE)
            return None
        if inbox.count_asked(run.now(), within=MINUTE) >= ASKS_PER_MINUTE:
            self._look_again(LIMIT_PAUSE)
            return None
        inbox.mark_asked(callback, run.now())
        try:
            retrieved = client.retrieve_messages(callback.secure_request_id, attempt.types)
        except (NotFoundError, ValidationError):
            return Finding("the API does not know that request")
        except (UnreachableError, RateLimitedError, InvalidKeyError, RevokedKeyError):
            raise
        except ApiError as error:
            return self._give_up_or_wait(inbox, callback, f"the API gave no clear answer ({type(error).__name__})")
        if retrieved.in_progress or not retrieved.leads:
            return self._give_up_or_wait(inbox, callback, "the API shows no leads for that request")
        shown = [lead.lead_id for lead in retrieved.leads]
        problem = find_difference(attempt, *self._run.ledger.leave_out_forgotten(wanted, shown), retrieved)
        return Finding(problem, None if problem else retrieved)

    def _give_up_or_wait(self, inbox: Inbox, callback: Callback, problem: str) -> Finding | None:
        inbox.mark_unclear(callback)
        if callback.unclear + 1 >= MAX_UNCLEAR:
            return Finding(problem)
        self._look_again(UNCLEAR_PAUSE)
        return None

    def _bind(self, inbox: Inbox, callback: Callback, attempt: CalledAttempt, retrieved: Retrieved) -> str:
        """The proof that was missing: the attempt had been accepted (write W6)."""
        run, request_id = self._run, callback.secure_request_id
        next_poll_at = run.now() + timedelta(seconds=run.account.poll.first_seconds)
        run.ledger.mark_accepted(attempt.id, run.id, run.now(), request_id, next_poll_at)
        run.ledger.add_bound(attempt, run.id, run.now(), request_id)
        run.result.attempts.accepted += 1
        run.note(f"attempt {attempt.id} had been accepted, as request {request_id}: a callback told, the API confirmed")
        for twin in run.ledger.twins(attempt.id):
            run.result.alarms += 1
            run.note(f"attempt {twin} for the same leads was accepted, too: they were paid twice")
        for other, outcome in inbox.outcomes(callback.token_hash).items():
            if outcome and not is_same(other, request_id):
                self._raise_alarm(attempt, f"request {other} was named for it, too, besides {request_id}: {outcome}")
        return f"bound; {self._store(callback, attempt, retrieved)}"

    def _alarm(self, callback: Callback, attempt: CalledAttempt, finding: Finding) -> str:
        """A request besides the one that the attempt has, or for one that has none: a person must know."""
        request_id, known = callback.secure_request_id, attempt.secure_request_id
        standing = f"has request {known}" if known else f"was {attempt.state}"
        if finding.retrieved is not None:
            verdict = "the API shows both for the same leads, so they were paid twice"
        else:
            verdict = f"{finding.problem}, so nothing of it was used"
        detail = f"request {request_id} was named for it, which {standing}: {verdict}"
        self._raise_alarm(attempt, detail, is_proven=finding.retrieved is not None)
        return f"alarm: {verdict}"

    def _raise_alarm(self, attempt: CalledAttempt, detail: str, *, is_proven: bool = False) -> None:
        """Tell a person, now and for 30 days. Where nothing is proven, a few times: who has the token can cause it."""
        run = self._run
        told = 0 if is_proven else run.ledger.count_alarms(attempt.id)
        if told >= MAX_ALARMS:
            return
        if told == MAX_ALARMS - 1:
            detail += "; what else of this kind comes for it is not told any more"
        run.ledger.add_alarm(attempt, run.id, run.now(), detail)
        run.result.alarms += 1
        run.note(f"attempt {attempt.id}: {detail}")


def is_same(one: str | None, other: str) -> bool:
    """Whether two request ids are the same; letter case means nothing in a UUID."""
    return one is not None and one.lower() == other.lower()


def find_difference(
    attempt: CalledAttempt, wanted: Mapping[str, tuple[str, ...]], forgotten: Collection[str], retrieved: Retrieved
) -> str:
    """Why an answer cannot be about this attempt's batch; "" if it is. `forgotten`: leads whose people were erased."""
    leads = [lead for lead in retrieved.leads if lead.lead_id not in forgotten]
    if (retrieved.customer, retrieved.campaign) != (attempt.customer, attempt.campaign):
        return "the API shows another customer or campaign for it"
    if not wanted and not forgotten:
        return "its leads had been queued again, because it did not count as accepted"
    if {lead.lead_id for lead in leads} != set(wanted):
        return "the API shows other leads for it"
    if any(kind not in wanted[lead.lead_id] for lead in leads for kind in lead.messages):
        return "the API shows messages of other types for it"
    return ""
