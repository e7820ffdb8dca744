//! Reasons and gates as sentences for an accounts-receivable clerk, in English, French, German and Spanish.
//!
//! A reason's value is read in these forms; any other is left out of the sentence:
//! `PRICING` · `PALLET_SWAP: pallets were not swapped` · `MAJOR` · `EUR 1240.50` · `EUR 1240.50 contested` · `EUR 1240.50 contested, EUR 900.00 withheld` · `EUR 1240.50 overdue` ·
//! `EUR 1240.50 on account` · `87 days past due` · `12 days open` · `4 of 5` · `3` · `12.5 days late` · `on time` · `2026-03-01` ·
//! `472 on a scale from 600 to 100`.

mod de;
mod en;
mod es;
mod fr;
mod numbers;

use super::dispute::Severity;
use super::gate::Gate;
use super::locale::Language;
use super::money::Money;
use super::score::{Factor, Reason};
use super::taxonomy::{ItemCode, Taxonomy};
use numbers::{amount, count, date, decimal, is_zero, shown};

/// Points from which a reason weighs heavily.
const HEAVY_POINTS: f64 = 10.0;
/// Points below which it weighs little.
const LIGHT_POINTS: f64 = 3.0;

/// Between a code and what it means.
const MEANING_MARK: &str = ": ";

