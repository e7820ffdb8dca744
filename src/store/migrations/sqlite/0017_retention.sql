-- Finds what may be forgotten: requests by the time of their answer, and whether an item refers to a score.
CREATE INDEX request_by_time ON request (tenant, answered_at_us, id);
CREATE INDEX work_item_by_score ON work_item (tenant, score_id) WHERE score_id IS NOT NULL;
