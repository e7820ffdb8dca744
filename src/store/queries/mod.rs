//! The queries, mounted once for each database: the module above says which one by its `Backend` and `Db`.

mod account;
mod dispute;
mod message;
mod model;
mod refresh;
mod retention;
mod taxonomy;
mod worklist;
pub mod write;

use std::collections::HashMap;

use async_trait::async_trait;
use serde::Serialize;
use sqlx::query::QueryAs;
use sqlx::{Database, Executor, FromRow, query_as, query_scalar};

use super::{Backend, Db};
use crate::domain::customer::Customer;
use crate::domain::dispute::Dispute;
use crate::domain::ids::{
    CustomerId, DisputeId, InvoiceId, MessageId, ModelId, ModelKind, RequestId, ScoreId, TenantId, TrainingRunId,
    WorkItemId,
};
use crate::domain::message::Message;
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::outcome::Outcome;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::time_zone::TimeZone;
use crate::domain::work_item::WorkItem;
use crate::ledger::record::{LedgerRecord, RecordOutcome};
use crate::store::ingest::Intake;
use crate::store::rows::{Place, json_text};
use crate::store::sql::ledger;
use crate::store::write::Prepared;
use crate::store::{
    AccountKey, AccountRecord, Champion, ChampionChange, Change, ClaimRequest, DisputeFilter, ItemChange,
    KnownCustomer, MessageFilter, ModelRecord, PageCursor, PastDispute, RankedDispute, RefreshState, RequestRecord,
    ScoreRecord, ScoreSubject, Store, StoreError, TaxonomyRecord, TrainingRun, WorkItemFilter,
};

/// A connection.
pub type Conn = <Db as Database>::Connection;
type Row = <Db as Database>::Row;
type Arguments = <Db as Database>::Arguments;
type Query<'q, R> = QueryAs<'q, Db, R, Arguments>;

/// Runs a query that answers at most one row.
async fn one<'c, R, T>(query: Query<'_, R>, db: impl Executor<'c, Database = Db>) -> Result<Option<T>, StoreError>
where
    R: for<'r> FromRow<'r, Row> + Send + Unpin,
    T: TryFrom<R, Error = StoreError>,
{
    query.fetch_optional(db).await.map_err(StoreError::from_driver)?.map(T::try_from).transpose()
}

/// Runs a query and reads every row of its answer.
async fn all<'c, R, T>(query: Query<'_, R>, db: impl Executor<'c, Database = Db>) -> Result<Vec<T>, StoreError>
where
    R: for<'r> FromRow<'r, Row> + Send + Unpin,
    T: TryFrom<R, Error = StoreError>,
{
    let rows = query.fetch_all(db).await.map_err(StoreError::from_driver)?;
    rows.into_iter().map(T::try_from).collect()
}

/// Ids as the JSON list that statements take apart.
fn list_of<T: Serialize>(ids: &[T]) -> String {
    #[derive(Serialize)]
    struct Key<'a, T> {
        id: &'a T,
    }
    let keys: Vec<_> = ids.iter().map(|id| Key { id }).collect();
    json_text(&keys)
}

/// A count as the databases take it.
fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[async_trait]
impl Store for Backend {
    async fn ping(&self) -> Result<(), StoreError> {
        self.check_writer()?;
        let first: Option<String> = query_scalar(ledger::FIRST_TENANT)
            .fetch_one(&mut *self.reader().await?)
            .await
            .map_err(StoreError::from_driver)?;
        drop(first);
        Ok(())
    }

    async fn settle(&self) -> Result<(), StoreError> {
        self.settle_file().await
    }

    async fn damage(&self) -> Result<Vec<String>, StoreError> {
        self.damage_of_file().await
    }

    async fn commit(&self, tenant: &TenantId, changes: Vec<Change>) -> Result<(), StoreError> {
        self.write(Prepared::new(tenant, &changes, self.now())).await
    }

    async fn ingest(
        &self,
        tenant: &TenantId,
        records: Vec<LedgerRecord>,
        time_zone: &TimeZone,
    ) -> Result<Vec<RecordOutcome>, StoreError> {
        let (tenant, now, time_zone) = (tenant.clone(), self.now(), time_zone.clone());
        let prepared = tokio::task::spawn_blocking(move || Intake::new(&tenant, records, now, time_zone)).await;
        self.take_in(prepared.map_err(|_| StoreError::from_driver(sqlx::Error::WorkerCrashed))?).await
    }