/// The phrases of one language. `{}` stands for the value, `{1}` and `{2}` for a second and third one.
struct Phrases {
    group_mark: &'static str,
    decimal_mark: &'static str,
    /// `{}` the code, `{1}` the number.
    amount: &'static str,
    /// `{}` the day, `{1}` the month, `{2}` the year.
    date: &'static str,
    first_of_month: &'static str,
    /// Whether what is less than two is counted as one, as in French.
    is_one_below_two: bool,
    months: [&'static str; 12],
    /// What a contribution does, from the largest rise to the largest fall.
    effects: [&'static str; 6],
    base: &'static str,
    items: &'static [(&'static str, &'static str)],
    item_other: &'static str,
    /// Of a code without words of ours: `{}` what it means in those of the taxonomy.
    item_meaning: &'static str,
    severities: [&'static str; 4],
    severity_other: &'static str,
    customer_value: &'static str,
    customer_value_unknown: &'static str,
    open_balance: &'static str,
    open_balance_unknown: &'static str,
    credit_score: &'static str,
    credit_score_unknown: &'static str,
    stake: &'static str,
    stake_none: &'static str,
    stake_contested: &'static str,
    /// `{}` what is contested, `{1}` what is withheld beside it.
    stake_withheld: &'static str,
    stake_overdue: &'static str,
    small: SmallAmounts,
    stake_unknown: &'static str,
    age_open: Counted,
    age_past_due: Counted,
    age_unknown: &'static str,
    repeats: Counted,
    repeats_unknown: &'static str,
    /// By the number of decided disputes: `{}` how many were valid, `{1}` how many were decided.
    past_validity: Counted,
    past_validity_unknown: &'static str,
    payment_habit_late: Counted,
    payment_habit_on_time: &'static str,
    payment_habit_unknown: &'static str,
    recent_payment: &'static str,
    recent_payments: &'static str,
    invoice_traits: &'static str,
    portfolio: &'static str,
    waiting: Counted,
    waiting_unknown: &'static str,
    effort: &'static str,
    legal_hold: &'static str,
    contact_limit: Counted,
    contacted_recently: &'static str,
}

/// The phrases of amounts that lower the priority, because they are small: they say so. The balance of an account says so only where
/// a larger one can only raise the priority, which of the payment model is not true.
struct SmallAmounts {
    customer_value: &'static str,
    open_balance: &'static str,
    open_balance_none: &'static str,
    stake: &'static str,
    stake_contested: &'static str,
    stake_overdue: &'static str,
}

/// A phrase for one and for several.
struct Counted {
    one: &'static str,
    many: &'static str,
}

/// The languages in which sentences are written; in the others they are English.
pub const SENTENCE_LANGUAGES: [Language; 4] = [Language::En, Language::Fr, Language::De, Language::Es];

fn phrases(language: Language) -> &'static Phrases {
    match language {
        Language::Fr => &fr::PHRASES,
        Language::De => &de::PHRASES,
        Language::Es => &es::PHRASES,
        Language::En | Language::It | Language::Nl | Language::Pt => &en::PHRASES,
    }
}

/// The reason as a sentence. Languages without sentences of their own get the English one.
pub fn reason_sentence(reason: &Reason, language: Language) -> String {
    let phrases = phrases(language);
    if reason.factor == Factor::Base {
        return phrases.base.replace("{}", &decimal(reason.points, phrases));
    }
    let mut sentence = statement(reason, phrases);
    sentence.push_str(effect(reason.points, phrases));
    sentence.push('.');
    sentence
}

/// The gate as a sentence.
pub fn gate_sentence(gate: &Gate, language: Language) -> String {
    let phrases = phrases(language);
    match gate {
        Gate::LegalHold => phrases.legal_hold.to_owned(),
        Gate::ContactLimit { contact_count } => {
            let template = phrases.contact_limit.for_number(f64::from(*contact_count), phrases);
            template.replace("{}", &contact_count.to_string())
        }
        Gate::ContactedRecently { last_contact_on } => {
            phrases.contacted_recently.replace("{}", &date(*last_contact_on, phrases))
        }
    }
}

fn effect(points: f64, phrases: &Phrases) -> &'static str {
    let [heavy_rise, rise, light_rise, light_fall, fall, heavy_fall] = phrases.effects;
    let size = points.abs();
    match (points >= 0.0, size >= HEAVY_POINTS, size >= LIGHT_POINTS) {
        (true, true, _) => heavy_rise,
        (true, false, true) => rise,
        (true, false, false) => light_rise,
        (false, false, false) => light_fall,
        (false, false, true) => fall,
        (false, true, _) => heavy_fall,
    }
}

/// What holds, without what it does to the priority.
fn statement(reason: &Reason, phrases: &Phrases) -> String {
    let value = reason.value.as_str();
    let lowers = reason.points < 0.0;
    let with = |template: &str, text: Option<String>, otherwise: &str| match text {
        Some(text) => template.replace("{}", &text),
        None => otherwise.to_owned(),
    };
    match reason.factor {
        Factor::Base => phrases.base.to_owned(),
        Factor::ContestedItem => item_statement(value, phrases),
        Factor::Severity => severity_statement(value, phrases),
        Factor::CustomerValue => {
            let template = if lowers { phrases.small.customer_value } else { phrases.customer_value };
            with(template, amount(value, phrases), phrases.customer_value_unknown)
        }
        Factor::OpenBalance => {
            let (text, is_monotone) = match value.strip_suffix(" on account") {
                Some(text) => (text, false),
                None => (value, true),
            };
            let template = match (lowers && is_monotone, is_zero(text)) {
                (true, true) => phrases.small.open_balance_none,
                (true, false) => phrases.small.open_balance,
                (false, _) => phrases.open_balance,
            };
            with(template, amount(text, phrases), phrases.open_balance_unknown)
        }
        Factor::CreditScore => credit_statement(value, phrases),
        Factor::Stake => stake_statement(value, lowers, phrases),
        Factor::Age => age_statement(value, phrases),
        Factor::Repeats => counted(value, &phrases.repeats, phrases.repeats_unknown, phrases),
        Factor::PastValidity => past_statement(value, phrases),
        Factor::PaymentHabit => {
            let late_days = value.strip_suffix(" days late").and_then(|days| days.parse::<f64>().ok());
            let otherwise =
                if value == "on time" { phrases.payment_habit_on_time } else { phrases.payment_habit_unknown };
            let template = phrases.payment_habit_late.for_number(late_days.map_or(0.0, shown), phrases);
            with(template, late_days.map(|days| decimal(days, phrases)), otherwise)
        }
        Factor::RecentPayments => {
            let last = super::time::CivilDate::parse("value", value).ok().map(|day| date(day, phrases));
            with(phrases.recent_payment, last, phrases.recent_payments)
        }
        Factor::InvoiceTraits => phrases.invoice_traits.to_owned(),
        Factor::Portfolio => phrases.portfolio.to_owned(),
        Factor::Waiting => counted(value.trim_end_matches(" days"), &phrases.waiting, phrases.waiting_unknown, phrases),
        Factor::Effort => phrases.effort.to_owned(),
    }
}

impl Counted {
    /// The phrase that goes with a number.
    fn for_number(&self, number: f64, phrases: &Phrases) -> &'static str {
        let is_one = if phrases.is_one_below_two { number < 2.0 } else { number == 1.0 };
        if is_one { self.one } else { self.many }
    }
}

