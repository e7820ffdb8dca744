//! What a model sees of a dispute: the five factors with contested amount, age, repeats and past validity, as of a day.

use serde::{Deserialize, Serialize};

use super::model_rates::ModelRates;
use crate::domain::customer::Customer;
use crate::domain::dispute::Severity;
use crate::domain::ids::{DisputeId, InvoiceId};
use crate::domain::money::Money;
use crate::domain::taxonomy::{ItemCode, Taxonomy};
use crate::domain::time::CivilDate;
use crate::ledger::history::AccountHistory;
use crate::ledger::record::DisputeRecord;

/// The features of a dispute. What is not known is absent and counts as average, never as bad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisputeFeatures {
    /// What is contested.
    pub contested_item: ItemCode,
    /// The shipped code as which a model takes the item when it does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<ItemCode>,
    /// How serious it is.
    pub severity: Severity,
    /// How much is contested, in units of [`super::model_rates::DISPUTE_CURRENCY`], as all amounts here; absent when it has no rate.
    pub stake_base: Option<f64>,
    /// What is open on the customer's accounts; absent when an account has no rate.
    pub open_balance_base: Option<f64>,
    /// What is sold to the customer in a year; absent when it has no rate. It has no date: what is known now counts on every day.
    pub annual_revenue_base: Option<f64>,
    /// The customer's credit standing, 0 for the worst to 1 for the best.
    pub credit_standing: Option<f64>,
    /// Days since it was raised.
    pub age_days: u32,
    /// How often the matter was raised, at least 1.
    pub raised_count: u32,
    /// The customer's earlier disputes that were decided for or against the customer.
    pub past_decided_count: u32,
    /// Of these, those in which the customer was right.
    pub past_valid_count: u32,
}

/// A dispute as it stood on the day looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct DisputeInput<'a> {
    /// Its id.
    pub id: &'a DisputeId,
    /// The invoices meant.
    pub invoice_ids: &'a [InvoiceId],
    /// What is contested.
    pub contested_item: &'a ItemCode,
    /// The shipped code that stands in for it, by the tenant's taxonomy.
    pub stand_in: Option<&'a ItemCode>,
    /// How serious it is.
    pub severity: Severity,
    /// How much; absent means all that is open on the invoices.
    pub contested_amount: Option<Money>,
    /// Day it was raised.
    pub opened_on: CivilDate,
    /// How often it had been raised by then, at least 1.
    pub raised_count: u32,
}

impl<'a> DisputeInput<'a> {
    /// A dispute of the past as it stood at the end of the day on which it was raised for the first time.
    pub fn as_opened(record: &'a DisputeRecord, taxonomy: &'a Taxonomy) -> Self {
        DisputeInput::about_on(record, record.opened_on, taxonomy)
    }

    /// A dispute of the past as it stood at the end of `day`: how often it had been raised, and what it was about.
    pub fn about_on(record: &'a DisputeRecord, day: CivilDate, taxonomy: &'a Taxonomy) -> Self {
        let (contested_item, severity, contested_amount) = match record.past_details.held_on(day) {
            Some(held) => (&held.contested_item, held.severity, held.contested_amount),
            None => (&record.contested_item, record.severity, record.contested_amount),
        };
        DisputeInput {
            id: &record.id,
            invoice_ids: record.invoice_ids_on(day),
            contested_item,
            stand_in: taxonomy.stand_in(contested_item),
            severity,
            contested_amount,
            opened_on: record.opened_on,
            raised_count: record.raised_again.count_by(day).saturating_add(1),
        }
    }
}

/// What a customer's other disputes tell on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DisputePast {
    /// Those decided for or against the customer.
    pub decided_count: u32,
    /// Of these, those in which the customer was right.
    pub valid_count: u32,
    /// Earlier ones about an invoice of this dispute.
    pub same_invoice_count: u32,
}