    async fn customer(&self, tenant: &TenantId, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        account::customer(&mut *self.reader().await?, tenant, id).await
    }

    async fn invoice_owners(
        &self,
        tenant: &TenantId,
        invoice_ids: &[InvoiceId],
    ) -> Result<HashMap<InvoiceId, (CustomerId, Money)>, StoreError> {
        account::invoice_owners(&mut *self.reader().await?, tenant, &list_of(invoice_ids)).await
    }

    async fn customer_names(
        &self,
        tenant: &TenantId,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, String>, StoreError> {
        account::customer_names(&mut *self.reader().await?, tenant, ids).await
    }

    async fn accounts_of(&self, tenant: &TenantId, id: &CustomerId) -> Result<Vec<AccountRecord>, StoreError> {
        account::accounts_of(&mut *Self::snapshot(&mut *self.reader().await?).await?, tenant, id).await
    }

    async fn scan_accounts(
        &self,
        tenant: &TenantId,
        after: Option<&AccountKey>,
        limit: usize,
    ) -> Result<Vec<AccountRecord>, StoreError> {
        account::scan(&mut *Self::snapshot(&mut *self.reader().await?).await?, tenant, after, limit).await
    }

    async fn known_customer(
        &self,
        tenant: &TenantId,
        id: &CustomerId,
        closed_disputes_max: usize,
    ) -> Result<KnownCustomer, StoreError> {
        let mut reader = self.reader().await?;
        let overview = account::overview(&mut reader, tenant, id).await?;
        if !overview.has_accounts {
            // One more query at most, for disputes no older than their count: no snapshot is needed for it.
            return account::known_customer(&mut reader, tenant, id, overview, closed_disputes_max).await;
        }
        let mut snapshot = Self::snapshot(&mut reader).await?;
        let overview = account::overview(&mut snapshot, tenant, id).await?;
        account::known_customer(&mut snapshot, tenant, id, overview, closed_disputes_max).await
    }

    async fn fx_rates(
        &self,
        tenant: &TenantId,
        currencies: &[Currency],
        base: Currency,
        on: CivilDate,
    ) -> Result<Vec<FxRate>, StoreError> {
        account::fx_rates(&mut *self.reader().await?, tenant, currencies, base, on).await
    }

    async fn currencies(&self, tenant: &TenantId) -> Result<Vec<Currency>, StoreError> {
        account::currencies(&mut *self.reader().await?, tenant).await
    }

    async fn message(&self, tenant: &TenantId, id: &MessageId) -> Result<Option<Message>, StoreError> {
        message::message(&mut *self.reader().await?, tenant, id).await
    }

    async fn messages(
        &self,
        tenant: &TenantId,
        filter: &MessageFilter,
        cursor: Option<&PageCursor>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        message::page(&mut *self.reader().await?, tenant, filter, cursor, limit).await
    }

    async fn dispute(&self, tenant: &TenantId, id: &DisputeId) -> Result<Option<Dispute>, StoreError> {
        dispute::dispute(&mut *self.reader().await?, tenant, id).await
    }

    async fn open_disputes(
        &self,
        tenant: &TenantId,
        after: Option<&DisputeId>,
        limit: usize,
    ) -> Result<Vec<DisputeId>, StoreError> {
        dispute::open_ids(&mut *self.reader().await?, tenant, after, limit).await
    }

    async fn scan_disputes(
        &self,
        tenant: &TenantId,
        after: Option<&DisputeId>,
        limit: usize,
    ) -> Result<Vec<Dispute>, StoreError> {
        dispute::scan(&mut *self.reader().await?, tenant, after, limit).await
    }

    async fn ranked_disputes(
        &self,
        tenant: &TenantId,
        filter: &DisputeFilter,
        cursor: Option<&PageCursor>,
        limit: usize,
    ) -> Result<Vec<RankedDispute>, StoreError> {
        dispute::page(&mut *self.reader().await?, tenant, filter, cursor, limit).await
    }

    async fn dispute_history(
        &self,
        tenant: &TenantId,
        after: Option<&DisputeId>,
        limit: usize,
    ) -> Result<Vec<PastDispute>, StoreError> {
        dispute::history(&mut *Self::snapshot(&mut *self.reader().await?).await?, tenant, after, limit).await
    }

    async fn work_item(&self, tenant: &TenantId, id: &WorkItemId) -> Result<Option<WorkItem>, StoreError> {
        worklist::work_item(&mut *self.reader().await?, tenant, id).await
    }

    async fn work_item_of(&self, tenant: &TenantId, subject: &ScoreSubject) -> Result<Option<WorkItem>, StoreError> {
        worklist::work_item_of(&mut *self.reader().await?, tenant, subject).await
    }

    async fn latest_item_of(&self, tenant: &TenantId, subject: &ScoreSubject) -> Result<Option<WorkItem>, StoreError> {
        worklist::latest_item_of(&mut *self.reader().await?, tenant, subject).await
    }

    async fn work_items_back(
        &self,
        tenant: &TenantId,
        after: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        worklist::work_items_back(&mut *self.reader().await?, tenant, (after, until), limit).await
    }

    async fn work_items_changed(
        &self,
        tenant: &TenantId,
        from: Instant,
        after: Option<&WorkItemId>,
        limit: usize,
    ) -> Result<Vec<ItemChange>, StoreError> {
        worklist::work_items_changed(&mut *self.reader().await?, tenant, (from, after), limit).await
    }

    async fn work_items_of_decided(
        &self,
        tenant: &TenantId,
        after: Option<&WorkItemId>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        worklist::work_items_of_decided(&mut *self.reader().await?, tenant, after, limit).await
    }

    async fn work_items_of_messages(
        &self,
        tenant: &TenantId,
        after: Option<&WorkItemId>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        worklist::work_items_of_messages(&mut *self.reader().await?, tenant, after, limit).await
    }

    async fn work_items(
        &self,
        tenant: &TenantId,
        filter: &WorkItemFilter,
        snapshot: Instant,
        cursor: Option<&PageCursor>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        worklist::page(&mut *self.reader().await?, tenant, filter, snapshot, cursor, limit).await
    }

    async fn claim_work_item(&self, tenant: &TenantId, claim: &ClaimRequest) -> Result<Option<WorkItem>, StoreError> {
        self.claim(tenant, claim).await
    }

    async fn score(&self, tenant: &TenantId, id: &ScoreId) -> Result<Option<ScoreRecord>, StoreError> {
        model::score(&mut *self.reader().await?, tenant, id).await
    }

    async fn latest_score(&self, tenant: &TenantId, subject: &ScoreSubject) -> Result<Option<ScoreRecord>, StoreError> {
        model::latest_score(&mut *self.reader().await?, tenant, subject).await
    }

    async fn scores(&self, tenant: &TenantId, ids: &[ScoreId]) -> Result<Vec<ScoreRecord>, StoreError> {
        model::scores(&mut *self.reader().await?, tenant, ids).await
    }

    async fn latest_scores(
        &self,
        tenant: &TenantId,
        subjects: &[ScoreSubject],
    ) -> Result<Vec<ScoreRecord>, StoreError> {
        model::latest_scores(&mut *self.reader().await?, tenant, subjects).await
    }

    async fn open_dispute_scores(&self, tenant: &TenantId, ids: &[DisputeId]) -> Result<Vec<ScoreRecord>, StoreError> {
        model::open_dispute_scores(&mut *self.reader().await?, tenant, ids).await
    }

    async fn sole_currencies(
        &self,
        tenant: &TenantId,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, Currency>, StoreError> {
        account::sole_currencies(&mut *self.reader().await?, tenant, ids).await
    }

    async fn listed_account_scores(
        &self,
        tenant: &TenantId,
        keys: &[AccountKey],
    ) -> Result<Vec<ScoreRecord>, StoreError> {
        model::listed_account_scores(&mut *self.reader().await?, tenant, keys).await
    }

    async fn request(&self, tenant: &TenantId, id: &RequestId) -> Result<Option<RequestRecord>, StoreError> {
        message::request(&mut *self.reader().await?, tenant, id).await
    }

    async fn outcomes(&self, tenant: &TenantId, limit: usize) -> Result<Vec<(Outcome, Instant)>, StoreError> {
        message::outcomes(&mut *self.reader().await?, tenant, limit).await
    }

    async fn outcomes_known_at(&self, tenant: &TenantId, known_at: Instant) -> Result<Vec<Outcome>, StoreError> {
        message::outcomes_known_at(&mut *self.reader().await?, tenant, known_at).await
    }

    async fn model(&self, tenant: &TenantId, id: &ModelId) -> Result<Option<ModelRecord>, StoreError> {
        model::model(&mut *self.reader().await?, tenant, id).await
    }

    async fn models(&self, tenant: &TenantId, kind: Option<ModelKind>) -> Result<Vec<ModelRecord>, StoreError> {
        model::models(&mut *self.reader().await?, tenant, kind).await
    }

    async fn champions(&self, tenant: &TenantId) -> Result<Vec<Champion>, StoreError> {
        model::champions(&mut *self.reader().await?, tenant).await
    }

    async fn taxonomy(&self, tenant: &TenantId) -> Result<Option<TaxonomyRecord>, StoreError> {
        taxonomy::latest(&mut *self.reader().await?, tenant).await
    }

    async fn dispute_counts_by_item(&self, tenant: &TenantId) -> Result<Vec<(ItemCode, u64)>, StoreError> {
        taxonomy::dispute_counts(&mut *self.reader().await?, tenant).await
    }

    async fn champion_history(
        &self,
        tenant: &TenantId,
        kind: Option<ModelKind>,
        limit: usize,
    ) -> Result<Vec<ChampionChange>, StoreError> {
        model::champion_history(&mut *self.reader().await?, tenant, kind, limit).await
    }

    async fn training_run(&self, tenant: &TenantId, id: &TrainingRunId) -> Result<Option<TrainingRun>, StoreError> {
        model::training_run(&mut *self.reader().await?, tenant, id).await
    }

    async fn training_runs(
        &self,
        tenant: &TenantId,
        kind: Option<ModelKind>,
        limit: usize,
    ) -> Result<Vec<TrainingRun>, StoreError> {
        model::training_runs(&mut *self.reader().await?, tenant, kind, limit).await
    }

    async fn ledger_change_count(&self, tenant: &TenantId) -> Result<i64, StoreError> {
        let query = query_scalar(ledger::LEDGER_CHANGE_COUNT).bind(tenant.as_str());
        let count: Option<i64> =
            query.fetch_optional(&mut *self.reader().await?).await.map_err(StoreError::from_driver)?;
        Ok(count.unwrap_or(0))
    }

    async fn ledgers_changed(&self) -> Result<Vec<(TenantId, i64)>, StoreError> {
        let query: Query<'_, (String, i64)> = query_as(ledger::LEDGERS_CHANGED);
        let rows = query.fetch_all(&mut *self.reader().await?).await.map_err(StoreError::from_driver)?;
        let read = |(id, change_count): (String, i64)| {
            let place = Place { table: "ledger_change", id: &id };
            Ok((place.word("tenant", &id)?, change_count))
        };
        rows.into_iter().map(read).collect()
    }

    async fn refresh_state(&self, tenant: &TenantId) -> Result<RefreshState, StoreError> {
        refresh::state(&mut *self.reader().await?, tenant).await
    }

    async fn requests_answered_before(
        &self,
        tenant: &TenantId,
        before: Instant,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError> {
        retention::requests_answered_before(&mut *self.reader().await?, tenant, before, limit).await
    }

    async fn scan_scores(
        &self,
        tenant: &TenantId,
        after: Option<&ScoreId>,
        limit: usize,
    ) -> Result<Vec<(ScoreId, Instant)>, StoreError> {
        retention::scan_scores(&mut *self.reader().await?, tenant, after, limit).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let ids: Vec<String> = query_scalar(ledger::TENANTS)
            .fetch_all(&mut *self.reader().await?)
            .await
            .map_err(StoreError::from_driver)?;
        ids.iter().map(|id| Place { table: "tenant", id }.word("id", id)).collect()
    }
}
