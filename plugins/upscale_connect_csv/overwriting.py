"""Which texts a message may replace."""

from __future__ import annotations

from upscale_connect import Delivery

from .columns import clean
from .options import Overwrite


def may_replace(overwrite: Overwrite, delivery: Delivery, message_type: str, shown: str) -> bool:
    """Whether the delivery's message may stand where this text stands now. Its own text may always stay."""
    if overwrite == "always" or not shown.strip() or not is_new(clean(delivery.messages[message_type].text), shown):
        return True
    return overwrite == "if_unchanged" and delivery.may_replace(message_type, shown)


def is_new(text: str, shown: str) -> bool:
    """Whether a text differs from the one that stands there in more than line ends and blanks at the edges."""
    return _normalize(text) != _normalize(shown)


def _normalize(text: str) -> str:
    return "\n".join(text.splitlines()).strip()
