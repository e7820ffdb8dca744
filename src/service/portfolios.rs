//! How groups of each tenant's accounts pay, which payment models look at: counted over the whole ledger, and kept.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use super::error::FirstFailure;
use super::training::payment::replayed;
use super::{Service, ServiceError, on_blocking_thread};
use crate::domain::ids::TenantId;
use crate::domain::time::CivilDate;
use crate::features::portfolio::{Portfolio, PortfolioCounts};
use crate::train::payment::replay::observe_portfolio;
use crate::train::payment::train::payment_days;

/// A portfolio, how often the ledger had changed when it was counted, and on which day that was.
#[derive(Debug, Clone)]
struct CountedPortfolio {
    portfolio: Arc<Portfolio>,
    change_count: i64,
    counted_on: CivilDate,
}

/// The portfolio of each tenant as it was counted last.
#[derive(Default)]
pub(super) struct Portfolios {
    by_tenant: ArcSwap<BTreeMap<TenantId, CountedPortfolio>>,
    /// Held while the ledger of a tenant is counted, so that those who ask meanwhile share one count.
    turns: std::sync::Mutex<BTreeMap<TenantId, Arc<Mutex<()>>>>,
}

impl Portfolios {
    fn known(&self, tenant: &TenantId) -> Option<Arc<Portfolio>> {
        self.by_tenant.load().get(tenant).map(|counted| Arc::clone(&counted.portfolio))
    }

    /// The tenants whose portfolio was counted, each with how often its ledger had changed then, and the day.
    fn counted(&self) -> Vec<(TenantId, i64, CivilDate)> {
        let of = |(tenant, counted): (&TenantId, &CountedPortfolio)| {
            (tenant.clone(), counted.change_count, counted.counted_on)
        };
        self.by_tenant.load().iter().map(of).collect()
    }

    fn turn_of(&self, tenant: &TenantId) -> Arc<Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(tenant.clone()).or_default())
    }

    fn put(&self, tenant: &TenantId, counted: CountedPortfolio) -> Arc<Portfolio> {
        self.by_tenant.rcu(|by_tenant| {
            let mut by_tenant = BTreeMap::clone(by_tenant);
            by_tenant.insert(tenant.clone(), counted.clone());
            by_tenant
        });
        counted.portfolio
    }

    /// Counts anew, after whoever counts the same tenant now.
    async fn renew<Counting>(&self, tenant: &TenantId, count: impl FnOnce() -> Counting) -> Result<(), ServiceError>
    where
        Counting: Future<Output = Result<CountedPortfolio, ServiceError>>,
    {
        let turn = self.turn_of(tenant);
        let _turn = turn.lock().await;
        self.put(tenant, count().await?);
        Ok(())
    }

    /// What was counted last; counted now when it never was, once for all who ask meanwhile.
    async fn get<Counting>(
        &self,
        tenant: &TenantId,
        count: impl FnOnce() -> Counting,
    ) -> Result<Arc<Portfolio>, ServiceError>
    where
        Counting: Future<Output = Result<CountedPortfolio, ServiceError>>,
    {
        if let Some(portfolio) = self.known(tenant) {
            return Ok(portfolio);
        }
        let turn = self.turn_of(tenant);
        let _turn = turn.lock().await;
        match self.known(tenant) {
            Some(portfolio) => Ok(portfolio),
            None => Ok(self.put(tenant, count().await?)),
        }
    }
}

impl Service {
    /// Counts again how groups of the tenant's accounts pay. Rates as of any day follow from the counts, so that they are
    /// the same for a day of the past.
    pub(super) async fn refresh_portfolio(&self, tenant: &TenantId) -> Result<(), ServiceError> {
        self.portfolios.renew(tenant, || self.count_portfolio(tenant)).await
    }

    /// How groups of the tenant's accounts pay; counted when it is asked for the first time.
    pub(super) async fn portfolio(&self, tenant: &TenantId) -> Result<Arc<Portfolio>, ServiceError> {
        self.portfolios.get(tenant, || self.count_portfolio(tenant)).await
    }

    /// Counts again for the tenants whose worklist another replica has refreshed since, so that all score by the same rates, and once
    /// another day has come.
    ///
    /// # Errors
    /// The first failure, when every tenant had its turn.
    pub async fn follow_portfolios(&self) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        let behind = self.ledgers_changed().await?;
        let today = self.today();
        for (tenant, change_count, counted_on) in self.portfolios.counted() {
            let is_refreshed = !behind.iter().any(|(other, _)| *other == tenant);
            let is_old = counted_on != today || self.store.ledger_change_count(&tenant).await? != change_count;
            if is_refreshed && is_old {
                failure.note(self.refresh_portfolio(&tenant).await);
            }
        }
        failure.finish()
    }

    async fn count_portfolio(&self, tenant: &TenantId) -> Result<CountedPortfolio, ServiceError> {
        let today = self.today();
        // Read first: what is taken in while accounts are read counts as not counted yet.
        let change_count = self.store.ledger_change_count(tenant).await?;
        let mut counts = PortfolioCounts::new(today);
        counts.pay_on([]);
        let mut after = None;
        while let Some(page) = self.next_accounts(tenant, &mut after).await? {
            let observe = move || {
                for account in &replayed(&page) {
                    observe_portfolio(&mut counts, account);
                    counts.pay_on(payment_days(account.events, today));
                }
                counts
            };
            counts = on_blocking_thread("counting how the portfolio pays", observe).await?;
        }
        Ok(CountedPortfolio { portfolio: Arc::new(counts.close()), change_count, counted_on: today })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Goal: those who ask at once for what nobody knows yet share one count, those of another tenant and later ones apart. A count that
    /// fails is no answer for the others.
    #[tokio::test]
    async fn a_portfolio_that_is_asked_for_at_once_is_counted_once() {
        let (portfolios, count) = (Portfolios::default(), AtomicU32::new(0));
        let [north, south] = ["north", "south"].map(|tenant| TenantId::parse(tenant).unwrap());
        let counting = async || {
            let is_first = count.fetch_add(1, Ordering::SeqCst) == 0;
            tokio::task::yield_now().await;
            if is_first {
                return Err(ServiceError::Exhausted { what: "counts", limit: 0 });
            }
            let portfolio = Arc::new(Portfolio::default());
            Ok(CountedPortfolio { portfolio, change_count: 0, counted_on: CivilDate::MIN })
        };
        let ask = |tenant| portfolios.get(tenant, counting);
        let (failed, first, second, other) = tokio::join!(ask(&north), ask(&north), ask(&north), ask(&south));
        assert!(failed.is_err());
        assert!(Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
        assert_eq!((other.is_ok(), count.load(Ordering::SeqCst)), (true, 3));
        portfolios.renew(&north, counting).await.unwrap();
        ask(&north).await.unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 4);
    }
}
