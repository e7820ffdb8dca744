//! Examples: disputes as they stood when they were raised, graded or chosen between, with what became known of them later.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;

use crate::domain::customer::Customer;
use crate::domain::dispute::{PriorityLabel, Resolution};
use crate::domain::dispute_past::PastDecisions;
use crate::domain::ids::{CustomerId, DisputeId};
use crate::domain::money::Currency;
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time::CivilDate;
use crate::features::dispute::{DisputeFeatures, DisputeInput, DisputePast, dispute_features};
use crate::features::model_rates::ModelRates;
use crate::features::rates::BaseRates;
use crate::ledger::accounts::LedgerBook;
use crate::ledger::event::AccountEvent;
use crate::ledger::history::AccountHistory;
use crate::ledger::record::DisputeRecord;

/// A dispute on the day it was raised.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DisputeExample {
    /// Its id.
    pub dispute_id: DisputeId,
    /// Whose it is.
    #[serde(skip)]
    pub customer_id: CustomerId,
    /// The day.
    pub opened_on: CivilDate,
    /// What was known on that day.
    pub features: DisputeFeatures,
    /// How urgent a person said it was.
    pub label: Option<PriorityLabel>,
    /// When the person said so; without it the label counts as given on the day on which the dispute was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graded: Option<GradedExample>,
    /// How it was decided, and when that became known.
    pub decided: Option<(Resolution, CivilDate)>,
    /// How it was decided before.
    #[serde(skip_serializing_if = "PastDecisions::is_empty")]
    pub past_decisions: PastDecisions,
}

/// A dispute as it stood when a person said how urgent it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradedExample {
    /// The day.
    pub on: CivilDate,
    /// What was known of it then. Of one that was decided before, what it was about by that day, and the rest as of its decision: a
    /// decided dispute grows no older.
    pub features: DisputeFeatures,
}

impl DisputeExample {
    /// What was known when it was graded, as far as that day is known, or else when it was raised.
    pub fn graded_features(&self) -> &DisputeFeatures {
        self.graded.as_ref().filter(|_| self.label.is_some()).map_or(&self.features, |graded| &graded.features)
    }

    fn is_graded_by(&self, day: CivilDate) -> bool {
        self.graded.as_ref().is_none_or(|graded| graded.on <= day)
    }
}

/// The last word of people here on how urgent disputes are, with its day.
pub type Gradings = BTreeMap<DisputeId, (PriorityLabel, CivilDate)>;

/// Of two open disputes, the one a person handled first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeChoice {
    /// The one handled first.
    pub preferred_id: DisputeId,
    /// The one left for later.
    pub other_id: DisputeId,
    /// The day.
    pub chosen_on: CivilDate,
}

/// The latest choice between each two disputes, whichever of them was preferred; of choices of one day the one that comes last.
pub fn latest_choices(choices: impl IntoIterator<Item = DisputeChoice>) -> Vec<DisputeChoice> {
    let mut latest: BTreeMap<[DisputeId; 2], DisputeChoice> = BTreeMap::new();
    for choice in choices {
        let mut pair = [choice.preferred_id.clone(), choice.other_id.clone()];
        pair.sort_unstable();
        match latest.entry(pair) {
            Entry::Occupied(mut known) if known.get().chosen_on <= choice.chosen_on => drop(known.insert(choice)),
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => drop(place.insert(choice)),
        }
    }
    latest.into_values().collect()
}

/// A choice with what was known of both on its day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChoiceExample {
    /// The day.
    pub chosen_on: CivilDate,
    /// The one handled first.
    pub preferred: DisputeFeatures,
    /// The one left for later.
    pub other: DisputeFeatures,
}

/// All examples of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DisputeHistory {
    /// Disputes in the order in which they were raised.
    pub examples: Vec<DisputeExample>,
    /// Choices in the order of their days.
    pub choices: Vec<ChoiceExample>,
}

/// A customer with the accounts and disputes that examples are made from.
#[derive(Debug, Clone, Copy)]
pub struct CustomerPast<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// Events of each account, in fold order.
    pub accounts: &'a [(Currency, &'a [AccountEvent])],
    /// All disputes of the customer.
    pub disputes: &'a [DisputeRecord],
}

