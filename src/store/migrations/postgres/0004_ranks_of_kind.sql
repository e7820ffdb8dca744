-- A list of one kind, such as the promises to follow up, does not read past the items of the others.
CREATE INDEX work_item_rank_by_kind ON work_item_rank (tenant, kind, priority_parts DESC, work_item_id);
