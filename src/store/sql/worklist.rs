//! SQL texts of the worklist.

/// The columns of a work item as read, from `work_item`.
macro_rules! work_item_columns {
    () => {
        "work_item.id, work_item.kind, work_item.customer_id, work_item.currency, work_item.dispute_id, \
         work_item.message_id, work_item.queue, work_item.assignee, work_item.state, work_item.priority, \
         work_item.tier, work_item.stake_minor, work_item.stake_currency, work_item.summary, work_item.score_id, \
         work_item.created_at_us, work_item.due_on, work_item.snoozed_until_us, work_item.lease_holder, \
         work_item.lease_token, work_item.lease_expires_at_us, work_item.completed_at_us, \
         work_item.completion_result, work_item.gate, work_item.is_raised, work_item.version"
    };
}

/// A page of ranked items: `$1` tenant, `$2` snapshot, `$3` and `$4` cursor, `$5` limit, `$6` to `$10` filter. The
/// sources name the filter that has an index of its own.
macro_rules! page {
    ($by:literal) => {
        concat!(
            "SELECT ",
            work_item_columns!(),
            ", work_item_rank.priority_parts AS ranked_parts,
                work_item_rank.tier AS ranked_tier
            FROM work_item_rank JOIN work_item
                ON work_item.tenant = work_item_rank.tenant AND work_item.id = work_item_rank.work_item_id
            WHERE work_item_rank.tenant = $1 AND ",
            $by,
            "
            AND work_item_rank.priority_parts <= $3
            AND (work_item_rank.priority_parts < $3 OR work_item_rank.work_item_id > $4)
            AND work_item_rank.valid_from_us <= $2
            AND (work_item_rank.valid_until_us IS NULL OR work_item_rank.valid_until_us > $2)
            AND work_item_rank.visible_from_us <= $2
            AND (CAST($6 AS TEXT) IS NULL OR work_item_rank.kind = $6)
            AND (CAST($7 AS TEXT) IS NULL OR work_item_rank.queue = $7)
            AND (CAST($8 AS TEXT) IS NULL OR work_item_rank.assignee = $8)
            AND (CAST($9 AS TEXT) IS NULL OR work_item_rank.tier = $9)
            AND (CAST($10 AS TEXT) IS NULL OR work_item_rank.currency = $10)
            ORDER BY work_item_rank.priority_parts DESC, work_item_rank.work_item_id LIMIT CAST($5 AS BIGINT)"
        )
    };
}

/// The id of the item to claim: `$1` tenant, `$2` now, `$3` who claims, `$4` to `$8` filter.
macro_rules! claimable {
    ($by:literal) => {
        concat!(
            "SELECT work_item.id FROM work_item_rank JOIN work_item
                ON work_item.tenant = work_item_rank.tenant AND work_item.id = work_item_rank.work_item_id
            WHERE work_item_rank.tenant = $1 AND ",
            $by,
            " AND work_item_rank.valid_until_us IS NULL
            AND work_item_rank.is_gated = 0 AND work_item_rank.visible_from_us <= $2
            AND (work_item_rank.assignee IS NULL OR work_item_rank.assignee = $3 OR work_item_rank.assignee = $6)
            AND (CAST($4 AS TEXT) IS NULL OR work_item_rank.kind = $4)
            AND (CAST($5 AS TEXT) IS NULL OR work_item_rank.queue = $5)
            AND (CAST($6 AS TEXT) IS NULL OR work_item_rank.assignee = $6)
            AND (CAST($7 AS TEXT) IS NULL OR work_item_rank.tier = $7)
            AND (CAST($8 AS TEXT) IS NULL OR work_item_rank.currency = $8)
            AND work_item.state <> 'COMPLETED' AND work_item.gate IS NULL
            AND (work_item.snoozed_until_us IS NULL OR work_item.snoozed_until_us <= $2)
            AND (work_item.lease_expires_at_us IS NULL OR work_item.lease_expires_at_us <= $2)
            ORDER BY work_item_rank.priority_parts DESC, work_item_rank.work_item_id LIMIT 1"
        )
    };
}

