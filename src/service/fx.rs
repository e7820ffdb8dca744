//! Amounts in the strategy's base currency: by the ledger's exchange rates, which are crossed where there is none between the two, or
//! without any by rough shipped ones, of which is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

use super::rough_rates::{ROUGH_RATES_YEAR, rough_rate};
use super::{Service, ServiceError};
use crate::domain::ids::TenantId;
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::time::CivilDate;
use crate::features::rates::{BaseRates as FeatureRates, PIVOTS};

/// Warnings of rough rates that are remembered, so that each is given once; beyond it, they are given anew.
const ROUGH_WARNINGS_MAX: usize = 10_000;

/// The currencies of which was told that they have a rough rate only.
#[derive(Debug, Default)]
pub(super) struct RoughRatesTold(Mutex<BTreeSet<(TenantId, Currency)>>);

impl RoughRatesTold {
    /// Warns once for each tenant and currency.
    fn warn(&self, tenant: &TenantId, currency: Currency, base: Currency) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= ROUGH_WARNINGS_MAX {
            told.clear();
        }
        if told.insert((tenant.clone(), currency)) {
            tracing::warn!(
                tenant.id = %tenant, currency = %currency, base = %base, year = ROUGH_RATES_YEAR,
                "no exchange rate is stored, so that amounts count by a rough one of the end of that year"
            );
        }
    }
}

/// Rates into one currency on a day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BaseRates {
    base: Currency,
    by_currency: BTreeMap<Currency, f64>,
    /// The rates that the ledger gave.
    known: Vec<FxRate>,
}

impl BaseRates {
    /// Rates of nothing but the base currency itself.
    pub(super) fn new(base: Currency) -> Self {
        BaseRates { base, by_currency: BTreeMap::from([(base, 1.0)]), known: Vec::new() }
    }

    /// The currency that the rates lead into.
    pub(super) fn base(&self) -> Currency {
        self.base
    }

    fn holds(&self, currency: Currency) -> bool {
        self.by_currency.contains_key(&currency)
    }

    /// The rates that the ledger gave, as the features take them: what has none stays unknown.
    pub(super) fn of_features(&self) -> FeatureRates {
        FeatureRates::new(self.base, &self.known)
    }

    /// Units of the base currency for one unit of `currency`: by the ledger's rates in the order of [`FeatureRates`], or else by the
    /// rough ones.
    pub(super) fn rate(&self, currency: Currency) -> f64 {
        self.by_currency.get(&currency).copied().unwrap_or_else(|| rough_rate(currency, self.base))
    }

    /// An amount in units of the base currency.
    pub(super) fn in_base(&self, amount: Money) -> f64 {
        amount.units_f64() * self.rate(amount.currency())
    }

    /// What amounts come to together: in their currency when they have one in common, and else in the base currency; absent when there
    /// is none.
    pub(super) fn together(&self, amounts: &[Money]) -> Option<Money> {
        let first = amounts.first()?;
        if amounts.iter().all(|amount| amount.currency() == first.currency()) {
            return Money::sum(amounts);
        }
        self.money_in_base(amounts.iter().map(|amount| self.in_base(*amount)).sum())
    }

    /// Units of the base currency as money, rounded to its smallest unit; none when nothing is left of them.
    fn money_in_base(&self, units: f64) -> Option<Money> {
        self.money_in(self.base, units)
    }

    /// Units of the base currency as money of another, rounded to its smallest unit; none when nothing is left of them.
    pub(super) fn money_in(&self, currency: Currency, units: f64) -> Option<Money> {
        let rounded = Decimal::from_f64(units / self.rate(currency))?.round_dp(currency.exponent());
        Money::from_decimal(rounded, currency).ok().filter(|money| money.minor() != 0)
    }

    /// Minor units of a currency in units of the base currency.
    pub(super) fn minor_in_base(&self, minor: i64, currency: Currency) -> f64 {
        self.in_base(Money::from_minor(minor, currency))
    }
}

impl Service {
    /// Adds the rates of these currencies that hold on `on`.
    pub(super) async fn add_rates(
        &self,
        tenant: &TenantId,
        rates: &mut BaseRates,
        currencies: impl IntoIterator<Item = Currency> + Send,
        on: CivilDate,
    ) -> Result<(), ServiceError> {
        let wanted: BTreeSet<Currency> = currencies.into_iter().filter(|currency| !rates.holds(*currency)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let wanted: Vec<Currency> = wanted.into_iter().collect();
        let stored = self.stored_rates(tenant, &wanted, rates.base, on).await?;
        let known = FeatureRates::new(rates.base, &stored);
        rates.known.extend(stored);
        for currency in wanted {
            let rate = known.base_per_unit(currency, on).unwrap_or_else(|| {
                self.rough_rates_told.warn(tenant, currency, rates.base);
                rough_rate(currency, rates.base)
            });
            rates.by_currency.insert(currency, rate);
        }
        Ok(())
    }

    /// The stored rates by which these currencies are converted into `base` on `on`: those between the two and, for a currency
    /// without any, those by which it is crossed.
    pub(super) async fn stored_rates(
        &self,
        tenant: &TenantId,
        currencies: &[Currency],
        base: Currency,
        on: CivilDate,
    ) -> Result<Vec<FxRate>, ServiceError> {
        let mut stored = self.store.fx_rates(tenant, currencies, base, on).await?;
        for pivot in PIVOTS.into_iter().filter(|pivot| *pivot != base) {
            let known = FeatureRates::new(base, &stored);
            let is_unknown = |currency: &Currency| known.base_per_unit(*currency, on).is_none();
            let mut crossed: Vec<Currency> = currencies.iter().copied().filter(is_unknown).collect();
            crossed.retain(|currency| *currency != pivot);
            if !crossed.is_empty() {
                crossed.push(base);
                stored.extend(self.store.fx_rates(tenant, &crossed, pivot, on).await?);
            }
        }
        Ok(stored)
    }

    /// The currencies of accounts, yearly revenues and contested amounts that no stored rate converts into the base currency today,
    /// by tenant: their amounts count by rough rates of the end of [`ROUGH_RATES_YEAR`].
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn currencies_without_rate(&self) -> Result<Vec<(TenantId, Vec<Currency>)>, ServiceError> {
        let (base, today) = (self.strategy.base_currency, self.today());
        let mut without_rate = Vec::new();
        for tenant in self.store.tenants().await? {
            let mut currencies = self.store.currencies(&tenant).await?;
            let stored = self.stored_rates(&tenant, &currencies, base, today).await?;
            let known = FeatureRates::new(base, &stored);
            currencies.retain(|currency| known.base_per_unit(*currency, today).is_none());
            if !currencies.is_empty() {
                without_rate.push((tenant, currencies));
            }
        }
        Ok(without_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_several_currencies_come_together_in_the_base_currency() {
        let mut rates = BaseRates::new(Currency::EUR);
        rates.by_currency.insert(Currency::USD, 0.9);
        let (euros, dollars) = (Money::from_minor(100, Currency::EUR), Money::from_minor(1_111, Currency::USD));
        assert_eq!(rates.together(&[dollars, dollars]), Some(Money::from_minor(2_222, Currency::USD)));
        assert_eq!(rates.together(&[dollars, euros]), Some(Money::from_minor(1_100, Currency::EUR)));
        assert_eq!(rates.together(&[]), None);
    }
}
