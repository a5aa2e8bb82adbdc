-- The ledger: every purchase, batch, attempt, message and delivery. Times are UTC, ISO 8601.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- A named API key, bound for ever to the origin (scheme, host, port) it was first used with.
CREATE TABLE account (
    id     INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL
);

CREATE TABLE campaign (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    customer   TEXT NOT NULL,
    campaign   TEXT NOT NULL,
    UNIQUE (account_id, customer, campaign)
);

-- fingerprint, cursor, digest: of the last complete read. changed: goes up with all that a table shows.
CREATE TABLE sync (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL DEFAULT '',
    cursor      TEXT,
    digest      TEXT NOT NULL DEFAULT '',
    changed     INTEGER NOT NULL DEFAULT 1,
    finished_at TEXT
);

-- A lead as a sync last read it. fields: the lead's values; record: the source's row. Both JSON.
CREATE TABLE lead (
    id           INTEGER PRIMARY KEY,
    sync_id      INTEGER NOT NULL REFERENCES sync (id),
    campaign_id  INTEGER NOT NULL REFERENCES campaign (id),
    lead_id      TEXT NOT NULL,
    person       TEXT NOT NULL,
    fields       TEXT NOT NULL,
    record       TEXT NOT NULL,
    digest       BLOB NOT NULL,
    read_at      TEXT NOT NULL,
    UNIQUE (sync_id, campaign_id, lead_id)
);
CREATE INDEX lead_person ON lead (person);

-- What the leads of one POST share besides their campaign: description and message types. JSON.
CREATE TABLE request (
    id          INTEGER PRIMARY KEY,
    description TEXT NOT NULL,
    types       TEXT NOT NULL,
    UNIQUE (description, types)
);

CREATE TABLE batch (
    id          INTEGER PRIMARY KEY,
    sync_id     INTEGER NOT NULL REFERENCES sync (id),
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    request_id  INTEGER NOT NULL REFERENCES request (id),
    leads       INTEGER NOT NULL,
    messages    INTEGER NOT NULL,
    created_at  TEXT NOT NULL
);

-- One row per try to send a batch. Only a hash of the callback token is kept, and its tail for people.
CREATE TABLE attempt (
    id                INTEGER PRIMARY KEY,
    batch_id          INTEGER NOT NULL REFERENCES batch (id),
    number            INTEGER NOT NULL,
    state             TEXT NOT NULL CHECK (state IN
                          ('prepared', 'submitting', 'accepted', 'complete', 'refused', 'in_doubt', 'dropped')),
    run_id            TEXT NOT NULL,
    token_hash        BLOB NOT NULL UNIQUE,
    token_tail        TEXT NOT NULL,
    body_hash         BLOB NOT NULL,
    prepared_at       TEXT NOT NULL,
    sent_at           TEXT,
    answered_at       TEXT,
    secure_request_id TEXT UNIQUE,
    status            INTEGER,
    cause             TEXT,
    detail            TEXT,
    bytes_sent        INTEGER,
    polls             INTEGER NOT NULL DEFAULT 0,
    next_poll_at      TEXT,
    last_digest       TEXT,
    requested         INTEGER,
    generated         INTEGER,
    failed            INTEGER,
    failed_reason     TEXT,
    completed_at      TEXT,
    UNIQUE (batch_id, number)
);
CREATE INDEX attempt_state ON attempt (state);
CREATE INDEX attempt_sent ON attempt (sent_at);

-- One purchase key per row, with the message that it bought. person: for whom it was bought.
CREATE TABLE purchase (
    id          INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    lead_id     TEXT NOT NULL,
    type        TEXT NOT NULL,
    revision    INTEGER NOT NULL DEFAULT 1,
    person      TEXT NOT NULL,
    sync_id     INTEGER NOT NULL REFERENCES sync (id),
    request_id  INTEGER NOT NULL REFERENCES request (id),
    batch_id    INTEGER REFERENCES batch (id),
    state       TEXT NOT NULL CHECK (state IN ('queued', 'pending', 'ready', 'failed', 'refused')),
    text        TEXT,
    reason      TEXT,
    changed_at  TEXT NOT NULL,
    CHECK ((state = 'queued') = (batch_id IS NULL))
);
CREATE UNIQUE INDEX purchase_key ON purchase (campaign_id, lead_id, type, revision) WHERE state <> 'refused';
CREATE INDEX purchase_person ON purchase (campaign_id, person);
CREATE INDEX purchase_queue ON purchase (sync_id, request_id, campaign_id, id) WHERE state = 'queued';
CREATE INDEX purchase_batch ON purchase (batch_id) WHERE batch_id IS NOT NULL;

-- Records that are set aside, each with its reason. key: what recognises the record in the next read.
CREATE TABLE aside (
    id          INTEGER PRIMARY KEY,
    sync_id     INTEGER NOT NULL REFERENCES sync (id),
    key         TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('quarantined', 'duplicate', 'held', 'refused')),
    place       TEXT NOT NULL,
    field       TEXT NOT NULL DEFAULT '',
    value       TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL,
    campaign_id INTEGER REFERENCES campaign (id),
    lead_id     TEXT,
    digest      BLOB,
    since       TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    UNIQUE (sync_id, key)
);
CREATE INDEX aside_lead ON aside (campaign_id, lead_id) WHERE lead_id IS NOT NULL;

-- stamp: what a table's target looked like after it was last written; shown: sync.changed at that time.
CREATE TABLE sink (
    id      INTEGER PRIMARY KEY,
    sync_id INTEGER NOT NULL REFERENCES sync (id),
    name    TEXT NOT NULL,
    stamp   TEXT,
    shown   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (sync_id, name)
);

CREATE TABLE delivery (
    sink_id     INTEGER NOT NULL REFERENCES sink (id),
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    lead_id     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN
                    ('due', 'unknown', 'written', 'unchanged', 'skipped', 'conflict', 'failed', 'parked')),
    receipt     TEXT NOT NULL DEFAULT '',
    attempts    INTEGER NOT NULL DEFAULT 0,
    reason      TEXT NOT NULL DEFAULT '',
    changed_at  TEXT NOT NULL,
    PRIMARY KEY (sink_id, campaign_id, lead_id)
) WITHOUT ROWID;
CREATE INDEX delivery_open ON delivery (sink_id, campaign_id, lead_id)
    WHERE state IN ('due', 'unknown', 'failed', 'conflict', 'parked');
CREATE INDEX delivery_lead ON delivery (campaign_id, lead_id);

-- What happened, in order: ids only, no names, no texts.
CREATE TABLE event (
    id          INTEGER PRIMARY KEY,
    at          TEXT NOT NULL,
    actor       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    sync_id     INTEGER REFERENCES sync (id),
    attempt_id  INTEGER REFERENCES attempt (id),
    campaign_id INTEGER REFERENCES campaign (id),
    lead_id     TEXT,
    sink_id     INTEGER REFERENCES sink (id),
    detail      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX event_attempt ON event (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX event_alarm ON event (sync_id, at) WHERE kind = 'alarm';
CREATE INDEX event_lead ON event (campaign_id, lead_id) WHERE lead_id IS NOT NULL;

CREATE TABLE run (
    id          TEXT NOT NULL,
    sync_id     INTEGER NOT NULL REFERENCES sync (id),
    started_at  TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    exit_code   INTEGER NOT NULL,
    report      TEXT NOT NULL,
    PRIMARY KEY (sync_id, id)
) WITHOUT ROWID;
