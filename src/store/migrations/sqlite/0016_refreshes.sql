-- Which replica brings a tenant's worklist in line, and until when, unless it says again that it is at it; and when the last refresh
-- began that was finished, and from which models and which strategy it scored. An earlier release refreshes whoever else does.
CREATE TABLE worklist_refresh (
    tenant TEXT NOT NULL PRIMARY KEY,
    holder TEXT,
    claimed_at_us INTEGER,
    expires_at_us INTEGER,
    last_began_at_us INTEGER,
    last_basis TEXT
) STRICT, WITHOUT ROWID;
