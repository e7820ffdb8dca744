//! Learns the entity scorers from labelled messages.

mod scorer;

use rust_decimal::Decimal;

use crate::domain::locale::Language;
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;
use crate::text::entities::EntityScorers;
use crate::text::entities::amounts::find_amounts;
use crate::text::entities::contested::ContestedChoice;
use crate::text::entities::currencies::CurrencySign;
use crate::text::entities::currency_choice::{CurrencyChoice, commonest_sign, settled_currency};
use crate::text::entities::date_order::date_order;
use crate::text::entities::dates::find_dates;
use crate::text::entities::invoices::InvoiceCandidates;
use crate::text::entities::pieces::Pieces;
use crate::text::entities::promised::PromiseChoice;
use crate::text::entities::scorer::LinearScorer;
use crate::text::quoting::own_parts;
use crate::train::language::fit_language_profile;
use scorer::{Question, Relation, fit_scorer};

/// A labelled message.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityExample {
    /// The language that it is written in.
    pub language: Language,
    /// The message as received.
    pub text: String,
    /// Invoice numbers that the sender names, as written.
    pub invoices: Vec<String>,
    /// Whether it contests something.
    pub is_dispute: bool,
    /// Whether it is a promise to pay.
    pub is_promise: bool,
    /// The contested amount, when stated.
    pub contested: Option<(Decimal, Currency)>,
    /// The promised date, when stated.
    pub promised_on: Option<CivilDate>,
}

/// How the scorers are fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EntityFit {
    /// Passes over the examples.
    pub epochs: usize,
    /// Step size.
    pub rate: f32,
    /// Pull of every weight towards zero, per step.
    pub decay: f32,
    /// Seed of the order in which examples are seen.
    pub seed: u64,
    /// Probability from which a reference is taken for an invoice number.
    pub invoice_threshold: f32,
    /// Probability from which an amount is taken for the contested one.
    pub contested_threshold: f32,
    /// Probability from which a date is taken for a promised one.
    pub promised_threshold: f32,
}

impl Default for EntityFit {
    fn default() -> Self {
        EntityFit {
            epochs: 12,
            rate: 0.05,
            decay: 5e-5,
            seed: 1,
            invoice_threshold: 0.5,
            contested_threshold: 0.4,
            promised_threshold: 0.4,
        }
    }
}

/// Fits every scorer.
///
/// `other_texts` are texts in languages other than the seven.
pub fn fit_entity_scorers(examples: &[EntityExample], other_texts: &[&str], fit: &EntityFit) -> EntityScorers {
    let tagged = examples.iter().map(|example| (example.text.as_str(), Some(example.language)));
    let others = other_texts.iter().map(|text| (*text, None));
    let language = fit_language_profile(&tagged.chain(others).collect::<Vec<_>>(), fit.seed);
    let invoice_questions: Vec<Question> = examples.iter().map(invoice_question).collect();
    let mut scorers = EntityScorers {
        language,
        invoices: fit_scorer(&invoice_questions.iter().collect::<Vec<_>>(), Relation::Independent, fit),
        invoices_in_company: fit_company_scorer(examples, &invoice_questions, fit),
        invoice_threshold: fit.invoice_threshold,
        contested: LinearScorer::from_weights(Vec::new()),
        contested_threshold: fit.contested_threshold,
        promised: LinearScorer::from_weights(Vec::new()),
        promised_threshold: fit.promised_threshold,
        currency: LinearScorer::from_weights(Vec::new()),
        currencies: currencies_of(examples),
    };
    let disputes: Vec<&EntityExample> = examples.iter().filter(|example| example.is_dispute).collect();
    let contested: Vec<Question> =
        disputes.iter().filter_map(|example| contested_question(example, &scorers)).collect();
    scorers.contested = fit_scorer(&contested.iter().collect::<Vec<_>>(), Relation::Exclusive, fit);
    let promised: Vec<Question> = examples.iter().filter_map(promised_question).collect();
    scorers.promised = fit_scorer(&promised.iter().collect::<Vec<_>>(), Relation::Exclusive, fit);
    let currency: Vec<Question> =
        disputes.iter().filter_map(|example| currency_question(example, &scorers.currencies)).collect();
    scorers.currency = fit_scorer(&currency.iter().collect::<Vec<_>>(), Relation::Exclusive, fit);
    scorers
}

fn currencies_of(examples: &[EntityExample]) -> Vec<Currency> {
    let mut currencies: Vec<Currency> =
        examples.iter().filter_map(|example| example.contested.map(|(_, currency)| currency)).collect();
    currencies.sort_unstable();
    currencies.dedup();
    currencies
}

fn pieces_of(example: &EntityExample) -> Pieces {
    Pieces::read(&example.text, &own_parts(&example.text))
}

