//! What the use cases show: stored things joined with what people need to see beside them.

use crate::domain::customer::Customer;
use crate::domain::dispute::Dispute;
use crate::domain::ids::InvoiceId;
use crate::domain::money::{Currency, Money};
use crate::domain::score::Score;
use crate::domain::strategy::HORIZONS_DAYS;
use crate::domain::taxonomy::TaxonomyItem;
use crate::domain::time::CivilDate;
use crate::domain::work_item::WorkItem;
use crate::ledger::position::AccountPosition;

/// A priority with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityView {
    /// The score; its id names a stored one only if `is_stored`.
    pub score: Score,
    /// Whether the score was stored and can be replayed by its id.
    pub is_stored: bool,
    /// Currency of the score's stake and value.
    pub base_currency: Currency,
}

/// A dispute with its present priority.
#[derive(Debug, Clone, PartialEq)]
pub struct DisputeView {
    /// The dispute; its version is the etag.
    pub dispute: Dispute,
    /// The contested item with its codes in public standards, when the taxonomy has it.
    pub item: Option<TaxonomyItem>,
    /// The present priority; absent once it is decided.
    pub priority: Option<PriorityView>,
    /// Calibrated probability that the customer is right, when a model says.
    pub validity_probability: Option<f64>,
}

/// A work item with what a collector sees beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkItemView {
    /// The item; its version is the etag. `gate` holds a code of [`crate::domain::gate::Gate`].
    pub item: WorkItem,
    /// The customer's name, when known.
    pub customer_name: Option<String>,
    /// The priority with its reasons.
    pub priority: Option<PriorityView>,
}

/// An account on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountView {
    /// Whose account.
    pub customer: Customer,
    /// Its position, with every open invoice.
    pub position: AccountPosition,
}

/// How likely an open invoice stays unpaid.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceForecast {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// What is open of it.
    pub open: Money,
    /// P(still unpaid) after each of [`HORIZONS_DAYS`].
    pub unpaid: [f64; HORIZONS_DAYS.len()],
    /// Day on which it is as likely paid as not; absent when beyond the last horizon.
    pub expected_on: Option<CivilDate>,
}

/// An account's score.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountScore {
    /// The account.
    pub account: AccountView,
    /// Forecasts of its open invoices, the longest past due first.
    pub forecasts: Vec<InvoiceForecast>,
    /// Expected unpaid amount after the strategy's horizon, in the account's currency.
    pub cash_at_risk: Money,
    /// The priority with its reasons.
    pub priority: PriorityView,
    /// Why the account may not be contacted now.
    pub gate: Option<crate::domain::gate::Gate>,
}
