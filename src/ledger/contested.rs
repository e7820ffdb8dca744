//! What a dispute means for an account: when it was open, and what of the account it contested meanwhile.

use super::event::{AccountEvent, AccountFact};
use super::meant::{Currencies, Meant};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{Closing, OpenPeriod};
use crate::domain::ids::DisputeId;
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
        for OpenPeriod { from_on, closed } in &self.periods {
            let mut contested = None;
            for (on, meant) in self.stages_within(*from_on, *closed) {
                let before = std::mem::replace(&mut contested, meant.within(currency, currencies));
                match &contested {
                    Some((invoice_ids, amount_minor)) if contested != before => {
                        let (dispute_id, invoice_ids) = (self.dispute_id.clone(), invoice_ids.clone());
                        let fact = AccountFact::DisputeOpened { dispute_id, invoice_ids, amount_minor: *amount_minor };
                        events.push(AccountEvent { on, fact });
                    }
                    None if before.is_some() => {
                        let left = Closing { on, resolution: None, credited_amount: None };
                        events.push(self.ended(left, currency));
                    }
                    Some(_) | None => {}
                }
            }
            events.extend(closed.filter(|_| contested.is_some()).map(|closing| self.ended(closing, currency)));
        }
        events
    }

    /// What was meant during a time in which the dispute was open, each with its first day.
    fn stages_within(&self, from_on: CivilDate, closed: Option<Closing>) -> impl Iterator<Item = (CivilDate, &Meant)> {
        let known_count = self.stages.partition_point(|(stage_on, _)| *stage_on <= from_on);
        let later = self.stages[known_count..].iter().map(|(stage_on, meant)| (*stage_on, meant));
        let first = self.stages[..known_count].last().map(|(_, meant)| (from_on, meant));
        first.into_iter().chain(later.take_while(move |(on, _)| closed.is_none_or(|closing| *on < closing.on)))
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
    use crate::domain::dispute::{Resolution, Severity};
    use crate::domain::dispute_details::{DisputeDetails, EndedDetails};
    use crate::domain::ids::InvoiceId;
    use crate::domain::money::Money;
    use crate::domain::taxonomy::ItemCode;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    #[test]
    fn an_account_is_contested_by_what_was_meant_on_the_day() {
        let id = |text: &str| InvoiceId::parse(text).unwrap();
        let currencies = Currencies::from([(id("A"), Currency::EUR), (id("B"), Currency::USD)]);
        let ended = |ids: &[&str], amount: Option<i64>, severity, on: &str| EndedDetails {
            details: DisputeDetails {
                invoice_ids: ids.iter().map(|text| id(text)).collect(),
                contested_item: ItemCode::parse("PRICING").unwrap(),
                severity,
                contested_amount: amount.map(|minor| Money::from_minor(minor, Currency::EUR)),
            },
            ended_on: day(on),
        };
        let past = vec![
            ended(&["A"], Some(5), Severity::Minor, "2026-03-02"),
            ended(&["A"], Some(5), Severity::Major, "2026-03-04"),
            ended(&["A"], Some(9), Severity::Major, "2026-03-06"),
            ended(&["A", "B"], None, Severity::Major, "2026-03-20"),
        ];
        let present = Meant { invoice_ids: vec![id("B")], amount: None };
        let closed =
            |on: &str| Some(Closing { on: day(on), resolution: Some(Resolution::Withdrawn), credited_amount: None });
        let periods = vec![
            OpenPeriod { from_on: day("2026-03-01"), closed: closed("2026-03-08") },
            OpenPeriod { from_on: day("2026-03-15"), closed: None },
        ];
        let dispute_id = DisputeId::parse("D").unwrap();
        let contested = Contested::new(dispute_id, present, &PastDetails::try_from(past).unwrap(), periods);
        let told = |currency| -> Vec<String> {
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
        };
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
}
