//! What a dispute's score is made from: its facts, what is at stake, and the values that its reasons show.

use std::collections::BTreeMap;

use crate::domain::dispute::{Dispute, Severity};
use crate::domain::ids::{DisputeId, InvoiceId, ModelId};
use crate::domain::money::{Currency, Money};
use crate::domain::score::Factor;
use crate::domain::sentence::item_value;
use crate::domain::strategy::Strategy;
use crate::domain::taxonomy::{ItemCode, Taxonomy};
use crate::domain::time::CivilDate;
use crate::domain::work_item::WorkItemKind;
use crate::features::dispute::{DisputeInput, DisputePast, dispute_features};
use crate::features::model_rates::{DISPUTE_CURRENCY, ModelRates};
use crate::features::rates::BaseRates as FeatureRates;
use crate::model::priority::reference_stake;
use crate::service::context::CustomerContext;
use crate::service::fx::BaseRates;
use crate::service::models::DisputeFacts;
use crate::service::scoring::{RiskInputs, ScoreInputs};

/// A dispute as far as its score is concerned.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::service) struct DisputeDraft {
    /// Its id, so that it is not taken for one of the customer's earlier disputes.
    pub id: DisputeId,
    /// What is contested.
    pub contested_item: ItemCode,
    /// How serious it is.
    pub severity: Severity,
    /// How much is contested, when stated.
    pub contested_amount: Option<Money>,
    /// The invoices meant.
    pub invoice_ids: Vec<InvoiceId>,
    /// Day it was raised.
    pub opened_on: CivilDate,
    /// How often it was raised.
    pub raised_count: u32,
}

impl From<&Dispute> for DisputeDraft {
    fn from(dispute: &Dispute) -> Self {
        DisputeDraft {
            id: dispute.id.clone(),
            contested_item: dispute.contested_item.clone(),
            severity: dispute.severity,
            contested_amount: dispute.contested_amount,
            invoice_ids: dispute.invoice_ids.clone(),
            opened_on: dispute.opened_on,
            raised_count: dispute.raised_count(),
        }
    }
}

/// The currency in which what is withheld is shown: that of the customer, when all that is contested and open is in one, or else the
/// base currency.
fn shown_currency(contested: Option<Money>, context: &CustomerContext) -> Currency {
    let currencies = contested.map(|amount| amount.currency()).into_iter();
    let mut currencies = currencies.chain(context.open_invoices().map(|(currency, _)| currency));
    let first = currencies.next().unwrap_or(context.rates.base());
    if currencies.all(|currency| currency == first) { first } else { context.rates.base() }
}

impl DisputeDraft {
    /// What is contested: as stated, or all that is open on the invoices meant and not with lawyers or a court; in the base currency when these are of several.
    pub(in crate::service) fn contested(&self, context: &CustomerContext) -> Option<Money> {
        self.contested_amount.or_else(|| context.rates.together(&context.open_on(&self.invoice_ids)))
    }

    /// What is withheld beside the contested amount, in units of the base currency. A minor dispute withholds nothing; a
    /// moderate one the rest of the invoices meant; a major one also what else is past due.
    fn withheld_base(&self, contested_base: f64, context: &CustomerContext) -> f64 {
        let is_withheld_elsewhere = match self.severity {
            Severity::Minor => return 0.0,
            Severity::Moderate => false,
            Severity::Major | Severity::Critical => true,
        };
        let (mut meant_base, mut elsewhere_base) = (0.0, 0.0);
        for (currency, position) in context.open_invoices() {
            if self.invoice_ids.contains(&position.invoice.id) {
                meant_base += context.rates.minor_in_base(position.free_minor(), currency);
            } else if is_withheld_elsewhere && position.days_past_due > 0 {
                elsewhere_base += context.rates.minor_in_base(position.parts.collectable_minor, currency);
            }
        }
        (meant_base - contested_base).max(0.0) + elsewhere_base
    }

