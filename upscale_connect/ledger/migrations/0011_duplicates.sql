-- Under which LinkedIn keys records showed a person that repeat another record. They have no lead of their own, and yet
-- what they show joins others. They go with the records: run_id is the run that read them last. Those of a lead that
-- was bought for and is gone stay ('kept').
CREATE TABLE duplicate_alias (
    sync_id INTEGER NOT NULL REFERENCES sync (id),
    person  TEXT NOT NULL,
    alias   TEXT NOT NULL,
    run_id  TEXT NOT NULL,
    PRIMARY KEY (person, alias, sync_id)
) WITHOUT ROWID;
CREATE INDEX duplicate_alias_alias ON duplicate_alias (alias, person);
CREATE INDEX duplicate_alias_sync ON duplicate_alias (sync_id, run_id);
