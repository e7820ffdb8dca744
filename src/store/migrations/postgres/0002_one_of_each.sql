-- One dispute for one complaint and one item for one subject, however many replicas write at once.

-- How many disputes were opened of a customer. Whoever opens one counts on from the number that was read, so that the second
-- of two replicas finds the number changed, reads again and joins the dispute of the first.
CREATE TABLE dispute_opening (
    tenant TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    opened_count BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id)
);

-- A dispute and an account have one item that is not completed. Of several that earlier releases made, the newest stays.
UPDATE work_item SET state = 'COMPLETED'
    WHERE kind = 'DISPUTE' AND state <> 'COMPLETED' AND EXISTS (SELECT 1 FROM work_item AS newer
        WHERE newer.tenant = work_item.tenant AND newer.dispute_id = work_item.dispute_id AND newer.kind = 'DISPUTE'
        AND newer.state <> 'COMPLETED' AND newer.id > work_item.id);
UPDATE work_item SET state = 'COMPLETED'
    WHERE kind = 'OVERDUE_ACCOUNT' AND state <> 'COMPLETED' AND EXISTS (SELECT 1 FROM work_item AS newer
        WHERE newer.tenant = work_item.tenant AND newer.customer_id = work_item.customer_id
        AND newer.currency = work_item.currency AND newer.kind = 'OVERDUE_ACCOUNT' AND newer.state <> 'COMPLETED'
        AND newer.id > work_item.id);
DELETE FROM work_item_rank WHERE valid_until_us IS NULL AND EXISTS (SELECT 1 FROM work_item
    WHERE work_item.tenant = work_item_rank.tenant AND work_item.id = work_item_rank.work_item_id
    AND work_item.state = 'COMPLETED');
CREATE UNIQUE INDEX work_item_one_of_dispute ON work_item (tenant, dispute_id)
    WHERE kind = 'DISPUTE' AND state <> 'COMPLETED';
CREATE UNIQUE INDEX work_item_one_of_account ON work_item (tenant, customer_id, currency)
    WHERE kind = 'OVERDUE_ACCOUNT' AND state <> 'COMPLETED';
