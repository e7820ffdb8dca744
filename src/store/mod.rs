//! Storage: one trait, with SQLite and PostgreSQL behind it.
//!
//! Every call names the tenant. Writes that belong together go into one [`Change`] list, which is committed whole or
//! not at all; a change that names a stale version makes the whole list fail with [`StoreError::StaleVersion`].

mod accounts;
mod clearings;
mod digests;
mod dispute_revision;
pub mod error;
pub mod filter;
mod history;
mod ingest;
mod item_change;
mod kept;
mod models;
mod open;
mod postgres;
mod purge;
mod references;
mod refresh;
mod rows;
mod schema;
mod settlements;
pub mod sql;
mod sqlite;
mod write;

use std::collections::HashMap;

use async_trait::async_trait;
use serde::Serialize;

use crate::domain::customer::Customer;
use crate::domain::dispute::Dispute;
use crate::domain::ids::{
    CustomerId, DisputeId, InvoiceId, MessageId, ModelId, ModelKind, RequestId, ScoreId, TenantId, TrainingRunId,
    WorkItemId,
};
use crate::domain::invoice::{Contact, Promise};
use crate::domain::message::Message;
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::outcome::Outcome;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::time_zone::TimeZone;
use crate::domain::work_item::WorkItem;
use crate::ledger::event::AccountEvent;
use crate::ledger::record::{LedgerRecord, RecordOutcome};

pub use error::StoreError;
pub use filter::{ClaimRequest, DisputeFilter, MessageFilter, PageCursor, WorkItemFilter};
pub use history::{FirstMessage, PastDispute};
pub use item_change::ItemChange;
pub use kept::{RequestRecord, ScoreRecord, ScoreSubject};
pub use models::{Champion, ChampionCause, ChampionChange, ModelRecord, TrainingRun, TrainingRunState};
pub use open::{open, open_as_found, schema_versions};
pub use refresh::{FinishedRefresh, RefreshLease, RefreshState};
pub use schema::SchemaVersions;

/// A customer's account in one currency with everything known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRecord {
    /// The customer.
    pub customer: Customer,
    /// Currency of the account.
    pub currency: Currency,
    /// Every event in fold order.
    pub events: Vec<AccountEvent>,
}

/// What is known of a customer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownCustomer {
    /// The customer, when the ledger knows them.
    pub customer: Option<Customer>,
    /// Their accounts, by currency; empty when nothing was ever posted.
    pub accounts: Vec<AccountRecord>,
    /// Every open dispute, the oldest first.
    pub open_disputes: Vec<Dispute>,
    /// The others, the latest first.
    pub closed_disputes: Vec<Dispute>,
    /// How many disputes were opened, as [`Change::CountOpening`] counted them.
    pub opened_dispute_count: i64,
}

/// Names an account; accounts are scanned in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccountKey {
    /// Whose account.
    pub customer_id: CustomerId,
    /// Its currency.
    pub currency: Currency,
}

/// A dispute with the priority by which it is listed: that of its latest score, or 0 before the first one.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedDispute {
    /// The dispute.
    pub dispute: Dispute,
    /// 0 to 100.
    pub priority: f64,
}

/// How long a frozen snapshot of the worklist stays readable, in seconds: pages over an older one may lack items.
pub const SNAPSHOT_KEPT_SECONDS: i64 = 3_600;

/// A taxonomy that a tenant loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxonomyRecord {
    /// Counts the tenant's loads from 1; the latest is in use.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Digest of the text.
    pub digest: String,
    /// The TOML text as it was loaded.
    pub text: String,
    /// When.
    pub loaded_at: Instant,
}