impl DisputePast {
    /// Reads the customer's disputes, of which those after `as_of` and their later decisions are not looked at.
    pub fn read<'a>(
        dispute: &DisputeInput<'_>,
        customer_disputes: impl IntoIterator<Item = &'a DisputeRecord>,
        as_of: CivilDate,
    ) -> Self {
        let mut past = DisputePast::default();
        for other in customer_disputes {
            if other.id == *dispute.id || other.opened_on > as_of {
                continue;
            }
            if let Some(is_right) = other.decided_by(as_of).and_then(|(resolution, _)| resolution.customer_was_right())
            {
                past.decided_count += 1;
                past.valid_count += u32::from(is_right);
            }
            // Of two disputes raised on one day, the smaller id counts as the earlier.
            let is_earlier = (other.opened_on, &other.id) < (dispute.opened_on, dispute.id);
            let is_same = other.invoice_ids_on(as_of).iter().any(|id| dispute.invoice_ids.contains(id));
            past.same_invoice_count += u32::from(is_earlier && is_same);
        }
        past
    }
}

/// The features of a dispute at the end of `as_of`. `accounts` are the customer's, each folded up to that day. An amount or balance
/// that nobody knows is absent, not 0: the balance of a customer without accounts, and the stake of a dispute that names neither an
/// amount nor an invoice that is open.
pub fn dispute_features(
    dispute: &DisputeInput<'_>,
    customer: &Customer,
    accounts: &[AccountHistory],
    past: DisputePast,
    rates: &ModelRates,
    as_of: CivilDate,
) -> DisputeFeatures {
    let units_base = |amount: Money| rates.units(amount, as_of).filter(|units| units.is_finite());
    let mut open_balance_base = (!accounts.is_empty()).then_some(0.0);
    let mut meant_count = 0;
    let mut open_of_invoices_base = Some(0.0);
    for account in accounts {
        let money = |minor: i64| Money::from_minor(minor, account.currency());
        let balance_minor: i64 = account.open_invoices().map(|invoice| invoice.open_minor).sum();
        let meant = dispute.invoice_ids.iter().filter_map(|id| account.open_invoice(id));
        let meant_minor: i64 = meant.inspect(|_| meant_count += 1).map(|invoice| invoice.open_minor).sum();
        open_balance_base = add(open_balance_base, balance_minor, |minor| units_base(money(minor)));
        open_of_invoices_base = add(open_of_invoices_base, meant_minor, |minor| units_base(money(minor)));
    }
    let stake_base = match dispute.contested_amount {
        Some(amount) => units_base(amount).map(|units| units.max(0.0)),
        None => open_of_invoices_base.filter(|_| meant_count > 0),
    };
    let credit_score = customer.credit_score_on(as_of);
    DisputeFeatures {
        contested_item: dispute.contested_item.clone(),
        stand_in: dispute.stand_in.cloned(),
        severity: dispute.severity,
        stake_base,
        open_balance_base,
        annual_revenue_base: customer.annual_revenue.and_then(units_base).map(|units| units.max(0.0)),
        credit_standing: credit_score.map(|score| score.standing()).filter(|standing| standing.is_finite()),
        age_days: as_of.days_since(dispute.opened_on).max(0).unsigned_abs(),
        raised_count: dispute.raised_count.max(1).saturating_add(past.same_invoice_count),
        past_decided_count: past.decided_count,
        past_valid_count: past.valid_count,
    }
}

