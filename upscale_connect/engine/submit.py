"""From the queue to the API: the only stage that spends money.

Per batch: one durable transaction stores batch, purchases and the hash of the callback token; a compare-and-set
to `submitting` commits before the first byte leaves; one durable transaction stores the request id. What may
have been accepted is put in doubt, and its campaign buys nothing more.
"""

from __future__ import annotations

from collections import Counter, deque
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
from ..ledger import Aside, Batch, Queue, Repetition, Scratch
from ..models import Lead
from ..upscale import GenerationRequest
from .budget import Budget
from .classify import claim_key, describe_other_id, hold
from .halving import Halving
from .run import Run
from .send import Sent, find_pause, make_callback_url, send, store_doubt, store_refusal

#: Without waiting, a run sleeps at most this long for a `Retry-After`; with waiting, at most 15 minutes.
SHORT_WAIT = 30.0
LONG_WAIT = 900.0


class Submitter:
    """Sends what is queued, at most `in_flight` requests at a time."""

    def __init__(self, run: Run, scratch: Scratch, budget: Budget) -> None:
        self._run = run
        self._scratch = scratch
        self._budget = budget
        self._queues = deque(run.ledger.queues(run.sync_id))
        self._active: dict[Future[Sent], Batch] = {}
        self._per_campaign: Counter[int] = Counter()
        self._halvings: dict[tuple[int, int], Halving] = {}
        self._unsolved: RefusedError | None = None
        self._blocked: set[int] = set()
        self._stopped = False
        self._failed = False
        self._refused = 0
        self._held = 0
        self._total = min(budget.messages, run.ledger.count_queue(run.sync_id)[1])

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
        if self._unsolved and not self._stopped and any(one.suspects for one in self._halvings.values()):
            run.result.fail(self._unsolved)
        if self._failed:
            return
        after = run.ledger.count_queue(run.sync_id)[1]
        sent = run.result.messages.requested
        if before != after + sent + self._refused + self._held:
            raise InvariantError(
                f"{before} messages were queued; {sent} were sent, {self._refused} refused, {self._held} held,"
                f" {after} are queued"
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
        run = self._run
        halving = self._halving(queue)
        size = halving.limit(self._budget.allow(len(queue.types), run.account.batch_size))
        if size <= 0:
            return None
        token = run.make_token()
        callback = make_callback_url(run.account, token)

        def encode(leads: Sequence[Lead]) -> bytes:
            return run.client.encode(
                GenerationRequest(callback, queue.customer, queue.campaign, queue.description, queue.types, leads)
            )

        return run.ledger.prepare(
            run.sync_id,
            queue,
            size,
            run_id=run.id,
            at=run.now(),
            token=token,
            encode=encode,
            hold=self._hold,
            leave_out=halving.suspects,
        )

    def _halving(self, queue: Queue) -> Halving:
        key = (queue.campaign_id, queue.request_id)
        if key not in self._halvings:
            self._halvings[key] = Halving(self._run.ledger.has_accepted(*key))
        return self._halvings[key]

    def _in_flight(self, queue: Queue) -> int:
        """Requests at a time: while a lead is searched, each answer decides what the next request has."""
        return 1 if self._halving(queue).is_searching else self._run.account.in_flight_per_campaign

    def _hold(self, repetition: Repetition) -> Aside:
        """A lead whose person was bought under another id after it was queued: a person decides."""
        lead = repetition.lead
        self._held += repetition.messages
        if self._scratch.has(claim_key(lead.customer, lead.campaign, "lead id", lead.lead_id)):
            self._run.result.records.move("new", "held")
        return hold(lead, repetition.campaign_id, repetition.place, describe_other_id(repetition.other))

    def _send(self, batch: Batch, body: bytes) -> Sent:
        """In a thread: until the outcome is known to the ledger. Raises what ends the buying."""
        run = self._run
        return send(run, run.client, batch.attempt_id, body, LONG_WAIT if run.options.wait else SHORT_WAIT)

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
                self._note_accepted(batch.queue)
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
        """Nothing was bought. Leads that the API named are set aside and the rest goes on; else buying ends."""
        run = self._run
        named = _name_leads(batch, error)
        ends = False
        if not named:
            named, ends = self._search(batch, error)
        store_refusal(run, batch.attempt_id, error, named)
        run.result.attempts.refused += 1
        self._budget.restore(batch)
        self._refused += len(named) * len(batch.queue.types)
        run.result.fresh += len(named)
        for lead in batch.leads:
            key = claim_key(lead.customer, lead.campaign, "lead id", lead.lead_id)
            if lead.lead_id in named and self._scratch.has(key):
                run.result.records.move("new", "quarantined")
        if batch.queue not in self._queues:
            self._queues.append(batch.queue)
        if isinstance(error, NoCreditsError):
            run.exhausted[run.account.name] = error
        if ends:
            self._stopped = True
            run.result.fail(error)

    def _search(self, batch: Batch, error: RefusedError) -> tuple[dict[str, Aside], bool]:
        """The lead that is to blame, if that is clear by now, and whether buying must end."""
        if not isinstance(error, ValidationError) or error.status != 422 or error.about_request:
            return {}, True
        meaning = self._halving(batch.queue).note_refused([lead.lead_id for lead in batch.leads])
        if meaning == "split":
            self._run.note(
                f"the API refused {len(batch.leads)} leads and does not say which is to blame: they are sent in halves"
            )
        if meaning == "guilty":
            return {batch.leads[0].lead_id: _put_aside(batch, 0, error.problems[0].message)}, False
        self._unsolved = error
        return {}, meaning == "request"

    def _note_accepted(self, queue: Queue) -> None:
        halving = self._halving(queue)
        has_suspects = bool(halving.suspects)
        halving.note_accepted()
        if has_suspects and queue not in self._queues:
            self._queues.append(queue)


def _name_leads(batch: Batch, error: RefusedError) -> dict[str, Aside]:
    """The leads that a refusal names by their index, each with the API's words and its place in the source."""
    named: dict[str, Aside] = {}
    if not isinstance(error, ValidationError):
        return named
    for problem in error.problems:
        if problem.lead is None or not 0 <= problem.lead < len(batch.leads):
            continue
        lead_id = batch.leads[problem.lead].lead_id
        reason = f"{problem.path} {problem.message}".replace(f"lead_data[{problem.lead}].", "")
        if lead_id in named:
            named[lead_id].reason += f"; {reason}"
        else:
            named[lead_id] = _put_aside(batch, problem.lead, reason, problem.path.rpartition(".")[2])
    return named


def _put_aside(batch: Batch, index: int, reason: str, field: str = "") -> Aside:
    lead = batch.leads[index]
    key = claim_key(lead.customer, lead.campaign, "refused", lead.lead_id)
    return Aside(key, "refused", batch.places[index], f"the API says: {reason}", field=field)
