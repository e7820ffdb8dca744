//! Taxonomies: which one a tenant uses, and how another takes its place.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::message::reading::MessageReader;
use super::{Service, ServiceError};
use crate::domain::ids::{ModelKind, TenantId};
use crate::domain::taxonomy::{ItemCode, Taxonomy};
use crate::store::{Change, Store, StoreError, TaxonomyRecord};

/// The taxonomy that a tenant uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxonomyInUse {
    /// Counts what the tenant has loaded; 0 is the shipped one.
    pub version: i64,
    /// The codes.
    pub codes: Arc<Taxonomy>,
}

/// Whether a taxonomy is only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    /// It is checked and stored.
    Store,
    /// It is checked, and nothing is stored.
    DryRun,
}

/// What a taxonomy changes in the place of the one in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxonomyChange {
    /// Its name.
    pub name: String,
    /// The name of the one in use.
    pub name_before: String,
    /// The version that it has or would have.
    pub version: i64,
    /// Whether it is in use already, byte for byte, so that nothing changes.
    pub is_in_use: bool,
    /// Codes that the one in use does not have.
    pub added: Vec<ItemCode>,
    /// Codes that it has no more.
    pub removed: Vec<ItemCode>,
}

impl TaxonomyInUse {
    /// The shipped one.
    pub fn shipped() -> Self {
        TaxonomyInUse { version: 0, codes: Arc::new(Taxonomy::shipped()) }
    }

    /// The one that a tenant uses, as it stands in the database.
    ///
    /// # Errors
    /// When the storage fails, or holds what is no taxonomy.
    pub async fn of(store: &dyn Store, tenant: &TenantId) -> Result<Self, ServiceError> {
        store.taxonomy(tenant).await?.map_or_else(|| Ok(TaxonomyInUse::shipped()), TaxonomyInUse::read)
    }

    /// Reads a stored one.
    pub(super) fn read(record: TaxonomyRecord) -> Result<Self, ServiceError> {
        let codes = Taxonomy::parse(&record.text)
            .map_err(|source| ServiceError::Internal { context: "reading a stored taxonomy", source: source.into() })?;
        Ok(TaxonomyInUse { version: record.version, codes: Arc::new(codes) })
    }
}

impl Service {
    /// The taxonomy that a tenant uses.
    pub fn taxonomy_of(&self, tenant: &TenantId) -> TaxonomyInUse {
        self.models_of(tenant).taxonomy
    }

    /// Puts the taxonomy in `text`, which is TOML, in the place of the one that the tenant uses. A process that has not followed yet goes on
    /// with the codes before; a dispute that it opens with one that was left out keeps it.
    ///
    /// # Errors
    /// Everything that is wrong with it; a precondition when stored disputes, or the item model that serves, use codes that it lacks;
    /// [`ServiceError::Stale`] when another was loaded meanwhile; or a failing storage.
    pub async fn load_taxonomy(
        &self,
        tenant: &TenantId,
        text: &str,
        loading: Loading,
    ) -> Result<TaxonomyChange, ServiceError> {
        let taxonomy = Taxonomy::parse(text)?;
        let stored = self.store.taxonomy(tenant).await?;
        let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
        let is_in_use = stored.as_ref().is_some_and(|stored| stored.digest == digest);
        let present = stored.map_or_else(|| Ok(TaxonomyInUse::shipped()), TaxonomyInUse::read)?;
        let version = if is_in_use { present.version } else { present.version + 1 };
        let change = TaxonomyChange {
            name: taxonomy.name.clone(),
            version,
            is_in_use,
            name_before: present.codes.name.clone(),
            added: codes_beside(&taxonomy, &present.codes),
            removed: codes_beside(&present.codes, &taxonomy),
        };
        if !is_in_use {
            self.check_codes_in_use(tenant, &taxonomy).await?;
        }
        match loading {
            Loading::DryRun => return Ok(change),
            Loading::Store if is_in_use => {}
            Loading::Store => {
                let (name, text, loaded_at) = (taxonomy.name, text.to_owned(), self.now());
                let record = TaxonomyRecord { version, name, digest, text, loaded_at };
                match self.store.commit(tenant, vec![Change::InsertTaxonomy(record)]).await {
                    Ok(()) => {}
                    Err(StoreError::StaleVersion { .. }) => {
                        return Err(ServiceError::Stale { resource: "taxonomy of tenant", id: tenant.to_string() });
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        // Another process may have loaded it.
        self.reload_models_of(tenant).await?;
        Ok(change)
    }

    /// Refuses a taxonomy that lacks codes of stored disputes, or codes that the tenant's own item model names and none stands for.
    async fn check_codes_in_use(&self, tenant: &TenantId, taxonomy: &Taxonomy) -> Result<(), ServiceError> {
        let counts = self.store.dispute_counts_by_item(tenant).await?;
        let missing = counts.into_iter().filter(|(code, _)| taxonomy.item(code).is_none());
        let named: Vec<String> = missing.map(|(code, count)| format!("`{code}` of {count}")).collect();
        if !named.is_empty() {
            let (name, named) = (&taxonomy.name, named.join(", "));
            let message = format!(
                "the taxonomy `{name}` lacks codes of stored disputes: {named}; keep them until no dispute has them"
            );
            return Err(ServiceError::Precondition { reason: "TAXONOMY_CODE_IN_USE", message });
        }
        let Some(id) = self.champion_of(tenant, ModelKind::Item).await? else { return Ok(()) };
        let model = MessageReader::read_text_model(&id, &self.model_files(tenant, &id).await?)?;
        let has_no_code = |label: &&String| {
            let code = taxonomy.code_for(label);
            code == ItemCode::other() && code.as_str() != label.as_str()
        };
        let named: Vec<String> = model.labels().iter().filter(has_no_code).map(|label| format!("`{label}`")).collect();
        if named.is_empty() {
            return Ok(());
        }
        let (name, named) = (&taxonomy.name, named.join(", "));
        let message =
            format!("the taxonomy `{name}` lacks codes that the model `{id}` reads: {named}; roll it back first");
        Err(ServiceError::Precondition { reason: "TAXONOMY_CODE_IN_USE", message })
    }
}

/// The codes of one taxonomy that another does not have, in the order of the first.
fn codes_beside(taxonomy: &Taxonomy, other: &Taxonomy) -> Vec<ItemCode> {
    let known: BTreeSet<&ItemCode> = other.items.iter().map(|item| &item.code).collect();
    taxonomy.items.iter().map(|item| &item.code).filter(|code| !known.contains(code)).cloned().collect()
}
