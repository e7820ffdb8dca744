-- When an item was last written, by the clock of whoever wrote it: servers find so what others changed, for those who watch. What an
-- earlier release writes leaves it as it is.
ALTER TABLE work_item ADD COLUMN changed_at_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX work_item_by_change ON work_item (tenant, changed_at_us, id, version) WHERE changed_at_us > 0;
