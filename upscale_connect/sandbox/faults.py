"""What can be made to go wrong, on purpose: faults of single answers, and settings of the whole sandbox.

The same words serve in the process (`sandbox.faults.add("timeout", on="submit", after=True)`) and over the
admin interface (`{"kind": "timeout", "on": "submit", "after": true}`).
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..errors import UsageError

Stage = Literal["transport", "content", "webhook"]

#: Each kind of fault and where it acts: on the wire, in a retrieve answer, on a webhook.
KINDS: dict[str, Stage] = {
    "none": "transport",  # lets one request through: a pause in a script
    "rate_limit": "transport",  # 429; retry_after: seconds, "date", or left out
    "http_error": "transport",  # an HTML page with `status`, 503 by default
    "redirect": "transport",  # `status` 301 by default, to `location`
    "timeout": "transport",  # no answer for `seconds`, then the connection is closed
    "reset": "transport",  # the connection is reset
    "truncate": "transport",  # half of the body, then the connection is closed
    "wrong_content_type": "transport",  # the right body, as text/html
    "slow": "transport",  # the body in small pieces, over `seconds`
    "revoke_key": "transport",  # the key of this request is revoked before it is looked at
    "drop_credits": "transport",  # the credits of its key are gone before it is looked at
    "refuse_get_body": "transport",  # a proxy answers 403 HTML to a GET with a body
    "strip_get_body": "transport",  # a proxy drops the body of a GET
    "missing_lead": "content",
    "extra_lead": "content",
    "duplicate_lead": "content",
    "conflicting_lead": "content",
    "reorder_leads": "content",
    "swap_messages": "content",
    "foreign_request": "content",
    "over_length": "content",
    "placeholder": "content",
    "emoji": "content",
    "rtl": "content",
    "cjk": "content",
    "unknown_message_field": "content",
    "new_metadata": "content",
    "singular_counts": "content",
    "webhook_drop": "webhook",
    "webhook_delay": "webhook",  # sent `seconds` later
    "webhook_duplicate": "webhook",
    "webhook_reorder": "webhook",  # sent after the next one
    "webhook_replay": "webhook",  # the first one ever sent comes once more
    "webhook_forge": "webhook",  # a foreign request id comes to the same URL, too
}
ENDPOINTS = ("any", "submit", "retrieve", "sequences", "account")
_GET_BODY_KINDS = ("refuse_get_body", "strip_get_body")

Early = Literal["partial-200", "202", "nulls-200", "404-until-ready"]
Quirks = Literal["none", "docs"]
CreditCheck = Literal["submit", "completion", "partial"]
Refusals = Literal["named", "mixed", "vague"]
Signature = Literal["none", "hmac-hex", "standard"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to go wrong.

    `times`: how many matching requests it meets, None until cleared. `after`: the request is processed
    (accepted, paid) before it happens; else it never reaches the application. Content faults meet complete
    retrieve answers only. Raises `UsageError` if its words are unknown.
    """

    kind: str
    on: str = "any"
    times: int | None = 1
    after: bool = False
    seconds: float | None = None
    status: int | None = None
    retry_after: int | Literal["date"] | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        _check_word("kind", self.kind, KINDS)
        _check_word("on", self.on, ENDPOINTS)
        if self.times is not None:
            _check_number("times", self.times, 1, 1_000_000_000, whole=True)
        if self.seconds is not None:
            _check_number("seconds", self.seconds, 0, 86_400)
        if self.status is not None:
            low, high = (300, 399) if self.kind == "redirect" else (400, 599)
            _check_number("status", self.status, low, high, whole=True)
        if self.retry_after not in (None, "date"):
            _check_number("retry_after", self.retry_after, 0, 86_400, whole=True)
        if not isinstance(self.after, bool) or not isinstance(self.location, str | None):
            raise UsageError("a fault's `after` is true or false, its `location` a URL")

    def meets(self, stage: Stage, endpoint: str, get_body: bool) -> bool:
        if KINDS[self.kind] != stage or self.on not in ("any", endpoint):
            return False
        return get_body or self.kind not in _GET_BODY_KINDS


