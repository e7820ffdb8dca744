-- What can be contested, per tenant. Rows never change: each load adds one with the next version, and the latest counts. A tenant
-- without a row uses the shipped taxonomy. `document` is the TOML text as it was loaded.
CREATE TABLE taxonomy (
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL,
    loaded_at_us INTEGER NOT NULL,
    PRIMARY KEY (tenant, version)
) STRICT;
