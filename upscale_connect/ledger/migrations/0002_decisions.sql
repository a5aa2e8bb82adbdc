-- What a person has decided about a record that is set aside, and about a sync.

-- Nobody wants to be told of it any more, as long as it stays as it is.
ALTER TABLE aside ADD COLUMN dropped_by TEXT;

-- Set while a sync buys nothing, because a person said so.
ALTER TABLE sync ADD COLUMN paused_at TEXT;
ALTER TABLE sync ADD COLUMN paused_by TEXT;
