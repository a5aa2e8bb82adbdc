"""The texts of a message: as it came, and what people made of it."""

from __future__ import annotations

from ..errors import UsageError
from .database import Database


class VersionTables:
    """The part of the ledger that has every text of a message."""

    db: Database

    def earlier_texts(self, purchase_id: int) -> list[str]:
        """The message as it came and its versions, but for the newest."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT text, 0 AS number FROM purchase WHERE id = ?1 UNION ALL SELECT text, id FROM version"
                " WHERE purchase_id = ?1 ORDER BY number",
                (purchase_id,),
            ).fetchall()
        return [row[0] for row in rows[:-1]]

    def texts_of(self, purchase_id: int) -> set[str]:
        """Every text that the lead has had of this type: of all revisions, and what people made of them."""
        query = (
            "SELECT p.id, p.text FROM purchase p JOIN purchase o USING (campaign_id, lead_id, type) WHERE o.id = ?"
            " AND p.state <> 'refused' AND p.text IS NOT NULL"
        )
        with self.db.reading() as tx:
            rows = tx.execute(query, (purchase_id,)).fetchall()
            versions = [tx.execute("SELECT text FROM version WHERE purchase_id = ?", (row[0],)) for row in rows]
            return {row[1] for row in rows} | {row[0] for found in versions for row in found}

    def all_texts(self, purchase_id: int) -> list[str]:
        """The message as it came, and each version. Raises UsageError if there is no such message."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT text, 0 AS number FROM purchase WHERE id = ?1 AND text IS NOT NULL UNION ALL"
                " SELECT text, id FROM version WHERE purchase_id = ?1 ORDER BY number",
                (purchase_id,),
            ).fetchall()
        if not rows:
            raise UsageError(f"there is no message {purchase_id}", hint="see `upscale-connect review list`")
        return [row[0] for row in rows]
