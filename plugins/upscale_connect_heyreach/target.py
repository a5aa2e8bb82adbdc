"""Where the leads go: a campaign or a list. Both add up to 100 leads a call, and answer with counts alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upscale_connect import Delivery, Finding, SinkError

from .client import Client, RefusedCallError
from .options import HeyReachConfig
from .places import Place, read_places

#: What a campaign may be for leads to be added: any other state refuses them, or would be started by them.
OPEN_STATES = ("IN_PROGRESS", "PAUSED")


class Target(ABC):
    """`fields`: message type → custom field."""

    #: Whether HeyReach shows the custom fields of the leads that are in it.
    shows_fields: bool

    def __init__(self, client: Client, config: HeyReachConfig, fields: Mapping[str, str]) -> None:
        self._client = client
        self._config = config
        self._fields = fields

    @abstractmethod
    def check(self) -> Iterator[Finding]:
        """Whether it is there, and takes leads."""

    @abstractmethod
    def places(self) -> dict[str, Place]:
        """Who is in it now, by LinkedIn key."""

    @abstractmethod
    def add(self, leads: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        """Add leads, or renew those that are in it. Returns how many were taken and how many failed."""


class Campaign(Target):
    shows_fields = False

    def check(self) -> Iterator[Finding]:
        found = self._find()
        name, state = str(found.get("name") or self._config.campaign), str(found.get("status") or "unknown")
        if state not in OPEN_STATES:
            yield Finding("error", f"campaign {name!r} is {state}: HeyReach takes no leads into it", _advise(state))
            return
        yield Finding("ok", f"campaign {name!r} ({state}); nothing is started or resumed by adding leads")
        yield from self._check_sequence(name)

    def places(self) -> dict[str, Place]:
        return read_places(self._client.read_campaign_leads(self._id))

    def add(self, leads: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        sender = {} if self._config.sender is None else {"linkedInAccountId": self._config.sender}
        answer = self._client.add(
            "/campaign/AddLeadsToCampaignV2",
            {
                "campaignId": self._id,
                "accountLeadPairs": [{**sender, "lead": lead} for lead in leads],
                # Said outright: by itself HeyReach may start a campaign again when leads come in.
                "resumeFinishedCampaign": False,
                "resumePausedCampaign": False,
            },
        )
        return read_counts(answer)

    @property
    def _id(self) -> int:
        assert self._config.campaign is not None
        return self._config.campaign

    def _find(self) -> Mapping[str, Any]:
        try:
            return self._client.find_campaign(self._id)
        except RefusedCallError as error:
            raise SinkError(
                f"HeyReach has no campaign {self._id} for this key ({error.status})",
                hint="the number in the campaign's address in HeyReach is its id; is the key of the same workspace?",
            ) from None

    def _check_sequence(self, name: str) -> Iterator[Finding]:
        """Whether its messages use our fields. HeyReach fills `{field}`; `{{field}}` reaches the lead as it is."""
        try:
            sequence = self._client.read_sequence(self._id)
        except (RefusedCallError, SinkError):
            yield Finding("warning", f"the sequence of {name!r} could not be read: does it use our fields?")
            return
        for field in self._fields.values():
            if f"{{{{{field}}}}}" in sequence:
                hint = f"write {{{field}}}: with two braces HeyReach sends the word itself"
                yield Finding("warning", f"the sequence of {name!r} has {{{{{field}}}}}", hint)
            elif f"{{{field}}}" not in sequence:
                hint = f"write {{{field}}} where the message belongs, else nobody gets it"
                yield Finding("warning", f"the sequence of {name!r} does not use the field {field!r}", hint)


class LeadList(Target):
    shows_fields = True
    _found: int | None = None

    def check(self) -> Iterator[Finding]:
        config = self._config
        if config.list is not None:
            yield Finding("ok", f"list {self._find_name(config.list)!r}")
        elif self._client.find_list_named(config.list_name or "") is None:
            yield Finding("ok", f"list {config.list_name!r} is made by the first delivery, because `create` says so")
        else:
            yield Finding("ok", f"list {config.list_name!r}")

    def places(self) -> dict[str, Place]:
        found = self._look_up()
        return {} if found is None else read_places(self._client.read_list_leads(found))

    def add(self, leads: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        target = self._look_up()
        if target is None:
            target = self._found = self._client.create_list(self._config.list_name or "")
        return read_counts(self._client.add("/list/AddLeadsToListV2", {"listId": target, "leads": list(leads)}))

    def _look_up(self) -> int | None:
        if self._found is None:
            config = self._config
            self._found = config.list or self._client.find_list_named(config.list_name or "")
        return self._found

    def _find_name(self, list_id: int) -> str:
        try:
            return str(self._client.find_list(list_id).get("name") or list_id)
        except RefusedCallError as error:
            raise SinkError(
                f"HeyReach has no list {list_id} for this key ({error.status})",
                hint="the number in the list's address in HeyReach is its id; is the key of the same workspace?",
            ) from None


def make_lead(delivery: Delivery, fields: Mapping[str, str], receipt: str) -> dict[str, Any]:
    """A lead as HeyReach takes it. Messages of types that are not delivered are left out, not emptied."""
    lead = delivery.lead
    custom = {fields[kind]: message.text for kind, message in delivery.messages.items() if kind in fields}
    return {
        "firstName": lead.first_name,
        "lastName": lead.last_name,
        "companyName": lead.company,
        "profileUrl": lead.linkedin_url,
        "customUserFields": [
            {"name": name, "value": text} for name, text in {**custom, receipt: delivery.receipt}.items()
        ],
    }


def read_counts(answer: Mapping[str, Any]) -> tuple[int, int]:
    """How many leads were added or renewed, and how many failed."""
    counts = [answer.get(name) for name in ("addedLeadsCount", "updatedLeadsCount", "failedLeadsCount")]
    added, updated, failed = (one if isinstance(one, int) and not isinstance(one, bool) else 0 for one in counts)
    return added + updated, failed


def _advise(state: str) -> str:
    if state == "DRAFT":
        return "finish and start it in HeyReach, with at least one sender; then run again"
    return "choose a campaign that is in progress or paused"
