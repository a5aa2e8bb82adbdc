-- What this ledger did not buy, but a sink shows as bought.

-- The receipt with which a purchase was taken over from a sink; NULL: this ledger bought it.
ALTER TABLE purchase ADD COLUMN adopted TEXT;

-- examined: the sink's options when it was asked about every lead and showed no receipt of another ledger.
-- shared: it has shown one.
ALTER TABLE sink ADD COLUMN examined TEXT;
ALTER TABLE sink ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
