"""Looks at a generated text before it is delivered: is it for this person, is it whole, is it short enough?

Deterministic, offline, in any language. A finding holds a message for a person; it never changes the text. Only where a
person has said so, a text that is too long ends earlier.
"""

from .cutting import cut
from .rules import DEFAULT_RULES, RULES, LintFinding, lint
from .settings import LIMITS, LintSettings, OnTooLong, SenderTier
from .surroundings import Surroundings
from .text import Word, find_greeted, measure, split_text
from .vocabulary import COMMON

__all__ = [
    "COMMON",
    "DEFAULT_RULES",
    "LIMITS",
    "RULES",
    "LintFinding",
    "LintSettings",
    "OnTooLong",
    "SenderTier",
    "Surroundings",
    "Word",
    "cut",
    "find_greeted",
    "lint",
    "measure",
    "split_text",
]
