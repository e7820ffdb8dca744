//! Writes: each change becomes rows, and rows of one table go to the database together.

use std::collections::{BTreeMap, HashSet};

use crate::domain::ids::{RequestId, TenantId};
use crate::domain::time::Instant;
use crate::ledger::record::LedgerRecord;

use super::rows::dispute::{DisputeWrite, OpeningWrite};
use super::rows::ledger::{ContactWrite, PromiseWrite};
use super::rows::message::MessageWrite;
use super::rows::model::{ChampionChangeWrite, ChampionWrite, ModelWrite, TrainingRunWrite};
use super::rows::refresh::{
    FinishedRefreshWrite, LedgerRefreshWrite, RefreshClaimWrite, RefreshReleaseWrite, RefreshRenewalWrite,
};
use super::rows::retention::ForgottenWrite;
use super::rows::score::{OutcomeWrite, RequestWrite, ScoreWrite};
use super::rows::taxonomy::TaxonomyWrite;
use super::rows::work_item::{RankWrite, WorkItemWrite};
use super::rows::{content_digest, row_json};
use super::sql::{ledger, service, upkeep, worklist};
use super::{Change, StoreError};

/// Version of a row that was never changed.
const FIRST_VERSION: i64 = 1;

/// Where rows go, in the order in which the tables are written: requests first, so that a repeated request is told
/// apart from other conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Write {
    /// The tenant, when it may be new.
    Tenant,
    /// Answers to requests.
    Request,
    /// Customers that nobody knew before.
    NewCustomer,
    /// Customers, new or changed.
    Customer,
    /// Customers of whom only the id is known, unless they are known.
    CustomerStub,
    /// Accounts, new or known.
    Account,
    /// New invoices.
    Invoice,
    /// New payments.
    Payment,
    /// New credit notes.
    CreditNote,
    /// Allocations of new payments and credit notes.
    Allocation,
    /// New applications.
    Application,
    /// New reversals.
    Reversal,
    /// New promises.
    Promise,
    /// New contacts.
    Contact,
    /// Holds, new or ended.
    Hold,
    /// New exchange rates.
    FxRate,
    /// New messages.
    Message,
    /// Counts of the disputes opened of a customer.
    Opening,
    /// Disputes of version 1.
    NewDispute,
    /// Disputes of a later version.
    ChangedDispute,
    /// Disputes of a later version that a record brought.
    RevisedDispute,
    /// Work items of version 1.
    NewWorkItem,
    /// Work items of a later version.
    ChangedWorkItem,
    /// Ranks of work items of version 1.
    NewRank,
    /// Ranks of work items of a later version.
    ChangedRank,
    /// Scores of anything but disputes.
    Score,
    /// Scores of disputes, which set their priority.
    DisputeScore,
    /// Outcomes.
    Outcome,
    /// New models.
    Model,
    /// First champions.
    NewChampion,
    /// Champions that replace another.
    ChangedChampion,
    /// Taxonomies.
    Taxonomy,
    /// Changes of champions.
    ChampionChange,
    /// Training runs that begin.
    NewTrainingRun,
    /// Training runs.
    TrainingRun,
    /// That records of a ledger were taken in; last, so that who counts waits for others no longer than the commit takes.
    LedgerChange,
    /// That a worklist is brought in line with its ledger.
    LedgerRefresh,
    /// Turns to refresh a worklist.
    RefreshClaim,
    /// Such turns that are to last longer.
    RefreshRenewal,
    /// What the last refresh of a worklist saw.
    FinishedRefresh,
    /// Turns that are given back.
    RefreshRelease,
    /// Answers to requests that are forgotten.
    ForgottenRequest,
    /// Scores that are forgotten.
    ForgottenScore,
}

/// What must hold for the rows of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// None of them is there already, so that the first statement writes each.
    New,
    /// Each is as the caller read it, so that the first statement writes each: there in the version before, or the first
    /// item of its subject, or a run that has not ended, or the only such run of its kind, or the only taxonomy of its version, or the
    /// only turn to refresh a worklist.
    Current,
    /// Anything.
    Anything,
}