fn add(sum_base: Option<f64>, minor: i64, units_base: impl Fn(i64) -> Option<f64>) -> Option<f64> {
    if minor == 0 { sum_base } else { Some(sum_base? + units_base(minor)?) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credit_score::CreditScore;
    use crate::domain::dispute::Resolution;
    use crate::domain::dispute_details::{DisputeDetails, EndedDetails, PastDetails};
    use crate::domain::dispute_past::{PastDecision, PastDecisions, RaisedAgain};
    use crate::domain::ids::CustomerId;
    use crate::domain::money::Currency;
    use crate::features::rates::BaseRates;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    fn record(id: &str, invoice: &str, opened_on: &str, decided: Option<(Resolution, &str)>) -> DisputeRecord {
        DisputeRecord {
            id: DisputeId::parse(id).unwrap(),
            customer_id: CustomerId::parse("C").unwrap(),
            invoice_ids: vec![InvoiceId::parse(invoice).unwrap()],
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity: Severity::Minor,
            contested_amount: None,
            opened_on: day(opened_on),
            decided: decided.map(|(resolution, on)| (resolution, day(on))),
            credited_amount: None,
            raised_again: RaisedAgain::default(),
            past_decisions: PastDecisions::default(),
            past_details: PastDetails::default(),
            priority_label: None,
            message: None,
        }
    }

    #[test]
    fn decisions_after_the_day_are_not_known_on_it() {
        let disputes = [
            record("A", "I-1", "2026-01-01", Some((Resolution::ValidCredit, "2026-02-01"))),
            record("B", "I-1", "2026-01-10", Some((Resolution::InvalidRebill, "2026-03-01"))),
            record("C", "I-1", "2026-02-10", None),
        ];
        let taxonomy = Taxonomy::shipped();
        let input = DisputeInput::as_opened(&disputes[2], &taxonomy);
        let past = DisputePast::read(&input, &disputes, day("2026-02-10"));
        assert_eq!(past, DisputePast { decided_count: 1, valid_count: 1, same_invoice_count: 2 });
        let earlier =
            DisputePast::read(&DisputeInput::as_opened(&disputes[1], &taxonomy), &disputes, day("2026-01-10"));
        assert_eq!(earlier, DisputePast { decided_count: 0, valid_count: 0, same_invoice_count: 1 });
    }

    #[test]
    fn a_dispute_is_about_what_it_was_about_on_the_day() {
        let taxonomy = Taxonomy::shipped();
        let present = record("A", "I-2", "2026-01-01", None);
        let details = DisputeDetails {
            invoice_ids: vec![InvoiceId::parse("I-1").unwrap()],
            contested_item: ItemCode::parse("QUALITY").unwrap(),
            severity: Severity::Major,
            contested_amount: Some(Money::from_minor(500, Currency::EUR)),
        };
        let past_details = vec![EndedDetails { details: details.clone(), ended_on: day("2026-01-05") }];
        let changed = DisputeRecord { past_details: past_details.try_into().unwrap(), ..present.clone() };
        let opened = DisputeInput::as_opened(&changed, &taxonomy);
        assert_eq!((opened.severity, opened.contested_amount), (Severity::Major, details.contested_amount));
        assert_eq!((opened.contested_item, opened.invoice_ids), (&details.contested_item, &details.invoice_ids[..]));
        assert_eq!(
            DisputeInput::about_on(&changed, day("2026-01-05"), &taxonomy),
            DisputeInput::as_opened(&present, &taxonomy)
        );
        // Of another dispute, the invoices of that day count as well.
        let other = record("B", "I-1", "2026-01-02", None);
        let counts = ["2026-01-04", "2026-01-05"].map(|on| {
            let past = DisputePast::read(&DisputeInput::as_opened(&other, &taxonomy), [&changed], day(on));
            past.same_invoice_count
        });
        assert_eq!(counts, [1, 0]);
    }

    #[test]
    fn a_past_decision_is_known_while_it_held() {
        let past = PastDecision {
            resolution: Resolution::ValidCredit,
            credited_amount: None,
            decided_on: day("2026-01-05"),
            ended_on: day("2026-01-20"),
        };
        let other = record("A", "I-1", "2026-01-01", Some((Resolution::InvalidRebill, "2026-03-01")));
        let other = DisputeRecord { past_decisions: vec![past].try_into().unwrap(), ..other };
        let dispute = record("B", "I-2", "2026-01-01", None);
        let taxonomy = Taxonomy::shipped();
        let counts = ["2026-01-04", "2026-01-19", "2026-01-20", "2026-03-01"].map(|on| {
            let past = DisputePast::read(&DisputeInput::as_opened(&dispute, &taxonomy), [&other], day(on));
            (past.decided_count, past.valid_count)
        });
        assert_eq!(counts, [(0, 0), (1, 1), (0, 0), (1, 0)]);
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let record = record("A", "I-1", "2026-01-01", None);
        let mut customer = Customer::unnamed(CustomerId::parse("C").unwrap());
        customer.annual_revenue = Some(Money::from_minor(100, Currency::USD));
        customer.credit_score = CreditScore::new(50.0, 0.0, 100.0, day("2026-06-01")).ok();
        let rates = ModelRates::new(Currency::EUR, BaseRates::new(Currency::EUR, []), None);
        let taxonomy = Taxonomy::shipped();
        let input = DisputeInput::as_opened(&record, &taxonomy);
        let features = dispute_features(&input, &customer, &[], DisputePast::default(), &rates, day("2026-01-05"));
        assert_eq!((features.annual_revenue_base, features.credit_standing), (None, None));
        assert_eq!((features.age_days, features.raised_count), (4, 1));
    }
}
