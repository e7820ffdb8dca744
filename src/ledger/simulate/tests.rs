//! What must hold of every simulated company.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::validate_allocations;

fn company(seed: u64) -> SimulatedCompany {
    let as_of = CivilDate::parse("as_of", "2026-06-30").unwrap();
    simulate(&SimulationSpec::try_new(60, 18, seed, as_of).unwrap(), &mut |_| {})
}

#[test]
fn one_seed_makes_one_company_and_two_seeds_two() {
    let first = company(1);
    assert_eq!(first, company(1));
    assert_ne!(first.records, company(2).records);
}

#[test]
fn every_record_is_valid_and_refers_to_what_came_before() {
    let company = company(3);
    let as_of = company.truth.spec.as_of;
    let mut open_minor: BTreeMap<InvoiceId, i64> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for record in &company.records {
        assert!(ids.insert((record.kind(), record.external_id())), "{record:?} comes twice");
        match record {
            LedgerRecord::Invoice(invoice) => {
                invoice.validate().unwrap();
                assert!(invoice.issued_on <= as_of);
                open_minor.insert(invoice.id.clone(), invoice.amount.minor());
            }
            LedgerRecord::Payment(payment) => {
                validate_allocations("payment", payment.amount, &payment.allocations).unwrap();
                for allocation in &payment.allocations {
                    *open_minor.get_mut(&allocation.invoice_id).unwrap() -= allocation.amount.minor();
                }
            }
            LedgerRecord::CreditNote(note) => {
                validate_allocations("credit_note", note.amount, &note.allocations).unwrap();
                for allocation in &note.allocations {
                    *open_minor.get_mut(&allocation.invoice_id).unwrap() -= allocation.amount.minor();
                }
            }
            LedgerRecord::Dispute(dispute) => {
                assert!(dispute.invoice_ids.iter().all(|id| open_minor.contains_key(id)));
                assert!(dispute.decided.is_none_or(|(_, on)| on >= dispute.opened_on && on <= as_of));
            }
            LedgerRecord::Promise(promise) => assert!(promise.promised_on >= promise.made_on),
            LedgerRecord::Customer(_)
            | LedgerRecord::CustomerStub(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::FxRate(_)
            | LedgerRecord::Hold(_)
            | LedgerRecord::Reversal(_)
            | LedgerRecord::Application(_) => {}
        }
    }
    assert!(open_minor.values().all(|open_minor| *open_minor >= 0), "an invoice was paid twice");
}

#[test]
fn records_survive_a_round_trip_through_json() {
    for record in company(4).records {
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<LedgerRecord>(&text).unwrap(), record);
    }
}

#[test]
fn messages_name_the_contested_invoice() {
    let company = company(5);
    let mut message_count = 0;
    for record in &company.records {
        let LedgerRecord::Dispute(dispute) = record else { continue };
        let Some(message) = &dispute.message else { continue };
        message_count += 1;
        assert!(message.contains(dispute.invoice_ids[0].as_str()), "{message}");
        assert!(!message.contains('{'), "{message}");
    }
    assert!(message_count > 30, "{message_count}");
    assert!(company.inbox.len() > 5);
}

#[test]
fn every_factor_spreads_as_its_weight_says() {
    let truth = company(6).truth;
    for factor in PLANTED_FACTORS {
        let ratio = truth.spread[&factor] / truth.hidden.weights[&factor];
        assert!((0.6..1.6).contains(&ratio), "{factor:?} {ratio}");
    }
}

#[test]
fn counts_out_of_range_are_refused() {
    let as_of = CivilDate::parse("as_of", "2026-06-30").unwrap();
    let violations = SimulationSpec::try_new(0, 999, 1, as_of).unwrap_err();
    assert_eq!(violations.0.len(), 2);
}
