//! Who calls: the tenant and the language, read from a call's headers.

use tonic::metadata::MetadataMap;

use crate::domain::ids::TenantId;
use crate::domain::locale::Language;
use crate::domain::sentence::SENTENCE_LANGUAGES;
use crate::domain::violation::{Violation, Violations};

/// Header that names the tenant.
pub const TENANT_HEADER: &str = "x-recourse-tenant";
/// Header that names the languages in which the caller reads sentences.
pub const LANGUAGE_HEADER: &str = "accept-language";
/// Most languages of the header that are looked at.
const LANGUAGES_MAX: usize = 16;

/// The caller of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// On whose behalf.
    pub tenant: TenantId,
    /// In which language sentences are read.
    pub language: Language,
}

impl Caller {
    /// Reads the headers; without a tenant the default one is meant, without a language English.
    ///
    /// # Errors
    /// A violation of the tenant header.
    pub fn of(metadata: &MetadataMap) -> Result<Self, Violations> {
        let tenant = match metadata.get(TENANT_HEADER) {
            None => TenantId::default_tenant(),
            Some(value) => {
                let wrong = |_| Violation::new(TENANT_HEADER, "", "a tenant in visible ASCII");
                let text = value.to_str().map_err(wrong)?;
                TenantId::parse(text).map_err(|violation| Violation { field: TENANT_HEADER.to_owned(), ..violation })?
            }
        };
        let header = metadata.get(LANGUAGE_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Caller { tenant, language: preferred_language(header) })
    }
}

/// The language with the highest weight among those that sentences are written in.
fn preferred_language(header: &str) -> Language {
    let mut best = (Language::En, 0.0);
    for part in header.split(',').take(LANGUAGES_MAX) {
        let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse::<f64>().ok());
        let (Ok(language), Some(weight)) = (Language::parse(tag.trim()), weight) else { continue };
        if SENTENCE_LANGUAGES.contains(&language) && weight > best.1 {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_highest_weight_wins() {
        for (header, language) in [
            ("", Language::En),
            ("de", Language::De),
            ("fr-CH, fr;q=0.9, en;q=0.8", Language::Fr),
            ("en;q=0.2, es;q=0.9", Language::Es),
            ("ja, nl, de;q=0.1", Language::De),
            ("de;q=abc", Language::En),
            ("*", Language::En),
        ] {
            assert_eq!(preferred_language(header), language, "{header}");
        }
    }

    #[test]
    fn a_call_without_headers_is_of_the_default_tenant() {
        let caller = Caller::of(&MetadataMap::new()).unwrap();
        assert_eq!(caller, Caller { tenant: TenantId::default_tenant(), language: Language::En });
    }

    #[test]
    fn an_unreadable_tenant_is_refused_by_its_header() {
        let mut metadata = MetadataMap::new();
        metadata.insert(TENANT_HEADER, "".parse().unwrap());
        assert_eq!(Caller::of(&metadata).unwrap_err().0[0].field, TENANT_HEADER);
    }
}
