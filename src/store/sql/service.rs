//! SQL texts of messages, disputes, scores, requests, outcomes, models and taxonomies.

/// The columns of a dispute as read.
macro_rules! dispute_columns {
    () => {
        "id, customer_id, invoice_ids, contested_item, severity, contested_minor, contested_currency, opened_on, status, \
         awaited_numbers, resolution, credited_minor, credited_currency, resolved_on, raised_count, raised_again, \
         past_decisions, past_details, details_on, voided_on, priority_label, assignee, updated_at_us, version, priority_parts, \
         message_text"
    };
}

/// The columns of a message as read.
macro_rules! message_columns {
    () => {
        "id, customer_id, channel, subject, body, received_at_us, reading, dispute_id, work_item_id"
    };
}

/// The columns of a training run as read.
macro_rules! training_run_columns {
    () => {
        "id, kind, state, progress, message, started_at_us, ended_at_us, model_id, example_count, lease_expires_at_us"
    };
}

/// A page of disputes by priority: `$1` tenant, `$2` and `$3` cursor, `$4` limit, `$5` to `$7` filter. The sources name the
/// filter that has an index of its own, and the priority: with a sign before it, no index by priority is searched.
macro_rules! disputes_page {
    ($by:literal, $priority_parts:literal) => {
        concat!(
            "SELECT ",
            dispute_columns!(),
            " FROM dispute WHERE tenant = $1 AND ",
            $by,
            "
            AND ",
            $priority_parts,
            " <= $2 AND (priority_parts < $2 OR (opened_on, id)
                < ((SELECT last.opened_on FROM dispute AS last WHERE last.tenant = $1 AND last.id = $3), $3))
            AND (CAST($5 AS TEXT) IS NULL OR customer_id = $5) AND (CAST($6 AS TEXT) IS NULL OR status = $6)
            AND (CAST($7 AS TEXT) IS NULL OR contested_item = $7)
            ORDER BY ",
            $priority_parts,
            " DESC, opened_on DESC, id DESC LIMIT CAST($4 AS BIGINT)"
        )
    };
}

/// Training runs, entered unless the end of the statement says what becomes of known ones.
macro_rules! insert_training_run {
    ($tail:literal) => {
        insert!("training_run" (
            "id" text, "kind" text, "state" text, "progress" real, "message" text, "started_at_us" int,
            "ended_at_us" int, "model_id" text, "example_count" int, "lease_expires_at_us" int,
        ) $tail)
    };
}