impl Write {
    /// The table, as named in errors.
    pub fn table(self) -> &'static str {
        match self {
            Write::Tenant => "tenant",
            Write::Request | Write::ForgottenRequest => "request",
            Write::NewCustomer | Write::Customer | Write::CustomerStub => "customer",
            Write::Account => "account",
            Write::Invoice => "invoice",
            Write::Payment => "payment",
            Write::CreditNote => "credit_note",
            Write::Allocation => "allocation",
            Write::Application => "application",
            Write::Reversal => "reversal",
            Write::Promise => "promise",
            Write::Contact => "contact",
            Write::Hold => "hold",
            Write::FxRate => "fx_rate",
            Write::Message => "message",
            Write::Opening => "dispute_opening",
            Write::NewDispute | Write::ChangedDispute | Write::RevisedDispute => "dispute",
            Write::NewWorkItem | Write::ChangedWorkItem => "work_item",
            Write::NewRank | Write::ChangedRank => "work_item_rank",
            Write::Score | Write::DisputeScore | Write::ForgottenScore => "score",
            Write::Outcome => "outcome",
            Write::Model => "model",
            Write::NewChampion | Write::ChangedChampion => "champion",
            Write::Taxonomy => "taxonomy",
            Write::ChampionChange => "champion_history",
            Write::NewTrainingRun | Write::TrainingRun => "training_run",
            Write::LedgerChange | Write::LedgerRefresh => "ledger_change",
            Write::RefreshClaim | Write::RefreshRenewal | Write::FinishedRefresh | Write::RefreshRelease => {
                "worklist_refresh"
            }
        }
    }

    /// The statements, each of which takes all rows.
    pub fn statements(self) -> &'static [&'static str] {
        match self {
            Write::Tenant => &[ledger::INSERT_TENANT],
            Write::Request => &[service::INSERT_REQUEST],
            Write::NewCustomer => &[ledger::INSERT_CUSTOMER],
            Write::Customer => &[ledger::KEEP_CREDIT_SCORES, ledger::UPSERT_CUSTOMER],
            Write::CustomerStub => &[ledger::INSERT_CUSTOMER],
            Write::Account => &[ledger::INSERT_ACCOUNT],
            Write::Invoice => &[ledger::INSERT_INVOICE],
            Write::Payment => &[ledger::INSERT_PAYMENT],
            Write::CreditNote => &[ledger::INSERT_CREDIT_NOTE],
            Write::Allocation => &[ledger::INSERT_ALLOCATION],
            Write::Application => &[ledger::INSERT_APPLICATION],
            Write::Reversal => &[ledger::INSERT_REVERSAL],
            Write::Promise => &[ledger::INSERT_PROMISE],
            Write::Contact => &[ledger::INSERT_CONTACT],
            Write::Hold => &[ledger::UPSERT_HOLD],
            Write::FxRate => &[ledger::INSERT_FX_RATE],
            Write::Message => &[service::INSERT_MESSAGE],
            Write::Opening => &[service::COUNT_OPENING],
            Write::NewDispute => &[service::INSERT_DISPUTE],
            Write::ChangedDispute => &[service::UPDATE_DISPUTE],
            Write::RevisedDispute => &[service::REVISE_DISPUTE],
            Write::NewWorkItem => &[worklist::INSERT_WORK_ITEM],
            Write::ChangedWorkItem => &[worklist::UPDATE_WORK_ITEM],
            Write::NewRank => &[worklist::OPEN_RANK],
            Write::ChangedRank => &[worklist::DROP_RANK, worklist::CLOSE_RANK, worklist::OPEN_RANK],
            Write::Score => &[service::INSERT_SCORE],
            Write::DisputeScore => &[service::INSERT_SCORE, service::SET_DISPUTE_PRIORITY],
            Write::Outcome => &[service::INSERT_OUTCOME],
            Write::Model => &[service::INSERT_MODEL],
            Write::NewChampion => &[service::INSERT_CHAMPION],
            Write::ChangedChampion => &[service::UPDATE_CHAMPION],
            Write::Taxonomy => &[service::INSERT_TAXONOMY],
            Write::ChampionChange => &[service::INSERT_CHAMPION_CHANGE],
            Write::NewTrainingRun => &[service::INSERT_TRAINING_RUN],
            Write::TrainingRun => &[service::UPSERT_TRAINING_RUN],
            Write::LedgerChange => &[ledger::COUNT_LEDGER_CHANGE],
            Write::LedgerRefresh => &[ledger::NOTE_REFRESH],
            Write::RefreshClaim => &[upkeep::CLAIM_REFRESH],
            Write::RefreshRenewal => &[upkeep::RENEW_REFRESH],
            Write::FinishedRefresh => &[upkeep::FINISH_REFRESH],
            Write::RefreshRelease => &[upkeep::RELEASE_REFRESH],
            Write::ForgottenRequest => &[upkeep::FORGET_REQUESTS],
            Write::ForgottenScore => &[upkeep::FORGET_SCORES],
        }
    }

    /// What must hold for the rows.
    pub fn expect(self) -> Expect {
        match self {
            Write::Request
            | Write::NewCustomer
            | Write::Invoice
            | Write::Payment
            | Write::CreditNote
            | Write::Allocation
            | Write::Application
            | Write::Reversal
            | Write::Promise
            | Write::Contact
            | Write::FxRate
            | Write::Message
            | Write::NewDispute
            | Write::Score
            | Write::DisputeScore
            | Write::Model
            | Write::ChampionChange => Expect::New,
            Write::Opening
            | Write::ChangedDispute
            | Write::RevisedDispute
            | Write::NewWorkItem
            | Write::Taxonomy
            | Write::NewTrainingRun
            | Write::TrainingRun
            | Write::ChangedWorkItem
            | Write::NewChampion
            | Write::ChangedChampion
            | Write::RefreshClaim
            | Write::RefreshRenewal => Expect::Current,
            Write::Tenant
            | Write::Customer
            | Write::CustomerStub
            | Write::Account
            | Write::Hold
            | Write::NewRank
            | Write::ChangedRank
            | Write::Outcome
            | Write::LedgerChange
            | Write::LedgerRefresh
            | Write::FinishedRefresh
            | Write::RefreshRelease
            | Write::ForgottenRequest
            | Write::ForgottenScore => Expect::Anything,
        }
    }

    /// The error when what must hold does not hold for the row with this key.
    pub fn conflict(self, key: &str) -> StoreError {
        let (table, id) = (self.table(), key.to_owned());
        match (self, self.expect()) {
            (Write::Request, _) => match RequestId::parse(key) {
                Ok(request_id) => StoreError::RequestKnown(request_id),
                Err(_) => StoreError::AlreadyExists { table, id },
            },
            (_, Expect::New) => StoreError::AlreadyExists { table, id },
            (_, Expect::Current | Expect::Anything) => StoreError::StaleVersion { table, id },
        }
    }
}

