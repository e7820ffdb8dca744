//! Numbers as exports write them: a decimal mark, perhaps a thousands separator, a minus before or after.

use rust_decimal::Decimal;

use crate::domain::violation::Violation;

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberStyle {
    decimal_mark: char,
    thousands_mark: Option<char>,
}

impl NumberStyle {
    /// Digits with a decimal point and no thousands separator, as programs write them.
    pub const PLAIN: NumberStyle = NumberStyle { decimal_mark: '.', thousands_mark: None };

    /// A style with these marks.
    ///
    /// # Errors
    /// A violation of `decimal` or `thousands` when they are no single fitting character or the same.
    pub fn try_new(decimal: &str, thousands: &str) -> Result<Self, Violation> {
        let decimal_mark = match decimal {
            "." => '.',
            "," => ',',
            _ => return Err(Violation::new("decimal", decimal, "`.` or `,`")),
        };
        let expected =
            "one character other than the decimal mark: a comma, a point, a blank, an apostrophe, or empty for none";
        let thousands_mark = match thousands {
            "" => None,
            "." | "," | " " | "'" if thousands != decimal => thousands.chars().next(),
            _ => return Err(Violation::new("thousands", thousands, expected)),
        };
        Ok(NumberStyle { decimal_mark, thousands_mark })
    }

    /// Reads a number exactly; `None` when it is not written in this style. A minus may stand before or after, or the
    /// number in parentheses, as accounting systems have it.
    pub fn parse(&self, text: &str) -> Option<Decimal> {
        let (is_negative, magnitude) = split_sign(text.trim())?;
        let (whole, fraction) = match magnitude.split_once(self.decimal_mark) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (magnitude, None),
        };
        let mut plain = String::with_capacity(text.len() + 1);
        if is_negative {
            plain.push('-');
        }
        self.push_whole(whole, &mut plain)?;
        if let Some(fraction) = fraction {
            if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            plain.push('.');
            plain.push_str(fraction);
        }
        Decimal::from_str_exact(&plain).ok()
    }

    /// Appends the digits before the decimal mark; separators are accepted only where they group three digits.
    fn push_whole(&self, whole: &str, plain: &mut String) -> Option<()> {
        let groups: Vec<&str> = match self.thousands_mark {
            Some(mark) => whole.split(|letter| is_same_mark(letter, mark)).collect(),
            None => vec![whole],
        };
        for (index, group) in groups.iter().enumerate() {
            let has_fitting_length = match (index, groups.len()) {
                (0, 1) => !group.is_empty(),
                (0, _) => (1..=3).contains(&group.len()),
                _ => group.len() == 3,
            };
            if !has_fitting_length || !group.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            plain.push_str(group);
        }
        Some(())
    }

    /// What was expected in the place of `text`, for messages.
    pub fn expected(&self, text: &str) -> String {
        let thousands: String = self.thousands_mark.into_iter().collect();
        let example = format!("a number such as 1{thousands}240{}50", self.decimal_mark);
        let has_both = text.contains(',') && text.contains('.');
        if has_both && self.thousands_mark.is_none() {
            format!("{example}; `decimal` and `thousands` of the mapping say how numbers are written")
        } else {
            example
        }
    }
}

fn split_sign(text: &str) -> Option<(bool, &str)> {
    if let Some(inner) = text.strip_prefix('(') {
        return Some((true, inner.strip_suffix(')')?.trim()));
    }
    for minus in ['-', '\u{2212}'] {
        if let Some(rest) = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
            return Some((true, rest.trim()));
        }
    }
    Some((false, text.strip_prefix('+').unwrap_or(text)))
}

/// Blanks and apostrophes come in typographic variants.
fn is_same_mark(letter: char, mark: char) -> bool {
    match mark {
        ' ' => matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'),
        '\'' => matches!(letter, '\'' | '\u{2019}'),
        _ => letter == mark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(decimal: &str, thousands: &str, text: &str) -> Option<String> {
        NumberStyle::try_new(decimal, thousands).unwrap().parse(text).map(|number| number.to_string())
    }

    #[test]
    fn every_habit_of_writing_is_read_exactly() {
        assert_eq!(read(",", ".", "1.240,50").unwrap(), "1240.50");
        assert_eq!(read(".", ",", "1,240.50").unwrap(), "1240.50");
        assert_eq!(read(",", " ", "1\u{202f}240\u{a0}000,5").unwrap(), "1240000.5");
        assert_eq!(read(".", "'", "3’200").unwrap(), "3200");
        assert_eq!(read(".", "", "155010.63").unwrap(), "155010.63");
        for negative in ["-12.5", "12.5-", "(12.5)", "\u{2212}12.5"] {
            assert_eq!(read(".", "", negative).unwrap(), "-12.5");
        }
    }

    #[test]
    fn a_mark_in_the_wrong_place_is_refused_rather_than_guessed() {
        for text in ["1,24", "1240,50", "1,2400", ",5", "1.", "12,34,567", "", "1.2.3", "abc", "1e3", "--1"] {
            assert_eq!(read(".", ",", text), None, "{text} was accepted");
        }
        assert_eq!(read(".", "", "0.00000000000000000000000000000000001"), None);
    }

    #[test]
    fn marks_that_cannot_be_told_apart_are_refused() {
        assert_eq!(NumberStyle::try_new(",", ",").unwrap_err().field, "thousands");
        assert_eq!(NumberStyle::try_new(";", "").unwrap_err().field, "decimal");
    }
}
