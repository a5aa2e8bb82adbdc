-- Where a person put another text in the place of a message, in a table that is no review place. hash: of that text.
-- purchase_id and version: of the newest message when the text was first seen; a newer one is hidden by it.
CREATE TABLE edit (
    sink_id     INTEGER NOT NULL REFERENCES sink (id),
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    lead_id     TEXT NOT NULL,
    type        TEXT NOT NULL,
    hash        BLOB NOT NULL,
    purchase_id INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    since       TEXT NOT NULL,
    PRIMARY KEY (sink_id, campaign_id, lead_id, type)
) WITHOUT ROWID;
CREATE INDEX edit_lead ON edit (campaign_id, lead_id);

-- The stamp of a table's target when it was last searched for them.
ALTER TABLE sink ADD COLUMN searched TEXT NOT NULL DEFAULT '';
