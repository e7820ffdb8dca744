//! The payment model as the use cases ask it: features of an account's open invoices, and the risk that follows from them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::archive::ModelFiles;
use super::{Explained, InvoiceRisk, PaymentFeatures, ScorePayment};
use crate::domain::ids::{InvoiceId, ModelId, ModelKind};
use crate::domain::score::Factor;
use crate::domain::strategy::HORIZONS_DAYS;
use crate::domain::time::CivilDate;
use crate::features::account::AccountHabits;
use crate::features::catalog::FeatureRow;
use crate::features::invoice::{Surroundings, invoice_features};
use crate::features::portfolio::{PeerGroup, Portfolio};
use crate::model::payment::PaymentModel;
use crate::model::payment::artifact::PaymentArtifactError;
use crate::service::ServiceError;
use crate::store::AccountRecord;

/// The shipped model's description.
const SHIPPED_JSON: &str = include_str!("../../../models/payment/0001/model.json");
/// The shipped model's trees.
const SHIPPED_WEIGHTS: &[u8] = include_bytes!("../../../models/payment/0001/weights.bin");

/// A payment model with its id.
#[derive(Debug, Clone)]
pub struct PaymentScorer {
    id: ModelId,
    model: Arc<PaymentModel>,
}

impl PaymentScorer {
    /// A scorer of the model stored under this id.
    pub fn new(id: ModelId, model: PaymentModel) -> Self {
        PaymentScorer { id, model: Arc::new(model) }
    }

    /// The shipped model, `payment/0001`.
    ///
    /// # Errors
    /// When it was damaged; a test reads it.
    pub fn shipped() -> Result<Self, PaymentArtifactError> {
        let model = PaymentModel::from_files(SHIPPED_JSON, SHIPPED_WEIGHTS)?;
        Ok(PaymentScorer::new(ModelId::shipped(ModelKind::Payment), model))
    }

    /// The model.
    pub(in crate::service) fn model(&self) -> &Arc<PaymentModel> {
        &self.model
    }

    /// A scorer of the model in these files.
    pub(in crate::service) fn read(id: &ModelId, files: &ModelFiles) -> Result<Self, ServiceError> {
        let corrupt = |problem: String| ServiceError::CorruptModel { id: id.to_string(), problem };
        let file = |name: &str| files.get(name).ok_or_else(|| corrupt(format!("`{name}` is missing")));
        let json = String::from_utf8_lossy(file("model.json")?);
        let model = PaymentModel::from_files(&json, file("weights.bin")?);
        Ok(PaymentScorer::new(id.clone(), model.map_err(|error| corrupt(error.to_string()))?))
    }

    /// Digest of the shipped model's files.
    pub fn shipped_digest() -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(SHIPPED_JSON.as_bytes()).update(SHIPPED_WEIGHTS);
        hasher.finalize().to_hex().to_string()
    }
}

impl ScorePayment for PaymentScorer {
    fn model_id(&self) -> &ModelId {
        &self.id
    }

    fn feature_digest(&self) -> &str {
        &self.model.feature_digest
    }

    fn features(&self, account: &AccountRecord, portfolio: &Portfolio, as_of: CivilDate) -> PaymentFeatures {
        let habits = AccountHabits::fold(account.currency, &account.events, as_of);
        let peers = PeerGroup::of(&account.customer);
        let surroundings = Surroundings { portfolio, peers: &peers };
        let ids: Vec<InvoiceId> = habits.open_invoice_ids();
        let rows = ids.into_iter().filter_map(|id| {
            let row = invoice_features(&habits, surroundings, &id, as_of)?;
            Some((id, row.values().to_vec()))
        });
        PaymentFeatures { rows: rows.collect(), values: values(&habits) }
    }

    fn risk(&self, row: &[f32], horizon_days: u32) -> InvoiceRisk {
        let row = FeatureRow::from_values(row);
        let curve = self.model.forecast(&row);
        let explanation = self.model.explain(&row, i32::try_from(horizon_days).unwrap_or(i32::MAX));
        InvoiceRisk {
            unpaid: HORIZONS_DAYS.map(|days| curve.unpaid_probability_in(i32::try_from(days).unwrap_or(i32::MAX))),
            explained: Explained { bias_logit: explanation.common, drivers: explanation.factors },
        }
    }

    fn replaced(&self, id: &ModelId, files: &ModelFiles) -> Result<Arc<dyn ScorePayment>, ServiceError> {
        Ok(Arc::new(PaymentScorer::read(id, files)?))
    }
}

/// What to say of the habit: the plain mean that anyone can check, not one that the features draw towards others.
fn values(habits: &AccountHabits) -> BTreeMap<Factor, String> {
    let mut values = BTreeMap::new();
    if habits.rhythm().settled_count() > 0 {
        let mean_days = habits.rhythm().last_lateness_days();
        let habit = if mean_days > 0.0 { format!("{mean_days:.1} days late") } else { "on time".to_owned() };
        values.insert(Factor::PaymentHabit, habit);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;
    use crate::ledger::event::{AccountEvent, AccountFact};

    #[test]
    fn the_habit_that_is_told_is_the_mean_of_the_invoices_paid() {
        let id = InvoiceId::parse("R-1").unwrap();
        let day = |text: &str| CivilDate::parse("day", text).unwrap();
        let issued = AccountFact::InvoiceIssued {
            invoice_id: id.clone(),
            amount_minor: 100,
            due_on: day("2026-01-31"),
            business_unit: "".into(),
        };
        let paid = AccountFact::PaymentApplied { invoice_id: id, amount_minor: 100, settles_rest: false };
        let events =
            [(day("2026-01-01"), issued), (day("2026-03-12"), paid)].map(|(on, fact)| AccountEvent { on, fact });
        let habits = AccountHabits::fold(Currency::EUR, &events, day("2026-04-01"));
        assert_eq!(values(&habits).get(&Factor::PaymentHabit).map(String::as_str), Some("40.0 days late"));
    }
}
