"""The service on a socket, with a queue of faults."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tests.plugins.loopback import LoopbackServer

from . import structure, values
from .book import Book
from .problems import RefusalError, forbidden, missing_scope, quota
from .tokens import ServiceAccount, Token, TokenError, Tokens

#: Calls of each kind that an account has in a minute.
PER_MINUTE = 60
PAYLOAD_LIMIT = 10 * 1024 * 1024

_READ = "https://www.googleapis.com/auth/spreadsheets.readonly"
_WRITE = "https://www.googleapis.com/auth/spreadsheets"
_ROUTE = re.compile(r"/v4/spreadsheets/([^/:]+)(?:/values(?:/(.+?))?)?(?::(\w+))?")


@dataclass
class Seen:
    """A request that came in. `time` is the clock's."""

    kind: Literal["Read", "Write", "Token"]
    path: str
    body: Any
    time: float
    status: int = 0


@dataclass
class Fault:
    """What happens to a request instead of, or after, its work.

    `status` and `body` are answered instead. `drop` closes the connection: "before" the work or "after" it.
    """

    status: int = 0
    body: bytes = b""
    drop: Literal["", "before", "after"] = ""


class FakeGoogle(LoopbackServer):
    """The service, for all its books.

    `on_request` is called before each request is handled, in the order of arrival, and may return a fault, or
    change the books as another person would.
    """

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.books: dict[str, Book] = {}
        self.tokens = Tokens()
        self.seen: list[Seen] = []
        self.on_request: Callable[[Seen], Fault | None] = lambda seen: None
        self.per_minute: int | None = PER_MINUTE
        self._clock = clock
        self._lock = threading.Lock()
        self._minute: dict[tuple[str, str], deque[float]] = {}
        super().__init__(type("Handler", (_Handler,), {"google": self}))

    @property
    def token_uri(self) -> str:
        return f"{self.url}/token"

    def add(self, book: Book, account: ServiceAccount | None = None) -> Book:
        """Keep a book, shared with an account as editor."""
        self.books[book.id] = book
        if account is not None:
            self.tokens.accounts[account.email] = account
            book.editors.add(account.email)
        return book

    def count(self, kind: str) -> int:
        return sum(one.kind == kind for one in self.seen)

    def busiest_minute(self, kind: str) -> int:
        """The most requests that came within 60 seconds."""
        times = [one.time for one in self.seen if one.kind == kind]
        return max((sum(start <= time < start + 60 for time in times) for start in times), default=0)

    def handle(self, method: str, url: str, body: bytes, token: str) -> tuple[int, bytes, str]:
        """Status, body, and when to drop the connection ("" for never)."""
        parts = urlsplit(url)
        kind: Literal["Read", "Write", "Token"] = "Read" if method == "GET" else "Write"
        if parts.path == "/token":
            kind = "Token"
        with self._lock:
            content = json.loads(body) if body.startswith(b"{") else None
            seen = Seen(kind, unquote(parts.path), content, self._clock())
            self.seen.append(seen)
            fault = self.on_request(seen) or Fault()
            if fault.status or fault.drop == "before":
                seen.status = fault.status
                return fault.status, fault.body, fault.drop
            seen.status, answer = self._work(seen, method, parts.path, parse_qs(parts.query), body, token)
            return seen.status, answer, fault.drop

    def _work(
        self, seen: Seen, method: str, path: str, query: dict[str, list[str]], body: bytes, token: str
    ) -> tuple[int, bytes]:
        if seen.kind == "Token":
            try:
                return 200, json.dumps(self.tokens.grant(body)).encode()
            except TokenError as error:
                return 400, json.dumps({"error": str(error), "error_description": "Bad Request"}).encode()
        try:
            if len(body) > PAYLOAD_LIMIT:
                raise RefusalError(400, f"Request payload size exceeds the limit: {PAYLOAD_LIMIT} bytes.")
            who = self._admit(seen.kind, token)
            answer = self._route(method, path, query, seen.body or {}, who)
        except RefusalError as error:
            return error.code, error.body()
        compact = query.get("prettyPrint") == ["false"]
        return 200, json.dumps(answer, indent=None if compact else 2, ensure_ascii=False).encode()

    def _admit(self, kind: str, token: str) -> Token:
        who = self.tokens.given.get(token)
        if who is None:
            raise RefusalError(401, "Request had invalid authentication credentials.")
        now = self._clock()
        calls = self._minute.setdefault((who.email, kind), deque())
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if self.per_minute is not None and len(calls) >= self.per_minute:
            raise quota(kind)
        calls.append(now)
        return who

    def _route(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any], who: Token) -> Any:
        found = _ROUTE.fullmatch(path)
        book = self.books.get(found[1]) if found else None
        if found is None or book is None:
            raise RefusalError(404, "Requested entity was not found.")
        is_write = method != "GET"
        if _WRITE not in who.scopes and (is_write or _READ not in who.scopes):
            raise missing_scope()
        if who.email not in (book.editors if is_write else book.editors | book.viewers):
            raise forbidden()
        options = {name: value[0] for name, value in query.items()}
        area, action = unquote(found[2]) if found[2] else None, found[3] or ""
        if "/values" in path:
            if (method, action) not in _VALUES:
                raise RefusalError(404, "Requested entity was not found.")
            answer = _VALUES[method, action](book, area, query, options, body)
            return structure.apply_mask(answer, options["fields"]) if "fields" in options else answer
        if method == "POST" and action == "batchUpdate":
            return structure.batch_update(book, body)
        with_cells = options.get("includeGridData") == "true"
        return structure.describe(book, query.get("ranges", []), options.get("fields", ""), with_cells=with_cells)


_VALUES: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", ""): lambda book, area, query, options, body: values.get(book, area, options),
    ("PUT", ""): lambda book, area, query, options, body: values.update(
        book, area, body, options.get("valueInputOption", "")
    ),
    ("POST", "append"): lambda book, area, query, options, body: values.append(
        book, area, body, options.get("valueInputOption", "")
    ),
    ("POST", "clear"): lambda book, area, query, options, body: values.clear(book, area),
    ("POST", "batchClear"): lambda book, area, query, options, body: values.batch_clear(book, body),
    ("POST", "batchUpdate"): lambda book, area, query, options, body: values.batch_update(book, body),
    ("GET", "batchGet"): lambda book, area, query, options, body: {
        "spreadsheetId": book.id,
        "valueRanges": [values.get(book, text, options) for text in query.get("ranges", [])],
    },
}


class _Handler(BaseHTTPRequestHandler):
    google: FakeGoogle
    protocol_version = "HTTP/1.1"
    #: Whether an answer is sent in several packets decides about 40 ms on loopback.
    wbufsize = -1
    timeout = 20

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, answer, drop = self.google.handle(self.command, self.path, body, token)
        if drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        kind = "text/html" if answer.startswith(b"<") else "application/json"
        if len(answer) > 2000 and "gzip" in self.headers.get("Accept-Encoding", ""):
            answer = gzip.compress(answer, 1)
            encoding = "gzip"
        else:
            encoding = ""
        self.send_response(status)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Type", f"{kind}; charset=UTF-8")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Be silent."""