fn invoice_question(example: &EntityExample) -> Question {
    let pieces = pieces_of(example);
    let dates = find_dates(&pieces, date_order(&pieces, Some(example.language), None));
    let amounts = find_amounts(&pieces, &dates);
    let candidates = InvoiceCandidates::find(&pieces, &dates, &amounts);
    let questions = candidates.list().iter().map(|candidate| {
        let (start, end) = candidates.bytes(candidate);
        let text = example.text.get(start..end).unwrap_or_default();
        (candidates.features(candidate), example.invoices.iter().any(|invoice| invoice == text))
    });
    Question { candidates: questions.collect() }
}

/// Folds in which the first scores of messages come from a scorer that did not see them.
const CROSS_FITS: usize = 5;

/// Fits the scorer that judges references by each other's first scores.
fn fit_company_scorer(examples: &[EntityExample], questions: &[Question], fit: &EntityFit) -> LinearScorer {
    let mut in_company: Vec<Question> = Vec::with_capacity(questions.len());
    let block = questions.len().div_ceil(CROSS_FITS).max(1);
    for fold in 0..CROSS_FITS {
        let held_out = fold * block..((fold + 1) * block).min(questions.len());
        let others = questions.iter().enumerate().filter(|(index, _)| !held_out.contains(index));
        let rest: Vec<&Question> = others.map(|(_, question)| question).collect();
        let scorer = fit_scorer(&rest, Relation::Independent, fit);
        for (example, question) in examples.iter().zip(questions).skip(held_out.start).take(held_out.len()) {
            let pieces = pieces_of(example);
            let dates = find_dates(&pieces, date_order(&pieces, Some(example.language), None));
            let amounts = find_amounts(&pieces, &dates);
            let candidates = InvoiceCandidates::find(&pieces, &dates, &amounts);
            let features = candidates.features_in_company(&candidates.first_scores(&scorer));
            let labels = question.candidates.iter().map(|(_, is_right)| *is_right);
            in_company.push(Question { candidates: features.into_iter().zip(labels).collect() });
        }
    }
    fit_scorer(&in_company.iter().collect::<Vec<_>>(), Relation::Independent, fit)
}

fn contested_question(example: &EntityExample, scorers: &EntityScorers) -> Option<Question> {
    let pieces = pieces_of(example);
    let dates = find_dates(&pieces, date_order(&pieces, Some(example.language), None));
    let amounts = find_amounts(&pieces, &dates);
    let invoices = InvoiceCandidates::find(&pieces, &dates, &amounts).choose(
        &scorers.invoices,
        &scorers.invoices_in_company,
        scorers.invoice_threshold,
        &[],
    );
    let choice = ContestedChoice::new(&pieces, &amounts, &invoices);
    let mut candidates = vec![(choice.features_of_none(), example.contested.is_none())];
    for (index, amount) in choice.amounts().iter().enumerate() {
        let is_right = example.contested.is_some_and(|(value, _)| value == amount.value());
        candidates.push((choice.features(index), is_right));
    }
    candidates.iter().any(|(_, is_right)| *is_right).then_some(Question { candidates })
}

fn promised_question(example: &EntityExample) -> Option<Question> {
    let pieces = pieces_of(example);
    let dates = find_dates(&pieces, date_order(&pieces, Some(example.language), None));
    let choice = PromiseChoice::new(&pieces, &dates, None);
    let mut candidates = vec![(choice.features_of_none(example.is_promise), example.promised_on.is_none())];
    for (index, date) in choice.dates().enumerate() {
        candidates.push((choice.features(index, example.is_promise), example.promised_on == Some(date)));
    }
    candidates.iter().any(|(_, is_right)| *is_right).then_some(Question { candidates })
}

/// The question which currency it is, where the sign leaves it open.
fn currency_question(example: &EntityExample, currencies: &[Currency]) -> Option<Question> {
    let (value, currency) = example.contested?;
    let pieces = pieces_of(example);
    let dates = find_dates(&pieces, date_order(&pieces, Some(example.language), None));
    let amounts = find_amounts(&pieces, &dates);
    let amount = amounts.iter().find(|amount| amount.value() == value)?;
    let own_sign = amount.sign;
    let sign = if own_sign == CurrencySign::Absent { commonest_sign(&amounts) } else { own_sign };
    if settled_currency(sign, None).is_some() {
        return None;
    }
    let choice = CurrencyChoice::new(&example.text, &pieces, &amounts, amount, sign, Some(example.language));
    let candidates: Vec<_> =
        choice.candidates(currencies).map(|candidate| (choice.features(candidate), candidate == currency)).collect();
    candidates.iter().any(|(_, is_right)| *is_right).then_some(Question { candidates })
}
