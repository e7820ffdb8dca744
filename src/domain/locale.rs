//! Countries and languages, as far as Recourse speaks about them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::violation::Violation;

/// An ISO 3166-1 alpha-2 country code. Two capital letters; not checked against the list, which changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two capital letters.
    ///
    /// # Errors
    /// A violation of `country`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        match text.as_bytes() {
            [first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => {
                Ok(Country([*first, *second]))
            }
            _ => Err(Violation::new("country", text, "an ISO 3166-1 alpha-2 code such as DE")),
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Country {
    type Error = Violation;
    fn try_from(text: String) -> Result<Self, Violation> {
        Country::parse(&text)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.as_str().to_owned()
    }
}

/// The languages in which messages are understood; any other degrades gracefully.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
    /// German.
    De,
    /// Spanish.
    Es,
    /// Italian.
    It,
    /// Dutch.
    Nl,
    /// Portuguese.
    Pt,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 7] =
        [Language::En, Language::Fr, Language::De, Language::Es, Language::It, Language::Nl, Language::Pt];

    /// The ISO 639-1 code.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Fr => "fr",
            Language::De => "de",
            Language::Es => "es",
            Language::It => "it",
            Language::Nl => "nl",
            Language::Pt => "pt",
        }
    }

    /// Reads an ISO 639-1 code; a region after it (`fr-CH`) is passed over.
    ///
    /// # Errors
    /// A violation of `language` listing the codes.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let code = text.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Language::ALL
            .into_iter()
            .find(|language| language.as_str() == code)
            .ok_or_else(|| Violation::new("language", text, "one of en, fr, de, es, it, nl, pt"))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
