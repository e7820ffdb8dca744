//! Why storage could not do what was asked.

use crate::domain::ids::RequestId;

/// A failure of the storage, one variant for each cause that a caller may treat differently.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or did not answer in time.
    #[error("the database is unavailable")]
    Unavailable {
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The disk is full.
    #[error("nothing more can be written to {place}: the disk is full")]
    DiskFull {
        /// The file in backticks, or `the database` where there is none to name.
        place: String,
    },
    /// The operating system refuses to write: a limit on the size of files, a quota, a broken disk.
    #[error("nothing more can be written to {place}")]
    CannotWrite {
        /// The file in backticks, or `the database` where there is none to name.
        place: String,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The database is damaged, or the file is none.
    #[error("{place} is damaged or no database")]
    Damaged {
        /// The file in backticks, or `the database` where there is none to name.
        place: String,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The database was written by a newer release.
    #[error("`{url}` has schema version {found}, but this release knows only up to {known}; use the newer release")]
    NewerSchema {
        /// The URL without its password.
        url: String,
        /// Version found.
        found: i64,
        /// Latest version known.
        known: i64,
    },
    /// The database has the schema of an earlier release, and whoever asks may not change it.
    #[error("`{url}` has schema version {found}, but this release needs {needed}; `recourse migrate` brings it up")]
    OlderSchema {
        /// The URL without its password.
        url: String,
        /// Version found.
        found: i64,
        /// Version that this release needs.
        needed: i64,
    },
    /// Another build than this one changed the schema, or was stopped while it did.
    #[error(
        "`{url}` has another schema than this release knows: migration {version} was applied to it, but {difference}"
    )]
    OtherSchema {
        /// The URL without its password.
        url: String,
        /// The migration.
        version: i64,
        /// How it differs.
        difference: &'static str,
    },
    /// The file or server at the URL cannot be used as a database.
    #[error("`{url}` cannot be opened as a database")]
    CannotOpen {
        /// The URL without its password.
        url: String,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The URL names neither SQLite nor PostgreSQL.
    #[error("database url `{url}` starts with neither `sqlite:` nor `postgres:`")]
    UnknownScheme {
        /// The URL without its password.
        url: String,
    },
    /// A write named a version that is no longer the stored one.
    #[error("{table} `{id}` was changed by somebody else")]
    StaleVersion {
        /// Table of the row.
        table: &'static str,
        /// Id of the row.
        id: String,
    },
    /// A row with this id is there already.
    #[error("{table} `{id}` exists already")]
    AlreadyExists {
        /// Table of the row.
        table: &'static str,
        /// Id of the row.
        id: String,
    },
    /// The request was answered before.
    #[error("request `{0}` was answered before")]
    RequestKnown(RequestId),
    /// A stored value cannot be read.
    #[error("column `{column}` of {table} `{id}` holds what this release cannot read: {problem}")]
    BadRow {
        /// Table of the row.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Id of the row.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// Anything else that the database said.
    #[error("the database refused a statement")]
    Database {
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
}

/// Primary result codes of SQLite: <https://www.sqlite.org/rescode.html>.
mod sqlite_code {
    pub const BUSY: u32 = 5;
    pub const LOCKED: u32 = 6;
    pub const CORRUPT: u32 = 11;
    pub const FULL: u32 = 13;
    pub const NOT_A_DATABASE: u32 = 26;
    /// Extended codes of writing, truncating, syncing and enlarging a file.
    pub const CANNOT_WRITE: [u32; 5] = [778, 1034, 1290, 1546, 4874];
}

/// What errors name where they know no file.
const DATABASE: &str = "the database";

impl StoreError {
    /// What an error of the driver means.
    pub(crate) fn from_driver(source: sqlx::Error) -> Self {
        match Cause::of_driver(&source) {
            Cause::DiskFull => StoreError::DiskFull { place: DATABASE.to_owned() },
            Cause::CannotWrite => StoreError::CannotWrite { place: DATABASE.to_owned(), source },
            Cause::Damaged => StoreError::Damaged { place: DATABASE.to_owned(), source },
            Cause::Unavailable => StoreError::Unavailable { source },
            Cause::Other => StoreError::Database { source },
        }
    }

    /// What an error means that was met while the database at a URL without its password was opened.
    pub(crate) fn of_opening(url: String, source: sqlx::Error) -> Self {
        let causes = std::iter::successors(Some(&source as &(dyn std::error::Error + 'static)), |error| error.source());
        let mut of_driver = causes.filter_map(|error| error.downcast_ref::<sqlx::Error>());
        if of_driver.any(|error| matches!(Cause::of_driver(error), Cause::Damaged)) {
            return StoreError::Damaged { place: format!("`{url}`"), source };
        }
        StoreError::CannotOpen { url, source }
    }

    /// The same error with the file that could not be read or written.
    pub(crate) fn at(self, file: &str) -> Self {
        let place = format!("`{file}`");
        match self {
            StoreError::DiskFull { place: _ } => StoreError::DiskFull { place },
            StoreError::CannotWrite { place: _, source } => StoreError::CannotWrite { place, source },
            StoreError::Damaged { place: _, source } => StoreError::Damaged { place, source },
            StoreError::Unavailable { .. }
            | StoreError::StaleVersion { .. }
            | StoreError::AlreadyExists { .. }
            | StoreError::RequestKnown(_)
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::OtherSchema { .. }
            | StoreError::CannotOpen { .. }
            | StoreError::UnknownScheme { .. }
            | StoreError::BadRow { .. }
            | StoreError::Database { .. } => self,
        }
    }

    /// Whether the medium refuses to take more, upon which SQLite may have given up the whole transaction.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        match self {
            StoreError::DiskFull { .. } | StoreError::CannotWrite { .. } => true,
            StoreError::Unavailable { .. }
            | StoreError::Damaged { .. }
            | StoreError::StaleVersion { .. }
            | StoreError::AlreadyExists { .. }
            | StoreError::RequestKnown(_)
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::OtherSchema { .. }
            | StoreError::CannotOpen { .. }
            | StoreError::UnknownScheme { .. }
            | StoreError::BadRow { .. }
            | StoreError::Database { .. } => false,
        }
    }

    /// Whether the write met other data than it expected.
    pub(crate) fn is_conflict(&self) -> bool {
        match self {
            StoreError::StaleVersion { .. } | StoreError::AlreadyExists { .. } | StoreError::RequestKnown(_) => true,
            StoreError::Unavailable { .. }
            | StoreError::DiskFull { .. }
            | StoreError::CannotWrite { .. }
            | StoreError::Damaged { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::OtherSchema { .. }
            | StoreError::CannotOpen { .. }
            | StoreError::UnknownScheme { .. }
            | StoreError::BadRow { .. }
            | StoreError::Database { .. } => false,
        }
    }
}

fn is_about_the_connection(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
    matches!(error, Io(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed)
}

/// Whether another process holds the lock that was wanted.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some() && matches!(Cause::of_driver(error), Cause::Unavailable)
}

/// What an error of the driver means.
enum Cause {
    Damaged,
    DiskFull,
    CannotWrite,
    Unavailable,
    Other,
}

impl Cause {
    fn of_driver(source: &sqlx::Error) -> Self {
        match source.as_database_error() {
            Some(database) => Cause::of(database.code().as_deref()),
            None if is_about_the_connection(source) => Cause::Unavailable,
            None => Cause::Other,
        }
    }

    /// SQLite gives numbers of up to four digits, PostgreSQL five characters: see its appendix A.
    fn of(code: Option<&str>) -> Self {
        let Some(code) = code else { return Cause::Other };
        if let (true, Ok(number)) = (code.len() < 5, code.parse::<u32>()) {
            if sqlite_code::CANNOT_WRITE.contains(&number) {
                return Cause::CannotWrite;
            }
            return match number & 0xff {
                sqlite_code::FULL => Cause::DiskFull,
                sqlite_code::CORRUPT | sqlite_code::NOT_A_DATABASE => Cause::Damaged,
                sqlite_code::BUSY | sqlite_code::LOCKED => Cause::Unavailable,
                _ => Cause::Other,
            };
        }
        match code {
            "53100" => Cause::DiskFull,
            "58030" => Cause::CannotWrite,
            "XX001" | "XX002" => Cause::Damaged,
            "53300" | "57P01" | "57P02" | "57P03" => Cause::Unavailable,
            // A lock, a statement or a transaction that took too long.
            "55P03" | "57014" | "25P03" => Cause::Unavailable,
            _ if code.starts_with("08") => Cause::Unavailable,
            _ => Cause::Other,
        }
    }
}
