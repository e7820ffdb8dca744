//! Every SQL text is understood by both databases.

use recourse::store::sql;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqlSafeStr, SqliteConnection};

use super::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_prepares_every_statement() {
    let fixture = Fixture::in_a_file().await;
    let url = format!("sqlite:{}", fixture.path().display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for (name, text) in sql::ALL.iter().flat_map(|list| list.iter()) {
        if let Err(error) = (&mut connection).prepare(text.into_sql_str()).await {
            panic!("{name}: {error}\n{text}");
        }
    }
}

/// Statements that read a whole table on purpose.
const WHOLE_TABLE: [&str; 2] = ["TENANTS", "LEDGERS_CHANGED"];

/// Statements that search by the tenant alone on purpose: of some tables a tenant has few rows, or one, and of others a limit takes the
/// first in the order of the index.
const WHOLE_TENANT: [&str; 14] = [
    "NOTE_REFRESH",
    "REFRESH_STATE",
    "RENEW_REFRESH",
    "RELEASE_REFRESH",
    "LEDGER_CHANGE_COUNT",
    "MODELS",
    "CHAMPIONS",
    "TRAINING_RUNS",
    "OUTCOMES",
    "CLAIMABLE",
    "CURRENCIES",
    "CHAMPION_HISTORY",
    "TAXONOMY",
    "DISPUTE_COUNTS_BY_ITEM",
];

/// What a plan scans that is no table: lists handed in, and the answers of inner queries.
const NO_TABLE: [&str; 6] = ["json_each", "CONSTANT ROW", "SCAN listed", "SCAN asked", "SCAN closed", "SCAN line"];

/// Statements whose filter has an index of its own, which the order of the answer must not outweigh.
const BY_INDEX: [(&str, &str); 15] = [
    ("OPEN_DISPUTES", "dispute_open"),
    ("OPEN_AND_LATEST_DISPUTES", "dispute_of_customer"),
    ("DISPUTES_OF_CUSTOMER", "dispute_of_customer"),
    ("DISPUTES_IN_STATUS", "dispute_in_status"),
    ("MESSAGES_OF_CUSTOMER", "message_by_customer"),
    ("MESSAGES_OF_DISPUTE", "message_by_dispute"),
    ("LATEST_SCORE", "score_by_subject"),
    ("REQUESTS_ANSWERED_BEFORE", "request_by_time"),
    ("LATEST_ITEM_OF_DISPUTE", "work_item_latest_of_dispute"),
    ("LATEST_ITEM_OF_ACCOUNT", "work_item_latest_of_account"),
    ("WORK_ITEMS_BACK", "work_item_lease_end"),
    ("WORK_ITEMS_BACK", "work_item_snooze_end"),
    ("WORK_ITEMS_CHANGED", "work_item_by_change"),
    ("WORK_ITEMS_OF_KIND", "work_item_rank_by_kind"),
    ("CLAIMABLE_OF_KIND", "work_item_rank_by_kind"),
];

/// A plan is a list of loops, the outermost first: a list of ids must be the outer one, and a table must be searched
/// by an index, or else the time grows with the table.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_searches_tables_by_their_indexes() {
    let fixture = Fixture::in_a_file().await;
    let mut connection = SqliteConnection::connect(fixture.url()).await.unwrap();
    let mut slow = Vec::new();
    for (name, text) in sql::ALL.iter().flat_map(|list| list.iter()) {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
        let rows = sqlx::query(explain).fetch_all(&mut connection).await.unwrap();
        let mut steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        if steps.first().is_some_and(|step| step == "MATERIALIZE listed") {
            steps.drain(..2);
        }
        let loops: Vec<_> =
            steps.iter().filter(|step| step.starts_with("SCAN") || step.starts_with("SEARCH")).collect();
        let scans_table =
            loops.iter().any(|step| step.starts_with("SCAN") && !NO_TABLE.iter().any(|source| step.contains(source)));
        let is_joined = !steps.iter().any(|step| step.starts_with("LIST SUBQUERY"));
        let is_list = |step: &String| step.contains("json_each") || step.contains("SCAN listed");
        let list_is_inner = is_joined
            && (loops.iter().skip(1).any(|step| is_list(step)) && !is_list(loops[0])
                || steps.iter().any(|step| step.contains("SEARCH listed")));
        let sorts = steps.iter().any(|step| step.contains("USE TEMP B-TREE")) && name.starts_with("WORK_ITEMS");
        let misses_index =
            BY_INDEX.iter().any(|(of, index)| of == name && !steps.iter().any(|step| step.contains(index)));
        let by_tenant_alone = loops.iter().any(|step| step.ends_with("(tenant=?)")) && !WHOLE_TENANT.contains(name);
        if (scans_table && !WHOLE_TABLE.contains(name)) || by_tenant_alone || list_is_inner || sorts || misses_index {
            slow.push(format!("{name}: {steps:#?}"));
        }
        assert!(!text.contains("LIMIT $"), "{name} is prepared again for each value of its limit");
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn postgres_prepares_every_statement() {
    let fixture = Fixture::in_postgres(module_path!()).await;
    let mut connection = PgConnection::connect(fixture.url()).await.unwrap();
    let shared = sql::ALL.iter().flat_map(|list| list.iter());
    for (name, text) in shared.chain(sql::ledger::locking::ALL).chain(sql::worklist::locking::ALL) {
        if let Err(error) = (&mut connection).prepare(text.into_sql_str()).await {
            panic!("{name}: {error}\n{text}");
        }
    }
}

/// The same on PostgreSQL, over tables with so many rows that an index is worth its while.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn postgres_searches_tables_by_their_indexes() {
    let fixture = Fixture::in_postgres(concat!(module_path!(), "::plans")).await;
    let mut connection = PgConnection::connect(fixture.url()).await.unwrap();
    for text in FILLING {
        (&mut connection).execute(*text).await.unwrap();
    }
    let mut slow = Vec::new();
    for (name, index) in BY_INDEX {
        let (_, text) = sql::ALL.iter().flat_map(|list| list.iter()).find(|(other, _)| *other == name).unwrap();
        let mut explain = format!("EXPLAIN {text}");
        // From $10 down to $1, so that $1 does not stand for the beginning of $10.
        let values = match name {
            "OPEN_AND_LATEST_DISPUTES" => ["10", "10", "'C7'"],
            "MESSAGES_OF_CUSTOMER" | "MESSAGES_OF_DISPUTE" => ["10", "'M7'", "90000"],
            "LATEST_SCORE" => ["10", "10", "'dispute/D7'"],
            "REQUESTS_ANSWERED_BEFORE" => ["10", "10", "7"],
            "WORK_ITEMS_OF_KIND" => ["'W7'", "90000", "90000"],
            "CLAIMABLE_OF_KIND" => ["'QUERY'", "'ann'", "90000"],
            "LATEST_ITEM_OF_DISPUTE" | "OPEN_DISPUTES" => ["10", "10", "'D7'"],
            "LATEST_ITEM_OF_ACCOUNT" => ["10", "'EUR'", "'C7'"],
            "WORK_ITEMS_BACK" => ["10", "90000", "80000"],
            _ => ["10", "'D7'", "90000"],
        };
        let further = match name {
            "WORK_ITEMS_OF_KIND" => ["NULL", "NULL", "NULL", "NULL", "'QUERY'", "10"],
            "CLAIMABLE_OF_KIND" => ["NULL"; 6],
            _ => ["NULL", "NULL", "NULL", "NULL", "'NEW'", "'C7'"],
        };
        for (index, value) in further.into_iter().chain(values).chain(["'default'"]).enumerate() {
            explain = explain.replace(&format!("${}", 10 - index), value);
        }
        let rows = sqlx::query(AssertSqlSafe(explain)).fetch_all(&mut connection).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        if !steps.iter().any(|step| step.contains(index)) {
            slow.push(format!("{name}: {steps:#?}"));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// Fills tables with rows of many customers.
const FILLING: &[&str] = &[
    "INSERT INTO dispute (tenant, id, customer_id, invoice_ids, contested_item, severity, opened_on, status, is_open,
        raised_count, updated_at_us, version, priority_parts)
     SELECT 'default', 'D' || n, 'C' || n % 1000, '[]', 'PRICING', 'MINOR', '2026-03-01',
        CASE WHEN n % 1000 = 0 THEN 'NEW' ELSE 'CLOSED' END, CASE WHEN n % 1000 = 0 THEN 1 ELSE 0 END, 1, 1, 1, n
     FROM generate_series(1, 20000) AS n",
    "INSERT INTO message (tenant, id, customer_id, channel, subject, body, received_at_us, reading, dispute_id)
     SELECT 'default', 'M' || n, 'C' || n % 1000, 'EMAIL', '', 'x', n, '{}', 'D' || n
     FROM generate_series(1, 20000) AS n",
    "INSERT INTO score (tenant, id, subject, scored_at_us, document, inputs)
     SELECT 'default', 'S' || n, 'dispute/D' || n, n, '{}', '{}' FROM generate_series(1, 20000) AS n",
    "INSERT INTO request (tenant, id, content_digest, result, answered_at_us)
     SELECT 'default', 'Q' || n, '', '{}', n FROM generate_series(1, 20000) AS n",
    "INSERT INTO work_item (tenant, id, kind, state, priority, tier, summary, created_at_us, changed_at_us, version)
     SELECT 'default', 'W' || n, CASE WHEN n % 1000 = 0 THEN 'QUERY' ELSE 'DISPUTE' END, 'OPEN', 1, 'LOW', '', n, n, 1
     FROM generate_series(1, 20000) AS n",
    "INSERT INTO work_item (tenant, id, kind, state, priority, tier, summary, created_at_us, version, dispute_id, customer_id,
        currency, lease_expires_at_us, snoozed_until_us)
     SELECT 'default', 'X' || n, CASE WHEN n % 2 = 0 THEN 'OVERDUE_ACCOUNT' ELSE 'DISPUTE' END,
        CASE WHEN n % 1000 = 0 THEN 'SNOOZED' ELSE 'COMPLETED' END, 1, 'LOW', '', n, 1, 'D' || n % 1000, 'C' || n, 'EUR', n, n
     FROM generate_series(1, 20000) AS n",
    "INSERT INTO work_item_rank (tenant, work_item_id, valid_from_us, priority_parts, tier, kind, visible_from_us, is_gated)
     SELECT 'default', id, 0, created_at_us, tier, kind, 0, 0 FROM work_item WHERE state = 'OPEN'",
    "ANALYZE work_item",
    "ANALYZE work_item_rank",
    "ANALYZE dispute",
    "ANALYZE message",
    "ANALYZE score",
    "ANALYZE request",
];
