//! `recourse import`: takes the rows of a file into the ledger.

mod help;
mod intake;
mod rejects;
mod scratch;
mod summary;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::open::{DataArgs, block_on, sqlite_file};
use super::output::WrongUse;
use super::{GlobalArgs, jsonl, output};
use crate::config::Config;
use crate::domain::ids::TenantId;
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time::SystemClock;
use crate::ledger::import::{FileFormat, ImportError, ImportKind, Importer, Mapping};
use crate::service::ledger::IngestSession;
use crate::service::taxonomy::TaxonomyInUse;
use crate::store::{self, StoreError};

use intake::{ColumnsNoticed, Ending, Intake, Taken};
use rejects::RejectWriter;
use scratch::Scratch;
use summary::ImportSummary;

/// Take the rows of a file into the ledger.
#[derive(Debug, Args)]
#[command(after_help = help::AFTER_HELP, after_long_help = help::with_fields())]
pub struct ImportArgs {
    /// What the rows are: invoices, customers, payments, credit_notes, disputes, promises, contacts, fx_rates, holds,
    /// reversals, applications or records.
    #[arg(value_parser = parse_kind)]
    kind: ImportKind,
    /// CSV, JSONL or Parquet file.
    file: PathBuf,
    /// Mapping file (TOML).
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Format of the file, where its name does not say it.
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatName>,
    /// Check every row against a copy of the ledger and write nothing. With a database server, the rows are checked against
    /// an empty ledger, and where the database has the schema of an earlier release, contested items against the shipped codes.
    #[arg(long)]
    dry_run: bool,
    /// File for rejected rows, JSONL or CSV by its name. By default `<FILE>.rejects.jsonl` in the data folder, with the folders of
    /// FILE in its name, written only when there are any. A file that is there must hold the rejected rows of an earlier import, which
    /// are replaced.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    Csv,
    Jsonl,
    Parquet,
}

impl From<FormatName> for FileFormat {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Csv => FileFormat::Csv,
            FormatName::Jsonl => FileFormat::Jsonl,
            FormatName::Parquet => FileFormat::Parquet,
        }
    }
}

fn parse_kind(text: &str) -> Result<ImportKind, String> {
    ImportKind::parse(&text.replace('-', "_")).map_err(|violation| violation.to_string())
}

/// Runs the command.
///
/// # Errors
/// Wrong use, rejected rows, or what kept the import from going on.
pub fn run(args: &ImportArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    for read in std::iter::once(&args.file).chain(&args.mapping) {
        if let Some(rejects) = &args.rejects {
            jsonl::refuse_same(rejects, "--rejects", read)?;
        }
    }
    let importer = open_importer(args)?;
    let config = args.data.config(global)?;
    if let Some(rejects) = &args.rejects {
        rejects::refuse_to_overwrite(rejects, sqlite_file(&config).as_deref())?;
    }
    let rejects = RejectWriter::new(rejects_path(args, &config), importer.columns_by_field());
    block_on(import(args, global, &config, importer, rejects))
}

fn open_importer(args: &ImportArgs) -> anyhow::Result<Importer> {
    let format = match args.format {
        Some(name) => name.into(),
        None => FileFormat::of(&args.file).map_err(refused)?,
    };
    let mapping = mapping(args)?;
    Importer::open(&args.file, format, mapping, &args.data.strategy()?.time_zone).map_err(refused)
}

fn mapping(args: &ImportArgs) -> anyhow::Result<Mapping> {
    let Some(file) = &args.mapping else { return Ok(Mapping::by_name(args.kind)) };
    if args.kind == ImportKind::Records {
        return Err(WrongUse("records need no mapping, leave out --mapping".to_owned()).into());
    }
    let mapping = Mapping::load(file).map_err(|error| refused(error.into()))?;
    if mapping.kind != args.kind {
        let problem = format!("mapping `{}` is for {}, not for {}", file.display(), mapping.kind, args.kind);
        return Err(WrongUse(problem).into());
    }
    Ok(mapping)
}

/// Wrong use says all in one line; anything else keeps its causes.
fn refused(error: ImportError) -> anyhow::Error {
    if !error.is_wrong_use() {
        return error.into();
    }
    WrongUse::with_causes(error.into()).into()
}