/// One write of a list that is committed whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Stores a message, new by id.
    InsertMessage(Message),
    /// Stores a dispute. Version 1 is new; any other must follow the stored one by exactly 1.
    PutDispute(Dispute),
    /// Counts a dispute that is opened: with it, `opened_count` disputes were opened of the customer. Fails with
    /// [`StoreError::StaleVersion`] when another was opened since the count was read, so that two replicas that take in
    /// complaints about the same invoices at once do not open two disputes.
    CountOpening {
        /// Whose dispute.
        customer_id: CustomerId,
        /// How many there are with the new one.
        opened_count: i64,
    },
    /// Stores a work item, with the same rule for its version. A dispute and an account have one item that is not
    /// completed: a second new one is [`StoreError::StaleVersion`].
    PutWorkItem(WorkItem),
    /// Stores a score.
    InsertScore(ScoreRecord),
    /// Stores an answer; [`StoreError::RequestKnown`] when the key is there already.
    InsertRequest(RequestRecord),
    /// Stores a promise, new by id.
    InsertPromise(Promise),
    /// Stores a contact, new by id.
    InsertContact(Contact),
    /// Stores an outcome.
    InsertOutcome {
        /// The business fact.
        outcome: Outcome,
        /// When it became known.
        known_at: Instant,
    },
    /// Stores a model, new by id.
    InsertModel(ModelRecord),
    /// Makes a model the champion if the present one is `expected` (`None`: there is none), and enters that into the history of champions.
    PutChampion {
        /// The new champion.
        champion: Champion,
        /// The champion that it replaces.
        expected: Option<ModelId>,
        /// How it comes to serve.
        cause: ChampionCause,
    },
    /// Stores a taxonomy; [`StoreError::StaleVersion`] when another has its version.
    InsertTaxonomy(TaxonomyRecord),
    /// Notes that the worklist is brought in line with the records of the first so many changes of the ledger, and what was seen.
    NoteRefresh {
        /// As [`Store::ledger_change_count`] said before the worklist was looked at.
        change_count: i64,
        /// What the refresh saw; absent where a part of it failed, so that it is due as before.
        finished: Option<FinishedRefresh>,
    },
    /// Gives a replica the turn to refresh the worklist; [`StoreError::StaleVersion`] when another has a turn that lasts, or when a refresh
    /// was finished since the state was read.
    ClaimRefresh {
        /// The turn.
        lease: RefreshLease,
        /// The present instant: a turn that ran out by then counts no more.
        now: Instant,
        /// When the last refresh began that was finished, as [`Store::refresh_state`] said.
        last_began_at: Option<Instant>,
    },
    /// Lets a turn last longer; [`StoreError::StaleVersion`] when it was given back or has passed to another replica.
    RenewRefresh(RefreshLease),
    /// Gives a turn back; one that has passed to another replica stays with that.
    ReleaseRefresh {
        /// Who has it.
        holder: String,
    },
    /// Forgets the answers to requests; those that were given at `answered_before` or later stay.
    ForgetRequests {
        /// Which requests.
        request_ids: Vec<RequestId>,
        /// How old they must be.
        answered_before: Instant,
    },
    /// Forgets scores of before an instant; the latest of a subject stays, and so does one that a work item refers to.
    ForgetScores {
        /// Which scores.
        score_ids: Vec<ScoreId>,
        /// How old they must be.
        scored_before: Instant,
    },
    /// Stores a training run that begins; [`StoreError::StaleVersion`] when another of its kind has not ended.
    StartTrainingRun(TrainingRun),
    /// Stores a training run, replacing what was known of it; [`StoreError::StaleVersion`] when it has ended.
    PutTrainingRun(TrainingRun),
}

/// The storage behind the service.
#[async_trait]
pub trait Store: Send + Sync {
    /// Answers when the database can be reached and holds the tables of this release, and what writes to it is at work.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Brings all that is committed into the database file, where it lay in a log beside it; to be called before a process ends, so
    /// that the file alone is a whole copy. Nothing is lost without it.
    async fn settle(&self) -> Result<(), StoreError>;

    /// What the database finds wrong with its own file when it looks at every page: a few lines for people, or none. A database
    /// server looks after its own files, so nothing is told of them.
    async fn damage(&self) -> Result<Vec<String>, StoreError>;

    /// Commits changes, all or none.
    async fn commit(&self, tenant: &TenantId, changes: Vec<Change>) -> Result<(), StoreError>;

    /// Takes in ledger records in one transaction, each with its own outcome, in order. A rejected record leaves nothing;
    /// the others are kept. Documents whose invoices are unknown are rejected with `UnknownInvoice`. A dispute that is known
    /// takes over a later decision; an earlier state that comes late changes nothing. The day of this change is that of `time_zone`.
    async fn ingest(
        &self,
        tenant: &TenantId,
        records: Vec<LedgerRecord>,
        time_zone: &TimeZone,
    ) -> Result<Vec<RecordOutcome>, StoreError>;

    /// The customer with this id.
    async fn customer(&self, tenant: &TenantId, id: &CustomerId) -> Result<Option<Customer>, StoreError>;

    /// Whose the known ones of these invoices are, and their gross amounts.
    async fn invoice_owners(
        &self,
        tenant: &TenantId,
        invoice_ids: &[InvoiceId],
    ) -> Result<HashMap<InvoiceId, (CustomerId, Money)>, StoreError>;

