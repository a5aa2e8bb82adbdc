"""A Google Sheets service on this machine, as far as leads and messages need it: sheets, tokens, quota, faults.

How it behaves was taken from recordings of the real one; `test_recorded.py` replays them against it.
"""

from __future__ import annotations

from .book import Book, Linked, Tab
from .server import FakeGoogle, Fault, Seen
from .tokens import ServiceAccount

__all__ = ["Book", "FakeGoogle", "Fault", "Linked", "Seen", "ServiceAccount", "Tab"]
