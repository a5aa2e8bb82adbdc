"""What stands around an address in a cell, a document or a sentence, and is no part of it."""

from __future__ import annotations

import re

_HYPERLINK = re.compile(r'=\s*HYPERLINK\s*\(\s*"+([^"]*)"', re.IGNORECASE | re.ASCII)
_MARKDOWN = re.compile(r"\[[^\]]*\]\(([^()]*)\)")

#: Soft hyphen, zero-width and bidirectional marks; the joiners stay: some scripts and emoji need them.
INVISIBLE = dict.fromkeys(
    (0xAD, 0x61C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
)
_SPACE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
EDGES = _SPACE + "\"'`<>\xab\xbb\u200c\u200d\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a"
CLOSING = EDGES + ",.;)]}|"

#: What somebody wrote behind an address: `… (Jane)`, `… - met in Rome`.
_NOTE = re.compile(r"(?<=\S)\s+[(|\u2013\u2014-](?!.*(?:/in/|/pub/|linkedin|www\.))[^:]*$", re.IGNORECASE)
_TRUNCATED = re.compile(r"(?:\u2026|\.{2,})[\s\"'>)\]]*$")


def unwrap(text: str) -> str:
    """Take off what spreadsheets, editors, JSON and sentences put around an address."""
    text = text.translate(INVISIBLE).strip(EDGES)
    if link := _HYPERLINK.match(text) or _MARKDOWN.fullmatch(text):
        text = link[1]
    text = text.replace("\\/", "/").replace("\\", "/").strip(EDGES)
    return _NOTE.sub("", text).rstrip(CLOSING)


def is_truncated(text: str) -> bool:
    """Whether a program or a person has left out the end of an address: what is left may be somebody else's."""
    return _TRUNCATED.search(text) is not None
