-- Texts that are kept, so that those to be removed are found without a look at all the others.

CREATE INDEX event_purged ON event (kind) WHERE kind = 'purged';
CREATE INDEX purchase_kept ON purchase (sync_id, changed_at) WHERE state = 'ready' AND text IS NOT NULL;