/// A row on its way to a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it goes.
    pub write: Write,
    /// Its id, for errors.
    pub key: String,
    /// Its columns as JSON.
    pub json: String,
}

impl Row {
    /// The row of a tenant.
    pub fn tenant(tenant: &TenantId) -> Self {
        Row::of_tenant(Write::Tenant, tenant)
    }

    /// A row that says whose it is and no more.
    pub fn of_tenant(write: Write, tenant: &TenantId) -> Self {
        #[derive(serde::Serialize)]
        struct TenantWrite<'a> {
            tenant: &'a TenantId,
        }
        Row { write, key: tenant.to_string(), json: row_json(&TenantWrite { tenant }) }
    }
}

/// The changes of one caller, ready to be written.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Whose data.
    pub tenant: TenantId,
    /// The rows.
    pub rows: Vec<Row>,
    /// When ranks that are no longer needed are forgotten: the present instant.
    pub now: Instant,
}

impl Prepared {
    /// The rows of `changes`; ranks change at `now`.
    pub fn new(tenant: &TenantId, changes: &[Change], now: Instant) -> Self {
        let mut prepared = Prepared { tenant: tenant.clone(), rows: Vec::with_capacity(changes.len() * 2), now };
        for change in changes {
            prepared.push_change(change);
        }
        prepared
    }

