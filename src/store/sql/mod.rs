//! Every SQL text. Each one runs on SQLite and on PostgreSQL; a test prepares all of them on both.
//!
//! Rows and lists reach a statement as one JSON text that `json_each` takes apart, so that a write costs one round trip
//! however many rows it has. The macros below spell the columns once. A limit is cast, because SQLite prepares a statement
//! again for each value of a bare `LIMIT $n`.

/// The rows of a write, each as JSON text in `value`. They are spelled out once; SQLite would do so again for every column
/// that is read out of them.
macro_rules! listed {
    () => {
        "WITH listed AS MATERIALIZED (SELECT value FROM json_each($1)) "
    };
}

/// The expression that reads a column out of a JSON row.
macro_rules! cell {
    ($column:literal text) => {
        concat!("value ->> '", $column, "'")
    };
    ($column:literal int) => {
        concat!("CAST(value ->> '", $column, "' AS BIGINT)")
    };
    ($column:literal real) => {
        concat!("CAST(value ->> '", $column, "' AS DOUBLE PRECISION)")
    };
}

/// `INSERT` of JSON rows with these columns beside the tenant.
macro_rules! insert {
    ($table:literal ($($column:literal $kind:ident),+ $(,)?) $tail:literal) => {
        concat!(
            listed!(), "INSERT INTO ", $table, " (tenant", $(", ", $column,)+ ") SELECT value ->> 'tenant'",
            $(", ", cell!($column $kind),)+ " FROM listed WHERE true", $tail
        )
    };
}

/// `UPDATE` of the rows that JSON rows name by tenant and id and by the version before; a column that follows from others is set by
/// the end.
macro_rules! update {
    ($table:literal ($($columns:tt)+)) => {
        update!($table ($($columns)+) "")
    };
    ($table:literal ($first:literal $first_kind:ident $(, $column:literal $kind:ident)* $(,)?) $end:literal) => {
        concat!(
            listed!(), "UPDATE ", $table, " SET ", $first, " = ", cell!($first $first_kind),
            $(", ", $column, " = ", cell!($column $kind),)*
            $end, " FROM listed WHERE ", $table, ".tenant = value ->> 'tenant' AND ", $table, ".id = value ->> 'id' AND ",
            $table, ".version = CAST(value ->> 'version' AS BIGINT) - 1"
        )
    };
}

/// `SELECT` of id and content digest of the records that a JSON list of ids names. SQLite joins a `CROSS JOIN` in the
/// order in which it is written: a list must lead to the rows, or else each row is looked up in the list.
macro_rules! digests {
    ($table:literal) => {
        concat!(
            "SELECT known.id, known.content_digest FROM json_each($2) CROSS JOIN ",
            $table,
            " AS known WHERE known.tenant = $1 AND known.id = value ->> 'id'"
        )
    };
}

/// Declares constants and the list of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$doc])* pub const $name: &str = $text;)+

        /// The constants of this file with their names.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

pub mod ledger;
pub mod service;
pub mod upkeep;
pub mod worklist;

/// Every constant with its name, so that a test can prepare each of them on both databases.
pub const ALL: &[&[(&str, &str)]] = &[ledger::ALL, service::ALL, upkeep::ALL, worklist::ALL];
