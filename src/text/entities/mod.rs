//! Finds in a message the invoice numbers, the contested amount and the promised date.

pub mod amounts;
mod capital;
pub mod contested;
mod contested_total;
pub mod context;
pub mod cues;
pub mod currencies;
pub mod currency_choice;
mod currency_stated;
mod currency_words;
pub mod date_order;
pub mod dates;
pub mod ideas;
pub mod invoices;
mod months;
mod named_dates;
pub mod number_words;
pub mod numbers;
mod payment_words;
pub mod pieces;
pub mod places;
pub mod promised;
pub mod promised_sum;
mod relative_dates;
mod relative_spans;
mod relative_words;
mod scales;
pub mod scorer;
mod short_dates;
mod signed_references;
mod weekdays;

use std::ops::Range;

use amounts::{AmountMention, find_amounts};
use contested::ContestedChoice;
use contested_total::total_instead_of;
use currencies::CurrencySign;
use currency_choice::{CurrencyChoice, commonest_sign, settled_currency};
use currency_stated::stated_currency;
use date_order::date_order;
use dates::{DateMention, find_dates};
use invoices::{FoundInvoice, InvoiceCandidates};
use pieces::Pieces;
use promised::PromiseChoice;
use promised_sum::{promised_sum, sums_of_money};
use scorer::LinearScorer;

use crate::domain::locale::Language;
use crate::domain::message::{Graded, PromisedSum};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::text::language::LanguageProfile;

/// The learned scorers and their thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityScorers {
    /// Tells the language.
    pub language: LanguageProfile,
    /// Tells invoice numbers from other references.
    pub invoices: LinearScorer,
    /// Judges the same references by the scores of each other.
    pub invoices_in_company: LinearScorer,
    /// Probability from which a reference is taken for an invoice number.
    pub invoice_threshold: f32,
    /// Chooses the contested amount.
    pub contested: LinearScorer,
    /// Probability from which an amount is taken for the contested one.
    pub contested_threshold: f32,
    /// Chooses the promised date.
    pub promised: LinearScorer,
    /// Probability from which a date is taken for a promised one.
    pub promised_threshold: f32,
    /// Chooses the currency where the sign leaves it open.
    pub currency: LinearScorer,
    /// The currencies among which it chooses.
    pub currencies: Vec<Currency>,
}

/// The pieces, dates, amounts and invoice numbers of a message.
pub struct Entities<'t> {
    text: &'t str,
    pieces: Pieces,
    dates: Vec<DateMention>,
    amounts: Vec<AmountMention>,
    invoices: Vec<FoundInvoice>,
    language: Option<Graded<Language>>,
}

impl<'t> Entities<'t> {
    /// Finds the entities in these parts of `text`. `known_numbers` are the customer's open invoices, normalised by
    /// [`invoices::normalise_number`]; empty when the customer is not known. `hint` is the customer's currency.
    pub fn find(
        text: &'t str,
        parts: &[Range<usize>],
        scorers: &EntityScorers,
        known_numbers: &[String],
        hint: Option<Currency>,
    ) -> Self {
        let pieces = Pieces::read(text, parts);
        let language = scorers.language.detect(&pieces);
        let order = date_order(&pieces, language.as_ref().map(|graded| graded.label), hint);
        let dates = find_dates(&pieces, order);
        let amounts = find_amounts(&pieces, &dates);
        let candidates = InvoiceCandidates::find(&pieces, &dates, &amounts);
        let invoices = candidates.choose(
            &scorers.invoices,
            &scorers.invoices_in_company,
            scorers.invoice_threshold,
            known_numbers,
        );
        Entities { text, pieces, dates, amounts, invoices, language }
    }

    /// The language of the message with its probability; none when none of the seven fits.
    pub fn language(&self) -> Option<&Graded<Language>> {
        self.language.as_ref()
    }

    /// The invoice numbers in the order of the text.
    pub fn invoices(&self) -> &[FoundInvoice] {
        &self.invoices
    }

    /// The amount that a dispute contests, when stated; `hint` is the customer's currency.
    pub fn contested_amount(&self, scorers: &EntityScorers, hint: Option<Currency>) -> Option<Money> {
        let choice = ContestedChoice::new(&self.pieces, &self.amounts, &self.invoices);
        let chosen = choice.choose(&scorers.contested, scorers.contested_threshold)?;
        let amount = total_instead_of(chosen, &self.pieces, &self.amounts, &self.invoices).unwrap_or(chosen);
        self.money_of(amount, scorers, hint)
    }

    /// The sum that a promise names; `hint` is the customer's currency.
    pub fn promised_sum(&self, scorers: &EntityScorers, hint: Option<Currency>) -> PromisedSum {
        let named = sums_of_money(&self.amounts, &self.invoices);
        let sums: Option<Vec<Money>> = named.map(|amount| self.money_of(amount, scorers, hint)).collect();
        sums.map_or(PromisedSum::Several(Vec::new()), promised_sum)
    }

    fn money_of(&self, amount: &AmountMention, scorers: &EntityScorers, hint: Option<Currency>) -> Option<Money> {
        let currency = self.currency_of(amount, scorers, hint)?;
        let value = amount.value().round_dp(currency.exponent());
        Money::from_decimal(value, currency).ok().filter(|money| money.minor() != 0)
    }

    fn currency_of(&self, amount: &AmountMention, scorers: &EntityScorers, hint: Option<Currency>) -> Option<Currency> {
        let sign = match amount.sign {
            CurrencySign::Absent => commonest_sign(&self.amounts),
            sign @ (CurrencySign::Known(_)
            | CurrencySign::Dollar
            | CurrencySign::Peso
            | CurrencySign::Franc
            | CurrencySign::Crown
            | CurrencySign::Unlisted) => sign,
        };
        let stated = || stated_currency(&self.pieces, &amount.number);
        if sign == CurrencySign::Absent
            && let Some(currency) = stated()
        {
            return Some(currency);
        }
        settled_currency(sign, hint).or_else(|| {
            let language = self.language.as_ref().map(|graded| graded.label);
            let choice = CurrencyChoice::new(self.text, &self.pieces, &self.amounts, amount, sign, language);
            choice.choose(&scorers.currency, &scorers.currencies)
        })
    }

    /// The date on which a payment is promised, when stated; a missing year is taken from `received_on`, and days such as
    /// `tomorrow` are counted from it.
    pub fn promised_on(
        &self,
        scorers: &EntityScorers,
        is_promise: bool,
        received_on: Option<CivilDate>,
    ) -> Option<CivilDate> {
        let choice = PromiseChoice::new(&self.pieces, &self.dates, received_on).with_relative_dates(is_promise);
        choice.choose(&scorers.promised, is_promise, scorers.promised_threshold)
    }
}
