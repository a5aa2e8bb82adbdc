-- A text that was removed, because it was delivered long ago or because its person was forgotten. It stays bought.

ALTER TABLE purchase ADD COLUMN purged_at TEXT;
