"""A stand-in for the Upscale API that costs as little as it can: every message is there at the first question.

It checks nothing, listens on 127.0.0.1 only, and prints its port when it is ready. `GET /stats` tells what it got.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: Requests whose leads are remembered; older ones are forgotten, so that memory is bounded.
KEPT = 20_000
LARGEST_BODY = 16 * 1024 * 1024

FIELDS = {
    "connection_request": "outreach_message",
    "first_follow_up": "first_follow_up_message",
    "share_material": "share_material_message",
    "hiring_activity": "hiring_activity_message",
}
TEXT = "I saw what your team has built: “impressive” is too small a word for it. May I write to you, or call?"


class Server(ThreadingHTTPServer):
    """`delay`: seconds before each answer, like the way to a server far away."""

    daemon_threads = True

    def __init__(self, port: int, delay: float) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.delay = delay
        self.requests: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self.stats = {"posts": 0, "gets": 0, "leads": 0}

    def accept(self, request: dict[str, Any]) -> str:
        """Keep what an answer needs of a request."""
        self.stats["posts"] += 1
        self.stats["leads"] += len(request["lead_data"])
        name = f"00000000-0000-4000-8000-{self.stats['posts']:012d}"
        self.requests[name] = {
            "customer": request["automation_tool_customer_id"],
            "campaign": request["automation_tool_campaign_id"],
            "types": request["message_sequence"],
            "leads": [lead["automation_tool_lead_id"] for lead in request["lead_data"]],
        }
        if len(self.requests) > KEPT:
            self.requests.popitem(last=False)
        return name

    def show(self, name: str) -> dict[str, Any]:
        """The messages of a request, all of them."""
        self.stats["gets"] += 1
        request = self.requests[name]
        leads, types = request["leads"], request["types"]
        count = len(leads) * len(types)
        return {
            "account": {"automation_tool_customer_id": request["customer"]},
            "campaign": {
                "automation_tool_campaign_id": request["campaign"],
                "message_sequence": types,
                "leads_data": [
                    {"external_prospect_id": lead, **{FIELDS[kind]: f"{TEXT} ({kind} for {lead})" for kind in types}}
                    for lead in leads
                ],
            },
            "metadata": {
                "request_message_generation_api_request_secure_request_id": name,
                "requested_messages_count": count,
                "generated_messages_count": count,
                "failed_messages_count": 0,
            },
        }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave as one segment each: without this, the second would wait for the first to arrive.
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        name = self.server.accept(json.loads(self._body()))
        self._answer(200, {"message": "Success", "secure_request_id": name})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        body = self._body()
        if url.path == "/stats":
            return self._answer(200, self.server.stats)
        named = json.loads(body) if body else {key: found[0] for key, found in parse_qs(url.query).items()}
        name = named.get("request_message_generation_secure_request_id", "")
        if name not in self.server.requests:
            return self._answer(404, {"error": "Not found", "status": 404})
        return self._answer(200, self.server.show(name))

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length", 0))
        if not 0 <= length <= LARGEST_BODY:
            raise ValueError("the body is too large")
        return self.rfile.read(length)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode("ascii")
        if self.server.delay:
            time.sleep(self.server.delay)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer like the Upscale API, at once.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="before each answer")
    given = parser.parse_args()
    with Server(given.port, given.delay) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