/// Warns of columns that do not fit the fields, which are slips of the pen where they are not meant so.
fn tell_of_columns(columns: &ColumnsNoticed, args: &ImportArgs) {
    let file = args.file.display();
    for (field, column) in &columns.never_held {
        eprintln!("warning: no row of `{file}` has `{column}`, which the mapping names for `{field}`; is it misspelt?");
    }
    if !columns.unused.is_empty() {
        let unused: Vec<String> = columns.unused.iter().map(|column| format!("`{column}`")).collect();
        let fields: Vec<&str> = args.kind.fields().iter().map(|field| field.name).collect();
        eprintln!(
            "warning: `{file}` has what no field takes: {}; the fields of {} are {}",
            unused.join(", "),
            args.kind,
            fields.join(", ")
        );
    }
}

/// Where rejected rows go: nowhere in a dry run that names no file. Only the file in the default place is taken away
/// beforehand; a file that the user named is touched when there is something to write.
fn rejects_path(args: &ImportArgs, config: &Config) -> Option<PathBuf> {
    if args.rejects.is_some() || args.dry_run {
        return args.rejects.clone();
    }
    // Files of one name in several folders each have their own.
    let parts = args.file.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    let name = parts.collect::<Vec<_>>().join("_");
    let folder = if config.database.url.is_some() { Path::new(".") } else { config.data_dir.as_path() };
    let path = folder.join(format!("{name}.rejects.jsonl"));
    if path.is_file() {
        // It is of an earlier import of the file; what cannot be removed cannot be written either, which is reported then.
        let _ = std::fs::remove_file(&path);
    }
    Some(path)
}

async fn import(
    args: &ImportArgs,
    global: &GlobalArgs,
    config: &Config,
    importer: Importer,
    rejects: RejectWriter,
) -> anyhow::Result<()> {
    let started = Stopwatch::now();
    let strategy = args.data.strategy()?;
    let scratch = if args.dry_run { Some(Scratch::copy(config)?) } else { None };
    let database_url = scratch.as_ref().map_or_else(|| config.database_url(), Scratch::database_url);
    let store = store::open(&database_url, config.database.connections_max, Arc::new(SystemClock)).await?;
    let tenant = args.data.ledger.tenant.clone();
    let codes = match (&scratch, sqlite_file(config)) {
        // The ledger of the dry run is empty, but the codes are the tenant's.
        (Some(_), None) => codes_of_server(config, &tenant).await?,
        (Some(_) | None, _) => TaxonomyInUse::of(store.as_ref(), &tenant).await?.codes,
    };
    let session = IngestSession::new(Arc::clone(&store), codes, tenant, strategy.time_zone);
    let file_bytes =
        std::fs::metadata(&args.file).with_context(|| format!("`{}` cannot be read", args.file.display()))?.len();
    let mut intake = Intake::new(session, rejects);
    let ending = intake.run(importer, file_bytes).await;
    let Taken { ingested, rows, rejects, columns } = intake.finish();
    store.settle().await?;
    tell_of_columns(&columns, args);
    let summary = ImportSummary {
        kind: args.kind.as_str(),
        file: &args.file,
        is_dry_run: args.dry_run,
        is_complete: matches!(ending, Ending::Complete),
        rows,
        ingested,
        columns,
        rejects: rejects.finish()?,
        seconds: started.elapsed().as_secs_f64(),
    };
    if global.json {
        output::print_json(&summary.json())?
    } else {
        output::print_text(&summary.text())?
    }
    summary.judge(ending)
}

/// The codes of a tenant in a database server, which is only read. What has the schema of an earlier release is not asked.
async fn codes_of_server(config: &Config, tenant: &TenantId) -> anyhow::Result<Arc<Taxonomy>> {
    let url = config.database_url();
    match store::open_as_found(&url, config.database.connections_max, Arc::new(SystemClock)).await {
        Ok(server) => Ok(TaxonomyInUse::of(server.as_ref(), tenant).await?.codes),
        Err(error @ StoreError::OlderSchema { .. }) => {
            eprintln!(
                "warning: {error}; contested items are checked against the shipped codes, not those of tenant `{tenant}`"
            );
            Ok(TaxonomyInUse::shipped().codes)
        }
        Err(error) => Err(error.into()),
    }
}
