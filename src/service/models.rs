//! The models that serve: what the use cases ask of them, and which ones are active.

pub mod archive;
pub(super) mod damaged;
pub mod dispute;
pub mod payment;
pub(super) mod registry;
mod rollback;
pub mod shipped;
mod taken_in;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ServiceError;
use super::taxonomy::TaxonomyInUse;
use super::training::Metric;
use crate::domain::ids::{InvoiceId, ModelId};
use crate::domain::message::MessageReading;
use crate::domain::money::Currency;
use crate::domain::score::Factor;
use crate::domain::strategy::HORIZONS_DAYS;
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time::CivilDate;
pub use crate::features::dispute::DisputeFeatures as DisputeFacts;
use crate::features::portfolio::Portfolio;
use crate::model::odds::probability_of_logit;
use crate::store::AccountRecord;
use archive::ModelFiles;

/// A message as it came, with what is known of its sender.
#[derive(Debug, Clone, Copy)]
pub struct IncomingMessage<'a> {
    /// Subject line, empty when there is none.
    pub subject: &'a str,
    /// The text as received.
    pub body: &'a str,
    /// The day on which it was received; dates without a year, and days such as Friday, are read from here.
    pub received_on: CivilDate,
    /// The sender's open invoices, empty when the sender is unknown.
    pub open_invoices: &'a [InvoiceId],
    /// Currency meant when an amount names none.
    pub currency: Option<Currency>,
}

fn not_replaceable(id: &ModelId) -> ServiceError {
    let problem = "the models in use take no trained ones of this kind".to_owned();
    ServiceError::CorruptModel { id: id.to_string(), problem }
}

/// Understands a message.
pub trait ReadMessage: Send + Sync {
    /// What the message says.
    fn read(&self, message: &IncomingMessage<'_>) -> MessageReading;
    /// The same with contested items named by the codes of this taxonomy; `None` where they are so already.
    fn in_codes_of(&self, taxonomy: &Taxonomy) -> Option<Arc<dyn ReadMessage>> {
        let _ = taxonomy;
        None
    }
    /// The same with a trained model of intent, item or severity in its place.
    ///
    /// # Errors
    /// When the files are no such model.
    fn replaced(&self, id: &ModelId, files: &ModelFiles) -> Result<Arc<dyn ReadMessage>, ServiceError> {
        let _ = files;
        Err(not_replaceable(id))
    }
}

/// A calibrated probability with what moves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Log-odds of the average case.
    pub bias_logit: f64,
    /// What moves this case away from it, in log-odds; the sum with the bias is the calibrated log-odds.
    pub drivers: Vec<(Factor, f64)>,
}

impl Explained {
    /// The calibrated probability in [0, 1].
    pub fn probability(&self) -> f64 {
        let logit = self.bias_logit + self.drivers.iter().map(|(_, logit)| logit).sum::<f64>();
        probability_of_logit(logit)
    }
}

/// The features of an account's open invoices on a day.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PaymentFeatures {
    /// The features of each open invoice, in the order of the model's catalog.
    pub rows: Vec<(InvoiceId, Vec<f32>)>,
    /// What to say of the factors that only the features know, such as how late the customer paid the last invoices.
    pub values: BTreeMap<Factor, String>,
}

/// How likely an invoice stays unpaid.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceRisk {
    /// P(still unpaid) after each of [`HORIZONS_DAYS`]; never rises.
    pub unpaid: [f64; HORIZONS_DAYS.len()],
    /// The probability at the horizon asked for, with what moves it.
    pub explained: Explained,
}

/// Says how likely an account's open invoices stay unpaid.
pub trait ScorePayment: Send + Sync {
    /// The model.
    fn model_id(&self) -> &ModelId;
    /// Digest of the feature schema.
    fn feature_digest(&self) -> &str;
    /// The features of the account's open invoices, from what was known at the end of `as_of` of it and of the portfolio.
    fn features(&self, account: &AccountRecord, portfolio: &Portfolio, as_of: CivilDate) -> PaymentFeatures;
    /// The risk that follows from one row of features, explained at `horizon_days`.
    fn risk(&self, row: &[f32], horizon_days: u32) -> InvoiceRisk;
    /// A trained payment model in the place of this one.
    ///
    /// # Errors
    /// When the files are no such model.
    fn replaced(&self, id: &ModelId, files: &ModelFiles) -> Result<Arc<dyn ScorePayment>, ServiceError> {
        let _ = files;
        Err(not_replaceable(id))
    }
}

/// Says how urgently a dispute needs handling, and how likely the customer is right.
pub trait ScoreDispute: Send + Sync {
    /// The model of urgency.
    fn model_id(&self) -> &ModelId;
    /// Digest of the feature schema.
    fn feature_digest(&self) -> &str;
    /// P(needs urgent handling) with what moves it.
    fn urgency(&self, facts: &DisputeFacts) -> Explained;
    /// P(the customer is right), where a model says.
    fn validity(&self, facts: &DisputeFacts) -> Option<f64>;
    /// The same with a trained model of urgency or validity in its place.
    ///
    /// # Errors
    /// When the files are no such model.
    fn replaced(&self, id: &ModelId, files: &ModelFiles) -> Result<Arc<dyn ScoreDispute>, ServiceError> {
        let _ = files;
        Err(not_replaceable(id))
    }
}

/// A model that came with Recourse.
#[derive(Debug, Clone, PartialEq)]
pub struct ShippedModel {
    /// Its id.
    pub id: ModelId,
    /// Digest of its artifact.
    pub digest: String,
    /// Its figures on data that it was not trained on.
    pub metrics: Vec<Metric>,
}

/// The models that serve a tenant, and the codes in which they speak of what is contested.
#[derive(Clone)]
pub struct ActiveModels {
    /// What can be contested.
    pub taxonomy: TaxonomyInUse,
    /// The models that came with Recourse, whether or not they serve.
    pub shipped: Arc<Vec<ShippedModel>>,
    /// The promoted models among those that serve.
    pub champion_ids: Vec<ModelId>,
    /// Understands messages.
    pub reader: Arc<dyn ReadMessage>,
    /// Scores open invoices.
    pub payment: Arc<dyn ScorePayment>,
    /// Scores disputes.
    pub dispute: Arc<dyn ScoreDispute>,
}

impl ActiveModels {
    /// Shipped models, none of which a promoted one has replaced, with the shipped taxonomy.
    pub fn new(
        reader: Arc<dyn ReadMessage>,
        payment: Arc<dyn ScorePayment>,
        dispute: Arc<dyn ScoreDispute>,
        shipped: Vec<ShippedModel>,
    ) -> Self {
        let (taxonomy, champion_ids) = (TaxonomyInUse::shipped(), Vec::new());
        ActiveModels { taxonomy, shipped: Arc::new(shipped), champion_ids, reader, payment, dispute }
    }

    /// The same with the codes of a taxonomy.
    #[must_use]
    pub(super) fn in_codes_of(mut self, taxonomy: TaxonomyInUse) -> Self {
        if let Some(reader) = self.reader.in_codes_of(&taxonomy.codes) {
            self.reader = reader;
        }
        self.taxonomy = taxonomy;
        self
    }
}
