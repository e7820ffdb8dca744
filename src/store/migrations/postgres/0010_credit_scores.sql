-- The credit scores that a later one replaced, so that a day before it still knows them; the latest one stays with the customer.
CREATE TABLE credit_score (
    tenant TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    scored_on TEXT COLLATE "C" NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    worst DOUBLE PRECISION NOT NULL,
    best DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (tenant, customer_id, scored_on)
);
