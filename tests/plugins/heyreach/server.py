"""A HeyReach of the tests, over real HTTP, with the limits and traps that its integrators describe."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.plugins.loopback import LoopbackServer

KEY = "hr-secret-key-0123456789"
_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass
class Campaign:
    """`leads`: profile URL → the row of the lead. Its custom fields are never shown by the API."""

    name: str = "Spring"
    status: str = "IN_PROGRESS"
    sequence: str = '{"nodes": [{"message": "{upscale_connection_request}"}, {"message": "{upscale_first_follow_up}"}]}'
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Fault:
    """`kind`: `drop` (taken, then no answer), `status` (nothing is done), `miss` (one lead is silently left out)."""

    kind: str
    status: int = 500
    body: object = "out of order"
    times: int = 1


class HeyReach(LoopbackServer):
    """What it knows; in a `with` block also the server, on a free port. `calls`: method and path of each."""

    def __init__(self) -> None:
        self.campaigns = {7: Campaign()}
        self.lists: dict[int, dict[str, Any]] = {3: {"name": "People", "leads": {}}}
        self.keeps_list_fields = True
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        super().__init__(_handler_of(self))

    @property
    def url(self) -> str:
        return f"{super().url}/api/public"

    def count(self, path: str) -> int:
        return sum(one == path for _, one in self.calls)

    def shown(self, campaign: int = 7) -> dict[str, dict[str, str]]:
        """Profile URL → custom fields, as a person sees them in a campaign."""
        return {url: lead["custom"] for url, lead in self.campaigns[campaign].leads.items()}

    def answer(self, method: str, target: str, key: str, body: Any) -> tuple[int, object, bool]:
        """Status, body, and whether the answer is lost."""
        parts = urlsplit(target)
        path = parts.path.removeprefix("/api/public")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with self._lock:
            self.calls.append((method, path))
            self.bodies.append(body)
            fault = self._take_fault(path)
            if key != KEY:
                return 401, {"errorMessage": "Unauthorized"}, False
            if fault and fault.kind == "status":
                return fault.status, fault.body, False
            status, found = self._route(method, path, query, body, miss=bool(fault and fault.kind == "miss"))
            return status, found, bool(fault and fault.kind == "drop")

    def _take_fault(self, path: str) -> Fault | None:
        if not self.faults or "/Add" not in path:
            return None
        fault = self.faults[0]
        fault.times -= 1
        if not fault.times:
            self.faults.pop(0)
        return fault

    def _route(self, method: str, path: str, query: dict[str, str], body: Any, *, miss: bool) -> tuple[int, object]:
        match method, path:
            case "GET", "/auth/CheckApiKey":
                return 200, {}
            case "GET", "/campaign/GetById":
                found = self.campaigns.get(int(query["campaignId"]))
                row = {"id": 7, "name": found.name, "status": found.status} if found else None
                return (200, row) if row else _refuse(404, "No campaign")
            case "GET", "/campaign/GetCampaignSequence":
                return 200, json.loads(self.campaigns[int(query["campaignId"])].sequence)
            case "POST", "/campaign/GetLeadsFromCampaign":
                rows = [_without_fields(lead) for lead in self.campaigns[body["campaignId"]].leads.values()]
                return _page(rows, body)
            case "POST", "/campaign/AddLeadsToCampaignV2":
                return self._add_to_campaign(body, miss=miss)
            case "GET", "/list/GetById":
                one = self.lists.get(int(query["listId"]))
                return (200, {"id": int(query["listId"]), "name": one["name"]}) if one else _refuse(404, "No list")
            case "POST", "/list/GetAll":
                return _page([{"id": number, "name": one["name"]} for number, one in self.lists.items()], body)
            case "POST", "/list/CreateEmptyList":
                number = max(self.lists) + 1
                self.lists[number] = {"name": body["name"], "leads": {}}
                return 200, {"id": number, "name": body["name"]}
            case "POST", "/list/GetLeadsFromList":
                return _page([_with_fields(lead) for lead in self.lists[body["listId"]]["leads"].values()], body)
            case "POST", "/list/AddLeadsToListV2":
                return self._add_to_list(body, miss=miss)
        return _refuse(404, "No such endpoint")

    def _add_to_campaign(self, body: Any, *, miss: bool) -> tuple[int, object]:
        campaign = self.campaigns[body["campaignId"]]
        assert body["resumeFinishedCampaign"] is False
        assert body["resumePausedCampaign"] is False
        if campaign.status == "DRAFT":
            return _refuse(400, "You cannot add new leads to a draft campaign")
        leads = [pair["lead"] for pair in body["accountLeadPairs"]]
        return _take(campaign.leads, leads, miss=miss, keep=True)

    def _add_to_list(self, body: Any, *, miss: bool) -> tuple[int, object]:
        return _take(self.lists[body["listId"]]["leads"], body["leads"], miss=miss, keep=self.keeps_list_fields)


def _take(known: dict[str, Any], leads: list[Any], *, miss: bool, keep: bool) -> tuple[int, object]:
    """All or nothing for what is malformed; counts alone for the rest."""
    if len(leads) > 100:
        return _refuse(400, "Too many leads")
    for lead in leads:
        if "?" in lead["profileUrl"] or "refused" in lead["profileUrl"]:
            return _refuse(400, "Invalid lead")
        if not all(_NAME.fullmatch(one["name"]) for one in lead["customUserFields"]):
            return _refuse(400, "Invalid custom field name")
    added = updated = 0
    for lead in leads[1:] if miss else leads:
        custom = {one["name"]: one["value"] for one in lead["customUserFields"]} if keep else {}
        if (row := known.get(lead["profileUrl"])) is not None:
            row["custom"].update(custom)
            updated += 1
        else:
            known[lead["profileUrl"]] = {**lead, "custom": custom, "connection": "None", "message": "None"}
            added += 1
    failed = len(leads) - added - updated
    return 200, {"addedLeadsCount": added, "updatedLeadsCount": updated, "failedLeadsCount": failed}


def _without_fields(lead: dict[str, Any]) -> dict[str, Any]:
    profile = {name: lead[name] for name in ("profileUrl", "firstName", "lastName", "companyName")}
    return {
        "linkedInUserProfile": profile,
        "leadCampaignStatus": "InSequence",
        "leadConnectionStatus": lead["connection"],
        "leadMessageStatus": lead["message"],
        "errorCode": None,
    }


def _with_fields(lead: dict[str, Any]) -> dict[str, Any]:
    fields = [{"name": name, "value": value} for name, value in lead["custom"].items()]
    return {**{name: lead[name] for name in ("profileUrl", "firstName", "lastName")}, "customFields": fields}


def _page(rows: list[Any], body: Any) -> tuple[int, object]:
    if body["limit"] > 100:
        return _refuse(400, "limit must be at most 100")
    return 200, {"totalCount": len(rows), "items": rows[body["offset"] : body["offset"] + body["limit"]]}


def _refuse(status: int, text: str) -> tuple[int, object]:
    return status, {"errorMessage": text}


def _handler_of(server: HeyReach) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, found, is_lost = server.answer(self.command, self.path, self.headers.get("X-API-KEY", ""), body)
            if is_lost:
                self.close_connection = True
                self.connection.close()
                return
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

        def log_message(self, *args: object) -> None:
            pass

    return Handler
