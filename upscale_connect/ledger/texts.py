"""Which text of a purchase `p` is delivered, as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: The newest version that a person made, else the message as it came.
TEXT = "coalesce((SELECT v.text FROM version v WHERE v.purchase_id = p.id ORDER BY v.id DESC LIMIT 1), p.text)"
#: The version's id, 0 for the original.
VERSION = "coalesce((SELECT max(v.id) FROM version v WHERE v.purchase_id = p.id), 0)"
#: It may be delivered.
IS_CLEAR = "p.review IN ('clear', 'approved')"


def number_texts(texts: Iterable[tuple[int, int]]) -> Sequence[int]:
    """(Purchase, version) of each text → the numbers that make its receipt: other texts have another one."""
    return [number for purchase, version in texts for number in ((purchase, -version) if version else (purchase,))]