    fn push(&mut self, write: Write, key: &str, json: String) {
        self.rows.push(Row { write, key: key.to_owned(), json });
    }

    fn push_change(&mut self, change: &Change) {
        let tenant = &self.tenant.clone();
        match change {
            Change::InsertMessage(message) => {
                self.push(Write::Message, message.id.as_str(), row_json(&MessageWrite::new(tenant, message)));
            }
            Change::PutDispute(dispute) => {
                let write = if dispute.version == FIRST_VERSION { Write::NewDispute } else { Write::ChangedDispute };
                self.push(write, dispute.id.as_str(), row_json(&DisputeWrite::new(tenant, dispute)));
            }
            Change::CountOpening { customer_id, opened_count } => {
                let row = OpeningWrite { tenant, customer_id, opened_count: *opened_count };
                self.push(Write::Opening, customer_id.as_str(), row_json(&row));
            }
            Change::PutWorkItem(item) => {
                let (write, rank) = if item.version == FIRST_VERSION {
                    (Write::NewWorkItem, Write::NewRank)
                } else {
                    (Write::ChangedWorkItem, Write::ChangedRank)
                };
                self.push(write, item.id.as_str(), row_json(&WorkItemWrite::new(tenant, item, self.now)));
                self.push(rank, item.id.as_str(), row_json(&RankWrite::new(tenant, item, self.now)));
            }
            Change::InsertScore(record) => {
                let write = match record.subject {
                    super::ScoreSubject::Dispute(_) => Write::DisputeScore,
                    super::ScoreSubject::Account(_) | super::ScoreSubject::WorkItem(_) => Write::Score,
                };
                self.push(write, record.score.id.as_str(), row_json(&ScoreWrite::new(tenant, record)));
            }
            Change::InsertRequest(record) => {
                self.push(Write::Request, record.request_id.as_str(), row_json(&RequestWrite::new(tenant, record)));
            }
            Change::InsertPromise(promise) => {
                let digest = content_digest(&LedgerRecord::Promise(promise.clone()));
                self.push(Write::Promise, promise.id.as_str(), row_json(&PromiseWrite::new(tenant, promise, &digest)));
            }
            Change::InsertContact(contact) => {
                let digest = content_digest(&LedgerRecord::Contact(contact.clone()));
                self.push(Write::Contact, contact.id.as_str(), row_json(&ContactWrite::new(tenant, contact, &digest)));
            }
            Change::InsertOutcome { outcome, known_at } => {
                let row = OutcomeWrite::new(tenant, outcome, *known_at);
                self.push(Write::Outcome, &row.key(), row_json(&row));
            }
            Change::InsertModel(model) => {
                self.push(Write::Model, &model.id.to_string(), row_json(&ModelWrite::new(tenant, model)));
            }
            Change::PutChampion { champion, expected, cause } => {
                let write = if expected.is_some() { Write::ChangedChampion } else { Write::NewChampion };
                let row = ChampionWrite::new(tenant, champion, expected.as_ref());
                self.push(write, champion.kind.as_str(), row_json(&row));
                let change = ChampionChangeWrite::new(tenant, champion, expected.as_ref(), *cause);
                self.push(Write::ChampionChange, champion.kind.as_str(), row_json(&change));
            }
            Change::InsertTaxonomy(taxonomy) => {
                let key = taxonomy.version.to_string();
                self.push(Write::Taxonomy, &key, row_json(&TaxonomyWrite::new(tenant, taxonomy)));
            }
            Change::NoteRefresh { change_count, finished } => {
                let row = LedgerRefreshWrite { tenant, change_count: *change_count };
                self.push(Write::LedgerRefresh, tenant.as_str(), row_json(&row));
                if let Some(finished) = finished {
                    let row = FinishedRefreshWrite::new(tenant, finished);
                    self.push(Write::FinishedRefresh, tenant.as_str(), row_json(&row));
                }
            }
            Change::ClaimRefresh { lease, now, last_began_at } => {
                let row = RefreshClaimWrite::new(tenant, lease, *now, *last_began_at);
                self.push(Write::RefreshClaim, tenant.as_str(), row_json(&row));
            }
            Change::RenewRefresh(lease) => {
                let row = RefreshRenewalWrite::new(tenant, lease);
                self.push(Write::RefreshRenewal, tenant.as_str(), row_json(&row));
            }
            Change::ReleaseRefresh { holder } => {
                self.push(Write::RefreshRelease, tenant.as_str(), row_json(&RefreshReleaseWrite { tenant, holder }));
            }
            Change::ForgetRequests { request_ids, answered_before } => {
                for id in request_ids {
                    let row = ForgottenWrite::new(tenant, id.as_str(), *answered_before);
                    self.push(Write::ForgottenRequest, id.as_str(), row_json(&row));
                }
            }
            Change::ForgetScores { score_ids, scored_before } => {
                for id in score_ids {
                    let row = ForgottenWrite::new(tenant, id.as_str(), *scored_before);
                    self.push(Write::ForgottenScore, id.as_str(), row_json(&row));
                }
            }
            Change::StartTrainingRun(run) => {
                self.push(Write::NewTrainingRun, run.id.as_str(), row_json(&TrainingRunWrite::new(tenant, run)));
            }
            Change::PutTrainingRun(run) => {
                self.push(Write::TrainingRun, run.id.as_str(), row_json(&TrainingRunWrite::new(tenant, run)));
            }
        }
    }
}