@dataclass(slots=True)
class Settings:
    """`delay`: seconds until all messages of a request are there. `early`: the answer to a retrieve before.

    `quirks` "docs": the counts and the echo of the reference's samples. `credit_check`: refuse at submit,
    find out at completion, or accept and fill as far as the credits go. `unknown_id_status`: the answer to
    an id nobody got. `webhook_signature`: INVENTED, the reference describes none. `refusals` "vague": a 422 does not
    say what is wrong with which lead; "mixed": it says so of the first problem only.
    """

    delay: float = 2.0
    early: Early = "partial-200"
    quirks: Quirks = "none"
    credit_check: CreditCheck = "submit"
    unknown_id_status: int = 404
    webhook_signature: Signature = "none"
    refusals: Refusals = "named"

    def __post_init__(self) -> None:
        _check_number("delay", self.delay, 0, 86_400)
        _check_word("early", self.early, get_args(Early))
        _check_word("quirks", self.quirks, get_args(Quirks))
        _check_word("credit_check", self.credit_check, get_args(CreditCheck))
        _check_number("unknown_id_status", self.unknown_id_status, 400, 499, whole=True)
        _check_word("refusals", self.refusals, get_args(Refusals))
        _check_word("webhook_signature", self.webhook_signature, get_args(Signature))


def _check_word(name: str, value: object, words: Iterable[str]) -> None:
    words = tuple(words)
    if value not in words:
        raise UsageError(f"{name} of the sandbox cannot be {value!r}", hint=f"one of: {', '.join(words)}")


def _check_number(name: str, value: Any, low: int, high: int, *, whole: bool = False) -> None:
    is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise UsageError(f"{name} of the sandbox must be a number from {low} to {high}, not {value!r}")


@dataclass(slots=True)
class _Entry:
    fault: Fault
    left: int | None


class Faults:
    """The faults to come. Thread-safe."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []
        self._initial = settings or Settings()
        self.settings = dataclasses.replace(self._initial)

    def add(self, kind: str, **options: Any) -> Fault:
        """Add one fault at the end of the script; see `Fault` for the options."""
        fault = make_fault({"kind": kind, **options})
        self.script([fault])
        return fault

    def script(self, faults: Iterable[Fault]) -> None:
        """Add faults: those with `times` are used up in this order, the others act until cleared."""
        entries = [_Entry(fault, fault.times) for fault in faults]
        with self._lock:
            self._entries += entries

    def set(self, /, **settings: Any) -> Settings:
        """Change settings by name. Raises `UsageError` and changes nothing if one is wrong."""
        known = {field.name for field in dataclasses.fields(Settings)}
        for name in settings:
            _check_word("setting", name, sorted(known))
        with self._lock:
            self.settings = dataclasses.replace(self.settings, **settings)
            return self.settings

    def clear(self) -> None:
        """No faults, and the settings of the start."""
        with self._lock:
            self._entries.clear()
            self.settings = dataclasses.replace(self._initial)

    def list(self) -> list[Fault]:
        """The faults still to come; `times` is what is left of each."""
        with self._lock:
            return [dataclasses.replace(entry.fault, times=entry.left) for entry in self._entries]

    def take(self, stage: Stage, endpoint: str = "any", *, get_body: bool = False) -> tuple[Fault, ...]:
        """The faults of one request: the first of the script that meets it, and every lasting one."""
        if not self._entries:
            return ()
        taken: list[Fault] = []
        scripted = False
        with self._lock:
            for entry in list(self._entries):
                if not entry.fault.meets(stage, endpoint, get_body):
                    continue
                if entry.left is None:
                    taken.append(entry.fault)
                elif not scripted:
                    scripted = True
                    taken.append(entry.fault)
                    entry.left -= 1
                    if not entry.left:
                        self._entries.remove(entry)
        return tuple(taken)


def make_fault(words: object) -> Fault:
    """A fault from its words. Raises `UsageError` for an unknown one."""
    if not isinstance(words, Mapping):
        raise UsageError('a fault of the sandbox is an object such as {"kind": "timeout"}')
    known = [field.name for field in dataclasses.fields(Fault)]
    for name in words:
        _check_word("fault option", name, known)
    if "kind" not in words:
        raise UsageError("a fault of the sandbox needs a kind", hint=f"one of: {', '.join(KINDS)}")
    return Fault(**words)
