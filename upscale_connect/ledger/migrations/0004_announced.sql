-- What a table may look like that was being replaced when its run was killed: stamps, JSON, oldest first.

ALTER TABLE sink ADD COLUMN announced TEXT NOT NULL DEFAULT '[]';
