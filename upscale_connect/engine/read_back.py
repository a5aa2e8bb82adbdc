"""What sinks know of the leads that are in them, as columns for conditions: who accepted an invitation, who replied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..config import ShownField
from ..contracts import Delivery, Sink, Table
from ..errors import SinkError
from ..models import Lead, Record
from .shield import shield, shield_iterator

_NOTHING: Mapping[str, str] = {}


class ReadBack:
    """Asks the sinks, once for each lead. `columns`: name of a column → the sink and the field that it stands for."""

    def __init__(
        self,
        columns: Mapping[str, ShownField],
        sinks: Mapping[str, Sink[Any] | Table[Any]],
        secrets: Collection[str],
    ) -> None:
        self._columns = columns
        self._sinks = sinks
        self._secrets = secrets
        self._asked: set[str] = set()
        self._found: dict[str, dict[str, str]] = {}

    def ask(self, leads: Iterable[tuple[Lead, Record]]) -> None:
        """Find the columns of these leads. Raises SinkError if a sink cannot say it: then nothing is bought."""
        if not self._columns:
            return
        fresh = [(lead, record) for lead, record in leads if lead.key not in self._asked]
        for name in dict.fromkeys(shown.sink for shown in self._columns.values()):
            self._ask_sink(name, [Delivery(lead.key, record, lead, {}, "") for lead, record in fresh])
        self._asked.update(lead.key for lead, _ in fresh)

    def columns_of(self, lead: Lead) -> Mapping[str, str]:
        """Column → text. A lead that is not in a sink, or whose place is another person's, has no such column."""
        return self._found.get(lead.key, _NOTHING)

    def _ask_sink(self, name: str, deliveries: list[Delivery]) -> None:
        def fail(why: str) -> SinkError:
            hint = "nothing was bought; correct it, or take it out of `read_back`, then run again"
            return SinkError(f"the sink {name!r} cannot say what it knows of the leads: {why}", hint=hint)

        sink = self._sinks[name]
        with shield(fail, self._secrets):
            found = None if isinstance(sink, Table) else sink.find(deliveries)
        if found is None:
            raise fail("it cannot find leads")
        columns = [(column, shown.field) for column, shown in self._columns.items() if shown.sink == name]
        for place in shield_iterator(found, fail, self._secrets):
            if not place.stranger:
                row = self._found.setdefault(place.key, {})
                row.update((column, place.fields.get(field, "")) for column, field in columns)
