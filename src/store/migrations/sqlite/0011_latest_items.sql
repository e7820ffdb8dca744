-- The latest item of a dispute and of an account, completed or not: it says whether somebody saw to it today, and what of it stays
-- when it comes back.
CREATE INDEX work_item_latest_of_dispute ON work_item (tenant, dispute_id, id) WHERE kind = 'DISPUTE';
CREATE INDEX work_item_latest_of_account ON work_item (tenant, customer_id, currency, id) WHERE kind = 'OVERDUE_ACCOUNT';
