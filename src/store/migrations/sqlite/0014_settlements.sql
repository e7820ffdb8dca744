-- What becomes of payments and credit notes after they were booked. A document is taken back once.
CREATE TABLE reversal (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    document TEXT NOT NULL CHECK (document IN ('payment', 'credit_note')),
    document_id TEXT NOT NULL,
    reversed_on TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reversal_by_id ON reversal (tenant, id);
CREATE UNIQUE INDEX reversal_by_document ON reversal (tenant, document, document_id);

-- `amount_minor` is what the allocations sum to, in the document's currency.
CREATE TABLE application (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    document TEXT NOT NULL CHECK (document IN ('payment', 'credit_note')),
    document_id TEXT NOT NULL,
    applied_on TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    allocations TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX application_by_id ON application (tenant, id);
-- The sum of a document's applications is read off the index alone.
CREATE INDEX application_by_document ON application (tenant, document, document_id, amount_minor);
