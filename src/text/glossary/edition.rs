//! Editions of the glossary. A model reads with the edition that it was trained with, so that it scores as it did.

/// An edition of the glossary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Of a compound the idea of its beginning only.
    First,
    /// The ideas of both parts of a compound.
    Second,
    /// The stems behind `|` too.
    Third,
}

impl Edition {
    /// All editions.
    pub(super) const ALL: [Edition; 3] = [Edition::First, Edition::Second, Edition::Third];

    /// Whether the second part of a compound has an idea of its own.
    pub(super) fn reads_second_parts(self) -> bool {
        match self {
            Edition::First => false,
            Edition::Second | Edition::Third => true,
        }
    }

    /// Whether it has the stems behind `|`.
    pub(super) fn has_later_stems(self) -> bool {
        match self {
            Edition::First | Edition::Second => false,
            Edition::Third => true,
        }
    }
}
