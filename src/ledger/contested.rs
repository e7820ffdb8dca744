//! What a dispute means for an account: when it was open, and what of the account it contested meanwhile.

use super::disputes::CREDIT_AWAITED_DAYS;
use super::event::{AccountEvent, AccountFact};
use super::meant::{Currencies, Meant};
use crate::domain::dispute::Resolution;
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{Closing, OpenPeriod};
use crate::domain::ids::{DisputeId, InvoiceId};
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;

/// A dispute with all that it ever meant.
#[derive(Debug)]
pub struct Contested {
    dispute_id: DisputeId,
    /// What was meant, each from a day until the next; the first from the beginning.
    stages: Vec<(CivilDate, Meant)>,
    /// When it was open.
    periods: Vec<OpenPeriod>,
}

impl Contested {
    /// A dispute that means `present` now and other things in the `past`.
    pub fn new(dispute_id: DisputeId, present: Meant, past: &PastDetails, periods: Vec<OpenPeriod>) -> Self {
        let mut from_on = CivilDate::MIN;
        let mut stages = Vec::new();
        for ended in past.iter() {
            let (invoice_ids, amount) = (ended.details.invoice_ids.clone(), ended.details.contested_amount);
            stages.push((from_on, Meant { invoice_ids, amount }));
            from_on = ended.ended_on;
        }
        stages.push((from_on, present));
        Contested { dispute_id, stages, periods }
    }

    /// The events of the account in one currency, in their order; none when it never meant anything of it.
    pub fn events(&self, currency: Currency, currencies: &Currencies) -> Vec<AccountEvent> {
        let mut events = Vec::new();
        let next_from = self.periods.iter().skip(1).map(|period| Some(period.from_on)).chain([None]);
        for (OpenPeriod { from_on, closed }, next_from) in self.periods.iter().zip(next_from) {
            let mut contested = None;
            for (on, meant) in self.stages_within(*from_on, *closed) {
                let before = std::mem::replace(&mut contested, meant.within(currency, currencies));
                match &contested {
                    Some(meant) if contested != before => events.push(self.opened(on, meant)),
                    None if before.is_some() => events.push(self.left(on, currency)),
                    Some(_) | None => {}
                }
            }
            let Some(closing) = *closed else { continue };
            events.extend(contested.is_some().then(|| self.ended(closing, currency)));
            for (on, meant) in self.stages_after(closing, next_from) {
                let before = std::mem::replace(&mut contested, meant.within(currency, currencies));
                match (&before, &contested) {
                    (_, Some(meant)) if contested != before => {
                        events.extend([self.opened(on, meant), self.ended(Closing { on, ..closing }, currency)]);
                    }
                    (Some(before), None) => events.extend([self.opened(on, before), self.left(on, currency)]),
                    (Some(_) | None, Some(_) | None) => {}
                }
            }
        }
        events
    }

    /// What was meant during a time in which the dispute was open, each with its first day.
    fn stages_within(&self, from_on: CivilDate, closed: Option<Closing>) -> impl Iterator<Item = (CivilDate, &Meant)> {
        let known_count = self.stages.partition_point(|(stage_on, _)| *stage_on <= from_on);
        let later = self.stages[known_count..].iter().map(|(stage_on, meant)| (*stage_on, meant));
        let first = self.stages[..known_count].last().map(|(_, meant)| (from_on, meant));
        first.into_iter().chain(later.take_while(move |(on, _)| closed.is_none_or(|closing| *on <= closing.on)))
    }

    /// What was meant after a decision, while the credit that it grants may be awaited: a decision can be recorded after its day, and what
    /// it was about be corrected after it.
    fn stages_after(
        &self,
        closing: Closing,
        next_from: Option<CivilDate>,
    ) -> impl Iterator<Item = (CivilDate, &Meant)> {
        let is_credited = closing.resolution.is_some_and(Resolution::is_credited);
        let is_awaited = move |on: CivilDate| on > closing.on && on.days_since(closing.on) < CREDIT_AWAITED_DAYS;
        let stages = self.stages.iter().filter(move |_| is_credited).map(|(on, meant)| (*on, meant));
        stages.filter(move |(on, _)| is_awaited(*on) && next_from.is_none_or(|next_from| *on < next_from))
    }

    fn opened(&self, on: CivilDate, meant: &(Vec<InvoiceId>, Option<i64>)) -> AccountEvent {
        let (dispute_id, (invoice_ids, amount_minor)) = (self.dispute_id.clone(), meant.clone());
        AccountEvent { on, fact: AccountFact::DisputeOpened { dispute_id, invoice_ids, amount_minor } }
    }

    /// It is no longer about anything of the account.
    fn left(&self, on: CivilDate, currency: Currency) -> AccountEvent {
        self.ended(Closing { on, resolution: None, credited_amount: None }, currency)
    }

