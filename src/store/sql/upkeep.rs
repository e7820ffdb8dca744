//! SQL texts of what servers do on their own.

statements! {
    /// Gives the turn to refresh a worklist, unless another replica has one that lasts or a refresh was finished since the state was read.
    CLAIM_REFRESH = insert!("worklist_refresh" (
        "holder" text, "claimed_at_us" int, "expires_at_us" int, "last_began_at_us" int,
    ) " ON CONFLICT (tenant) DO UPDATE SET holder = excluded.holder, claimed_at_us = excluded.claimed_at_us,
            expires_at_us = excluded.expires_at_us
        WHERE (worklist_refresh.holder IS NULL OR worklist_refresh.holder = excluded.holder
            OR worklist_refresh.expires_at_us <= excluded.claimed_at_us)
        AND worklist_refresh.last_began_at_us IS NOT DISTINCT FROM excluded.last_began_at_us");
    /// Lets turns last longer whose replica still has them.
    RENEW_REFRESH = concat!(listed!(), "UPDATE worklist_refresh SET expires_at_us = CAST(value ->> 'expires_at_us' AS BIGINT)
        FROM listed WHERE worklist_refresh.tenant = value ->> 'tenant' AND worklist_refresh.holder = value ->> 'holder'");
    /// Notes what refreshes saw that were finished, unless one that began later was finished before.
    FINISH_REFRESH = insert!("worklist_refresh" (
        "last_began_at_us" int, "last_basis" text,
    ) " ON CONFLICT (tenant) DO UPDATE SET last_began_at_us = excluded.last_began_at_us, last_basis = excluded.last_basis
        WHERE worklist_refresh.last_began_at_us IS NULL
            OR worklist_refresh.last_began_at_us <= excluded.last_began_at_us");
    /// Gives turns back.
    RELEASE_REFRESH = concat!(listed!(), "UPDATE worklist_refresh SET holder = NULL, claimed_at_us = NULL, expires_at_us = NULL
        FROM listed WHERE worklist_refresh.tenant = value ->> 'tenant' AND worklist_refresh.holder = value ->> 'holder'");
    /// How it stands with the refresh of a worklist.
    REFRESH_STATE = "SELECT refresh.holder, refresh.expires_at_us, refresh.last_began_at_us, refresh.last_basis,
            CAST(CASE WHEN change.change_count > change.refreshed_count THEN 1 ELSE 0 END AS BIGINT) AS is_behind
        FROM tenant AS owner LEFT JOIN worklist_refresh AS refresh ON refresh.tenant = owner.id
        LEFT JOIN ledger_change AS change ON change.tenant = owner.id WHERE owner.id = $1";
    /// Requests that were answered before an instant, the oldest first.
    REQUESTS_ANSWERED_BEFORE = "SELECT id FROM request WHERE tenant = $1 AND answered_at_us < $2
        ORDER BY answered_at_us, id LIMIT CAST($3 AS BIGINT)";
    /// Forgets requests, but for those that were answered since.
    FORGET_REQUESTS = "DELETE FROM request WHERE (tenant, id) IN
        (SELECT known.tenant, known.id FROM json_each($1) CROSS JOIN request AS known
        WHERE known.tenant = value ->> 'tenant' AND known.id = value ->> 'id'
        AND known.answered_at_us < CAST(value ->> 'before_us' AS BIGINT))";
    /// Scores after one, by id.
    SCAN_SCORES = "SELECT id, scored_at_us FROM score WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT CAST($3 AS BIGINT)";
    /// Forgets scores, but for the latest of their subject and those that an item refers to.
    FORGET_SCORES = "DELETE FROM score WHERE (tenant, id) IN
        (SELECT known.tenant, known.id FROM json_each($1) CROSS JOIN score AS known
        WHERE known.tenant = value ->> 'tenant' AND known.id = value ->> 'id'
        AND known.scored_at_us < CAST(value ->> 'before_us' AS BIGINT)
        AND EXISTS (SELECT 1 FROM score AS later WHERE later.tenant = known.tenant AND later.subject = known.subject
            AND (later.scored_at_us, later.id) > (known.scored_at_us, known.id))
        AND NOT EXISTS (SELECT 1 FROM work_item
            WHERE work_item.tenant = known.tenant AND work_item.score_id = known.id))";
}
