-- Who gets no message, and texts that were removed because nobody needs them any more.

-- hash: HMAC-SHA256 of kind and value with the key `suppression_key` of meta. value: NULL where only the hash is kept.
-- customer: NULL for everybody's.
CREATE TABLE suppression (
    id       INTEGER PRIMARY KEY,
    customer TEXT,
    kind     TEXT NOT NULL CHECK (kind IN ('linkedin', 'email', 'domain', 'company', 'id')),
    hash     BLOB NOT NULL,
    value    TEXT,
    reason   TEXT NOT NULL DEFAULT '',
    source   TEXT NOT NULL DEFAULT '',
    actor    TEXT NOT NULL,
    at       TEXT NOT NULL
);
CREATE UNIQUE INDEX suppression_key ON suppression (coalesce(customer, ''), kind, hash);
