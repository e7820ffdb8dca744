//! One cell of a row, whatever the file format it came from.

use crate::domain::time::CivilDate;

/// Numbers that a binary floating point cannot hold exactly any more.
pub struct Inexact {
    /// Magnitude from which neighbours fall together.
    pub from: f64,
    /// What such a number is called.
    pub what: &'static str,
}

/// Of 53 bits: two ids or amounts beyond would read as one.
pub const INEXACT: Inexact =
    Inexact { from: 9_007_199_254_740_992.0, what: "a number too large to be read exactly (write it as text)" };

/// What a row holds in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// The row does not have the column, which only JSONL allows.
    Absent,
    /// Nothing.
    Empty,
    /// Text, to be read by the styles of the mapping.
    Text(String),
    /// A number that the file format knows as one, written plainly.
    Number(String),
    /// A day that the file format knows as one.
    Date(CivilDate),
    /// A truth value that the file format knows as one.
    Truth(bool),
    /// Several texts.
    List(Vec<String>),
    /// Something that no field can take, such as an object; the text says what.
    Unusable(&'static str),
}

impl Cell {
    /// The cell as text; `None` when it is absent, empty, a list or unusable.
    pub fn text(&self) -> Option<String> {
        match self {
            Cell::Text(text) | Cell::Number(text) => Some(text.clone()),
            Cell::Date(date) => Some(date.to_string()),
            Cell::Truth(truth) => Some(truth.to_string()),
            Cell::Absent | Cell::Empty | Cell::List(_) | Cell::Unusable(_) => None,
        }
    }
}
