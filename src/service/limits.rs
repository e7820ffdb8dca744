//! The bounds of every request, batch, page, queue and retry of the use cases.

/// Items of a page when the caller names no size.
pub const PAGE_SIZE_DEFAULT: usize = 50;
/// Most items of a page.
pub const PAGE_SIZE_MAX: usize = 1_000;
/// Bytes after which a page of messages ends, so that an answer fits into the 4 MiB that clients take by default.
pub const PAGE_BYTES_MAX: usize = 3 << 20;
/// What a message takes in a page beside its texts, about: ids, and the labels of the intents and severities.
pub const MESSAGE_FRAME_BYTES: usize = 2_048;
/// What a text of a message, or of what was understood of it, takes in a page beside its own bytes, at most: its length, and a probability.
pub const READ_TEXT_FRAME_BYTES: usize = 20;
/// What a dispute takes in a page beside the invoices it names, with its reasons, about.
pub const DISPUTE_FRAME_BYTES: usize = 3_072;
/// What a work item takes in a page beside its summary and the customer's name, with its reasons, about.
pub const WORK_ITEM_FRAME_BYTES: usize = 3_072;
/// Messages read at once for a page: as many of the largest are held in memory.
pub const MESSAGES_READ_AT_ONCE: usize = 32;
/// Longest page token accepted, in bytes.
pub const PAGE_TOKEN_BYTES_MAX: usize = 4_096;
/// Longest text that is read without leaving the asynchronous thread, in bytes.
pub const READ_INLINE_BYTES_MAX: usize = 2_048;
/// Longest subject line accepted, in bytes.
pub const SUBJECT_BYTES_MAX: usize = 1_000;
/// Most messages or accounts scored in one call of a batch.
pub const BATCH_COUNT_MAX: usize = 1_024;
/// Most priorities asked for at once.
pub const PRIORITY_SUBJECTS_MAX: usize = 1_000;
/// Most invoices that a dispute or promise may name.
pub const INVOICES_NAMED_MAX: usize = 500;
/// Open invoices of an account that are listed and forecast one by one.
pub const INVOICES_LISTED_MAX: usize = 500;
/// How often a write is tried again when somebody else was faster.
pub const COMMIT_ATTEMPTS_MAX: usize = 8;
/// Accounts read at once while all of them are scanned.
pub const ACCOUNTS_SCANNED_AT_ONCE: usize = 256;
/// Disputes read at once while all open ones are scored again.
pub const DISPUTES_SCANNED_AT_ONCE: usize = 500;
/// Items of messages read at once while all of them are scored again.
pub const MESSAGE_ITEMS_SCANNED_AT_ONCE: usize = 500;
/// Changes of a tenant's worklist kept for its watchers; one that is further behind must list and watch anew.
pub const WATCH_QUEUE_MAX: usize = 16_384;
/// Milliseconds between two looks at what others on the same storage changed of a worklist that is watched.
pub const WATCH_LOOK_MS: u64 = 1_000;
/// Seconds for which such a look reads again what the last one read, for changes that were committed late.
pub const WATCH_OVERLAP_SECONDS: i64 = 5;
/// The same for every so many looks, seconds: others' clocks may be slower by as much, together with the time until they commit.
pub const WATCH_OVERLAP_FAR_SECONDS: i64 = 60;
/// One in so many looks reads from further back.
pub const WATCH_LOOKS_BACK_EVERY: u64 = 10;
/// Changes of a worklist that are read at once.
pub const CHANGES_READ_AT_ONCE: usize = 5_000;
/// Items that a claim looks at, before it gives up, to find one that still needs somebody.
pub const CLAIMS_LOOKED_AT_MAX: usize = 1_000;
/// Items whose lease or snooze has ended that are looked at again at once; those beyond have their turn with the next refresh.
pub const ITEMS_BACK_MAX: usize = 10_000;
/// Shortest lease that may be asked for, in seconds.
pub const LEASE_SECONDS_MIN: u32 = 10;
/// Longest lease that may be asked for, in seconds.
pub const LEASE_SECONDS_MAX: u32 = 86_400;
/// Longest snooze, in seconds: a year.
pub const SNOOZE_SECONDS_MAX: i64 = 366 * 86_400;
/// Longest period of a report, in days.
pub const REPORT_DAYS_MAX: i32 = 3_660;
/// Customers listed in an ageing when the caller names no number.
pub const REPORT_CUSTOMERS_DEFAULT: usize = 20;
/// Most customers listed in an ageing.
pub const REPORT_CUSTOMERS_MAX: usize = 1_000;
/// Locks that writes about customers are spread over, so that two about the same one follow each other.
pub const CUSTOMER_LOCK_COUNT: usize = 256;
/// Customers whose items wait to be scored again; beyond it, the next refresh catches up.
pub const TOUCHED_CUSTOMERS_MAX: usize = 100_000;
/// Milliseconds for which a customer whose accounts changed waits for further changes before they are scored again.
pub const TOUCHED_REST_MS: u64 = 200;
/// Most entries of a worklist ranked from the ledger alone.
pub const RANKED_ENTRIES_MAX: usize = 1_000_000;
/// Training runs of all tenants and kinds that a process works on at once; further ones wait. Each holds the history that it learns from.
pub const TRAINING_RUNS_AT_ONCE: usize = 2;
/// Seconds after which a training run without a sign of life counts as lost.
pub const TRAINING_LEASE_SECONDS: i64 = 60;
/// Milliseconds between two looks at a training run that is watched.
pub const TRAINING_POLL_MS: u64 = 250;
/// Milliseconds between two looks at a run by the replica that carries it out, which learns so that it was cancelled.
pub const TRAINING_LOOK_MS: u64 = 500;
/// Seconds after which a replica that refreshes a worklist without a sign of life counts as lost, and another does it.
pub const REFRESH_LEASE_SECONDS: i64 = 20;
/// Milliseconds after which a replica that refreshes a worklist gives its next sign of life.
pub const REFRESH_RENEWAL_MS: u64 = 5_000;
/// Answers to requests or scores that are looked at, and forgotten, at once.
pub const FORGOTTEN_AT_ONCE: usize = 200;
/// Milliseconds for which the storage is left to others between two such parts.
pub const FORGOTTEN_REST_MS: u64 = 100;
/// Latest changes of champions that are told, of a kind or of all.
pub const CHAMPION_CHANGES_TOLD_MAX: usize = 10_000;
/// Newest training runs that are listed.
pub const TRAINING_RUNS_LISTED_MAX: usize = 10_000;
