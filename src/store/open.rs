//! Opens the database that a URL names and brings its tables up to this release.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::domain::ids::TenantId;
use crate::domain::time::SharedClock;

use super::write::{Prepared, Row};
use super::{SchemaVersions, Store, StoreError};

/// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://USER:PASSWORD@HOST/NAME`, with at most `connections_max`
/// connections for reading. An SQLite file and its folder are made when they are not there. `clock` dates the changes of
/// the worklist; snapshots of [`Store::work_items`] must be read from the same clock.
///
/// # Errors
/// An unknown scheme, a database that cannot be opened, or one that a newer release has written.
pub async fn open(url: &SecretString, connections_max: u32, clock: SharedClock) -> Result<Arc<dyn Store>, StoreError> {
    let text = url.expose_secret();
    if let Some(path) = text.strip_prefix("sqlite:") {
        return Ok(Arc::new(super::sqlite::open(path, connections_max, clock).await?));
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(Arc::new(super::postgres::open(text, connections_max, clock).await?));
    }
    Err(StoreError::UnknownScheme { url: without_password(text) })
}

/// Opens a database as [`open`] does, but leaves one of an earlier release as it is.
///
/// # Errors
/// [`StoreError::OlderSchema`], and as [`open`].
pub async fn open_as_found(
    url: &SecretString,
    connections_max: u32,
    clock: SharedClock,
) -> Result<Arc<dyn Store>, StoreError> {
    let versions = schema_versions(url).await?;
    if !versions.is_current() {
        let SchemaVersions { found, needed } = versions;
        return Err(StoreError::OlderSchema { url: without_password(url.expose_secret()), found, needed });
    }
    open(url, connections_max, clock).await
}

/// Which schema a database has and which one this release needs; nothing is changed.
///
/// # Errors
/// As [`open`].
pub async fn schema_versions(url: &SecretString) -> Result<SchemaVersions, StoreError> {
    let text = url.expose_secret();
    if let Some(path) = text.strip_prefix("sqlite:") {
        return super::sqlite::schema_versions(path).await;
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return super::postgres::schema_versions(text).await;
    }
    Err(StoreError::UnknownScheme { url: without_password(text) })
}

/// A URL that may be shown: a password before the host is replaced by stars, and so are the settings behind `?`, which may hold one.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    // A password may hold `/`, `@` or `?` that should have been escaped.
    match rest.split_once('?') {
        Some((_, settings)) if settings.contains('@') => format!("{scheme}://***"),
        Some((place, _)) => format!("{scheme}://{}?***", without_user_password(place)),
        None => format!("{scheme}://{}", without_user_password(rest)),
    }
}

fn without_user_password(place: &str) -> String {
    let Some(at) = place.rfind('@') else { return place.to_owned() };
    let user = place[..at].split(':').next().unwrap_or_default();
    format!("{user}:***{}", &place[at..])
}

/// The tenants that are known to be stored, so that they are not written with every commit.
#[derive(Debug, Default)]
pub(super) struct KnownTenants(Mutex<HashSet<TenantId>>);

impl KnownTenants {
    /// Adds the tenant's row to a write unless it is stored already.
    pub fn complete(&self, prepared: &mut Prepared) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&prepared.tenant) {
            prepared.rows.push(Row::tenant(&prepared.tenant));
        }
    }

    /// Notes that a tenant is stored.
    pub fn note(&self, tenant: &TenantId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(tenant) {
            known.insert(tenant.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        assert_eq!(without_password("postgres://u:p@ss@h:5/db?sslmode=require"), "postgres://u:***@h:5/db?***");
        for url in ["postgres://u:p?ss@h/db", "postgres://u:p@s?s@h/db"] {
            assert_eq!(without_password(url), "postgres://***", "{url}");
        }
        assert_eq!(without_password("postgres://u:p/ss@h/db"), "postgres://u:***@h/db");
        assert_eq!(without_password("postgres://h/db?password=secret&user=u"), "postgres://h/db?***");
        assert_eq!(without_password("mysql://h/db"), "mysql://h/db");
        assert_eq!(without_password("nonsense"), "nonsense");
    }
}