statements! {
    /// Work items of version 1.
    INSERT_WORK_ITEM = insert!("work_item" (
        "id" text, "kind" text, "customer_id" text, "currency" text, "dispute_id" text, "message_id" text,
        "queue" text, "assignee" text, "state" text, "priority" real, "tier" text, "stake_minor" int,
        "stake_currency" text, "summary" text, "score_id" text, "created_at_us" int, "due_on" text,
        "snoozed_until_us" int, "lease_holder" text, "lease_token" text, "lease_expires_at_us" int,
        "completed_at_us" int, "completion_result" text, "gate" text, "is_raised" int, "changed_at_us" int, "version" int,
    ) " ON CONFLICT DO NOTHING");
    /// Work items of a later version.
    UPDATE_WORK_ITEM = update!("work_item" (
        "kind" text, "customer_id" text, "currency" text, "dispute_id" text, "message_id" text, "queue" text,
        "assignee" text, "state" text, "priority" real, "tier" text, "stake_minor" int, "stake_currency" text,
        "summary" text, "score_id" text, "created_at_us" int, "due_on" text, "snoozed_until_us" int,
        "lease_holder" text, "lease_token" text, "lease_expires_at_us" int, "completed_at_us" int,
        "completion_result" text, "gate" text, "is_raised" int, "changed_at_us" int, "version" int,
    ));
    /// Forgets ranks that began at the very instant of a change, and so never showed.
    DROP_RANK = "DELETE FROM work_item_rank WHERE (tenant, work_item_id, valid_from_us) IN
        (SELECT value ->> 'tenant', value ->> 'work_item_id', CAST(value ->> 'valid_from_us' AS BIGINT)
        FROM json_each($1))";
    /// Ends ranks that no longer hold.
    CLOSE_RANK = concat!(listed!(), "UPDATE work_item_rank SET valid_until_us = CAST(value ->> 'valid_from_us' AS BIGINT)
        FROM listed WHERE work_item_rank.tenant = value ->> 'tenant'
        AND work_item_rank.work_item_id = value ->> 'work_item_id' AND work_item_rank.valid_until_us IS NULL
        AND (CAST(value ->> 'is_ranked' AS BIGINT) = 0
            OR work_item_rank.priority_parts <> CAST(value ->> 'priority_parts' AS BIGINT)
            OR work_item_rank.tier <> value ->> 'tier' OR work_item_rank.kind <> value ->> 'kind'
            OR work_item_rank.queue IS DISTINCT FROM value ->> 'queue'
            OR work_item_rank.assignee IS DISTINCT FROM value ->> 'assignee'
            OR work_item_rank.currency IS DISTINCT FROM value ->> 'currency'
            OR work_item_rank.visible_from_us <> CAST(value ->> 'visible_from_us' AS BIGINT)
            OR work_item_rank.is_gated <> CAST(value ->> 'is_gated' AS BIGINT))");
    /// Begins the rank of items that are on the list and have none.
    OPEN_RANK = insert!("work_item_rank" (
        "work_item_id" text, "valid_from_us" int, "priority_parts" int, "tier" text, "kind" text, "queue" text,
        "assignee" text, "currency" text, "visible_from_us" int, "is_gated" int,
    ) " AND CAST(value ->> 'is_ranked' AS BIGINT) = 1 AND NOT EXISTS (SELECT 1 FROM work_item_rank AS held
        WHERE held.tenant = value ->> 'tenant' AND held.work_item_id = value ->> 'work_item_id'
        AND held.valid_until_us IS NULL)");
    /// Forgets ranks that ended before an instant, a bounded number at a time.
    PURGE_RANKS = "DELETE FROM work_item_rank WHERE (tenant, work_item_id, valid_from_us) IN
        (SELECT tenant, work_item_id, valid_from_us FROM work_item_rank
        WHERE tenant = $1 AND valid_until_us < $2 LIMIT CAST($3 AS BIGINT))";
    /// A work item.
    WORK_ITEM = concat!("SELECT ", work_item_columns!(), " FROM work_item WHERE tenant = $1 AND id = $2");
    /// The item of a dispute that is not completed.
    WORK_ITEM_OF_DISPUTE = concat!("SELECT ", work_item_columns!(), " FROM work_item
        WHERE tenant = $1 AND dispute_id = $2 AND state <> 'COMPLETED' AND kind = 'DISPUTE'
        ORDER BY created_at_us DESC, id DESC LIMIT 1");
    /// The latest item of a dispute, completed or not: every refresh asks for it of every open dispute that has no item on the list.
    LATEST_ITEM_OF_DISPUTE = concat!("SELECT ", work_item_columns!(), " FROM work_item
        WHERE tenant = $1 AND dispute_id = $2 AND kind = 'DISPUTE' ORDER BY id DESC LIMIT 1");
    /// The latest item of an overdue account, completed or not.
    LATEST_ITEM_OF_ACCOUNT = concat!("SELECT ", work_item_columns!(), " FROM work_item
        WHERE tenant = $1 AND customer_id = $2 AND currency = $3 AND kind = 'OVERDUE_ACCOUNT' ORDER BY id DESC LIMIT 1");
    /// Items whose lease or snooze ended after an instant and up to another.
    WORK_ITEMS_BACK = concat!("SELECT ", work_item_columns!(), " FROM work_item WHERE tenant = $1 AND state <> 'COMPLETED'
            AND lease_expires_at_us IS NOT NULL AND lease_expires_at_us > $2 AND lease_expires_at_us <= $3
        UNION ALL SELECT ", work_item_columns!(), " FROM work_item WHERE tenant = $1 AND state = 'SNOOZED'
            AND snoozed_until_us > $2 AND snoozed_until_us <= $3 LIMIT CAST($4 AS BIGINT)");
    /// Items that were written at an instant or later, after one by that instant and id.
    WORK_ITEMS_CHANGED = "SELECT changed_at_us, id, version FROM work_item WHERE tenant = $1 AND changed_at_us > 0
        AND (changed_at_us, id) > ($2, $3) ORDER BY changed_at_us, id LIMIT CAST($4 AS BIGINT)";
    /// Items of disputes that are decided, which need nobody any more, after one by id.
    WORK_ITEMS_OF_DECIDED = concat!("SELECT ", work_item_columns!(), " FROM work_item JOIN dispute
            ON dispute.tenant = work_item.tenant AND dispute.id = work_item.dispute_id
        WHERE work_item.tenant = $1 AND work_item.dispute_id IS NOT NULL AND work_item.state <> 'COMPLETED'
        AND work_item.kind = 'DISPUTE' AND dispute.is_open = 0 AND work_item.id > $3 ORDER BY work_item.id LIMIT CAST($2 AS BIGINT)");
    /// Items that messages made, but for those of disputes, in the order of their ids, as long as they are not completed.
    WORK_ITEMS_OF_MESSAGES = concat!("SELECT ", work_item_columns!(), " FROM work_item
        WHERE tenant = $1 AND message_id IS NOT NULL AND dispute_id IS NULL AND state <> 'COMPLETED' AND id > $2
        ORDER BY id LIMIT CAST($3 AS BIGINT)");
    /// The item of an overdue account that is not completed.
    WORK_ITEM_OF_ACCOUNT = concat!("SELECT ", work_item_columns!(), " FROM work_item
        WHERE tenant = $1 AND customer_id = $2 AND currency = $3 AND kind = 'OVERDUE_ACCOUNT'
        AND state <> 'COMPLETED' ORDER BY created_at_us DESC, id DESC LIMIT 1");
    /// The item with an id while it is not completed.
    WORK_ITEM_NOT_COMPLETED = concat!("SELECT ", work_item_columns!(), " FROM work_item
        WHERE tenant = $1 AND id = $2 AND state <> 'COMPLETED'");
    /// A page of all items.
    WORK_ITEMS = page!("1 = 1");
    /// A page of a queue.
    WORK_ITEMS_OF_QUEUE = page!("work_item_rank.queue = $7");
    /// A page of a person's items.
    WORK_ITEMS_OF_ASSIGNEE = page!("work_item_rank.assignee = $8");
    /// A page of the items of a kind.
    WORK_ITEMS_OF_KIND = page!("work_item_rank.kind = $6");
    /// The item to claim.
    CLAIMABLE = claimable!("1 = 1");
    /// The item to claim of a queue.
    CLAIMABLE_OF_QUEUE = claimable!("work_item_rank.queue = $5");
    /// The item to claim of those meant for a person.
    CLAIMABLE_OF_ASSIGNEE = claimable!("work_item_rank.assignee = $6");
    /// The item to claim of a kind.
    CLAIMABLE_OF_KIND = claimable!("work_item_rank.kind = $4");
    /// Gives a lease of an item.
    LEASE = concat!("UPDATE work_item SET state = 'OPEN', snoozed_until_us = NULL, lease_holder = $3, lease_token = $4,
        lease_expires_at_us = $5, is_raised = 0, changed_at_us = $6, version = version + 1 WHERE tenant = $1 AND id = $2 RETURNING ", work_item_columns!());
}

/// The item to claim, in four texts.
pub struct ClaimTexts {
    /// Of all.
    pub of_all: &'static str,
    /// Of a queue.
    pub of_queue: &'static str,
    /// Of those meant for a person.
    pub of_assignee: &'static str,
    /// Of a kind.
    pub of_kind: &'static str,
}

/// What is tried in turn until an item is found.
pub const CLAIM_TRIES: &[ClaimTexts] = &[ClaimTexts {
    of_all: CLAIMABLE,
    of_queue: CLAIMABLE_OF_QUEUE,
    of_assignee: CLAIMABLE_OF_ASSIGNEE,
    of_kind: CLAIMABLE_OF_KIND,
}];

/// SQL texts that only PostgreSQL knows: rows are locked, and those that another caller has locked are passed over as long as there are
/// others.
pub mod locking {
    use super::ClaimTexts;

    /// A row that is passed over may only be on its way to another score, so where there is no other it is waited for; and as it may be
    /// taken by then, the others are asked for once more.
    pub const CLAIM_TRIES: &[ClaimTexts] = &[OF_UNLOCKED, OF_ANY, OF_UNLOCKED];

    const OF_UNLOCKED: ClaimTexts = ClaimTexts {
        of_all: CLAIMABLE,
        of_queue: CLAIMABLE_OF_QUEUE,
        of_assignee: CLAIMABLE_OF_ASSIGNEE,
        of_kind: CLAIMABLE_OF_KIND,
    };

    const OF_ANY: ClaimTexts = ClaimTexts {
        of_all: AWAITED,
        of_queue: AWAITED_OF_QUEUE,
        of_assignee: AWAITED_OF_ASSIGNEE,
        of_kind: AWAITED_OF_KIND,
    };

    statements! {
        /// The item to claim, once nobody writes to it any more.
        AWAITED = concat!(claimable!("1 = 1"), " FOR UPDATE OF work_item");
        /// That of a queue.
        AWAITED_OF_QUEUE = concat!(claimable!("work_item_rank.queue = $5"), " FOR UPDATE OF work_item");
        /// That of those meant for a person.
        AWAITED_OF_ASSIGNEE = concat!(claimable!("work_item_rank.assignee = $6"), " FOR UPDATE OF work_item");
        /// That of a kind.
        AWAITED_OF_KIND = concat!(claimable!("work_item_rank.kind = $4"), " FOR UPDATE OF work_item");
        /// The item to claim.
        CLAIMABLE = concat!(claimable!("1 = 1"), " FOR UPDATE OF work_item SKIP LOCKED");
        /// The item to claim of a queue.
        CLAIMABLE_OF_QUEUE = concat!(claimable!("work_item_rank.queue = $5"), " FOR UPDATE OF work_item SKIP LOCKED");
        /// The item to claim of those meant for a person.
        CLAIMABLE_OF_ASSIGNEE =
            concat!(claimable!("work_item_rank.assignee = $6"), " FOR UPDATE OF work_item SKIP LOCKED");
        /// The item to claim of a kind.
        CLAIMABLE_OF_KIND = concat!(claimable!("work_item_rank.kind = $4"), " FOR UPDATE OF work_item SKIP LOCKED");
    }
}
