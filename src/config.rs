//! Configuration: a TOML file under environment variables, each setting with a default that works.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use confique::Config as _;
use confique::meta::{FieldKind, Meta};

/// Longest deadline and longest wait at the end: a day.
const DEADLINE_SECONDS_MAX: u64 = 24 * 60 * 60;
/// Smallest and largest bound of a request, in bytes.
const REQUEST_BYTES_LEAST: u64 = 1 << 10;
const REQUEST_BYTES_MOST: u64 = 1 << 30;
/// Most calls that may be worked on at once.
const CALLS_MOST: u64 = 1_000_000;
/// Longest retention: a hundred years.
const RETENTION_DAYS_MOST: u64 = 36_500;
/// Most connections that may be kept.
const CONNECTIONS_MOST: u64 = 10_000;

/// The settings of the service.
#[derive(Debug, Clone, confique::Config)]
pub struct Config {
    /// Where data lives when no database URL is given: the SQLite file and the trained models.
    #[config(default = "recourse-data", env = "RECOURSE_DATA_DIR")]
    pub data_dir: PathBuf,
    /// The server.
    #[config(nested)]
    pub server: ServerConfig,
    /// The database.
    #[config(nested)]
    pub database: DatabaseConfig,
    /// How long a server keeps what nothing needs any more.
    #[config(nested)]
    pub retention: RetentionConfig,
    /// Logs.
    #[config(nested)]
    pub log: LogConfig,
}

/// The gRPC server.
#[derive(Debug, Clone, confique::Config)]
pub struct ServerConfig {
    /// Address and port to listen on.
    #[config(default = "127.0.0.1:50051", env = "RECOURSE_SERVER_LISTEN")]
    pub listen: SocketAddr,
    /// Longest time that a call may take when the client sets no deadline, in seconds: 1 to 86400.
    #[config(default = 30, env = "RECOURSE_SERVER_DEADLINE_SECONDS")]
    pub deadline_seconds: u64,
    /// Largest request accepted, in bytes: 1024 to 1073741824.
    #[config(default = 4_194_304, env = "RECOURSE_SERVER_REQUEST_BYTES_MAX")]
    pub request_bytes_max: usize,
    /// Most calls worked on at once; more are refused until one has ended; 1 to 1000000.
    #[config(default = 1024, env = "RECOURSE_SERVER_CALLS_MAX")]
    pub calls_max: usize,
    /// Longest wait for running calls after SIGTERM, in seconds: 0 to 86400.
    #[config(default = 20, env = "RECOURSE_SERVER_DRAIN_SECONDS")]
    pub drain_seconds: u64,
}

/// The database.
#[derive(Debug, Clone, confique::Config)]
pub struct DatabaseConfig {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Absent: the file `recourse.db` in the data directory.
    #[config(env = "RECOURSE_DATABASE_URL")]
    pub url: Option<secrecy::SecretString>,
    /// Most connections kept open for reading: 1 to 10000.
    #[config(default = 8, env = "RECOURSE_DATABASE_CONNECTIONS_MAX")]
    pub connections_max: u32,
}

/// How long a server keeps what nothing needs any more. It looks for what is older every six hours, and makes room in the database for
/// what comes; a database file does not shrink.
#[derive(Debug, Clone, confique::Config)]
pub struct RetentionConfig {
    /// Days for which a `request_id` is remembered, so that a repeat gets the same answer; afterwards it is taken for a new request.
    /// 0 to 36500; 0 remembers for good.
    #[config(default = 90, env = "RECOURSE_RETENTION_REQUEST_DAYS")]
    pub request_days: u32,
    /// Days for which a score is kept that a later one took the place of, so that it can be replayed. The latest score of an account,
    /// dispute or item is kept for good, and so is every score that a work item refers to. 0 to 36500; 0 keeps all for good.
    #[config(default = 400, env = "RECOURSE_RETENTION_SCORE_DAYS")]
    pub score_days: u32,
}

/// Logs, which go to stderr.
#[derive(Debug, Clone, confique::Config)]
pub struct LogConfig {
    /// What is logged: a level, or directives such as `recourse=debug,info`.
    #[config(default = "info", env = "RECOURSE_LOG_FILTER")]
    pub filter: String,
    /// `text` for people, `json` for machines, `auto` for text on a terminal and JSON elsewhere.
    #[config(default = "auto", env = "RECOURSE_LOG_FORMAT")]
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// JSON.
    Json,
}

/// Why the configuration could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named does not exist.
    #[error("configuration file `{0}` does not exist")]
    Missing(PathBuf),
    /// A file or variable holds what cannot be read.
    #[error("the configuration cannot be read")]
    Unreadable(#[source] confique::Error),
    /// A setting is too small or too large.
    #[error("setting `{setting}` is `{value}`, expected a number from {min} to {max}")]
    OutOfBounds {
        /// The setting with its section.
        setting: &'static str,
        /// What it is.
        value: u64,
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A file names a setting that there is not.
    #[error("configuration file `{}` has a setting `{key}`, expected {expected}", file.display())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The setting with its section.
        key: String,
        /// The settings that there are in that section.
        expected: String,
    },
}

