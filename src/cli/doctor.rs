//! `recourse doctor`: looks at everything that the server needs, and says what to do where something is wrong.

use std::net::TcpListener;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::open::{DamagedChampions, DataArgs, block_on, load_champions, sqlite_file};
use super::{GlobalArgs, output};
use crate::config::Config;
use crate::domain::ids::TenantId;
use crate::domain::money::Currency;
use crate::service::rough_rates::ROUGH_RATES_YEAR;
use crate::store::StoreError;

/// Check settings, database, models and port, and say what to do where something is wrong.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    data: DataArgs,
}

/// One thing looked at.
struct Finding {
    what: &'static str,
    state: State,
    advice: &'static str,
}

/// How it stands with it.
enum State {
    Good,
    Warning(String),
    Wrong(String),
}

/// What is to be done about a database that is damaged.
const RESTORE: &str = "stop what uses the database and restore it from a backup: copying the file back, without the `-wal` and `-shm` \
    files of the damaged one, is enough";

/// What is to be done about a schema that is not of this release.
const BRING_UP: &str = "make a backup, as an earlier release does not open the database afterwards, and run `recourse migrate`; `recourse \
    serve` and `recourse import` bring it up by themselves. Nothing else in the database was looked at";
const OTHER_BUILD: &str = "nothing was changed. A build with other migrations made or changed this database, so that its tables may differ \
    from those that this release works with: use that build, or restore a backup from before it and run `recourse migrate`";
const USE_NEWER: &str = "nothing was changed. Use the newer release, or restore a backup from before it was first used";

/// What is to be done about champions that cannot be read, beside the commands that are named with each of them.
const REPLACE: &str =
    "do so with the same `--data-dir` or `--database-url`, or restore the folder of models from a backup";

/// Runs the command.
///
/// # Errors
/// When anything is wrong, after everything was looked at.
pub fn run(args: &DoctorArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    let config = note(
        &mut findings,
        "settings",
        "see `recourse config template`",
        args.data.config(global).map_err(|error| format!("{error:#}")),
    );
    note(
        &mut findings,
        "strategy",
        "see `recourse config strategy`",
        args.data.strategy().map_err(|error| format!("{error:#}")),
    );
    if let Some(config) = &config {
        look_at_database(args, global, config, &mut findings);
        look_at_port(config, &mut findings);
    }
    report(&findings, global.json)
}

fn note<T>(
    findings: &mut Vec<Finding>,
    what: &'static str,
    advice: &'static str,
    result: Result<T, String>,
) -> Option<T> {
    let (value, state) = match result {
        Ok(value) => (Some(value), State::Good),
        Err(problem) => (None, State::Wrong(problem)),
    };
    findings.push(Finding { what, state, advice });
    value
}

/// Opening an empty file would make tables in it and hide what happened, so that is left to the commands that use it.
fn look_at_database(args: &DoctorArgs, global: &GlobalArgs, config: &Config, findings: &mut Vec<Finding>) {
    const WHAT: &str = "database and models";
    if let Some(warning) = emptied_database(config) {
        let advice = "if anything was stored, restore the database from a backup; otherwise remove the empty file";
        findings.push(Finding { what: WHAT, state: State::Warning(warning), advice });
        return;
    }
    let opened = block_on(async {
        let (service, _) = args.data.open_without_champions(global).await?;
        service.health().await?;
        let damage = service.damage().await?;
        let loaded = load_champions(&service).await;
        let without_rate = if damage.is_empty() { service.currencies_without_rate().await? } else { Vec::new() };
        service.settle().await?;
        if damage.is_empty() {
            loaded?;
        }
        Ok((damage, service.strategy().base_currency, without_rate))
    });
    let (problem, advice): (Result<(), String>, _) = match opened {
        Ok((damage, base, without_rate)) if damage.is_empty() => {
            note(findings, WHAT, RESTORE, Ok(()));
            findings.push(look_at_rates(base, &without_rate));
            return;
        }
        Ok((damage, _, _)) => (Err(format!("the database is damaged: {}", damage.join("; "))), RESTORE),
        Err(error) if let Some((is_older, advice)) = schema_advice(&error) => {
            let problem = format!("{error:#}");
            let state = if is_older { State::Warning(problem) } else { State::Wrong(problem) };
            findings.push(Finding { what: WHAT, state, advice });
            return;
        }
        Err(error) if is_damage(&error) => (Err(format!("{error:#}")), RESTORE),
        Err(error) if error.is::<DamagedChampions>() => (Err(format!("{error:#}")), REPLACE),
        Err(error) => (
            Err(format!("{error:#}")),
            "check that the folder can be written, or that the database URL is right and its server runs",
        ),
    };
    note(findings, WHAT, advice, problem);
}

