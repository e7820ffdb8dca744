//! A field that could not be accepted: which one, what it held and what was expected.

use std::fmt;

/// Longest excerpt of an offending value that is repeated back to the sender, in bytes.
pub const VALUE_EXCERPT_BYTES_MAX: usize = 80;

/// One field of a record or request that could not be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, such as `invoice.amount.currency_code`.
    pub field: String,
    /// The value as it was received, cut to [`VALUE_EXCERPT_BYTES_MAX`] bytes.
    pub value: String,
    /// What would have been accepted.
    pub expected: String,
}

impl Violation {
    /// A violation of `field`, which held `value` where `expected` was needed.
    pub fn new(field: impl Into<String>, value: impl fmt::Display, expected: impl Into<String>) -> Self {
        let mut value = value.to_string();
        if value.len() > VALUE_EXCERPT_BYTES_MAX {
            value.truncate(value.floor_char_boundary(VALUE_EXCERPT_BYTES_MAX));
            value.push('…');
        }
        Violation { field: field.into(), value, expected: expected.into() }
    }

    /// The same violation seen from one level further out: `field` becomes `parent.field`.
    pub fn within(mut self, parent: &str) -> Self {
        self.field = if self.field.is_empty() { parent.to_owned() } else { format!("{parent}.{}", self.field) };
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is `{}`, expected {}", self.field, self.value, self.expected)
    }
}

impl std::error::Error for Violation {}

/// Every violation found in one record, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Violations(vec![violation])
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// Gathers violations while a record is taken apart, so that all of them are reported at once.
#[derive(Debug, Default)]
pub struct Gather(Vec<Violation>);

impl Gather {
    /// Keeps the value of `result`, or notes its violation.
    pub fn take<T>(&mut self, result: Result<T, Violation>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(violation) => {
                self.0.push(violation);
                None
            }
        }
    }

    /// Keeps the value of `result`, or notes all its violations.
    pub fn absorb<T>(&mut self, result: Result<T, Violations>) -> Option<T> {
        result.map_err(|Violations(violations)| self.0.extend(violations)).ok()
    }

    /// Notes a violation.
    pub fn push(&mut self, violation: Violation) {
        self.0.push(violation);
    }

    /// `Ok` when nothing was noted.
    pub fn finish(self) -> Result<(), Violations> {
        if self.0.is_empty() { Ok(()) } else { Err(Violations(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_character_boundary() {
        let violation = Violation::new("name", format!("e{}", "é".repeat(200)), "at most 80 bytes");
        assert_eq!(violation.value, format!("e{}…", "é".repeat(39)));
    }

    #[test]
    fn gathering_reports_every_violation() {
        let mut gather = Gather::default();
        gather.take::<()>(Err(Violation::new("a", 1, "2")));
        gather.take::<()>(Err(Violation::new("b", 1, "2").within("outer")));
        let violations = gather.finish().unwrap_err();
        assert_eq!(violations.to_string(), "`a` is `1`, expected 2; `outer.b` is `1`, expected 2");
    }
}