    /// The inputs of the dispute's score. An amount that nobody knows counts as an average one.
    pub(in crate::service) fn score_inputs(
        &self,
        context: &CustomerContext,
        strategy: &Strategy,
        taxonomy: &Taxonomy,
        waiting_days: u32,
        read_by: Vec<ModelId>,
    ) -> ScoreInputs {
        let contested = self.contested(context);
        let contested_base = contested.map(|amount| context.rates.in_base(amount));
        let withheld_base = self.withheld_base(contested_base.unwrap_or(0.0), context);
        let reference_base = || reference_stake(WorkItemKind::Dispute, strategy);
        let stake_base = contested_base.unwrap_or_else(reference_base) + withheld_base;
        let facts = self.facts(context, taxonomy);
        let withheld = context.rates.money_in(shown_currency(contested, context), withheld_base);
        let mut values = self.values(context, contested, withheld, &facts);
        values.insert(Factor::ContestedItem, item_value(&self.contested_item, taxonomy));
        ScoreInputs {
            kind: WorkItemKind::Dispute,
            waiting_days,
            values,
            risk: RiskInputs::Dispute { facts, stake_base },
            read_by,
            is_parting: false,
        }
    }

    /// The features, by the function that training uses too.
    fn facts(&self, context: &CustomerContext, taxonomy: &Taxonomy) -> DisputeFacts {
        let input = DisputeInput {
            id: &self.id,
            invoice_ids: &self.invoice_ids,
            contested_item: &self.contested_item,
            stand_in: taxonomy.stand_in(&self.contested_item),
            severity: self.severity,
            contested_amount: self.contested_amount,
            opened_on: self.opened_on,
            raised_count: self.raised_count,
        };
        let past = DisputePast::read(&input, &context.disputes, context.as_of);
        let rates = rates_of_model(&context.rates, context.rates.of_features());
        dispute_features(&input, &context.subject, &context.histories, past, &rates, context.as_of)
    }

    /// The values that the reasons show, in the forms that [`crate::domain::sentence`] reads.
    fn values(
        &self,
        context: &CustomerContext,
        contested: Option<Money>,
        withheld: Option<Money>,
        facts: &DisputeFacts,
    ) -> BTreeMap<Factor, String> {
        let mut values = customer_values(context);
        values.insert(Factor::Severity, self.severity.to_string());
        values.insert(Factor::Age, format!("{} days open", facts.age_days));
        values.insert(Factor::Repeats, facts.raised_count.to_string());
        if let Some(contested) = contested {
            let stake = match withheld {
                Some(withheld) => format!("{contested} contested, {withheld} withheld"),
                None => format!("{contested} contested"),
            };
            values.insert(Factor::Stake, stake);
        }
        if facts.past_decided_count > 0 {
            let past = format!("{} of {}", facts.past_valid_count, facts.past_decided_count);
            values.insert(Factor::PastValidity, past);
        }
        values
    }
}

/// Rates into the currency of the dispute models, by way of the strategy's base currency: `known` ones or, between those two currencies,
/// a rough one.
pub(in crate::service) fn rates_of_model(rates: &BaseRates, known: FeatureRates) -> ModelRates {
    ModelRates::new(rates.base(), known, Some(rates.rate(DISPUTE_CURRENCY)))
}

/// The values that every kind of item shows of its customer.
pub(in crate::service) fn customer_values(context: &CustomerContext) -> BTreeMap<Factor, String> {
    let mut values = BTreeMap::new();
    if let Some(customer) = &context.customer {
        if let Some(revenue) = customer.annual_revenue {
            values.insert(Factor::CustomerValue, revenue.to_string());
        }
        if let Some(score) = customer.credit_score_on(context.as_of) {
            let text = format!("{} on a scale from {} to {}", score.value, score.worst, score.best);
            values.insert(Factor::CreditScore, text);
        }
    }
    if let Some(currency) = context.main_currency() {
        let open_minor: i64 = context
            .positions
            .iter()
            .filter(|position| position.currency == currency)
            .map(|position| position.open_minor)
            .sum();
        values.insert(Factor::OpenBalance, Money::from_minor(open_minor, currency).to_string());
    }
    values
}
