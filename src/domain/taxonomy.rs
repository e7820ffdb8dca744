//! Taxonomies: what can be contested, as data that a tenant may replace.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::violation::Violation;

/// The default taxonomy as shipped.
const DEFAULT_TAXONOMY: &str = include_str!("taxonomy_default.toml");

/// Most codes that a taxonomy may have.
pub const ITEM_CODES_MAX: usize = 200;

/// The code for what fits no other.
pub const OTHER_ITEM: &str = "OTHER";

/// A code of the tenant's taxonomy, such as `PRICING`: capitals, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemCode(Box<str>);

impl ItemCode {
    /// Reads a code.
    ///
    /// # Errors
    /// A violation of `contested_item` when it is not 1 to 64 capitals, digits and underscores.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if fits {
            Ok(ItemCode(text.into()))
        } else {
            Err(Violation::new("contested_item", text, "1 to 64 capitals, digits and underscores"))
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for ItemCode {
    type Error = Violation;
    fn try_from(text: String) -> Result<Self, Violation> {
        ItemCode::parse(&text)
    }
}

impl From<ItemCode> for String {
    fn from(code: ItemCode) -> String {
        code.0.into()
    }
}

/// One thing that can be contested, with its codes in public standards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxonomyItem {
    /// The code.
    pub code: ItemCode,
    /// What it means, for people.
    pub meaning: String,
    /// X12 element 426 adjustment reason codes.
    #[serde(default)]
    pub x12_426: Vec<String>,
    /// UN/EDIFACT 4465 adjustment reason codes.
    #[serde(default)]
    pub edifact_4465: Vec<String>,
    /// Peppol OPStatusReason codes.
    #[serde(default)]
    pub peppol_status_reason: Vec<String>,
    /// Reasons of the French e-invoicing reform.
    #[serde(default)]
    pub french_motif: Vec<String>,
}

/// A set of codes, in the order in which they are listed to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {
    /// Name and version, such as `recourse/1`.
    pub name: String,
    /// The codes.
    #[serde(rename = "item")]
    pub items: Vec<TaxonomyItem>,
}

impl Taxonomy {
    /// Reads a taxonomy from TOML.
    ///
    /// # Errors
    /// A violation naming what is wrong: the TOML itself, no codes, too many, or a code named twice.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let taxonomy: Taxonomy = toml::from_str(text)
            .map_err(|error| Violation::new("taxonomy", error.message(), "TOML with a name and [[item]] tables"))?;
        if taxonomy.items.is_empty() || taxonomy.items.len() > ITEM_CODES_MAX {
            let expected = format!("1 to {ITEM_CODES_MAX} items");
            return Err(Violation::new("taxonomy.item", taxonomy.items.len(), expected));
        }
        let mut seen = BTreeSet::new();
        for item in &taxonomy.items {
            if !seen.insert(&item.code) {
                return Err(Violation::new("taxonomy.item.code", &item.code, "each code once"));
            }
        }
        Ok(taxonomy)
    }

    /// The sixteen codes that are used when a tenant brings none of its own.
    #[expect(clippy::expect_used, reason = "the shipped taxonomy is read by a test")]
    pub fn shipped() -> Self {
        Taxonomy::parse(DEFAULT_TAXONOMY).expect("the shipped taxonomy is valid")
    }

    /// The item with this code.
    pub fn item(&self, code: &ItemCode) -> Option<&TaxonomyItem> {
        self.items.iter().find(|item| item.code == *code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_taxonomy_has_sixteen_codes_with_a_crosswalk() {
        let taxonomy = Taxonomy::shipped();
        assert_eq!(taxonomy.items.len(), 16);
        for item in &taxonomy.items {
            assert!(!item.edifact_4465.is_empty() && !item.peppol_status_reason.is_empty(), "{}", item.code);
        }
        let pricing = taxonomy.item(&ItemCode::parse("PRICING").unwrap()).unwrap();
        assert_eq!(pricing.x12_426, ["01", "03"]);
    }

    #[test]
    fn a_code_named_twice_is_refused() {
        let text = "name = 'a'\n[[item]]\ncode = 'A'\nmeaning = ''\n[[item]]\ncode = 'A'\nmeaning = ''\n";
        assert_eq!(Taxonomy::parse(text).unwrap_err().field, "taxonomy.item.code");
    }
}