/// Says so when amounts are compared by rough rates because the ledger has no rate for their currency.
fn look_at_rates(base: Currency, without_rate: &[(TenantId, Vec<Currency>)]) -> Finding {
    let told = without_rate.iter().map(|(tenant, currencies)| {
        let codes: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
        format!("{} (tenant `{tenant}`)", codes.join(", "))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    let state = match told.is_empty() {
        true => State::Good,
        false => State::Warning(format!(
            "no rate into {base} is stored for {told}: amounts are ranked by rough rates of the end of {ROUGH_RATES_YEAR}, and models \
             do not see them"
        )),
    };
    let advice = "store rates with `recourse import fx_rates` or IngestLedger: into the base currency, or all against EUR or USD";
    Finding { what: "exchange rates", state, advice }
}

/// What is to be done where the schema is not that of this release, and whether it is an older one.
fn schema_advice(error: &anyhow::Error) -> Option<(bool, &'static str)> {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<StoreError>());
    causes.find_map(|cause| match cause {
        StoreError::OlderSchema { .. } => Some((true, BRING_UP)),
        StoreError::OtherSchema { .. } => Some((false, OTHER_BUILD)),
        StoreError::NewerSchema { .. } => Some((false, USE_NEWER)),
        StoreError::Unavailable { .. }
        | StoreError::DiskFull { .. }
        | StoreError::CannotWrite { .. }
        | StoreError::Damaged { .. }
        | StoreError::CannotOpen { .. }
        | StoreError::UnknownScheme { .. }
        | StoreError::StaleVersion { .. }
        | StoreError::AlreadyExists { .. }
        | StoreError::RequestKnown(_)
        | StoreError::BadRow { .. }
        | StoreError::Database { .. } => None,
    })
}

fn is_damage(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<StoreError>());
    causes.any(|cause| matches!(cause, StoreError::Damaged { .. }))
}

/// Says so when the database file is empty though other files lie beside it, as after a failed copy or restore.
fn emptied_database(config: &Config) -> Option<String> {
    let file = sqlite_file(config)?;
    let is_empty = file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0);
    let folder = file.parent()?;
    let others = std::fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()?;
    let mut names =
        others.flatten().map(|entry| entry.file_name()).filter(|name| Some(name.as_os_str()) != file.file_name());
    let other = names.next().filter(|_| is_empty)?;
    let other = Path::new(&other).display();
    Some(format!("`{}` has 0 bytes, though there is other data beside it (`{other}`)", file.display()))
}

fn look_at_port(config: &Config, findings: &mut Vec<Finding>) {
    let address = config.server.listen;
    let bound = TcpListener::bind(address).map(drop).map_err(|error| format!("{address} cannot be used: {error}"));
    note(
        findings,
        "port",
        "unless it is Recourse itself that listens there, stop what does, or set `server.listen` or `serve --listen`",
        bound,
    );
}

fn report(findings: &[Finding], as_json: bool) -> anyhow::Result<()> {
    let is_wrong = |finding: &Finding| matches!(finding.state, State::Wrong(_));
    let wrong_count = findings.iter().filter(|finding| is_wrong(finding)).count();
    if as_json {
        let rows: Vec<_> = findings
            .iter()
            .map(|Finding { what, state, advice }| match state {
                State::Good => json!({ "what": what, "ok": true, "problem": null }),
                State::Warning(warning) => {
                    json!({ "what": what, "ok": true, "problem": null, "warning": warning, "advice": advice })
                }
                State::Wrong(problem) => json!({ "what": what, "ok": false, "problem": problem, "advice": advice }),
            })
            .collect();
        output::print_json(&json!({ "ok": wrong_count == 0, "findings": rows }))?;
    } else {
        for Finding { what, state, advice } in findings {
            match state {
                State::Good => output::print_text(&format!("ok     {what}"))?,
                State::Warning(warning) => output::print_text(&format!("warn   {what}: {warning}\n       {advice}"))?,
                State::Wrong(problem) => output::print_text(&format!("wrong  {what}: {problem}\n       {advice}"))?,
            }
        }
    }
    anyhow::ensure!(wrong_count == 0, "{wrong_count} of {} checks failed", findings.len());
    Ok(())
}