impl DisputeHistory {
    /// Examples from everything that records tell, their amounts converted by way of `base`; contested items are those of the shipped
    /// taxonomy.
    pub fn from_book(book: &LedgerBook, choices: &[DisputeChoice], base: Currency) -> Self {
        let rates = ModelRates::new(base, BaseRates::new(base, &book.rates), None);
        let taxonomy = Taxonomy::shipped();
        let gradings = Gradings::new();
        let mut builder = HistoryBuilder::new(choices, &gradings, &rates, &taxonomy);
        for ledger in book.customers.values() {
            let accounts: Vec<_> =
                ledger.accounts.iter().map(|(currency, events)| (*currency, events.as_slice())).collect();
            let (customer, disputes) = (&ledger.customer, ledger.disputes.as_slice());
            builder.add(&CustomerPast { customer, accounts: &accounts, disputes });
        }
        builder.finish()
    }

    /// What was known at the end of a day: later disputes and choices are left out, and so are later labels and decisions.
    pub fn known_by(&self, on: CivilDate) -> Self {
        let known = self.examples.iter().filter(|example| example.opened_on <= on);
        let examples = known.map(|example| DisputeExample {
            label: example.label.filter(|_| example.is_graded_by(on)),
            graded: example.graded.clone().filter(|graded| graded.on <= on),
            decided: example.past_decisions.known_by(example.decided, on),
            past_decisions: example.past_decisions.ended_by(on),
            ..example.clone()
        });
        let choices = self.choices.iter().filter(|choice| choice.chosen_on <= on).cloned();
        DisputeHistory { examples: examples.collect(), choices: choices.collect() }
    }

    /// Puts the examples of several companies together.
    pub fn pool(histories: &[DisputeHistory]) -> Self {
        let mut pooled = DisputeHistory::default();
        for history in histories {
            pooled.examples.extend(history.examples.iter().cloned());
            pooled.choices.extend(history.choices.iter().cloned());
        }
        pooled
    }

    /// Number of labels that a person gave.
    pub fn label_count(&self) -> usize {
        self.examples.iter().filter(|example| example.label.is_some()).count()
    }

    /// Names the content: equal digests mean equal examples.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let lines = self.examples.iter().map(serde_json::to_vec).chain(self.choices.iter().map(serde_json::to_vec));
        for line in lines.flatten() {
            hasher.update(&line);
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Makes a history customer by customer, so that not all events need be in memory at once.
pub struct HistoryBuilder<'a> {
    rates: &'a ModelRates,
    taxonomy: &'a Taxonomy,
    choices: &'a [DisputeChoice],
    gradings: &'a Gradings,
    /// For each dispute, the choices it is part of.
    choices_of: BTreeMap<&'a DisputeId, Vec<usize>>,
    examples: Vec<DisputeExample>,
    /// Features of the preferred and of the other dispute of each choice, as far as they are known.
    chosen: Vec<[Option<DisputeFeatures>; 2]>,
}

/// Why a dispute is looked at on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// It was raised.
    Opened,
    /// A person said how urgent it was, on this day.
    Graded(CivilDate),
    /// It is part of this choice.
    Chosen(usize),
}

impl<'a> HistoryBuilder<'a> {
    /// An empty history with these choices and days of labels to be looked up; contested items are codes of `taxonomy`.
    pub fn new(
        choices: &'a [DisputeChoice],
        gradings: &'a Gradings,
        rates: &'a ModelRates,
        taxonomy: &'a Taxonomy,
    ) -> Self {
        let mut choices_of: BTreeMap<&DisputeId, Vec<usize>> = BTreeMap::new();
        for (index, choice) in choices.iter().enumerate() {
            choices_of.entry(&choice.preferred_id).or_default().push(index);
            choices_of.entry(&choice.other_id).or_default().push(index);
        }
        let chosen = choices.iter().map(|_| [None, None]).collect();
        HistoryBuilder { rates, taxonomy, choices, gradings, choices_of, examples: Vec::new(), chosen }
    }

