//! The entity scorers as a model on disk: a description beside the weights, each checked by its digest when read.

use serde::{Deserialize, Serialize};

use crate::domain::money::Currency;
use crate::text::entities::EntityScorers;
use crate::text::entities::scorer::{LinearScorer, ScorerError};
use crate::text::language::{LanguageProfile, ProfileLength};

/// The version of the format that is written.
pub const FORMAT_VERSION: u32 = 2;

/// The description of an entity model, `model.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityModel {
    /// Version of the format.
    pub format_version: u32,
    /// Name, such as `entities/0001`.
    pub name: String,
    /// BLAKE3 digest of the weights.
    pub weights_digest: String,
    /// Bytes of each part of the weights, in the order of [`PARTS`].
    pub part_bytes: [usize; PARTS.len()],
    /// Probability from which a reference is taken for an invoice number.
    pub invoice_threshold: f32,
    /// Probability from which an amount is taken for the contested one.
    pub contested_threshold: f32,
    /// Probability from which a date is taken for a promised one.
    pub promised_threshold: f32,
    /// Currencies that can be told from the words of a message.
    pub currencies: Vec<Currency>,
    /// Messages that it was trained on.
    pub example_count: usize,
    /// BLAKE3 digest of those messages.
    pub data_digest: String,
}

/// The parts of the weights in their order.
pub const PARTS: [&str; 6] = ["language", "invoices", "invoices_in_company", "contested", "promised", "currency"];

/// Why an entity model could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EntityModelError {
    /// The description is not what is expected.
    #[error("the description of the entity model cannot be read")]
    Description(#[source] serde_json::Error),
    /// Another release wrote it, whose features are not those of this one.
    #[error(
        "the entity model has format version {found} and this release reads {FORMAT_VERSION}; \
        train one with `recourse train messages`"
    )]
    Version {
        /// The version found.
        found: u32,
    },
    /// The weights are not those that the description speaks of.
    #[error("the weights have digest {found} instead of {expected}")]
    Digest {
        /// Digest of the weights found.
        found: String,
        /// Digest in the description.
        expected: String,
    },
    /// The weights are shorter than their parts.
    #[error("the weights end within the part `{part}`")]
    Truncated {
        /// The part.
        part: &'static str,
    },
    /// A part cannot be read.
    #[error("the part `{part}` of the weights cannot be read")]
    Scorer {
        /// The part.
        part: &'static str,
        /// What is wrong.
        #[source]
        source: ScorerError,
    },
    /// The language profile cannot be read.
    #[error(transparent)]
    Language(#[from] ProfileLength),
}

/// The scorers as description and weights.
pub fn write_entity_model(
    scorers: &EntityScorers,
    name: &str,
    example_count: usize,
    data_digest: String,
) -> (EntityModel, Vec<u8>) {
    let parts = [
        scorers.language.to_bytes(),
        scorers.invoices.to_bytes(),
        scorers.invoices_in_company.to_bytes(),
        scorers.contested.to_bytes(),
        scorers.promised.to_bytes(),
        scorers.currency.to_bytes(),
    ];
    let weights = parts.concat();
    let model = EntityModel {
        format_version: FORMAT_VERSION,
        name: name.to_owned(),
        weights_digest: blake3::hash(&weights).to_hex().to_string(),
        part_bytes: parts.each_ref().map(Vec::len),
        invoice_threshold: scorers.invoice_threshold,
        contested_threshold: scorers.contested_threshold,
        promised_threshold: scorers.promised_threshold,
        currencies: scorers.currencies.clone(),
        example_count,
        data_digest,
    };
    (model, weights)
}

/// Reads what [`write_entity_model`] made.
///
/// # Errors
/// When the description or the weights are not whole.
pub fn read_entity_model(description: &str, weights: &[u8]) -> Result<EntityScorers, EntityModelError> {
    let model: EntityModel = serde_json::from_str(description).map_err(EntityModelError::Description)?;
    if model.format_version != FORMAT_VERSION {
        return Err(EntityModelError::Version { found: model.format_version });
    }
    let found = blake3::hash(weights).to_hex().to_string();
    if found != model.weights_digest {
        return Err(EntityModelError::Digest { found, expected: model.weights_digest });
    }
    let mut rest = weights;
    let mut parts: [&[u8]; PARTS.len()] = [&[]; PARTS.len()];
    for ((slot, length), part) in parts.iter_mut().zip(model.part_bytes).zip(PARTS) {
        let (head, tail) = rest.split_at_checked(length).ok_or(EntityModelError::Truncated { part })?;
        (*slot, rest) = (head, tail);
    }
    let [language, invoices, invoices_in_company, contested, promised, currency] = parts;
    let scorer = |bytes: &[u8], part: &'static str| {
        LinearScorer::from_bytes(bytes).map_err(|source| EntityModelError::Scorer { part, source })
    };
    Ok(EntityScorers {
        language: LanguageProfile::from_bytes(language)?,
        invoices: scorer(invoices, "invoices")?,
        invoice_threshold: model.invoice_threshold,
        invoices_in_company: scorer(invoices_in_company, "invoices_in_company")?,
        contested: scorer(contested, "contested")?,
        contested_threshold: model.contested_threshold,
        promised: scorer(promised, "promised")?,
        promised_threshold: model.promised_threshold,
        currency: scorer(currency, "currency")?,
        currencies: model.currencies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_survives_being_stored_and_damage_is_noticed() {
        let scorer = || LinearScorer::from_weights(vec![(0, 1.0), (7, -2.0)]);
        let scorers = EntityScorers {
            language: LanguageProfile::from_weights(Vec::new()),
            invoices: scorer(),
            invoice_threshold: 0.5,
            invoices_in_company: scorer(),
            contested: scorer(),
            contested_threshold: 0.6,
            promised: scorer(),
            promised_threshold: 0.4,
            currency: scorer(),
            currencies: vec![Currency::EUR],
        };
        let (model, weights) = write_entity_model(&scorers, "entities/0001", 3, String::new());
        let description = serde_json::to_string(&model).unwrap();
        assert_eq!(read_entity_model(&description, &weights).unwrap(), scorers);
        let mut damaged = weights.clone();
        damaged[9] ^= 1;
        assert!(matches!(read_entity_model(&description, &damaged), Err(EntityModelError::Digest { .. })));
        for version in [1, 3] {
            let other = description.replace("\"format_version\":2", &format!("\"format_version\":{version}"));
            let error = read_entity_model(&other, &weights).unwrap_err();
            assert!(matches!(error, EntityModelError::Version { found } if found == version));
        }
    }
}
