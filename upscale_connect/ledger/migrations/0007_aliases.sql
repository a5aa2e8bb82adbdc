-- Under which further LinkedIn keys the person of a lead is known. They go with the lead.
CREATE TABLE alias (
    lead   INTEGER NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
    person TEXT NOT NULL,
    alias  TEXT NOT NULL,
    PRIMARY KEY (lead, person, alias)
) WITHOUT ROWID;
CREATE INDEX alias_alias ON alias (alias, person);
CREATE INDEX alias_person ON alias (person, alias);
