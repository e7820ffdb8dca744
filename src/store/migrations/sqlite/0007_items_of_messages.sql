-- The open items of messages, which every refresh of a worklist looks at, without the items of accounts and those long done.
CREATE INDEX work_item_of_message ON work_item (tenant, id)
    WHERE message_id IS NOT NULL AND dispute_id IS NULL AND state <> 'COMPLETED';
