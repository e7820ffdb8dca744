-- Which replica brings a tenant's worklist in line, and until when, unless it says again that it is at it; and when the last refresh
-- began that was finished, and from which models and which strategy it scored. An earlier release refreshes whoever else does.
CREATE TABLE worklist_refresh (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder TEXT COLLATE "C",
    claimed_at_us BIGINT,
    expires_at_us BIGINT,
    last_began_at_us BIGINT,
    last_basis TEXT COLLATE "C"
);