statements! {
    /// Messages.
    INSERT_MESSAGE = insert!("message" (
        "id" text, "customer_id" text, "channel" text, "subject" text, "body" text, "received_at_us" int,
        "reading" text, "dispute_id" text, "work_item_id" text,
    ) " ON CONFLICT DO NOTHING");
    /// Disputes of version 1.
    INSERT_DISPUTE = insert!("dispute" (
        "id" text, "customer_id" text, "invoice_ids" text, "contested_item" text, "severity" text,
        "contested_minor" int, "contested_currency" text, "opened_on" text, "status" text, "is_open" int,
        "resolution" text, "credited_minor" int, "credited_currency" text, "resolved_on" text, "raised_count" int,
        "raised_again" text, "past_decisions" text, "past_details" text, "details_on" text, "voided_on" text, "priority_label" text, "assignee" text,
        "updated_at_us" int, "version" int, "priority_parts" int, "message_text" text, "content_digest" text,
        "awaited_numbers" text,
    ) " ON CONFLICT DO NOTHING");
    /// Disputes of a later version. One that is decided has no priority any more.
    UPDATE_DISPUTE = update!("dispute" (
        "customer_id" text, "invoice_ids" text, "contested_item" text, "severity" text, "contested_minor" int,
        "contested_currency" text, "opened_on" text, "status" text, "is_open" int, "resolution" text,
        "credited_minor" int, "credited_currency" text, "resolved_on" text, "raised_count" int, "raised_again" text,
        "past_decisions" text, "past_details" text, "details_on" text, "voided_on" text, "priority_label" text,
        "assignee" text, "updated_at_us" int, "version" int, "awaited_numbers" text,
    ) ", priority_parts = CASE WHEN CAST(value ->> 'is_open' AS BIGINT) = 1 THEN priority_parts ELSE 0 END");
    /// Disputes of a later version that a record brought.
    REVISE_DISPUTE = update!("dispute" (
        "contested_item" text, "severity" text, "status" text, "is_open" int, "resolution" text, "credited_minor" int,
        "credited_currency" text, "resolved_on" text, "raised_count" int, "raised_again" text, "past_decisions" text,
        "past_details" text, "details_on" text, "voided_on" text, "priority_label" text, "updated_at_us" int, "version" int, "message_text" text,
        "content_digest" text,
    ) ", priority_parts = CASE WHEN CAST(value ->> 'is_open' AS BIGINT) = 1 THEN priority_parts ELSE 0 END");
    /// Counts one more dispute opened of a customer, unless another was opened since the count was read.
    COUNT_OPENING = concat!(
        insert!("dispute_opening" ("customer_id" text, "opened_count" int) ""),
        " ON CONFLICT (tenant, customer_id) DO UPDATE SET opened_count = excluded.opened_count
            WHERE dispute_opening.opened_count = excluded.opened_count - 1"
    );
    /// The priority of disputes, from their latest scores.
    SET_DISPUTE_PRIORITY = concat!(listed!(), "UPDATE dispute
        SET priority_parts = CAST(value ->> 'priority_parts' AS BIGINT)
        FROM listed WHERE dispute.tenant = value ->> 'tenant' AND dispute.id = value ->> 'dispute_id' AND dispute.is_open = 1");
    /// Scores.
    INSERT_SCORE = insert!("score" (
        "id" text, "subject" text, "scored_at_us" int, "document" text, "inputs" text,
    ) " ON CONFLICT DO NOTHING");
    /// Answers to requests.
    INSERT_REQUEST = insert!("request" (
        "id" text, "content_digest" text, "result" text, "answered_at_us" int,
    ) " ON CONFLICT DO NOTHING");
    /// Outcomes; one that is known already is the same fact.
    INSERT_OUTCOME = insert!("outcome" (
        "known_at_us" int, "content_digest" text, "document" text,
    ) " ON CONFLICT DO NOTHING");
    /// Models.
    INSERT_MODEL = insert!("model" (
        "id" text, "kind" text, "digest" text, "created_at_us" int, "details" text, "passed_gate" int,
    ) " ON CONFLICT DO NOTHING");
    /// The first champion of a kind.
    INSERT_CHAMPION = insert!("champion" (
        "kind" text, "model_id" text, "previous_id" text, "promoted_at_us" int, "gate_overridden" int,
    ) " ON CONFLICT DO NOTHING");
    /// A champion in place of the expected one.
    UPDATE_CHAMPION = "UPDATE champion SET model_id = value ->> 'model_id', previous_id = value ->> 'previous_id',
        promoted_at_us = CAST(value ->> 'promoted_at_us' AS BIGINT),
        gate_overridden = CAST(value ->> 'gate_overridden' AS BIGINT)
        FROM json_each($1) WHERE champion.tenant = value ->> 'tenant' AND champion.kind = value ->> 'kind'
        AND champion.model_id = value ->> 'expected_id'";
    /// Taxonomies, each under a version of its own.
    INSERT_TAXONOMY = insert!("taxonomy" (
        "version" int, "name" text, "digest" text, "document" text, "loaded_at_us" int,
    ) " ON CONFLICT DO NOTHING");
    /// Changes of champions, numbered by kind. Who changes the champion of a kind writes its row first, so that they follow each other.
    INSERT_CHAMPION_CHANGE = concat!(listed!(), "INSERT INTO champion_history
        (tenant, kind, number, model_id, replaced_id, cause, promoted_at_us, gate_overridden)
        SELECT value ->> 'tenant', value ->> 'kind', (SELECT COALESCE(MAX(known.number), 0) + 1 FROM champion_history AS known
                WHERE known.tenant = value ->> 'tenant' AND known.kind = value ->> 'kind'),
            value ->> 'model_id', value ->> 'replaced_id', value ->> 'cause', CAST(value ->> 'promoted_at_us' AS BIGINT),
            CAST(value ->> 'gate_overridden' AS BIGINT)
        FROM listed WHERE true");
    /// Training runs that begin, of a kind one at a time.
    INSERT_TRAINING_RUN = insert_training_run!(" ON CONFLICT DO NOTHING");
    /// Training runs, replacing what was known of them; those that have ended stay as they are.
    UPSERT_TRAINING_RUN = insert_training_run!(
        " ON CONFLICT (tenant, id) DO UPDATE SET kind = excluded.kind, state = excluded.state,
            progress = excluded.progress, message = excluded.message, started_at_us = excluded.started_at_us,
            ended_at_us = excluded.ended_at_us, model_id = excluded.model_id, example_count = excluded.example_count,
            lease_expires_at_us = excluded.lease_expires_at_us
            WHERE training_run.state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED')"
    );

    /// A message.
    MESSAGE = concat!("SELECT ", message_columns!(), " FROM message WHERE tenant = $1 AND id = $2");
    /// A page of messages, the newest first.
    MESSAGES = concat!("SELECT ", message_columns!(), " FROM message
        WHERE tenant = $1 AND (received_at_us, id) < ($2, $3) ORDER BY received_at_us DESC, id DESC LIMIT CAST($4 AS BIGINT)");
    /// A page of a customer's messages.
    MESSAGES_OF_CUSTOMER = concat!("SELECT ", message_columns!(), " FROM message
        WHERE tenant = $1 AND customer_id = $5 AND (received_at_us, id) < ($2, $3)
        ORDER BY received_at_us DESC, id DESC LIMIT CAST($4 AS BIGINT)");
    /// A page of a dispute's messages.
    MESSAGES_OF_DISPUTE = concat!("SELECT ", message_columns!(), " FROM message
        WHERE tenant = $1 AND dispute_id = $5 AND (received_at_us, id) < ($2, $3)
        AND (CAST($6 AS TEXT) IS NULL OR customer_id = $6) ORDER BY received_at_us DESC, id DESC LIMIT CAST($4 AS BIGINT)");
    /// The first message of each dispute of a list.
    FIRST_MESSAGES_OF = "SELECT message.dispute_id, message.id, message.subject, message.body, message.reading FROM json_each($2) CROSS JOIN message
        WHERE message.tenant = $1 AND message.id = (SELECT first.id FROM message AS first
            WHERE first.tenant = $1 AND first.dispute_id = value ->> 'id'
            ORDER BY first.received_at_us, first.id LIMIT 1)";
    /// A dispute.
    DISPUTE = concat!("SELECT ", dispute_columns!(), " FROM dispute WHERE tenant = $1 AND id = $2");
    /// The disputes of a list, with the digests of the records that they came by.
    DISPUTES_NAMED = concat!("SELECT ", dispute_columns!(), ", content_digest FROM dispute
        WHERE tenant = $1 AND id IN (SELECT value ->> 'id' FROM json_each($2))");
    /// A page of disputes, the highest priority first, then the latest day of opening.
    DISPUTES = disputes_page!("1 = 1", "priority_parts");
    /// A page of a customer's disputes.
    DISPUTES_OF_CUSTOMER = disputes_page!("customer_id = $5", "+priority_parts");
    /// A page of the disputes in a status.
    DISPUTES_IN_STATUS = disputes_page!("status = $6", "priority_parts");
    /// Disputes after one, by id.
    SCAN_DISPUTES = concat!("SELECT ", dispute_columns!(), " FROM dispute
        WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT CAST($3 AS BIGINT)");
    /// Ids of open disputes after one.
    OPEN_DISPUTES = "SELECT id FROM dispute WHERE tenant = $1 AND is_open = 1 AND id > $2 ORDER BY id LIMIT CAST($3 AS BIGINT)";
    /// Every open dispute of a customer, and the latest of the others.
    OPEN_AND_LATEST_DISPUTES = concat!("SELECT ", dispute_columns!(), " FROM dispute
            WHERE tenant = $1 AND customer_id = $2 AND is_open = 1
        UNION ALL SELECT * FROM (SELECT ", dispute_columns!(), " FROM dispute
            WHERE tenant = $1 AND customer_id = $2 AND is_open = 0 ORDER BY opened_on DESC, id DESC LIMIT CAST($3 AS BIGINT)) AS closed");
    /// Disputes that are history: they came as records, or are or were decided.
    DISPUTE_HISTORY = concat!("SELECT ", dispute_columns!(), " FROM dispute
        WHERE tenant = $1 AND id > $2
        AND (content_digest IS NOT NULL OR resolution IS NOT NULL OR past_decisions <> '[]')
        ORDER BY id LIMIT CAST($3 AS BIGINT)");
    /// A score.
    SCORE = "SELECT id, subject, document, inputs FROM score WHERE tenant = $1 AND id = $2";
    /// The latest score of a subject.
    LATEST_SCORE = "SELECT id, subject, document, inputs FROM score WHERE tenant = $1 AND subject = $2
        ORDER BY scored_at_us DESC, id DESC LIMIT 1";
    /// The scores of a list of ids.
    SCORES_NAMED = "SELECT score.id, score.subject, score.document, score.inputs FROM json_each($2) CROSS JOIN score
        WHERE score.tenant = $1 AND score.id = value ->> 'id'";
    /// The latest score of each subject of a list.
    LATEST_SCORES = "SELECT score.id, score.subject, score.document, score.inputs FROM json_each($2) CROSS JOIN score
        WHERE score.tenant = $1 AND score.id = (SELECT latest.id FROM score AS latest
            WHERE latest.tenant = $1 AND latest.subject = value ->> 'id'
            ORDER BY latest.scored_at_us DESC, latest.id DESC LIMIT 1)";
    /// The latest score of each open dispute of a list.
    OPEN_DISPUTE_SCORES = "SELECT score.id, score.subject, score.document, score.inputs
        FROM json_each($2) CROSS JOIN dispute JOIN score ON score.tenant = dispute.tenant
        WHERE dispute.tenant = $1 AND dispute.id = value ->> 'id' AND dispute.is_open = 1
        AND score.id = (SELECT latest.id FROM score AS latest
            WHERE latest.tenant = $1 AND latest.subject = value ->> 'subject'
            ORDER BY latest.scored_at_us DESC, latest.id DESC LIMIT 1)";
    /// The scores by which the accounts of a list stand on the worklist.
    LISTED_ACCOUNT_SCORES = "SELECT score.id, score.subject, score.document, score.inputs
        FROM json_each($2) CROSS JOIN work_item JOIN score
            ON score.tenant = work_item.tenant AND score.id = work_item.score_id
        WHERE work_item.tenant = $1 AND work_item.customer_id = value ->> 'customer_id'
        AND work_item.currency = value ->> 'currency' AND work_item.kind = 'OVERDUE_ACCOUNT'
        AND work_item.state <> 'COMPLETED'";
    /// The answer to a request.
    REQUEST = "SELECT id, content_digest, result, answered_at_us FROM request WHERE tenant = $1 AND id = $2";
    /// Outcomes, those that became known last first.
    OUTCOMES = "SELECT known_at_us, document FROM outcome WHERE tenant = $1
        ORDER BY known_at_us DESC, content_digest DESC LIMIT CAST($2 AS BIGINT)";
    /// The outcomes that became known at one instant.
    OUTCOMES_KNOWN_AT = "SELECT known_at_us, document FROM outcome WHERE tenant = $1 AND known_at_us = $2";
    /// A model.
    MODEL = "SELECT id, digest, created_at_us, details, passed_gate FROM model WHERE tenant = $1 AND id = $2";
    /// Models, the newest first.
    MODELS = "SELECT id, digest, created_at_us, details, passed_gate FROM model
        WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR kind = $2) ORDER BY created_at_us DESC, id DESC";
    /// The champions.
    CHAMPIONS = "SELECT kind, model_id, previous_id, promoted_at_us, gate_overridden FROM champion
        WHERE tenant = $1 ORDER BY kind";
    /// The taxonomy in use.
    TAXONOMY = "SELECT version, name, digest, document, loaded_at_us FROM taxonomy
        WHERE tenant = $1 ORDER BY version DESC LIMIT 1";
    /// How many disputes there are of each contested item.
    DISPUTE_COUNTS_BY_ITEM = "SELECT contested_item, COUNT(*) AS dispute_count FROM dispute
        WHERE tenant = $1 GROUP BY contested_item ORDER BY contested_item";
    /// The changes of champions, the latest first.
    CHAMPION_HISTORY = "SELECT number, model_id, replaced_id, cause, promoted_at_us, gate_overridden FROM champion_history
        WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR kind = $2)
        ORDER BY promoted_at_us DESC, number DESC LIMIT CAST($3 AS BIGINT)";
    /// A training run.
    TRAINING_RUN = concat!("SELECT ", training_run_columns!(), " FROM training_run WHERE tenant = $1 AND id = $2");
    /// Training runs, the newest first.
    TRAINING_RUNS = concat!("SELECT ", training_run_columns!(), " FROM training_run
        WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR kind = $2) ORDER BY started_at_us DESC, id DESC LIMIT CAST($3 AS BIGINT)");
}
