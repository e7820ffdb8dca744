-- Text sorts by its bytes (collation "C"), as it does in SQLite and in Rust.
-- Every table and index starts with the tenant. Amounts are minor units beside their currency, instants are microseconds
-- since 1970-01-01 UTC (`_us`), dates are `YYYY-MM-DD`, yes and no are 1 and 0, and lists are JSON.

CREATE TABLE tenant (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

-- Lists reach a statement as one JSON text, so that one SQL text serves SQLite, which has this function built in.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value JSONB) LANGUAGE SQL IMMUTABLE ROWS 100
    AS 'SELECT jsonb_array_elements(CAST(list AS JSONB))';

-- The ledger -------------------------------------------------------------------------------------------------------

CREATE TABLE customer (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    segment TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C",
    language TEXT COLLATE "C",
    annual_revenue_minor BIGINT,
    annual_revenue_currency TEXT COLLATE "C",
    credit_limit_minor BIGINT,
    credit_limit_currency TEXT COLLATE "C",
    credit_score_value DOUBLE PRECISION,
    credit_score_worst DOUBLE PRECISION,
    credit_score_best DOUBLE PRECISION,
    credit_score_on TEXT COLLATE "C",
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Which accounts there are: a row for each currency in which something was posted to a customer.
CREATE TABLE account (
    tenant TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, currency)
);

