-- The credit scores that a later one replaced, so that a day before it still knows them; the latest one stays with the customer.
CREATE TABLE credit_score (
    tenant TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    scored_on TEXT NOT NULL,
    value REAL NOT NULL,
    worst REAL NOT NULL,
    best REAL NOT NULL,
    PRIMARY KEY (tenant, customer_id, scored_on)
) STRICT, WITHOUT ROWID;