    /// Replays a customer's accounts through the days on which a dispute was raised, graded or chosen.
    pub fn add(&mut self, past: &CustomerPast<'_>) {
        let mut moments: Vec<(CivilDate, &DisputeId, usize, Moment)> = Vec::new();
        for (index, dispute) in past.disputes.iter().enumerate() {
            moments.push((dispute.opened_on, &dispute.id, index, Moment::Opened));
            if let Some(graded_on) = self.graded_on(dispute) {
                let open_until = dispute.decided.map_or(graded_on, |(_, decided_on)| decided_on.min(graded_on));
                let on = open_until.max(dispute.opened_on);
                moments.push((on, &dispute.id, index, Moment::Graded(graded_on)));
            }
            for choice in self.choices_of.get(&dispute.id).into_iter().flatten() {
                moments.push((self.choices[*choice].chosen_on, &dispute.id, index, Moment::Chosen(*choice)));
            }
        }
        moments.sort_unstable();
        let mut histories: Vec<AccountHistory> =
            past.accounts.iter().map(|(currency, _)| AccountHistory::new(*currency)).collect();
        let mut applied_counts = vec![0; histories.len()];
        for (on, _, dispute_index, moment) in moments {
            for (history, ((_, events), applied)) in
                histories.iter_mut().zip(past.accounts.iter().zip(&mut applied_counts))
            {
                for event in events[*applied..].iter().take_while(|event| event.on <= on) {
                    history.apply(event);
                    *applied += 1;
                }
            }
            let dispute = &past.disputes[dispute_index];
            let told_on = match moment {
                Moment::Graded(graded_on) => graded_on,
                Moment::Opened | Moment::Chosen(_) => on,
            };
            let input = DisputeInput::about_on(dispute, told_on, self.taxonomy);
            let dispute_past = DisputePast::read(&input, past.disputes, on);
            let features = dispute_features(&input, past.customer, &histories, dispute_past, self.rates, on);
            self.place(dispute, moment, features);
        }
    }

    /// The day on which the label that the dispute has was given, where it was given here.
    fn graded_on(&self, dispute: &DisputeRecord) -> Option<CivilDate> {
        let (label, graded_on) = self.gradings.get(&dispute.id)?;
        (dispute.priority_label == Some(*label)).then_some(*graded_on)
    }

    fn place(&mut self, dispute: &DisputeRecord, moment: Moment, features: DisputeFeatures) {
        match moment {
            // A choice from before one of the two was raised is none: nobody can have known it.
            Moment::Chosen(index) if self.choices[index].chosen_on < dispute.opened_on => {}
            Moment::Chosen(index) => {
                let side = usize::from(self.choices[index].preferred_id != dispute.id);
                self.chosen[index][side] = Some(features);
            }
            Moment::Graded(on) => {
                // Of the moments of a dispute, that of its opening comes first.
                let mut examples = self.examples.iter_mut().rev();
                if let Some(example) = examples.find(|example| example.dispute_id == dispute.id) {
                    example.graded = Some(GradedExample { on, features });
                }
            }
            Moment::Opened => self.examples.push(DisputeExample {
                dispute_id: dispute.id.clone(),
                customer_id: dispute.customer_id.clone(),
                opened_on: dispute.opened_on,
                features,
                label: dispute.priority_label,
                graded: None,
                decided: dispute.decided,
                past_decisions: dispute.past_decisions.clone(),
            }),
        }
    }

    /// The history in the order of its days.
    pub fn finish(mut self) -> DisputeHistory {
        self.examples.sort_by(|a, b| (a.opened_on, &a.dispute_id).cmp(&(b.opened_on, &b.dispute_id)));
        let mut choices = Vec::new();
        for (choice, [preferred, other]) in self.choices.iter().zip(self.chosen) {
            if let (Some(preferred), Some(other)) = (preferred, other) {
                choices.push(ChoiceExample { chosen_on: choice.chosen_on, preferred, other });
            }
        }
        choices.sort_by_key(|choice| choice.chosen_on);
        DisputeHistory { examples: self.examples, choices }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_choice_of_a_pair_counts() {
        let choice = |preferred: &str, other: &str, chosen_on: &str| DisputeChoice {
            preferred_id: DisputeId::parse(preferred).unwrap(),
            other_id: DisputeId::parse(other).unwrap(),
            chosen_on: CivilDate::parse("on", chosen_on).unwrap(),
        };
        let (first, turned) = (choice("A", "B", "2026-01-01"), choice("B", "A", "2026-01-02"));
        let other = choice("A", "C", "2026-01-01");
        assert_eq!(latest_choices([first.clone(), other.clone(), turned.clone()]), [turned.clone(), other.clone()]);
        assert_eq!(latest_choices([turned.clone(), first.clone(), other.clone()]), [turned, other]);
        let same_day = choice("B", "A", "2026-01-01");
        assert_eq!(latest_choices([first, same_day.clone()]), [same_day]);
    }
}