    fn ended(&self, closing: Closing, currency: Currency) -> AccountEvent {
        let credited_minor = closing.credited_minor(currency);
        let Closing { on, resolution, credited_amount: _ } = closing;
        let dispute_id = self.dispute_id.clone();
        AccountEvent { on, fact: AccountFact::DisputeDecided { dispute_id, resolution, credited_minor } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dispute::Severity;
    use crate::domain::dispute_details::{DisputeDetails, EndedDetails};
    use crate::domain::money::Money;
    use crate::domain::taxonomy::ItemCode;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    fn id(text: &str) -> InvoiceId {
        InvoiceId::parse(text).unwrap()
    }

    fn ended(ids: &[&str], amount: Option<i64>, severity: Severity, on: &str) -> EndedDetails {
        EndedDetails {
            details: DisputeDetails {
                invoice_ids: ids.iter().map(|text| id(text)).collect(),
                contested_item: ItemCode::parse("PRICING").unwrap(),
                severity,
                contested_amount: amount.map(|minor| Money::from_minor(minor, Currency::EUR)),
            },
            ended_on: day(on),
        }
    }

    fn closed(on: &str, resolution: Resolution) -> Option<Closing> {
        Some(Closing { on: day(on), resolution: Some(resolution), credited_amount: None })
    }

    /// The events in one currency, where invoice A is in EUR and B in USD.
    fn told(present: Meant, past: Vec<EndedDetails>, periods: Vec<OpenPeriod>, currency: Currency) -> Vec<String> {
        let currencies = Currencies::from([(id("A"), Currency::EUR), (id("B"), Currency::USD)]);
        let dispute_id = DisputeId::parse("D").unwrap();
        let contested = Contested::new(dispute_id, present, &PastDetails::try_from(past).unwrap(), periods);
        let told = contested.events(currency, &currencies).into_iter().map(|event| {
            if let AccountFact::DisputeOpened { dispute_id: _, invoice_ids, amount_minor } = event.fact {
                let ids: Vec<_> = invoice_ids.iter().map(ToString::to_string).collect();
                return format!("{} {} {amount_minor:?}", event.on, ids.join("+"));
            }
            let AccountFact::DisputeDecided { dispute_id: _, resolution, credited_minor: _ } = event.fact else {
                panic!("{event:?}");
            };
            format!("{} {resolution:?}", event.on)
        });
        told.collect()
    }

    #[test]
    fn an_account_is_contested_by_what_was_meant_on_the_day() {
        let past = vec![
            ended(&["A"], Some(5), Severity::Minor, "2026-03-02"),
            ended(&["A"], Some(5), Severity::Major, "2026-03-04"),
            ended(&["A"], Some(9), Severity::Major, "2026-03-06"),
            ended(&["A", "B"], None, Severity::Major, "2026-03-20"),
        ];
        let present = Meant { invoice_ids: vec![id("B")], amount: None };
        let periods = vec![
            OpenPeriod { from_on: day("2026-03-01"), closed: closed("2026-03-08", Resolution::Withdrawn) },
            OpenPeriod { from_on: day("2026-03-15"), closed: None },
        ];
        let told = |currency| told(present.clone(), past.clone(), periods.clone(), currency);
        assert_eq!(
            told(Currency::EUR),
            [
                "2026-03-01 A Some(5)",
                "2026-03-04 A Some(9)",
                "2026-03-06 A None",
                "2026-03-08 Some(Withdrawn)",
                "2026-03-15 A None",
                "2026-03-20 None",
            ]
        );
        assert_eq!(told(Currency::USD), ["2026-03-06 B None", "2026-03-08 Some(Withdrawn)", "2026-03-15 B None"]);
    }

    /// Goal: a credit is awaited on what the dispute was about when it was decided, or turned out to be about soon after.
    #[test]
    fn what_is_corrected_with_a_decision_or_after_it_counts_for_its_credit() {
        let present = Meant { invoice_ids: vec![id("A")], amount: Some(Money::from_minor(9, Currency::EUR)) };
        let opened_on = day("2026-03-01");
        let told = |resolution, closed_on: &str, corrected_on: &str| {
            let past = vec![ended(&["A"], Some(5), Severity::Minor, corrected_on)];
            let periods = vec![OpenPeriod { from_on: opened_on, closed: closed(closed_on, resolution) }];
            told(present.clone(), past, periods, Currency::EUR)
        };
        let valid = Resolution::ValidCredit;
        let before = ["2026-03-01 A Some(5)", "2026-03-08 A Some(9)", "2026-03-08 Some(ValidCredit)"];
        assert_eq!(told(valid, "2026-03-08", "2026-03-08"), before);
        let after = [
            "2026-03-01 A Some(5)",
            "2026-03-04 Some(ValidCredit)",
            "2026-03-08 A Some(9)",
            "2026-03-08 Some(ValidCredit)",
        ];
        assert_eq!(told(valid, "2026-03-04", "2026-03-08"), after);
        assert_eq!(told(valid, "2026-03-04", "2026-04-03"), after[..2], "no credit is awaited any more");
        assert_eq!(told(Resolution::Withdrawn, "2026-03-04", "2026-03-08").len(), 2, "none is awaited at all");
    }

    #[test]
    fn a_credit_is_not_awaited_in_an_account_that_the_dispute_turned_out_not_to_be_about() {
        let present = Meant { invoice_ids: vec![id("B")], amount: None };
        let past = vec![ended(&["A"], None, Severity::Minor, "2026-03-08")];
        let closed = closed("2026-03-04", Resolution::ValidCredit);
        let periods = vec![OpenPeriod { from_on: day("2026-03-01"), closed }];
        let told = |currency| told(present.clone(), past.clone(), periods.clone(), currency);
        let left = ["2026-03-01 A None", "2026-03-04 Some(ValidCredit)", "2026-03-08 A None", "2026-03-08 None"];
        assert_eq!(told(Currency::EUR), left);
        assert_eq!(told(Currency::USD), ["2026-03-08 B None", "2026-03-08 Some(ValidCredit)"]);
    }
}
