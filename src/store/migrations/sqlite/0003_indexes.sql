-- A customer's disputes, open ones apart, and the disputes in a status by priority: neither reads what it does not show.
DROP INDEX dispute_by_customer;
CREATE INDEX dispute_of_customer ON dispute (tenant, customer_id, is_open, opened_on, id);
CREATE INDEX dispute_in_status ON dispute (tenant, status, priority_parts, opened_on, id);

-- The unique indexes of the items that are not completed find them as well.
DROP INDEX work_item_by_dispute;
DROP INDEX work_item_by_account;
