"""What a person wrote over a message in a table that is no review place: it stays, and it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..contracts import Table
from ..errors import SinkError
from ..ledger import Edit, hash_text
from ..models import Lead
from .review_places import is_own_text
from .run import Run
from .shield import shield, shield_iterator


class EditSearch:
    """Reads one table back, if somebody but us has written to it since it was last searched."""

    def __init__(self, run: Run, name: str, table: Table[Any], sink_id: int) -> None:
        self._run = run
        self._name = name
        self._table = table
        self._sink_id = sink_id

    def search(self) -> None:
        """Remember where a person's text stands. A target that cannot be read is left to who writes it."""
        run = self._run
        if self._name in run.sync.review.where:
            return  # there an edit becomes the message
        try:
            with shield(self._error, run.config.secrets):
                stamp = self._table.stamp()
            if stamp is None or not self._may_have_changed(stamp):
                return
            edits = list(self._read())
        except SinkError:
            return
        if new := run.ledger.store_edits(self._sink_id, stamp, edits, run.now()):
            run.note(
                f"{self._name}: a person has changed {new} texts since they were written;"
                f" see `upscale-connect todo {run.sync.name}`"
            )

    def _may_have_changed(self, stamp: str) -> bool:
        ledger = self._run.ledger
        ours = ledger.read_stamps(self._sink_id)
        if not ours or stamp == ledger.searched_stamp(self._sink_id):
            return False
        # After a rewrite of ours only what was there before can be there.
        return stamp not in ours or ledger.count_edits(self._sink_id) > 0

    def _read(self) -> Iterator[Edit]:
        run = self._run
        with shield(self._error, run.config.secrets):
            shown = self._table.shown()
        for row in shield_iterator(iter(()) if shown is None else shown, self._error, run.config.secrets):
            lead = run.mapping.lead(row.record)
            if not isinstance(lead, Lead) or not row.receipt or run.account_id is None:
                continue
            campaign_id = run.ledger.find_campaign(run.account_id, lead.customer, lead.campaign, make=False)
            if campaign_id is None:
                continue
            for message in run.ledger.messages_of(campaign_id, lead.lead_id):
                text = row.fields.get(message.type, "").strip()
                if message.lead.linkedin_key == lead.linkedin_key and is_own_text(run.ledger, message, text):
                    yield Edit(campaign_id, lead.lead_id, message.type, hash_text(text), message.id)

    def _error(self, failure: str) -> SinkError:
        return SinkError(f"the sink {self._name!r} of {self._run.sync.name!r} could not be read: {failure}")