CREATE TABLE invoice (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    issued_on TEXT COLLATE "C" NOT NULL,
    due_on TEXT COLLATE "C" NOT NULL,
    business_unit TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX invoice_by_id ON invoice (tenant, id);

CREATE TABLE payment (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    received_on TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX payment_by_id ON payment (tenant, id);

CREATE TABLE credit_note (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    issued_on TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX credit_note_by_id ON credit_note (tenant, id);

-- Which part of a payment or credit note settles which invoice, in the document's currency.
CREATE TABLE allocation (
    tenant TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL CHECK (document IN ('payment', 'credit_note')),
    document_id TEXT COLLATE "C" NOT NULL,
    line_index BIGINT NOT NULL,
    invoice_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id, document, document_id, line_index)
);

CREATE TABLE promise (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    invoice_ids TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT,
    currency TEXT COLLATE "C",
    made_on TEXT COLLATE "C" NOT NULL,
    promised_on TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX promise_by_id ON promise (tenant, id);

CREATE TABLE contact (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C",
    contacted_on TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX contact_by_id ON contact (tenant, id);

CREATE TABLE hold (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    invoice_ids TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    from_on TEXT COLLATE "C" NOT NULL,
    until_on TEXT COLLATE "C",
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX hold_by_id ON hold (tenant, id);

CREATE TABLE fx_rate (
    tenant TEXT COLLATE "C" NOT NULL,
    from_currency TEXT COLLATE "C" NOT NULL,
    to_currency TEXT COLLATE "C" NOT NULL,
    valid_on TEXT COLLATE "C" NOT NULL,
    rate TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, from_currency, to_currency, valid_on)
);

-- Messages and disputes ----------------------------------------------------------------------------------------------

CREATE TABLE message (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C",
    channel TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    received_at_us BIGINT NOT NULL,
    reading TEXT COLLATE "C" NOT NULL,
    dispute_id TEXT COLLATE "C",
    work_item_id TEXT COLLATE "C",
    PRIMARY KEY (tenant, id)
);
CREATE INDEX message_by_time ON message (tenant, received_at_us, id);
CREATE INDEX message_by_customer ON message (tenant, customer_id, received_at_us, id) WHERE customer_id IS NOT NULL;
CREATE INDEX message_by_dispute ON message (tenant, dispute_id, received_at_us, id) WHERE dispute_id IS NOT NULL;

-- `priority_parts` is the priority of the latest score in parts of 1/1024. A dispute that came as a record of another
-- system has a content digest, and the message if there was one.
CREATE TABLE dispute (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    invoice_ids TEXT COLLATE "C" NOT NULL,
    contested_item TEXT COLLATE "C" NOT NULL,
    severity TEXT COLLATE "C" NOT NULL,
    contested_minor BIGINT,
    contested_currency TEXT COLLATE "C",
    opened_on TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    is_open BIGINT NOT NULL,
    resolution TEXT COLLATE "C",
    credited_minor BIGINT,
    credited_currency TEXT COLLATE "C",
    resolved_on TEXT COLLATE "C",
    raised_count BIGINT NOT NULL,
    priority_label TEXT COLLATE "C",
    assignee TEXT COLLATE "C",
    updated_at_us BIGINT NOT NULL,
    version BIGINT NOT NULL,
    priority_parts BIGINT NOT NULL,
    message_text TEXT COLLATE "C",
    content_digest TEXT COLLATE "C",
    PRIMARY KEY (tenant, id)
);
CREATE INDEX dispute_by_customer ON dispute (tenant, customer_id, id);
CREATE INDEX dispute_by_priority ON dispute (tenant, priority_parts, opened_on, id);

-- The worklist -------------------------------------------------------------------------------------------------------

CREATE TABLE work_item (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C",
    currency TEXT COLLATE "C",
    dispute_id TEXT COLLATE "C",
    message_id TEXT COLLATE "C",
    queue TEXT COLLATE "C",
    assignee TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    priority DOUBLE PRECISION NOT NULL,
    tier TEXT COLLATE "C" NOT NULL,
    stake_minor BIGINT,
    stake_currency TEXT COLLATE "C",
    summary TEXT COLLATE "C" NOT NULL,
    score_id TEXT COLLATE "C",
    created_at_us BIGINT NOT NULL,
    due_on TEXT COLLATE "C",
    snoozed_until_us BIGINT,
    lease_holder TEXT COLLATE "C",
    lease_token TEXT COLLATE "C",
    lease_expires_at_us BIGINT,
    completed_at_us BIGINT,
    completion_result TEXT COLLATE "C",
    gate TEXT COLLATE "C",
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX work_item_by_dispute ON work_item (tenant, dispute_id) WHERE dispute_id IS NOT NULL AND state <> 'COMPLETED';
CREATE INDEX work_item_by_account ON work_item (tenant, customer_id, currency)
    WHERE kind = 'OVERDUE_ACCOUNT' AND state <> 'COMPLETED';

-- How an item ranked from one instant until another; no end means that it still does. A page over a snapshot reads the
-- rows that held at that instant, so that it stays exact while items change.
CREATE TABLE work_item_rank (
    tenant TEXT COLLATE "C" NOT NULL,
    work_item_id TEXT COLLATE "C" NOT NULL,
    valid_from_us BIGINT NOT NULL,
    valid_until_us BIGINT,
    priority_parts BIGINT NOT NULL,
    tier TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    queue TEXT COLLATE "C",
    assignee TEXT COLLATE "C",
    currency TEXT COLLATE "C",
    visible_from_us BIGINT NOT NULL,
    is_gated BIGINT NOT NULL,
    PRIMARY KEY (tenant, work_item_id, valid_from_us)
);
CREATE INDEX work_item_rank_by_priority ON work_item_rank (tenant, priority_parts DESC, work_item_id);
CREATE INDEX work_item_rank_by_assignee ON work_item_rank (tenant, assignee, priority_parts DESC, work_item_id)
    WHERE assignee IS NOT NULL;
CREATE INDEX work_item_rank_by_queue ON work_item_rank (tenant, queue, priority_parts DESC, work_item_id)
    WHERE queue IS NOT NULL;
CREATE INDEX work_item_rank_ended ON work_item_rank (tenant, valid_until_us) WHERE valid_until_us IS NOT NULL;

-- `subject` is `dispute/ID`, `account/CURRENCY/CUSTOMER` or `work-item/ID`; `document` is the score as JSON.
CREATE TABLE score (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    scored_at_us BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    inputs TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX score_by_subject ON score (tenant, subject, scored_at_us, id);

-- Requests, outcomes, models -----------------------------------------------------------------------------------------

CREATE TABLE request (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    answered_at_us BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE outcome (
    tenant TEXT COLLATE "C" NOT NULL,
    known_at_us BIGINT NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, known_at_us, content_digest)
);

CREATE TABLE model (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    created_at_us BIGINT NOT NULL,
    details TEXT COLLATE "C" NOT NULL,
    passed_gate BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE champion (
    tenant TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    model_id TEXT COLLATE "C" NOT NULL,
    previous_id TEXT COLLATE "C",
    promoted_at_us BIGINT NOT NULL,
    gate_overridden BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind)
);

CREATE TABLE training_run (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    progress DOUBLE PRECISION NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    started_at_us BIGINT NOT NULL,
    ended_at_us BIGINT,
    model_id TEXT COLLATE "C",
    example_count BIGINT NOT NULL,
    lease_expires_at_us BIGINT,
    PRIMARY KEY (tenant, id)
);
