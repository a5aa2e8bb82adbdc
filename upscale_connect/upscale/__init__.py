"""The Upscale API: ask for messages, fetch them, and know for certain what was bought.

The rest of the program speaks the words of `wire`; only `dialects` knows the API's own names.
"""

from __future__ import annotations

from .client import DEFAULT_BASE_URL, UpscaleClient
from .paid import PaidSession
from .wire import AccountInfo, GenerationRequest, MessageSequence, Retrieved, RetrievedLead

__all__ = [
    "DEFAULT_BASE_URL",
    "AccountInfo",
    "GenerationRequest",
    "MessageSequence",
    "PaidSession",
    "Retrieved",
    "RetrievedLead",
    "UpscaleClient",
]
