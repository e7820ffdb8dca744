-- Every table and index starts with the tenant. Amounts are minor units beside their currency, instants are microseconds
-- since 1970-01-01 UTC (`_us`), dates are `YYYY-MM-DD`, yes and no are 1 and 0, and lists are JSON.

CREATE TABLE tenant (
    id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The ledger -------------------------------------------------------------------------------------------------------

CREATE TABLE customer (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    segment TEXT NOT NULL,
    country TEXT,
    language TEXT,
    annual_revenue_minor INTEGER,
    annual_revenue_currency TEXT,
    credit_limit_minor INTEGER,
    credit_limit_currency TEXT,
    credit_score_value REAL,
    credit_score_worst REAL,
    credit_score_best REAL,
    credit_score_on TEXT,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- Which accounts there are: a row for each currency in which something was posted to a customer.
CREATE TABLE account (
    tenant TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    issued_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    business_unit TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invoice_by_id ON invoice (tenant, id);

CREATE TABLE payment (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    received_on TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payment_by_id ON payment (tenant, id);

CREATE TABLE credit_note (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    issued_on TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX credit_note_by_id ON credit_note (tenant, id);

-- Which part of a payment or credit note settles which invoice, in the document's currency.
CREATE TABLE allocation (
    tenant TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    document TEXT NOT NULL CHECK (document IN ('payment', 'credit_note')),
    document_id TEXT NOT NULL,
    line_index INTEGER NOT NULL,
    invoice_id TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (tenant, customer_id, document, document_id, line_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE promise (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    invoice_ids TEXT NOT NULL,
    amount_minor INTEGER,
    currency TEXT,
    made_on TEXT NOT NULL,
    promised_on TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX promise_by_id ON promise (tenant, id);

CREATE TABLE contact (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    result TEXT NOT NULL,
    user_id TEXT,
    contacted_on TEXT NOT NULL,
    note TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX contact_by_id ON contact (tenant, id);

CREATE TABLE hold (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    invoice_ids TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_on TEXT NOT NULL,
    until_on TEXT,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX hold_by_id ON hold (tenant, id);

CREATE TABLE fx_rate (
    tenant TEXT NOT NULL,
    from_currency TEXT NOT NULL,
    to_currency TEXT NOT NULL,
    valid_on TEXT NOT NULL,
    rate TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, from_currency, to_currency, valid_on)
) STRICT, WITHOUT ROWID;

-- Messages and disputes ----------------------------------------------------------------------------------------------

CREATE TABLE message (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT,
    channel TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at_us INTEGER NOT NULL,
    reading TEXT NOT NULL,
    dispute_id TEXT,
    work_item_id TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX message_by_time ON message (tenant, received_at_us, id);
CREATE INDEX message_by_customer ON message (tenant, customer_id, received_at_us, id) WHERE customer_id IS NOT NULL;
CREATE INDEX message_by_dispute ON message (tenant, dispute_id, received_at_us, id) WHERE dispute_id IS NOT NULL;

-- `priority_parts` is the priority of the latest score in parts of 1/1024. A dispute that came as a record of another
-- system has a content digest, and the message if there was one.
CREATE TABLE dispute (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    invoice_ids TEXT NOT NULL,
    contested_item TEXT NOT NULL,
    severity TEXT NOT NULL,
    contested_minor INTEGER,
    contested_currency TEXT,
    opened_on TEXT NOT NULL,
    status TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    resolution TEXT,
    credited_minor INTEGER,
    credited_currency TEXT,
    resolved_on TEXT,
    raised_count INTEGER NOT NULL,
    priority_label TEXT,
    assignee TEXT,
    updated_at_us INTEGER NOT NULL,
    version INTEGER NOT NULL,
    priority_parts INTEGER NOT NULL,
    message_text TEXT,
    content_digest TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX dispute_by_customer ON dispute (tenant, customer_id, id);
CREATE INDEX dispute_by_priority ON dispute (tenant, priority_parts, opened_on, id);

-- The worklist -------------------------------------------------------------------------------------------------------

CREATE TABLE work_item (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    customer_id TEXT,
    currency TEXT,
    dispute_id TEXT,
    message_id TEXT,
    queue TEXT,
    assignee TEXT,
    state TEXT NOT NULL,
    priority REAL NOT NULL,
    tier TEXT NOT NULL,
    stake_minor INTEGER,
    stake_currency TEXT,
    summary TEXT NOT NULL,
    score_id TEXT,
    created_at_us INTEGER NOT NULL,
    due_on TEXT,
    snoozed_until_us INTEGER,
    lease_holder TEXT,
    lease_token TEXT,
    lease_expires_at_us INTEGER,
    completed_at_us INTEGER,
    completion_result TEXT,
    gate TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX work_item_by_dispute ON work_item (tenant, dispute_id) WHERE dispute_id IS NOT NULL AND state <> 'COMPLETED';
CREATE INDEX work_item_by_account ON work_item (tenant, customer_id, currency)
    WHERE kind = 'OVERDUE_ACCOUNT' AND state <> 'COMPLETED';

-- How an item ranked from one instant until another; no end means that it still does. A page over a snapshot reads the
-- rows that held at that instant, so that it stays exact while items change.
CREATE TABLE work_item_rank (
    tenant TEXT NOT NULL,
    work_item_id TEXT NOT NULL,
    valid_from_us INTEGER NOT NULL,
    valid_until_us INTEGER,
    priority_parts INTEGER NOT NULL,
    tier TEXT NOT NULL,
    kind TEXT NOT NULL,
    queue TEXT,
    assignee TEXT,
    currency TEXT,
    visible_from_us INTEGER NOT NULL,
    is_gated INTEGER NOT NULL,
    PRIMARY KEY (tenant, work_item_id, valid_from_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_item_rank_by_priority ON work_item_rank (tenant, priority_parts DESC, work_item_id);
CREATE INDEX work_item_rank_by_assignee ON work_item_rank (tenant, assignee, priority_parts DESC, work_item_id)
    WHERE assignee IS NOT NULL;
CREATE INDEX work_item_rank_by_queue ON work_item_rank (tenant, queue, priority_parts DESC, work_item_id)
    WHERE queue IS NOT NULL;
CREATE INDEX work_item_rank_ended ON work_item_rank (tenant, valid_until_us) WHERE valid_until_us IS NOT NULL;

-- `subject` is `dispute/ID`, `account/CURRENCY/CUSTOMER` or `work-item/ID`; `document` is the score as JSON.
CREATE TABLE score (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    scored_at_us INTEGER NOT NULL,
    document TEXT NOT NULL,
    inputs TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX score_by_subject ON score (tenant, subject, scored_at_us, id);

-- Requests, outcomes, models -----------------------------------------------------------------------------------------

CREATE TABLE request (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    result TEXT NOT NULL,
    answered_at_us INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome (
    tenant TEXT NOT NULL,
    known_at_us INTEGER NOT NULL,
    content_digest TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenant, known_at_us, content_digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE model (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    details TEXT NOT NULL,
    passed_gate INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE champion (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    model_id TEXT NOT NULL,
    previous_id TEXT,
    promoted_at_us INTEGER NOT NULL,
    gate_overridden INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE training_run (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    progress REAL NOT NULL,
    message TEXT NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    model_id TEXT,
    example_count INTEGER NOT NULL,
    lease_expires_at_us INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;
