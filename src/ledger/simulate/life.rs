//! One customer's life in the ledger: invoices are contested or paid, late ones are chased, some end with lawyers.

use std::collections::BTreeMap;

use super::draw::Draw;
use super::fx::Rates;
use super::invoices::InvoicePlan;
use super::profile::{CustomerKind, Profile};
use super::texts::Texts;
use super::truth::{HiddenTruth, Situation};
use crate::domain::dispute::PriorityLabel;
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::{Contact, Hold, HoldKind, Promise};
use crate::domain::money::Money;
use crate::domain::time::CivilDate;
use crate::ledger::record::DisputeRecord;

/// Days past due from which a failing customer may be with the lawyers.
const LEGAL_AFTER_DAYS: i32 = 75;

/// What all customers of a company share.
pub struct Company<'a> {
    /// The hidden truth.
    pub truth: &'a HiddenTruth,
    /// Exchange rates.
    pub rates: &'a Rates,
    /// What customers write.
    pub texts: &'a Texts,
    /// Last day of the history.
    pub as_of: CivilDate,
}

/// An invoice with its number.
#[derive(Debug, Clone)]
pub struct NumberedInvoice {
    /// Its number.
    pub id: InvoiceId,
    /// The rest of it.
    pub plan: InvoicePlan,
}

/// How an invoice was reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReductionKind {
    /// By a payment.
    Payment,
    /// By a credit note.
    Credit,
}

/// One reduction of one invoice.
#[derive(Debug, Clone, Copy)]
pub struct Reduction {
    /// The day.
    pub on: CivilDate,
    /// Index of the invoice among the customer's.
    pub invoice_index: usize,
    /// By how much, in minor units.
    pub amount_minor: i64,
    /// How.
    pub kind: ReductionKind,
}

/// A dispute with what is hidden about it.
#[derive(Debug, Clone)]
pub struct SimulatedDispute {
    /// What the ledger gets.
    pub record: DisputeRecord,
    /// Index of the contested invoice among the customer's.
    pub invoice_index: usize,
    /// What was known on the day it was raised.
    pub situation: Situation,
    /// True urgency on that day.
    pub urgency: f64,
    /// True probability that the customer is right.
    pub right_probability: f64,
    /// A collector's judgement, whether or not it was written down.
    pub judgement: PriorityLabel,
}

/// A customer's life.
pub struct Life {
    /// Who.
    pub profile: Profile,
    /// Its invoices, by day.
    pub invoices: Vec<NumberedInvoice>,
    /// How they were reduced.
    pub reductions: Vec<Reduction>,
    /// What was contested, in the order in which it was raised.
    pub disputes: Vec<SimulatedDispute>,
    /// Contacts with the customer.
    pub contacts: Vec<Contact>,
    /// Promises that it made.
    pub promises: Vec<Promise>,
    /// Holds on its account.
    pub holds: Vec<Hold>,
}

impl Life {
    /// Lives a customer's life up to the last day of the history; later facts are left out when it is written down.
    pub fn live(profile: Profile, invoices: Vec<NumberedInvoice>, company: &Company<'_>, draw: &mut Draw) -> Self {
        let mut life = Life {
            profile,
            invoices,
            reductions: Vec::new(),
            disputes: Vec::new(),
            contacts: Vec::new(),
            promises: Vec::new(),
            holds: Vec::new(),
        };
        let mut queue = BTreeMap::new();
        for invoice_index in 0..life.invoices.len() {
            if draw.chance(life.profile.kind.dispute_rate()) {
                let plan = &life.invoices[invoice_index].plan;
                let last_day = plan.due_on.days_since(plan.issued_on) + 12;
                let raised_on = plan.issued_on.plus_days(draw.between(3, last_day));
                queue.insert((raised_on, invoice_index), 0);
            } else {
                super::settling::settle_undisputed(&mut life, invoice_index, draw);
            }
        }
        while let Some(((raised_on, invoice_index), repeat_count)) = queue.pop_first() {
            if raised_on > company.as_of {
                break;
            }
            let again_on =
                super::contesting::contest(&mut life, company, invoice_index, (raised_on, repeat_count), draw);
            if let Some(again_on) = again_on {
                queue.insert((again_on, invoice_index), repeat_count + 1);
            }
        }
        life.hold(draw);
        life.reductions.sort_by_key(|reduction| (reduction.on, reduction.invoice_index));
        life
    }

