//! Hard gates: why an item is not handed out now, although it stays ranked.

use std::fmt;

use super::time::CivilDate;
use super::violation::Violation;

/// A gate that bars an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gate {
    /// All that is open, or all that is past due, is with lawyers or a court.
    LegalHold,
    /// The contact policy's number of contacts in seven days is reached.
    ContactLimit {
        /// Contacts in the seven days up to now.
        contact_count: u32,
    },
    /// The last contact is too recent for the contact policy.
    ContactedRecently {
        /// Day of the last contact.
        last_contact_on: CivilDate,
    },
}

impl fmt::Display for Gate {
    /// The code that is stored with a work item.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gate::LegalHold => f.write_str("LEGAL_HOLD"),
            Gate::ContactLimit { contact_count } => write!(f, "CONTACT_LIMIT {contact_count}"),
            Gate::ContactedRecently { last_contact_on } => write!(f, "CONTACTED_RECENTLY {last_contact_on}"),
        }
    }
}

impl Gate {
    /// Reads a code back.
    ///
    /// # Errors
    /// A violation of `gate`.
    pub fn parse(code: &str) -> Result<Self, Violation> {
        let wrong = || Violation::new("gate", code, "LEGAL_HOLD, CONTACT_LIMIT <count> or CONTACTED_RECENTLY <day>");
        match code.split_once(' ') {
            None if code == "LEGAL_HOLD" => Ok(Gate::LegalHold),
            Some(("CONTACT_LIMIT", count)) => {
                Ok(Gate::ContactLimit { contact_count: count.parse().map_err(|_| wrong())? })
            }
            Some(("CONTACTED_RECENTLY", day)) => {
                Ok(Gate::ContactedRecently { last_contact_on: CivilDate::parse("gate", day)? })
            }
            None | Some(_) => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_they_are_written() {
        let day = CivilDate::parse("day", "2026-03-01").unwrap();
        for gate in
            [Gate::LegalHold, Gate::ContactLimit { contact_count: 3 }, Gate::ContactedRecently { last_contact_on: day }]
        {
            assert_eq!(Gate::parse(&gate.to_string()).unwrap(), gate);
        }
        assert!(Gate::parse("CLOSED").is_err());
    }
}