/// Rows of one table that go to the database together.
#[derive(Debug, Clone)]
pub struct TableRows<'a> {
    /// The table and how it is written.
    pub write: Write,
    /// The rows, at least one.
    pub rows: Vec<&'a Row>,
}

/// Rows as one JSON list.
pub fn json_list(rows: &[&Row]) -> String {
    let mut json = String::with_capacity(rows.iter().map(|row| row.json.len() + 1).sum::<usize>() + 1);
    for row in rows {
        json.push(if json.is_empty() { '[' } else { ',' });
        json.push_str(&row.json);
    }
    json.push(']');
    json
}

/// The batches that write `rows`, to be run one after the other: in each, tables come in their order and no row comes
/// twice, so that a row that changes twice is written twice.
pub fn batches<'a>(rows: impl IntoIterator<Item = (&'a TenantId, &'a Row)>) -> Vec<Vec<TableRows<'a>>> {
    let mut batches = Vec::new();
    let mut tables: BTreeMap<Write, Vec<&Row>> = BTreeMap::new();
    let mut seen: HashSet<(&TenantId, &'static str, &str)> = HashSet::new();
    for (tenant, row) in rows {
        let key = (tenant, row.write.table(), row.key.as_str());
        if row.write != Write::Allocation && !seen.insert(key) {
            batches.push(finish(std::mem::take(&mut tables)));
            seen.clear();
            seen.insert(key);
        }
        tables.entry(row.write).or_default().push(row);
    }
    batches.push(finish(tables));
    batches
}

fn finish(tables: BTreeMap<Write, Vec<&Row>>) -> Vec<TableRows<'_>> {
    tables.into_iter().map(|(write, rows)| TableRows { write, rows }).collect()
}
