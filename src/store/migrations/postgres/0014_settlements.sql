-- What becomes of payments and credit notes after they were booked. A document is taken back once.
CREATE TABLE reversal (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL CHECK (document IN ('payment', 'credit_note')),
    document_id TEXT COLLATE "C" NOT NULL,
    reversed_on TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX reversal_by_id ON reversal (tenant, id);
CREATE UNIQUE INDEX reversal_by_document ON reversal (tenant, document, document_id);

-- `amount_minor` is what the allocations sum to, in the document's currency.
CREATE TABLE application (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL CHECK (document IN ('payment', 'credit_note')),
    document_id TEXT COLLATE "C" NOT NULL,
    applied_on TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    allocations TEXT COLLATE "C" NOT NULL,
    content_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer_id, id)
);
CREATE UNIQUE INDEX application_by_id ON application (tenant, id);
-- The sum of a document's applications is read off the index alone.
CREATE INDEX application_by_document ON application (tenant, document, document_id, amount_minor);
