"""The plugin passes the suite that every author of a sink can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import upscale_connect_heyreach
from tests.plugins.heyreach import server
from upscale_connect import Delivery
from upscale_connect.testing import Answer, Call, SinkConformance
from upscale_connect_heyreach.sink import HeyReachSink

API = "https://api.heyreach.io"
SAFE = tuple(
    f"POST /api/public/{path}" for path in ("campaign/GetLeadsFromCampaign", "list/GetLeadsFromList", "list/GetAll")
)
TYPES = ("connection_request", "first_follow_up")


class HeyReachSuite(SinkConformance):
    connector = HeyReachSink
    plugin: ClassVar[object | None] = upscale_connect_heyreach
    secret: ClassVar[str] = server.KEY
    safe_calls = SAFE
    #: Address of a profile → the row of its lead, where the messages go.
    leads: dict[str, dict[str, Any]]

    def open_heyreach(self, deliveries: Sequence[Delivery]) -> None:
        self.heyreach = server.HeyReach()
        self.keys = {delivery.lead.linkedin_url: delivery.key for delivery in deliveries}
        self.serve(API, self.answer)

    def answer(self, call: Call) -> Answer:
        """What the tests' HeyReach says, without a network."""
        body = call.json() if call.body else None
        status, found, _ = self.heyreach.answer(call.method, call.path, call.headers.get("x-api-key", ""), body)
        return Answer(status, found)

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for url, row in self.leads.items():
            for kind in TYPES:
                if text := row["custom"].get(f"upscale_{kind}"):
                    yield self.keys[url], kind, text

    def put_stranger(self, delivery: Delivery) -> None:
        url = delivery.lead.linkedin_url
        stranger = {"profileUrl": url, "firstName": "John", "lastName": "Roe", "companyName": "Roe Inc."}
        self.leads[url] = {**stranger, "custom": {}, "connection": "None", "message": "None"}


class TestHeyReachCampaign(HeyReachSuite):
    bypass: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("K10b", "K26"), "HeyReach does not show the custom fields of a campaign's leads"
    )

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self.open_heyreach(deliveries)
        self.leads = self.heyreach.campaigns[7].leads
        return {"api_key": self.secret, "campaign": 7}

    def take_away(self) -> str:
        self.heyreach.campaigns[7].status = "DRAFT"
        return "DRAFT"


class TestHeyReachList(HeyReachSuite):
    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self.open_heyreach(deliveries)
        self.leads = self.heyreach.lists[3]["leads"]
        return {"api_key": self.secret, "list": 3}

    def edit(self, delivery: Delivery, message_type: str, text: str) -> None:
        self.leads[delivery.lead.linkedin_url]["custom"][f"upscale_{message_type}"] = text

    def take_away(self) -> str:
        del self.heyreach.lists[3]
        return "list 3"
