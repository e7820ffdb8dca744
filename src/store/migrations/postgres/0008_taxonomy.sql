-- What can be contested, per tenant. Rows never change: each load adds one with the next version, and the latest counts. A tenant
-- without a row uses the shipped taxonomy. `document` is the TOML text as it was loaded.
CREATE TABLE taxonomy (
    tenant TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    loaded_at_us BIGINT NOT NULL,
    PRIMARY KEY (tenant, version)
);