fn counted(value: &str, counted: &Counted, otherwise: &str, phrases: &Phrases) -> String {
    match count(value) {
        Some(count) => counted.for_number(f64::from(count), phrases).replace("{}", &count.to_string()),
        None => otherwise.to_owned(),
    }
}

/// A tenant's own code has no words of ours: its meaning is quoted, and without one it is shown as it is.
fn item_statement(value: &str, phrases: &Phrases) -> String {
    if let Some((_, words)) = phrases.items.iter().find(|(code, _)| *code == value) {
        return (*words).to_owned();
    }
    match value.split_once(MEANING_MARK) {
        Some((_, meaning)) => phrases.item_meaning.replace("{}", meaning),
        None => phrases.item_other.replace("{}", value),
    }
}

/// What a reason shows of the contested item: the code, and behind it what it means where there are no words of ours for it.
pub fn item_value(code: &ItemCode, taxonomy: &Taxonomy) -> String {
    let has_words = en::PHRASES.items.iter().any(|(known, _)| *known == code.as_str());
    let meaning = taxonomy.item(code).map_or("", |item| item.meaning.trim());
    if has_words || meaning.is_empty() { code.to_string() } else { format!("{code}{MEANING_MARK}{meaning}") }
}

/// The contested item in words, such as `the price`; a tenant's own code as it is.
pub fn item_in_words(code: &ItemCode, language: Language) -> String {
    item_statement(code.as_str(), phrases(language))
}

/// An amount in words, such as `EUR 12,400.50`, as the language writes it.
pub fn amount_in_words(money: Money, language: Language) -> String {
    let plain = money.to_string();
    amount(&plain, phrases(language)).unwrap_or(plain)
}

fn severity_statement(value: &str, phrases: &Phrases) -> String {
    match Severity::parse(value) {
        Ok(severity) => phrases.severities[usize::from(severity.rank())].to_owned(),
        Err(_) => phrases.severity_other.to_owned(),
    }
}

fn credit_statement(value: &str, phrases: &Phrases) -> String {
    let parts = value.split_once(" on a scale from ").and_then(|(score, scale)| {
        let (worst, best) = scale.split_once(" to ")?;
        Some((score, worst, best))
    });
    match parts {
        Some((score, worst, best)) => {
            phrases.credit_score.replace("{}", score).replace("{1}", worst).replace("{2}", best)
        }
        None => phrases.credit_score_unknown.to_owned(),
    }
}

fn stake_statement(value: &str, lowers: bool, phrases: &Phrases) -> String {
    if let Some((contested, withheld)) = contested_and_withheld(value, phrases) {
        return phrases.stake_withheld.replace("{1}", &withheld).replace("{}", &contested);
    }
    let small = &phrases.small;
    let (template, of_small, text) = if let Some(text) = value.strip_suffix(" contested") {
        (phrases.stake_contested, small.stake_contested, text)
    } else if let Some(text) = value.strip_suffix(" overdue") {
        (phrases.stake_overdue, small.stake_overdue, text)
    } else {
        (phrases.stake, small.stake, value)
    };
    let template = if lowers { of_small } else { template };
    match amount(text, phrases) {
        Some(_) if is_zero(text) => phrases.stake_none.to_owned(),
        Some(text) => template.replace("{}", &text),
        None => phrases.stake_unknown.to_owned(),
    }
}

fn contested_and_withheld(value: &str, phrases: &Phrases) -> Option<(String, String)> {
    let (contested, withheld) = value.strip_suffix(" withheld")?.split_once(" contested, ")?;
    Some((amount(contested, phrases)?, amount(withheld, phrases)?))
}

fn age_statement(value: &str, phrases: &Phrases) -> String {
    if let Some(days) = value.strip_suffix(" days past due") {
        counted(days, &phrases.age_past_due, phrases.age_unknown, phrases)
    } else {
        counted(value.trim_end_matches(" days open"), &phrases.age_open, phrases.age_unknown, phrases)
    }
}

fn past_statement(value: &str, phrases: &Phrases) -> String {
    let parts = value.split_once(" of ").and_then(|(valid, decided)| Some((count(valid)?, count(decided)?)));
    match parts {
        Some((valid_count, decided_count)) => {
            let template = phrases.past_validity.for_number(f64::from(decided_count), phrases);
            let text = template.replace("{1}", &decided_count.to_string());
            text.replace("{}", &valid_count.to_string())
        }
        None => phrases.past_validity_unknown.to_owned(),
    }
}

#[cfg(test)]
mod tests;
