"""What happened to a lead, told to people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

#: What is told of the attempts of a lead's batches; the rest is seen from their states.
_TOLD = "('attached', 'resent', 'dropped', 'bound', 'alarm')"
#: What only a person does. An attempt that was sent is dropped by one, too.
_BY_PERSON = frozenset(
    ("attached", "resent", "retried", "dismissed", "regenerated", "adopted", "approved", "rejected", "edited")
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a lead's story. `at` is when, `text` what happened; texts of messages are in `message`."""

    at: str
    text: str
    message: str = ""


def read_events(tx: sqlite3.Connection, campaign_id: int, lead_id: str) -> list[Any]:
    """Time, actor, kind, detail and attempt (or None) of the events of a lead and its attempts, in their order."""
    return tx.execute(
        "SELECT at, actor, kind, detail, attempt_id FROM event WHERE id IN ("
        "SELECT id FROM event WHERE campaign_id = ?1 AND lead_id = ?2 UNION"
        " SELECT e.id FROM purchase p JOIN attempt a ON a.batch_id = p.batch_id JOIN event e ON e.attempt_id = a.id"
        f" WHERE p.campaign_id = ?1 AND p.lead_id = ?2 AND e.kind IN {_TOLD}) ORDER BY id",
        (campaign_id, lead_id),
    ).fetchall()


def tell_event(actor: str, kind: str, detail: str, attempt_id: int | None) -> str:
    is_person = kind in _BY_PERSON or (kind == "dropped" and not detail)
    about = f"attempt {attempt_id}: " if attempt_id is not None else ""
    return f"{about}{kind}{': ' + detail if detail else ''} ({'by' if is_person else 'run'} {actor})"


def tell_purchase(row: Sequence[Any]) -> Iterator[Line]:
    """A purchase and one of the attempts to make it: what `Overview.story` reads of them."""
    kind, state, text, reason, changed_at, attempt, attempt_state, sent_at, answered_at, request, cause = row[:11]
    adopted, number = row[11:]
    if sent_at:
        yield Line(sent_at, f"sent with attempt {attempt}")
    if answered_at and request:
        yield Line(answered_at, f"accepted as request {request}")
    if attempt_state == "in_doubt":
        yield Line(sent_at, f"attempt {attempt} is in doubt: {cause}")
    if state == "ready":
        how = "received" if adopted is None else f"adopted, as a sink showed it with receipt {adopted}"
        yield Line(changed_at, f"{kind}: message {number} {how}", text or "(its text was removed)")
    elif state == "failed":
        yield Line(changed_at, f"{kind}: no message ({reason})")
    elif state == "refused":
        yield Line(changed_at, f"{kind}: refused by the API ({reason})")
    else:
        yield Line(changed_at, f"{kind}: {state}")
