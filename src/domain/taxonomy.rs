//! Taxonomies: what can be contested, as data that a tenant may replace.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::violation::{Gather, Violation, Violations};

/// The default taxonomy as shipped.
const DEFAULT_TAXONOMY: &str = include_str!("taxonomy_default.toml");

/// Most codes that a taxonomy may have.
pub const ITEM_CODES_MAX: usize = 200;

/// Longest taxonomy, in bytes of TOML.
pub const TAXONOMY_BYTES_MAX: usize = 256 << 10;

/// Longest name of a taxonomy and longest meaning of a code, in bytes.
pub const MEANING_BYTES_MAX: usize = 300;

/// The code for what fits no other; every taxonomy has it.
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

    /// [`OTHER_ITEM`].
    pub fn other() -> Self {
        ItemCode(OTHER_ITEM.into())
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
    /// What it means, for people; reasons quote it where no sentence was written for the code.
    pub meaning: String,
    /// Codes of the shipped taxonomy that it stands for, beside the one of its own name. Until a model has learned the tenant's codes,
    /// what the shipped ones say of these counts for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<ItemCode>,
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
    /// Everything that is wrong: the TOML itself; no codes, too many, one named twice, none for the rest; a covered code that is not
    /// shipped, or covered twice; a text that is too long.
    pub fn parse(text: &str) -> Result<Self, Violations> {
        if text.len() > TAXONOMY_BYTES_MAX {
            let expected = format!("at most {TAXONOMY_BYTES_MAX} bytes");
            return Err(Violation::new("taxonomy", format!("{} bytes", text.len()), expected).into());
        }
        let taxonomy: Taxonomy = toml::from_str(text)
            .map_err(|error| Violation::new("taxonomy", error.message(), "TOML with a name and [[item]] tables"))?;
        let mut gather = Gather::default();
        taxonomy.check_texts(&mut gather);
        taxonomy.check_codes(&mut gather);
        taxonomy.check_covers(&mut gather);
        gather.finish()?;
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

    /// Refuses a code that the taxonomy does not have, as a value of `field`.
    ///
    /// # Errors
    /// A violation that names the code and the taxonomy.
    pub fn check(&self, field: &str, code: &ItemCode) -> Result<(), Violation> {
        match self.item(code) {
            Some(_) => Ok(()),
            None => Err(Violation::new(field, code, format!("a code of the taxonomy `{}`", self.name))),
        }
    }

    /// The code under which what a model calls `label` counts: the same where there is one, else the one that covers it, else
    /// [`OTHER_ITEM`].
    pub fn code_for(&self, label: &str) -> ItemCode {
        let is_named = |item: &&TaxonomyItem| item.code.as_str() == label;
        let covers = |item: &&TaxonomyItem| item.covers.iter().any(|covered| covered.as_str() == label);
        let item = self.items.iter().find(is_named).or_else(|| self.items.iter().find(covers));
        item.map_or_else(ItemCode::other, |item| item.code.clone())
    }

    /// The shipped code as which models take `code` that do not know it: the first that it covers.
    pub fn stand_in(&self, code: &ItemCode) -> Option<&ItemCode> {
        self.item(code)?.covers.first()
    }

    fn check_texts(&self, gather: &mut Gather) {
        let fits = |text: &str| text.len() <= MEANING_BYTES_MAX && !text.contains(char::is_control);
        let expected = || format!("one line of at most {MEANING_BYTES_MAX} bytes");
        if self.name.trim().is_empty() || !fits(&self.name) {
            gather.push(Violation::new("taxonomy.name", &self.name, expected()));
        }
        for item in self.items.iter().filter(|item| !fits(&item.meaning)) {
            gather.push(Violation::new(format!("taxonomy.item.{}.meaning", item.code), &item.meaning, expected()));
        }
    }

    fn check_codes(&self, gather: &mut Gather) {
        if self.items.is_empty() || self.items.len() > ITEM_CODES_MAX {
            gather.push(Violation::new("taxonomy.item", self.items.len(), format!("1 to {ITEM_CODES_MAX} items")));
        }
        let mut seen = BTreeSet::new();
        for item in &self.items {
            if !seen.insert(&item.code) {
                gather.push(Violation::new("taxonomy.item.code", &item.code, "each code once"));
            }
        }
        if !seen.contains(&ItemCode::other()) {
            let expected = format!("also the code `{OTHER_ITEM}`, which takes what fits no other");
            gather.push(Violation::new("taxonomy.item", format!("{} codes", seen.len()), expected));
        }
    }

    fn check_covers(&self, gather: &mut Gather) {
        // The shipped taxonomy itself covers nothing but its own names, so that reading it ends here.
        if self.items.iter().all(|item| item.covers.is_empty()) {
            return;
        }
        let shipped = Taxonomy::shipped();
        let mut covered_by: BTreeMap<&ItemCode, &ItemCode> =
            self.items.iter().map(|item| (&item.code, &item.code)).collect();
        for item in &self.items {
            let field = format!("taxonomy.item.{}.covers", item.code);
            for covered in item.covers.iter().filter(|covered| **covered != item.code) {
                if shipped.item(covered).is_none() {
                    gather.push(Violation::new(&field, covered, format!("a code of the taxonomy `{}`", shipped.name)));
                } else if let Some(other) = covered_by.insert(covered, &item.code) {
                    let expected = format!("a code that no other item covers, as `{other}` does");
                    gather.push(Violation::new(&field, covered, expected));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> ItemCode {
        ItemCode::parse(text).unwrap()
    }

    /// A taxonomy of these items, each a code with what it covers.
    fn taxonomy(items: &[(&str, &[&str])]) -> Result<Taxonomy, Violations> {
        let items = items
            .iter()
            .map(|(code, covers)| format!("[[item]]\ncode = '{code}'\nmeaning = ''\ncovers = {covers:?}\n"));
        Taxonomy::parse(&format!("name = 'own/1'\n{}", items.collect::<String>()))
    }

    /// The fields and values that are refused.
    fn refused(items: &[(&str, &[&str])]) -> Vec<(String, String)> {
        let Violations(violations) = taxonomy(items).unwrap_err();
        violations.into_iter().map(|violation| (violation.field, violation.value)).collect()
    }

    fn named(field: &str, value: &str) -> (String, String) {
        (field.to_owned(), value.to_owned())
    }

    #[test]
    fn the_shipped_taxonomy_has_sixteen_codes_with_a_crosswalk() {
        let taxonomy = Taxonomy::shipped();
        assert_eq!(taxonomy.items.len(), 16);
        for item in &taxonomy.items {
            assert!(!item.edifact_4465.is_empty() && !item.peppol_status_reason.is_empty(), "{}", item.code);
            assert_eq!(
                (taxonomy.code_for(item.code.as_str()), taxonomy.stand_in(&item.code)),
                (item.code.clone(), None)
            );
        }
        assert_eq!(taxonomy.item(&code("PRICING")).unwrap().x12_426, ["01", "03"]);
    }

    #[test]
    fn everything_that_is_wrong_with_the_codes_is_named_at_once() {
        let wrong: [(&str, &[&str]); 4] =
            [("A", &["PRICING", "NONSENSE"]), ("A", &[]), ("QUALITY", &[]), ("B", &["PRICING", "QUALITY"])];
        let expected = [
            named("taxonomy.item.code", "A"),
            named("taxonomy.item", "3 codes"),
            named("taxonomy.item.A.covers", "NONSENSE"),
            named("taxonomy.item.B.covers", "PRICING"),
            named("taxonomy.item.B.covers", "QUALITY"),
        ];
        assert_eq!(refused(&wrong), expected);
        assert_eq!(
            refused(&[("A", &["PRICING", "PRICING"]), ("OTHER", &[])]),
            [named("taxonomy.item.A.covers", "PRICING")]
        );
    }

    #[test]
    fn what_is_no_taxonomy_is_refused() {
        for (text, field) in [
            ("name = 'a'\n[[item]]\ncode = 'lower'\nmeaning = ''\n", "taxonomy"),
            ("name = ''\n[[item]]\ncode = 'OTHER'\nmeaning = ''\n", "taxonomy.name"),
            ("name = 'a'\n[[item]]\ncode = 'OTHER'\nmeaning = \"two\\nlines\"\n", "taxonomy.item.OTHER.meaning"),
            (&"#".repeat(TAXONOMY_BYTES_MAX + 1), "taxonomy"),
        ] {
            assert_eq!(Taxonomy::parse(text).unwrap_err().0[0].field, field, "{}", &text[..40]);
        }
    }

    #[test]
    fn a_shipped_code_counts_as_the_one_of_its_name_or_the_one_that_covers_it_or_other() {
        let own =
            taxonomy(&[("PRICE_LIST", &["PRICING", "DISCOUNT"]), ("QUALITY", &["DAMAGED", "QUALITY"]), ("OTHER", &[])])
                .unwrap();
        for (label, counts_as) in [
            ("DISCOUNT", "PRICE_LIST"),
            ("QUALITY", "QUALITY"),
            ("DAMAGED", "QUALITY"),
            ("DUPLICATE", "OTHER"),
            ("PRICE_LIST", "PRICE_LIST"),
        ] {
            assert_eq!(own.code_for(label).as_str(), counts_as, "{label}");
        }
        assert_eq!(own.stand_in(&code("PRICE_LIST")), Some(&code("PRICING")));
        assert_eq!(own.stand_in(&code("OTHER")), None);
        assert_eq!(
            own.check("item", &code("DISCOUNT")).unwrap_err().to_string(),
            "`item` is `DISCOUNT`, expected a code of the taxonomy `own/1`"
        );
    }
}
