"""A Google Sheets service on this machine, as far as leads and messages need it: sheets, tokens, quota, faults.

How it behaves was learnt from recordings of the real one. `test_fake.py` holds it to that, and `replay.py` compares it
with such recordings, which are other people's and not kept here.
"""

from __future__ import annotations

from .book import Book, Linked, Tab
from .server import FakeGoogle, Fault, Seen
from .tokens import ServiceAccount

__all__ = ["Book", "FakeGoogle", "Fault", "Linked", "Seen", "ServiceAccount", "Tab"]