impl Config {
    /// Environment variables first, then the file, then the defaults.
    ///
    /// # Errors
    /// When a named file is missing, or a value cannot be read.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut builder = Config::builder().env();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::Missing(file.to_owned()));
            }
            check_keys(file)?;
            builder = builder.file(file);
        }
        let config = builder.load().map_err(ConfigError::Unreadable)?;
        config.check_bounds()?;
        Ok(config)
    }

    /// Refuses numbers with which the server would answer no call, or could not start.
    fn check_bounds(&self) -> Result<(), ConfigError> {
        let ServerConfig { listen: _, deadline_seconds, request_bytes_max, calls_max, drain_seconds } = self.server;
        let bounded = [
            ("server.deadline_seconds", deadline_seconds, 1, DEADLINE_SECONDS_MAX),
            ("server.request_bytes_max", request_bytes_max as u64, REQUEST_BYTES_LEAST, REQUEST_BYTES_MOST),
            ("server.calls_max", calls_max as u64, 1, CALLS_MOST),
            ("server.drain_seconds", drain_seconds, 0, DEADLINE_SECONDS_MAX),
            ("retention.request_days", u64::from(self.retention.request_days), 0, RETENTION_DAYS_MOST),
            ("retention.score_days", u64::from(self.retention.score_days), 0, RETENTION_DAYS_MOST),
            ("database.connections_max", u64::from(self.database.connections_max), 1, CONNECTIONS_MOST),
        ];
        match bounded.into_iter().find(|(_, value, min, max)| !(min..=max).contains(&value)) {
            None => Ok(()),
            Some((setting, value, min, max)) => Err(ConfigError::OutOfBounds { setting, value, min, max }),
        }
    }

    /// The defaults, whatever the environment says.
    ///
    /// # Errors
    /// When a setting has no default.
    pub fn defaults() -> Result<Self, ConfigError> {
        Config::builder().load().map_err(ConfigError::Unreadable)
    }

    /// A commented file with every setting at its default.
    pub fn template() -> String {
        confique::toml::template::<Config>(confique::toml::FormatOptions::default())
    }

    /// The database URL: as configured, or the file in the data directory.
    pub fn database_url(&self) -> secrecy::SecretString {
        self.database.url.clone().unwrap_or_else(|| format!("sqlite:{}", self.database_file().display()).into())
    }

    /// The database file in the data directory.
    pub fn database_file(&self) -> PathBuf {
        self.data_dir.join("recourse.db")
    }

    /// The folder that holds trained models.
    pub fn models_dir(&self) -> PathBuf {
        self.data_dir.join("models")
    }
}

/// Refuses settings that there are not, which are slips of the pen. What cannot be read as TOML is left to the reader of the values.
fn check_keys(file: &Path) -> Result<(), ConfigError> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let table = text.parse().unwrap_or_default();
    match unknown_key(&table, &Config::META, "") {
        None => Ok(()),
        Some((key, expected)) => Err(ConfigError::UnknownKey { file: file.to_owned(), key, expected }),
    }
}

/// The first setting of a section that there is not, and those that there are.
fn unknown_key(table: &toml::Table, meta: &Meta, section: &str) -> Option<(String, String)> {
    for (key, value) in table {
        let path = format!("{section}{key}");
        let Some(field) = meta.fields.iter().find(|field| field.name == key) else {
            let names: Vec<String> = meta.fields.iter().map(|field| format!("`{section}{}`", field.name)).collect();
            return Some((path, names.join(", ")));
        };
        if let (FieldKind::Nested { meta }, toml::Value::Table(inner)) = (field.kind, value)
            && let Some(unknown) = unknown_key(inner, meta, &format!("{path}."))
        {
            return Some(unknown);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_there_is_not_is_named_with_those_that_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("recourse.toml");
        std::fs::write(&file, Config::template()).unwrap();
        Config::load(Some(&file)).unwrap();
        for (text, named) in [("data_dirr = \"x\"", "`data_dirr`"), ("[log]\nfliter = \"info\"", "`log.fliter`")] {
            std::fs::write(&file, text).unwrap();
            let told = Config::load(Some(&file)).unwrap_err().to_string();
            assert!(told.contains(named), "{told}");
        }
        std::fs::write(&file, "[log]\nfliter = 1").unwrap();
        let told = Config::load(Some(&file)).unwrap_err().to_string();
        assert!(told.ends_with("expected `log.filter`, `log.format`"), "{told}");
    }

    #[test]
    fn a_setting_with_which_nothing_would_work_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("recourse.toml");
        let wrong = [
            ("[server]\ncalls_max = 0", "`server.calls_max` is `0`, expected a number from 1 to 1000000"),
            ("[server]\ncalls_max = 9223372036854775807", "`server.calls_max` is `9223372036854775807`"),
            ("[server]\nrequest_bytes_max = 0", "`server.request_bytes_max` is `0`"),
            ("[server]\ndeadline_seconds = 0", "`server.deadline_seconds` is `0`"),
            ("[server]\ndeadline_seconds = 9223372036854775807", "`server.deadline_seconds` is `9223372036854775807`"),
            (
                "[retention]\nrequest_days = 36501",
                "`retention.request_days` is `36501`, expected a number from 0 to 36500",
            ),
            ("[retention]\nscore_days = 99999", "`retention.score_days` is `99999`"),
            ("[database]\nconnections_max = 0", "`database.connections_max` is `0`"),
        ];
        for (text, named) in wrong {
            std::fs::write(&file, text).unwrap();
            let told = Config::load(Some(&file)).unwrap_err().to_string();
            assert!(told.contains(named), "{told}");
        }
    }
}
