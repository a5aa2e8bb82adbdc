"""Makes names, companies and websites fit to be read in a message: conservative, explained, reversible.

Tables of our own, no network, no guesses about people. The source's own value is never changed: what a rule did is
kept beside the lead.
"""

from .cleaning import Cleaner
from .settings import DEFAULTS, RULES, Action, HygieneSettings

__all__ = ["DEFAULTS", "RULES", "Action", "Cleaner", "HygieneSettings"]