    /// Lawyers take over what a failed customer owes.
    fn hold(&mut self, draw: &mut Draw) {
        let Some(fails_on) = self.profile.fails_on.filter(|_| self.profile.kind == CustomerKind::Failing) else {
            return;
        };
        if draw.chance(0.4) {
            let id = super::names::hold_id(&self.profile.customer.id, 0);
            self.holds.push(Hold {
                id,
                customer_id: self.profile.customer.id.clone(),
                invoice_ids: Vec::new(),
                kind: HoldKind::Legal,
                from_on: fails_on.plus_days(LEGAL_AFTER_DAYS),
                until_on: None,
            });
        }
    }

    /// What is open of an invoice at the end of a day.
    pub fn open_minor(&self, invoice_index: usize, on: CivilDate) -> i64 {
        let invoice = &self.invoices[invoice_index];
        if invoice.plan.issued_on > on {
            return 0;
        }
        let reduced_minor: i64 = self
            .reductions
            .iter()
            .filter(|reduction| reduction.invoice_index == invoice_index && reduction.on <= on)
            .map(|reduction| reduction.amount_minor)
            .sum();
        (invoice.plan.amount_minor - reduced_minor).max(0)
    }

    /// What no reduction of any day settles yet.
    pub fn unsettled_minor(&self, invoice_index: usize) -> i64 {
        self.open_minor(invoice_index, CivilDate::MAX)
    }

    /// What is open of all invoices at the end of a day.
    pub fn balance_minor(&self, on: CivilDate) -> i64 {
        let issued_minor: i64 = self
            .invoices
            .iter()
            .take_while(|invoice| invoice.plan.issued_on <= on)
            .map(|invoice| invoice.plan.amount_minor)
            .sum();
        let reduced_minor: i64 =
            self.reductions.iter().filter(|reduction| reduction.on <= on).map(|reduction| reduction.amount_minor).sum();
        (issued_minor - reduced_minor).max(0)
    }

    /// What was known about a dispute at the end of a day on which it was open.
    pub fn situation(
        &self,
        record: &DisputeRecord,
        invoice_index: usize,
        on: CivilDate,
        company: &Company<'_>,
    ) -> Situation {
        let base = |minor: i64| company.rates.base(Money::from_minor(minor, self.profile.currency), on);
        let contested_minor =
            record.contested_amount.map_or_else(|| self.open_minor(invoice_index, on), |amount| amount.minor());
        let customer = &self.profile.customer;
        let earlier = || self.disputes.iter().filter(|dispute| dispute.record.id != record.id);
        let decided_right = |right: bool| {
            let count = earlier()
                .filter_map(|dispute| dispute.record.decided)
                .filter(|(resolution, decided_on)| *decided_on <= on && resolution.customer_was_right() == Some(right))
                .count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        let repeat_count = earlier()
            .filter(|dispute| dispute.invoice_index == invoice_index && dispute.record.opened_on <= record.opened_on)
            .count();
        Situation {
            contested_item: record.contested_item.clone(),
            severity: record.severity,
            annual_revenue_base: customer.annual_revenue.map(|revenue| company.rates.base(revenue, on)),
            open_balance_base: base(self.balance_minor(on)),
            credit_standing: customer.credit_score.map(|score| score.standing()),
            contested_base: base(contested_minor),
            age_days: on.days_since(record.opened_on).max(0).unsigned_abs(),
            repeat_count: u32::try_from(repeat_count).unwrap_or(u32::MAX),
            right_count: decided_right(true),
            wrong_count: decided_right(false),
        }
    }
}
