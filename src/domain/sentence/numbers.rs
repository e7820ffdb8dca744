//! Numbers, amounts and dates as people of a language write them.

use rust_decimal::Decimal;

use super::Phrases;
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;

/// Digits between two group marks.
const GROUP_DIGITS: usize = 3;

/// A count written in digits.
pub(super) fn count(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn grouped(digits: &str, mark: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(GROUP_DIGITS) {
            text.push_str(mark);
        }
        text.push(digit);
    }
    text
}

fn written(number: &Decimal, phrases: &Phrases) -> String {
    let plain = number.abs().to_string();
    let sign = if number.is_sign_negative() && !number.is_zero() { "-" } else { "" };
    match plain.split_once('.') {
        Some((whole, decimals)) => {
            format!("{sign}{}{}{decimals}", grouped(whole, phrases.group_mark), phrases.decimal_mark)
        }
        None => format!("{sign}{}", grouped(&plain, phrases.group_mark)),
    }
}

/// A number as it is shown, with one decimal at most.
pub(super) fn shown(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// A number with one decimal at most.
pub(super) fn decimal(number: f64, phrases: &Phrases) -> String {
    let rounded = format!("{number:.1}");
    let rounded = rounded.strip_suffix(".0").unwrap_or(&rounded);
    match rounded.parse::<Decimal>() {
        Ok(number) => written(&number, phrases),
        Err(_) => rounded.to_owned(),
    }
}

/// An amount such as `EUR 1240.50`; whole amounts lose their decimals.
pub(super) fn amount(text: &str, phrases: &Phrases) -> Option<String> {
    let (code, number) = text.split_once(' ')?;
    let money = Money::parse(number, Currency::parse(code).ok()?).ok()?;
    let decimal = if money.decimal().fract().is_zero() { money.decimal().trunc() } else { money.decimal() };
    Some(phrases.amount.replace("{1}", &written(&decimal, phrases)).replace("{}", code))
}

/// Whether an amount such as `EUR 0.00` is nothing.
pub(super) fn is_zero(text: &str) -> bool {
    let number = text.split_once(' ').and_then(|(_, number)| number.parse::<Decimal>().ok());
    number.is_some_and(|number| number.is_zero())
}

/// A date in words.
pub(super) fn date(day: CivilDate, phrases: &Phrases) -> String {
    let (year, month, day_of_month) = day.year_month_day();
    let month = usize::try_from(month).ok().and_then(|month| phrases.months.get(month.checked_sub(1)?));
    let day_text = if day_of_month == 1 { phrases.first_of_month.to_owned() } else { day_of_month.to_string() };
    phrases
        .date
        .replace("{2}", &year.to_string())
        .replace("{1}", month.copied().unwrap_or_default())
        .replace("{}", &day_text)
}
