//! `recourse doctor`: looks at everything that the server needs, and says what to do where something is wrong.

use std::net::TcpListener;

use clap::Args;
use serde_json::json;

use super::open::{DataArgs, block_on};
use super::{GlobalArgs, output};
use crate::config::Config;

/// Check settings, database, models and port, and say what to do where something is wrong.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    data: DataArgs,
}

/// One thing looked at.
struct Finding {
    what: &'static str,
    problem: Option<String>,
    advice: &'static str,
}

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
        look_at_database(args, global, &mut findings);
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
    let (value, problem) = match result {
        Ok(value) => (Some(value), None),
        Err(problem) => (None, Some(problem)),
    };
    findings.push(Finding { what, problem, advice });
    value
}

fn look_at_database(args: &DoctorArgs, global: &GlobalArgs, findings: &mut Vec<Finding>) {
    let opened = block_on(async {
        let (service, _) = args.data.open_present(global).await?;
        service.health().await?;
        Ok(service.settle().await?)
    });
    let advice = "check that the folder can be written, or that the database URL is right and its server runs";
    note(findings, "database and models", advice, opened.map_err(|error| format!("{error:#}")));
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
    let wrong_count = findings.iter().filter(|finding| finding.problem.is_some()).count();
    if as_json {
        let rows: Vec<_> = findings
            .iter()
            .map(|finding| json!({ "what": finding.what, "ok": finding.problem.is_none(), "problem": finding.problem }))
            .collect();
        output::print_json(&json!({ "ok": wrong_count == 0, "findings": rows }))?;
    } else {
        for finding in findings {
            match &finding.problem {
                None => output::print_text(&format!("ok     {}", finding.what))?,
                Some(problem) => {
                    output::print_text(&format!("wrong  {}: {problem}", finding.what))?;
                    output::print_text(&format!("       {}", finding.advice))?;
                }
            }
        }
    }
    anyhow::ensure!(wrong_count == 0, "{wrong_count} of {} checks failed", findings.len());
    Ok(())
}
