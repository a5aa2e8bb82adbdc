-- What a person should see before a message is delivered, and what the person said.

-- '': nobody has looked at it yet. clear: nothing to see. Delivered is only what is clear or approved.
ALTER TABLE purchase ADD COLUMN review TEXT NOT NULL DEFAULT ''
    CHECK (review IN ('', 'clear', 'held', 'approved', 'rejected'));
UPDATE purchase SET review = 'clear' WHERE state = 'ready';
CREATE INDEX purchase_unjudged ON purchase (sync_id) WHERE state = 'ready' AND review = '';
CREATE INDEX purchase_held ON purchase (sync_id) WHERE state = 'ready' AND review = 'held';

CREATE INDEX lead_campaign ON lead (campaign_id);

-- A text that a person made of a message. The newest one is delivered; the original stays in the purchase.
-- place: where it was written: review, or the name of a sink.
CREATE TABLE version (
    id          INTEGER PRIMARY KEY,
    purchase_id INTEGER NOT NULL REFERENCES purchase (id),
    text        TEXT NOT NULL,
    author      TEXT NOT NULL,
    place       TEXT NOT NULL,
    at          TEXT NOT NULL
);
CREATE INDEX version_purchase ON version (purchase_id);

-- Why a message is held. rule: of lint, or how the sync wants its messages looked at.
CREATE TABLE finding (
    purchase_id INTEGER NOT NULL REFERENCES purchase (id),
    rule        TEXT NOT NULL,
    message     TEXT NOT NULL,
    PRIMARY KEY (purchase_id, rule)
) WITHOUT ROWID;

-- Each yes and no of a person, bound to the text that was seen.
CREATE TABLE verdict (
    id          INTEGER PRIMARY KEY,
    purchase_id INTEGER NOT NULL REFERENCES purchase (id),
    verdict     TEXT NOT NULL CHECK (verdict IN ('approved', 'rejected')),
    hash        BLOB NOT NULL,
    actor       TEXT NOT NULL,
    reason      TEXT NOT NULL DEFAULT '',
    at          TEXT NOT NULL
);
CREATE INDEX verdict_purchase ON verdict (purchase_id);
