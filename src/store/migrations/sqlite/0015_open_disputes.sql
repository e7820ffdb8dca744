-- The open disputes alone: every refresh walks over them, however many were decided.
CREATE INDEX dispute_open ON dispute (tenant, id) WHERE is_open = 1;
