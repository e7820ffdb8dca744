-- The open disputes alone: every refresh walks over them, however many were decided.
CREATE INDEX dispute_open ON dispute (tenant, id) WHERE is_open = 1;

-- Whether the customer wrote again about a dispute while somebody had its item. Of items from before it is not known.
ALTER TABLE work_item ADD COLUMN is_raised BIGINT NOT NULL DEFAULT 0;
