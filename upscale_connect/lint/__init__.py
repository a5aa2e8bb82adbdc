"""Looks at a generated text before it is delivered: is it for this person, is it whole, is it short enough?

Deterministic, offline, in any language. A finding holds a message for a person; it never changes the text.
"""

from .rules import DEFAULT_RULES, RULES, LintFinding, lint
from .settings import LIMITS, LintSettings, SenderTier
from .surroundings import COMMON, Surroundings
from .text import Word, find_greeted, measure, split_text

__all__ = [
    "COMMON",
    "DEFAULT_RULES",
    "LIMITS",
    "RULES",
    "LintFinding",
    "LintSettings",
    "SenderTier",
    "Surroundings",
    "Word",
    "find_greeted",
    "lint",
    "measure",
    "split_text",
]