    /// The names of the known ones of these customers.
    async fn customer_names(
        &self,
        tenant: &TenantId,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, String>, StoreError>;

    /// The accounts of a customer, by currency; empty when nothing was ever posted.
    async fn accounts_of(&self, tenant: &TenantId, id: &CustomerId) -> Result<Vec<AccountRecord>, StoreError>;

    /// Up to `limit` accounts after `after`, in the order of their keys.
    async fn scan_accounts(
        &self,
        tenant: &TenantId,
        after: Option<&AccountKey>,
        limit: usize,
    ) -> Result<Vec<AccountRecord>, StoreError>;

    /// What is known of a customer at one instant, with every open dispute and at most `closed_disputes_max` others. Of a
    /// customer without accounts, the disputes may be newer than their count, never older.
    async fn known_customer(
        &self,
        tenant: &TenantId,
        id: &CustomerId,
        closed_disputes_max: usize,
    ) -> Result<KnownCustomer, StoreError>;

    /// The rates between `base` and these currencies that held on `on`, as stored: for each of them the one into `base`, the
    /// one out of it, both or none.
    async fn fx_rates(
        &self,
        tenant: &TenantId,
        currencies: &[Currency],
        base: Currency,
        on: CivilDate,
    ) -> Result<Vec<FxRate>, StoreError>;

    /// The currencies of accounts, of yearly revenues and of contested amounts, in order.
    async fn currencies(&self, tenant: &TenantId) -> Result<Vec<Currency>, StoreError>;

    /// The message with this id.
    async fn message(&self, tenant: &TenantId, id: &MessageId) -> Result<Option<Message>, StoreError>;

    /// A page of messages, the newest first.
    async fn messages(
        &self,
        tenant: &TenantId,
        filter: &MessageFilter,
        cursor: Option<&PageCursor>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError>;

    /// The dispute with this id.
    async fn dispute(&self, tenant: &TenantId, id: &DisputeId) -> Result<Option<Dispute>, StoreError>;

    /// Up to `limit` ids of disputes that are open, by id, after `after`.
    async fn open_disputes(
        &self,
        tenant: &TenantId,
        after: Option<&DisputeId>,
        limit: usize,
    ) -> Result<Vec<DisputeId>, StoreError>;

    /// Up to `limit` disputes after one, by id: a scan misses none, however priorities change meanwhile.
    async fn scan_disputes(
        &self,
        tenant: &TenantId,
        after: Option<&DisputeId>,
        limit: usize,
    ) -> Result<Vec<Dispute>, StoreError>;

    /// A page of disputes, the highest priority of the latest score first, then the latest day of opening. A cursor's key
    /// is the priority of the last dispute as it was given.
    async fn ranked_disputes(
        &self,
        tenant: &TenantId,
        filter: &DisputeFilter,
        cursor: Option<&PageCursor>,
        limit: usize,
    ) -> Result<Vec<RankedDispute>, StoreError>;

    /// Up to `limit` disputes that came as records of the past or were once decided here, by id, with their messages: what is contested
    /// in them is what people said, and not only what a model read. Those that were voided since are among them.
    async fn dispute_history(
        &self,
        tenant: &TenantId,
        after: Option<&DisputeId>,
        limit: usize,
    ) -> Result<Vec<PastDispute>, StoreError>;

    /// The work item with this id.
    async fn work_item(&self, tenant: &TenantId, id: &WorkItemId) -> Result<Option<WorkItem>, StoreError>;

    /// The open or snoozed item of a subject.
    async fn work_item_of(&self, tenant: &TenantId, subject: &ScoreSubject) -> Result<Option<WorkItem>, StoreError>;

    /// The latest item of a subject, completed or not.
    async fn latest_item_of(&self, tenant: &TenantId, subject: &ScoreSubject) -> Result<Option<WorkItem>, StoreError>;

    /// Up to `limit` items, not completed, whose lease or snooze ended after `after` and up to `until`, in no order.
    async fn work_items_back(
        &self,
        tenant: &TenantId,
        after: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError>;

    /// Up to `limit` items, completed or not, in the order of their last change, then by id: those changed at `from` whose id follows
    /// `after`, and later ones.
    async fn work_items_changed(
        &self,
        tenant: &TenantId,
        from: Instant,
        after: Option<&WorkItemId>,
        limit: usize,
    ) -> Result<Vec<ItemChange>, StoreError>;

    /// Up to `limit` items after one, by id, of disputes that are decided and yet not completed: another system decided them.
    async fn work_items_of_decided(
        &self,
        tenant: &TenantId,
        after: Option<&WorkItemId>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError>;

    /// Up to `limit` open or snoozed items that messages made, but for those of disputes, by id.
    async fn work_items_of_messages(
        &self,
        tenant: &TenantId,
        after: Option<&WorkItemId>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError>;

    /// A page of open items as they ranked at `snapshot`, the highest priority first, then the older id.
    async fn work_items(
        &self,
        tenant: &TenantId,
        filter: &WorkItemFilter,
        snapshot: Instant,
        cursor: Option<&PageCursor>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError>;

    /// Gives the highest ranking item that nobody holds and no gate bars to the caller; two callers never get the same one.
    async fn claim_work_item(&self, tenant: &TenantId, claim: &ClaimRequest) -> Result<Option<WorkItem>, StoreError>;

    /// The score with this id.
    async fn score(&self, tenant: &TenantId, id: &ScoreId) -> Result<Option<ScoreRecord>, StoreError>;

    /// The latest score of a subject.
    async fn latest_score(&self, tenant: &TenantId, subject: &ScoreSubject) -> Result<Option<ScoreRecord>, StoreError>;

    /// The known ones of these scores, in no order.
    async fn scores(&self, tenant: &TenantId, ids: &[ScoreId]) -> Result<Vec<ScoreRecord>, StoreError>;

    /// The latest score of each of these subjects that has one, in no order.
    async fn latest_scores(&self, tenant: &TenantId, subjects: &[ScoreSubject])
    -> Result<Vec<ScoreRecord>, StoreError>;

    /// The latest scores of these disputes, in no order; those that are decided or unknown have none.
    async fn open_dispute_scores(&self, tenant: &TenantId, ids: &[DisputeId]) -> Result<Vec<ScoreRecord>, StoreError>;

    /// The currencies of those of these customers that have one account.
    async fn sole_currencies(
        &self,
        tenant: &TenantId,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, Currency>, StoreError>;

    /// The scores by which these accounts stand on the worklist, in no order; accounts that are not on it have none.
    async fn listed_account_scores(
        &self,
        tenant: &TenantId,
        keys: &[AccountKey],
    ) -> Result<Vec<ScoreRecord>, StoreError>;

    /// The answer given to a request before.
    async fn request(&self, tenant: &TenantId, id: &RequestId) -> Result<Option<RequestRecord>, StoreError>;

    /// The latest `limit` outcomes, in the order in which they became known.
    async fn outcomes(&self, tenant: &TenantId, limit: usize) -> Result<Vec<(Outcome, Instant)>, StoreError>;

    /// The outcomes that became known at this very instant, in no order.
    async fn outcomes_known_at(&self, tenant: &TenantId, known_at: Instant) -> Result<Vec<Outcome>, StoreError>;

    /// The model with this id.
    async fn model(&self, tenant: &TenantId, id: &ModelId) -> Result<Option<ModelRecord>, StoreError>;

    /// Models of a kind or of all, the newest first.
    async fn models(&self, tenant: &TenantId, kind: Option<ModelKind>) -> Result<Vec<ModelRecord>, StoreError>;

    /// The champions of all kinds.
    async fn champions(&self, tenant: &TenantId) -> Result<Vec<Champion>, StoreError>;

    /// The taxonomy that was loaded last; `None` while the shipped one is in use.
    async fn taxonomy(&self, tenant: &TenantId) -> Result<Option<TaxonomyRecord>, StoreError>;

    /// How many disputes of any status there are of each contested item, by its code.
    async fn dispute_counts_by_item(&self, tenant: &TenantId) -> Result<Vec<(ItemCode, u64)>, StoreError>;

    /// The latest `limit` changes of the champions of a kind or of all, the latest first.
    async fn champion_history(
        &self,
        tenant: &TenantId,
        kind: Option<ModelKind>,
        limit: usize,
    ) -> Result<Vec<ChampionChange>, StoreError>;

    /// The training run with this id.
    async fn training_run(&self, tenant: &TenantId, id: &TrainingRunId) -> Result<Option<TrainingRun>, StoreError>;

    /// Training runs, the newest first.
    async fn training_runs(
        &self,
        tenant: &TenantId,
        kind: Option<ModelKind>,
        limit: usize,
    ) -> Result<Vec<TrainingRun>, StoreError>;

    /// How often records of a tenant were ever taken in, by whatever process.
    async fn ledger_change_count(&self, tenant: &TenantId) -> Result<i64, StoreError>;

    /// The tenants of whom records were taken in, by whatever process, since their worklists were last brought in line, as
    /// [`Change::NoteRefresh`] says; each with how often that ever happened.
    async fn ledgers_changed(&self) -> Result<Vec<(TenantId, i64)>, StoreError>;

    /// How it stands with the refresh of a tenant's worklist.
    async fn refresh_state(&self, tenant: &TenantId) -> Result<RefreshState, StoreError>;

    /// Up to `limit` requests that were answered before an instant, the oldest first.
    async fn requests_answered_before(
        &self,
        tenant: &TenantId,
        before: Instant,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError>;

    /// Up to `limit` scores after one, by id, each with the instant of scoring.
    async fn scan_scores(
        &self,
        tenant: &TenantId,
        after: Option<&ScoreId>,
        limit: usize,
    ) -> Result<Vec<(ScoreId, Instant)>, StoreError>;

    /// Ids of the tenants that have stored anything.
    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError>;
}
