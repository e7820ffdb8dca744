-- How often records of a tenant's ledger were taken in, and up to which of these times its worklist was brought in line: a server
-- sees so what another process takes in. An earlier release counts nothing, and sees to the worklist itself.
CREATE TABLE ledger_change (
    tenant TEXT NOT NULL PRIMARY KEY,
    change_count INTEGER NOT NULL,
    refreshed_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Items whose lease or snooze ends in a time.
CREATE INDEX work_item_lease_end ON work_item (tenant, lease_expires_at_us)
    WHERE lease_expires_at_us IS NOT NULL AND state <> 'COMPLETED';
CREATE INDEX work_item_snooze_end ON work_item (tenant, snoozed_until_us) WHERE state = 'SNOOZED';

-- Invoice numbers that a dispute's messages name and the ledger does not know yet, as a JSON list. Of disputes from before they are
-- not known.
ALTER TABLE dispute ADD COLUMN awaited_numbers TEXT NOT NULL DEFAULT '[]';

-- A decided dispute has no priority any more, and comes after the open ones.
UPDATE dispute SET priority_parts = 0 WHERE is_open = 0 AND priority_parts <> 0;
