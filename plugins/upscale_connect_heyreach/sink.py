"""Deliveries to HeyReach: 100 leads a call, each one accounted for although HeyReach only counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from upscale_connect import Context, CredentialsError, Delivery, Finding, Found, RateLimit, Sink, SinkError, WriteResult

from .client import CHUNK, Client, NoAnswerError, RefusedCallError
from .options import RECEIPT, HeyReachConfig
from .places import Place
from .target import Campaign, LeadList, Target, make_lead

#: More is no message that LinkedIn or HeyReach would take.
LONGEST = 8000


class HeyReachSink(Sink[HeyReachConfig]):
    """Adds each lead with its messages as custom fields; a lead that is there already gets the newer ones.

    It can be repeated: HeyReach knows a lead by the address of its profile, and renews it. Who is there already is read
    before anything is added: a page of 100 leads a call.
    """

    name = "heyreach"
    config_model = HeyReachConfig
    hosts = ("api.heyreach.io",)
    limits = (RateLimit(300, 60),)

    def __init__(self, config: HeyReachConfig, context: Context) -> None:
        super().__init__(config, context)
        self._fields = config.name_fields(context.message_types)
        kind = Campaign if config.campaign is not None else LeadList
        self._client = Client(config, context)
        self._target: Target = kind(self._client, config, self._fields)
        self._places: dict[str, Place] | None = None

    def check(self) -> Iterator[Finding]:
        try:
            self._client.check_key()
            yield from self._target.check()
        except RefusedCallError as error:
            yield Finding("error", f"HeyReach refused a call ({error.status}): {error.text}")
            return
        except (CredentialsError, SinkError) as error:
            yield Finding("error", error.message, error.hint)
            return
        named = ", ".join(f"{kind} \u2192 {field}" for kind, field in self._fields.items())
        yield Finding("ok", f"messages go to the custom fields {named}; the receipt to {RECEIPT}")

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        remaining = iter(deliveries)
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._write_chunk(chunk)

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        """Who is there, and whether the invitation was accepted. Campaigns show neither texts nor receipts."""
        kinds = {field: kind for kind, field in self._fields.items()}
        for delivery in deliveries:
            place = self._read_places().get(delivery.lead.linkedin_key)
            if place is None:
                continue
            texts = {kinds[name]: text for name, text in place.fields.items() if name in kinds and text}
            state = {
                "accepted": "yes" if place.is_accepted else "no",
                "replied": "yes" if place.message == "MessageReply" else "no",
                "status": place.status,
            }
            stranger = delivery.find_stranger(name=place.name)
            yield Found(delivery.key, place.fields.get(RECEIPT) or None, {**texts, **state}, stranger)

    def find_fault(self, message_type: str, text: str) -> str:
        return f"it has more than {LONGEST} characters" if len(text) > LONGEST else ""

    def _write_chunk(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        fit = []
        for delivery in chunk:
            place = self._read_places().get(delivery.lead.linkedin_key)
            if result := self._look_over(delivery, place):
                yield result
            else:
                fit.append(delivery)
        if fit:
            yield from self._add(fit)

    def _look_over(self, delivery: Delivery, place: Place | None) -> WriteResult | None:
        """The result of a delivery that is not to be added; else None. A list shows what stands in it."""
        for kind, message in delivery.messages.items():
            if fault := self.find_fault(kind, message.text):
                return delivery.failed(f"its {kind}: {fault}", retry=False)
        if place is None:
            return None
        if stranger := delivery.find_stranger(name=place.name):
            return delivery.conflict(f"in HeyReach {stranger}")
        shown = {kind: place.fields.get(self._fields[kind], "") for kind in delivery.messages}
        for kind, text in shown.items():
            if text and not delivery.may_replace(kind, text):
                return delivery.conflict(f"a person changed the {kind} in HeyReach")
        texts = {kind: message.text for kind, message in delivery.messages.items()}
        if shown == texts and place.fields.get(RECEIPT) == delivery.receipt:
            return delivery.unchanged()
        return None

    def _add(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        """A refused chunk did nothing, so it is halved, down to the lead that HeyReach does not want."""
        try:
            taken, failed = self._target.add([make_lead(one, self._fields, RECEIPT) for one in chunk])
        except NoAnswerError:
            taken, failed = 0, len(chunk)
        except RefusedCallError as error:
            yield from self._part(chunk, error)
            return
        if failed == 0 and taken == len(chunk) and not self._target.shows_fields:
            yield from (delivery.written() for delivery in chunk)
        else:
            yield from self._look_up(chunk)

    def _part(self, chunk: Sequence[Delivery], error: RefusedCallError) -> Iterator[WriteResult]:
        if error.status in (404, 405, 409) or "campaign" in error.text.lower():
            hint = "`upscale-connect check` looks at the campaign or list"
            raise SinkError(f"HeyReach takes no leads ({error.status}): {error.text}", hint=hint)
        if len(chunk) == 1:
            yield chunk[0].failed(f"HeyReach refused it: {error.text or error.status}", retry=False)
            return
        half = len(chunk) // 2
        yield from self._add(chunk[:half])
        yield from self._add(chunk[half:])

    def _look_up(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        """Counts say nothing of a single lead, nor does a lost answer: only who is there now, and was not before, does.

        A lead of a campaign that was there before gets no result: whether it has the new messages is not known.
        """
        before = self._read_places()
        self._places = None
        now = self._read_places()
        for delivery in chunk:
            key = delivery.lead.linkedin_key
            if key not in now:
                yield delivery.failed("HeyReach did not take it, and does not say why", retry=True)
            elif not self._target.shows_fields:
                if key not in before:
                    yield delivery.written()
            elif now[key].fields.get(RECEIPT) == delivery.receipt:
                yield delivery.written()
            else:
                why = "HeyReach took the lead into the list, but not its custom fields: use a campaign instead"
                yield delivery.failed(why, retry=False)

    def _read_places(self) -> dict[str, Place]:
        """Who was there when this run began to look, or looked again."""
        if self._places is None:
            try:
                self._places = self._target.places()
            except RefusedCallError as error:
                raise SinkError(f"HeyReach refused a call ({error.status}): {error.text}") from None
        return self._places
