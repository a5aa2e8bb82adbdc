"""Looks at a generated text before it is delivered: is it for this person, is it whole, is it short enough?

Deterministic, offline, in any language. A finding holds a message for a person; it never changes the text.
"""

from .rules import DEFAULT_RULES, RULES, LintFinding, lint
from .settings import LIMITS, LintSettings, SenderTier
from .surroundings import Surroundings
from .text import measure

__all__ = [
    "DEFAULT_RULES",
    "LIMITS",
    "RULES",
    "LintFinding",
    "LintSettings",
    "SenderTier",
    "Surroundings",
    "lint",
    "measure",
]
