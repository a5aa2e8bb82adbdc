"""From the queue to the API: the only stage that spends money.

Per batch: one durable transaction stores batch, purchases and the hash of the callback token; a compare-and-set
to `submitting` commits before the first byte leaves; one durable transaction stores the request id. What may
have been accepted is put in doubt, and its campaign buys nothing more.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from ..errors import (
    ApiError,
    InDoubtError,
    InvariantError,
    NoCreditsError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    UpscaleConnectError,
    ValidationError,
)
from ..ledger import Aside, Batch, Queue, Scratch, Withdrawal
from ..models import Lead
from ..upscale import GenerationRequest
from .budget import Budget
from .claims import LEAD_ID, claim_key
from .classify import describe_other_id, hold
from .halving import FEW, Choice, Halving
from .refusals import blame_request, name_leads, put_aside, tell_reason
from .run import Run
from .send import Sent, find_pause, make_callback_url, send, store_doubt, store_refusal

#: Without waiting, a run sleeps at most this long for a `Retry-After`; with waiting, at most 15 minutes, and no longer
#: than it may wait for its messages.
SHORT_WAIT = 30.0
LONG_WAIT = 900.0

TOO_LARGE, UNPROCESSABLE = 413, 422
#: In so many queues everything is refused before the rest is taken to be hopeless, too.
MOST_HOPELESS = 3


class Submitter:
    """Sends what is queued, at most `in_flight` requests at a time."""

    def __init__(self, run: Run, scratch: Scratch, budget: Budget) -> None:
        self._run = run
        self._scratch = scratch
        self._budget = budget
        self._queues = deque(run.ledger.queues(run.sync_id))
        self._active: dict[Future[Sent], Batch] = {}
        self._per_campaign: Counter[int] = Counter()
        self._halvings: defaultdict[tuple[int, int], Halving] = defaultdict(Halving)
        self._blocked: set[int] = set()
        self._hopeless = 0
        self._stopped = False
        self._failed = False
        self._refused = 0
        self._withdrawn = 0
        self._total = min(budget.messages, run.ledger.count_queue(run.sync_id)[1])

    @property
    def _longest_wait(self) -> float:
        """The seconds that the API may ask this run to pause."""
        options = self._run.options
        if not options.wait:
            return SHORT_WAIT
        return LONG_WAIT if options.timeout is None else min(LONG_WAIT, options.timeout)

    def submit(self) -> None:
        """Buy until the queue, the budget or the patience of the API ends.

        Errors that end the buying are kept in the result. The books of the queue are checked at the end.
        """
        run = self._run
        before = run.ledger.count_queue(run.sync_id)[1]
        with ThreadPoolExecutor(run.account.in_flight, thread_name_prefix="submit") as pool:
            while True:
                self._guard(lambda: self._fill(pool))
                if not self._active:
                    break
                done, _ = wait(self._active, return_when=FIRST_COMPLETED)
                for future in done:
                    self._guard(partial(self._finish, future))
        if self._failed:
            return
        after = run.ledger.count_queue(run.sync_id)[1]
        sent = run.result.messages.requested
        if before != after + sent + self._refused + self._withdrawn:
            raise InvariantError(
                f"{before} messages were queued; {sent} were sent, {self._refused} refused,"
                f" {self._withdrawn} withdrawn, {after} are queued"
            )

    def _guard(self, step: Callable[[], None]) -> None:
        """Where our own books fail nothing more is started, but what is in the air is brought to its end."""
        try:
            step()
        except UpscaleConnectError as error:
            self._stopped = self._failed = True
            self._run.fail(error)

    def _fill(self, pool: ThreadPoolExecutor) -> None:
        while self._start(pool):
            pass

    def _start(self, pool: ThreadPoolExecutor) -> bool:
        """Prepare the next batch that may be sent now and hand it to a thread."""
        run = self._run
        if self._stopped or run.stop.is_set() or len(self._active) >= run.account.in_flight:
            return False
        if find_pause(run):
            self._stopped = True
            return False
        for _ in range(len(self._queues)):
            queue = self._queues[0]
            if self._per_campaign[queue.campaign_id] >= self._in_flight(queue):
                self._queues.rotate(-1)
            elif self._is_blocked(queue) or (prepared := self._prepare(queue)) is None:
                self._queues.popleft()
                if self._stopped:
                    return False
            else:
                batch, body = prepared
                self._budget.take(batch)
                self._per_campaign[queue.campaign_id] += 1
                self._active[pool.submit(self._send, batch, body)] = batch
                return True
        return False

    def _is_blocked(self, queue: Queue) -> bool:
        """A campaign with too much in doubt buys nothing new until that is settled."""
        doubts = self._run.ledger.doubts_of(queue.campaign_id)
        if doubts <= self._run.sync.limits.max_in_doubt:
            return False
        if queue.campaign_id not in self._blocked:
            self._blocked.add(queue.campaign_id)
            self._run.note(
                f"campaign {queue.campaign!r} of customer {queue.customer!r} buys nothing new:"
                f" {doubts} attempt{'s are' if doubts > 1 else ' is'} in doubt"
            )
        return True

    def _prepare(self, queue: Queue) -> tuple[Batch, bytes] | None:
        """The next batch of a queue; None if it has none, or none that may be bought."""
        halving = self._halving(queue)
        while (size := halving.limit(self._budget.allow(len(queue.types), self._run.account.batch_size))) > 0:
            choice = halving.choose(size)
            if choice is None:
                if not self._believe(queue, halving):
                    return None
            elif prepared := self._take(queue, choice):
                return prepared
            elif not halving.note_empty(choice):
                return None
        return None

    def _take(self, queue: Queue, choice: Choice) -> tuple[Batch, bytes] | None:
        run = self._run
        run.gate.refresh()
        token = run.make_token()
        callback = make_callback_url(run.account, token)

        def encode(leads: Sequence[Lead]) -> bytes:
            return run.client.encode(
                GenerationRequest(callback, queue.customer, queue.campaign, queue.description, queue.types, leads)
            )

        return run.ledger.prepare(
            run.sync_id,
            queue,
            choice.limit,
            run_id=run.id,
            at=run.now(),
            token=token,
            encode=encode,
            hold=self._hold,
            screen=run.gate.find,
            only=choice.only,
            leave_out=choice.leave_out,
        )

    def _halving(self, queue: Queue) -> Halving:
        return self._halvings[queue.campaign_id, queue.request_id]

    def _believe(self, queue: Queue, halving: Halving) -> bool:
        """Nothing was accepted of all that was tried: believe the request if it once was accepted, and few are refused.

        Else the request is to blame: the queue is left, and with the third one buying ends.
        """
        if len(halving.suspects) <= FEW and self._run.ledger.has_accepted(queue.campaign_id, queue.request_id):
            halving.prove()
            return True
        self._hopeless += 1
        self._stopped = self._stopped or self._hopeless >= MOST_HOPELESS
        if halving.reason:
            self._run.result.fail(blame_request(halving.reason, halving.count_alone()))
        return False

    def _in_flight(self, queue: Queue) -> int:
        """Requests at a time: while a lead is searched, each answer decides what the next request has."""
        return 1 if self._halving(queue).is_searching else self._run.account.in_flight_per_campaign

    def _hold(self, withdrawal: Withdrawal) -> Aside | None:
        """A lead whose person was bought under another id after it was queued: a person decides.

        About one that is suppressed since then nobody has to decide.
        """
        lead = withdrawal.lead
        self._withdrawn += withdrawal.messages
        if self._scratch.has(claim_key(lead.customer, lead.campaign, LEAD_ID, lead.lead_id)):
            self._run.result.records.move("new", "suppressed" if withdrawal.suppressed else "held")
        if withdrawal.suppressed:
            return None
        return hold(lead, withdrawal.campaign_id, withdrawal.place, describe_other_id(withdrawal.other))

    def _send(self, batch: Batch, body: bytes) -> Sent:
        """In a thread: until the outcome is known to the ledger. Raises what ends the buying."""
        run = self._run
        return send(run, run.client, batch.attempt_id, body, self._longest_wait)

    def _finish(self, future: Future[Sent]) -> None:
        run, result = self._run, self._run.result
        batch = self._active.pop(future)
        self._per_campaign[batch.queue.campaign_id] -= 1
        try:
            outcome = future.result()
        except InDoubtError as error:
            store_doubt(run, batch.attempt_id, error)
            result.messages.requested += batch.messages
            result.notes.append(f"a batch of {len(batch.leads)} leads is in doubt: {error.message}")
        except (NotSentError, RateLimitedError) as error:
            self._give_up(batch, error)
        except RefusedError as error:
            self._refuse(batch, error)
        else:
            if outcome == "accepted":
                self._note_accepted(batch)
                result.attempts.accepted += 1
                result.messages.requested += batch.messages
            else:
                self._budget.restore(batch)
                self._stopped = self._stopped or find_pause(run)
        run.progress.update(run.sync.name, "buying", result.messages.requested, self._total)

    def _give_up(self, batch: Batch, error: ApiError) -> None:
        """Nothing was bought and the queue is whole again; the next run tries again."""
        self._stopped = True
        self._budget.restore(batch)
        self._run.result.fail(error)

    def _refuse(self, batch: Batch, error: RefusedError) -> None:
        """Nothing was bought. Leads that are to blame are set aside and the rest goes on; else buying ends."""
        run = self._run
        named = name_leads(batch, error, run.mapping)
        ends = not named or (isinstance(error, ValidationError) and error.about_request)
        if ends and isinstance(error, ValidationError) and not error.about_request:
            named, ends = self._search(batch, error)
        store_refusal(run, batch.attempt_id, error, named)
        run.result.attempts.refused += 1
        self._budget.restore(batch)
        self._refused += len(named) * len(batch.queue.types)
        run.result.fresh += len(named)
        for lead in batch.leads:
            key = claim_key(lead.customer, lead.campaign, LEAD_ID, lead.lead_id)
            if lead.lead_id in named and self._scratch.has(key):
                run.result.records.move("new", "quarantined")
        if batch.queue not in self._queues:
            self._queues.append(batch.queue)
        if isinstance(error, NoCreditsError):
            run.exhausted[run.account.name] = error
        if ends:
            self._stopped = True
            run.result.fail(error)

    def _search(self, batch: Batch, error: ValidationError) -> tuple[dict[str, Aside], bool]:
        """The lead that is to blame, if that is clear by now, and whether buying must end."""
        halving, number = self._halving(batch.queue), len(batch.leads)
        if error.status == TOO_LARGE and number > 1:
            halving.most = number // 2
            self._run.note(f"a request for {number} leads is too large for the API: smaller ones are sent (batch_size)")
            return {}, False
        if error.status != UNPROCESSABLE:
            return {}, True
        meaning = halving.note_refused([lead.lead_id for lead in batch.leads], error)
        if meaning == "begin" and number > 1:
            self._run.note(
                f"the API refused {number} leads and does not say which is to blame: fewer are sent at a time"
            )
        return {batch.leads[0].lead_id: put_aside(batch, 0, tell_reason(error))} if meaning == "guilty" else {}, False

    def _note_accepted(self, batch: Batch) -> None:
        halving = self._halving(batch.queue)
        halving.note_accepted([lead.lead_id for lead in batch.leads])
        if halving.is_searching and batch.queue not in self._queues:
            self._queues.append(batch.queue)
