//! The schema of a database: which version it has, and whether it is one that this release knows.

use sqlx::migrate::{AppliedMigration, MigrateError, Migrator};

use super::StoreError;
use super::open::without_password;

/// The schema that a database has and the one that this release needs. A migration counts it up by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaVersions {
    /// That of the database; 0 where it holds no tables of Recourse.
    pub found: i64,
    /// The latest one that this release knows.
    pub needed: i64,
}

impl SchemaVersions {
    /// Those of a database that this release makes.
    pub(super) fn current(migrator: &Migrator) -> Self {
        SchemaVersions { found: latest(migrator), needed: latest(migrator) }
    }

    /// Whether this release uses the database as it is.
    pub fn is_current(self) -> bool {
        self.found == self.needed
    }
}

/// The versions of a database where these migrations were applied.
///
/// # Errors
/// [`StoreError::NewerSchema`], or [`StoreError::OtherSchema`] where another build applied something else.
pub(super) fn compare(
    applied: &[AppliedMigration],
    migrator: &Migrator,
    url: &str,
) -> Result<SchemaVersions, StoreError> {
    let needed = latest(migrator);
    let found = applied.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > needed {
        return Err(StoreError::NewerSchema { url: without_password(url), found, known: needed });
    }
    for AppliedMigration { version, checksum, .. } in applied {
        match migrator.iter().find(|known| known.version == *version) {
            Some(known) if known.checksum == *checksum => {}
            Some(_) => return Err(migration_error(MigrateError::VersionMismatch(*version), migrator, url)),
            None => return Err(migration_error(MigrateError::VersionMissing(*version), migrator, url)),
        }
    }
    Ok(SchemaVersions { found, needed })
}

fn latest(migrator: &Migrator) -> i64 {
    migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The error of a migration.
pub(super) fn migration_error(error: MigrateError, migrator: &Migrator, url: &str) -> StoreError {
    let (known, url) = (latest(migrator), without_password(url));
    let (version, difference) = if let MigrateError::VersionMissing(version) = error {
        if version > known {
            return StoreError::NewerSchema { url, found: version, known };
        }
        (version, "this release has no such migration")
    } else if let MigrateError::VersionMismatch(version) = error {
        (version, "this release has another text for it")
    } else if let MigrateError::Dirty(version) = error {
        (version, "it was begun and not finished")
    } else {
        return StoreError::of_opening(url, sqlx::Error::Migrate(Box::new(error)));
    };
    StoreError::OtherSchema { url, version, difference }
}
