"""The synthetic messages: the same for the same lead, type and tone, and never fit to be sent."""

from __future__ import annotations

import zlib

MARKER = "[sandbox]"

#: The reference's reason for prospects without web presence, to the letter.
NO_WEB_REASON = (
    "Some prospects do not have enough available web presence for research (including having limited "
    "information on LinkedIn, a website that blocks scrapers, and/or a website that is not indexed by search "
    "engines). For these prospects, personalisation is not possible. No credits were deducted for these "
    "prospects."
)
# INVENTED: the reference names no other reason.
NO_JOBS_REASON = "Some prospects have no open job posts. No credits were deducted for these prospects."
NO_CREDITS_REASON = "Some messages were not generated because the credits ran out."

_GREETING = {"formal": "Dear", "normal": "Hello", "casual": "Hey"}
_BODY = {
    "connection_request": (
        "synthetic invitation no. {n} about {company}. Made up, not for sending.",
        "made-up note no. {n} that names {company}. A test text, not for sending.",
    ),
    "first_follow_up": (
        "synthetic follow-up no. {n}. It mentions {company} and says nothing, because no research was done. "
        "Not for sending.",
        "made-up second message no. {n} about {company}. It only shows where a follow-up would stand. Not for sending.",
    ),
    "share_material": (
        "synthetic message no. {n}. Here a material for {company} would be offered; there is none. Not for sending.",
        "made-up message no. {n} with no material for {company}. Not for sending.",
    ),
    "hiring_activity": (
        "synthetic message no. {n}. Here the open jobs of {company} would be mentioned; none were looked up. "
        "Not for sending.",
        "made-up message no. {n} on hiring at {company}. No job post was read. Not for sending.",
    ),
}


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def compose(message_type: str, tone: str, lead_id: str, first_name: str, company: str) -> str:
    """One message, with first name and company (shortened where very long).

    A `connection_request` has at most 200 characters, LinkedIn's limit for a note on a free account.
    """
    number = zlib.crc32(f"{lead_id}\0{message_type}\0{tone}".encode("utf-8", "surrogatepass"))
    bodies = _BODY[message_type]
    body = bodies[number % len(bodies)].format(n=number, company=_shorten(company, 50))
    return f"{MARKER} {_GREETING[tone]} {_shorten(first_name, 30)}, {body}"
