//! `recourse backtest` as a user meets it: a ledger imported, figures on stdout, a report folder.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use recourse::domain::time::CivilDate;
use recourse::ledger::event::AccountFact;
use recourse::train::payment::replay::outcomes;
use serde_json::Value;

use super::ledger::{day, make};
use crate::program::recourse;

/// Imports a made-up ledger into `data` within the folder.
fn import_ledger(folder: &Path) {
    import_ledger_until(folder, day("2026-12-31"));
}

/// The same as it was known on a day.
fn import_ledger_until(folder: &Path, as_of: CivilDate) {
    let mut csv = "invoice_id,customer_id,amount,currency,issued_on,due_on,cleared_on\n".to_owned();
    for account in make(16, 24, 1) {
        let is_issue = |fact: &AccountFact| matches!(fact, AccountFact::InvoiceIssued { .. });
        assert!(account.events.iter().any(|event| is_issue(&event.fact)));
        for invoice in outcomes(&account.events) {
            if invoice.outcome.issued_on > as_of {
                continue;
            }
            let (outcome, amount_minor) = (invoice.outcome, invoice.amount_minor);
            let cleared_on = outcome.settled_on.filter(|on| *on <= as_of).map_or_else(String::new, |on| on.to_string());
            let amount = format!("{}.{:02}", amount_minor / 100, amount_minor % 100);
            let (id, customer_id) = (invoice.id, &account.customer_id);
            writeln!(csv, "{id},{customer_id},{amount},EUR,{},{},{cleared_on}", outcome.issued_on, outcome.due_on)
                .unwrap();
        }
    }
    std::fs::write(folder.join("ledger.csv"), csv).unwrap();
    let done = recourse(folder, &["import", "invoices", "ledger.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn json_of(done: &Output) -> Value {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// What a page promises: one file, no scripts, nothing fetched, headings, captions and scopes.
fn assert_page_stands_alone(folder: &Path, charts: &[&str]) {
    let html = std::fs::read_to_string(folder.join("index.html")).unwrap();
    for part in ["<!doctype html>", "<html lang=\"en\">", "<h1>", "<caption>", "scope=\"col\"", "scope=\"row\"", "<svg"]
    {
        assert!(html.contains(part), "{part}");
    }
    for part in ["<script", "http-equiv", "<link", "src=", "@import"] {
        assert!(!html.contains(part), "{part}");
    }
    for name in charts {
        let svg = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(svg.starts_with("<svg xmlns") && svg.contains("<title>") && svg.contains("(%)"), "{name}");
        assert!(html.contains(svg.as_str()), "{name} is in the page");
    }
}

#[test]
fn a_payment_backtest_prints_intervals_and_writes_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    import_ledger(folder);
    let asked = ["backtest", "payment", "--data-dir", "data", "--from", "2025-09-01", "--horizons", "7"];
    let done = recourse(folder, &[&asked[..], &["--report", "report", "--json"]].concat());
    let report = json_of(&done);
    let horizon = &report["horizons"][0];
    let auc = &horizon["model"]["intervals"]["auc"];
    assert_eq!(auc["value"], horizon["model"]["auc"]);
    assert!(auc["low"].as_f64().unwrap() <= auc["high"].as_f64().unwrap());
    assert_eq!(report["resample_count"], 200);
    let names: Vec<&str> =
        horizon["baselines"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["base_rate", "customer_rate", "customer_and_unit_rate", "oldest_first", "largest_first"]);
    assert!(horizon["baselines"][1]["model_minus_rule"]["log_loss"]["high"].is_number());
    assert!(horizon["baselines"][3]["log_loss"].is_null());
    assert_eq!(horizon["model"]["reliability"].as_array().unwrap().len(), 10);
    assert!(report.get("at_issue").is_none());
    assert_page_stands_alone(&folder.join("report"), &["reliability_7d.svg", "gain_7d.svg"]);
}

/// Goal: what was said on the day of issue is in the file, too, and told from what was said past due.
#[test]
fn predictions_on_the_day_of_issue_are_written_beside_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    import_ledger(folder);
    std::fs::write(folder.join("p.csv"), "invoice_id,as_of,horizon_days,probability,unpaid,amount,known\n").unwrap();
    let asked = ["backtest", "payment", "--data-dir", "data", "--from", "2025-09-01", "--horizons", "7", "--at-issue"];
    let report = json_of(&recourse(folder, &[&asked[..], &["--predictions", "p.csv", "--json"]].concat()));
    let written = std::fs::read_to_string(folder.join("p.csv")).unwrap();
    assert!(written.starts_with("invoice_id,as_of,horizon_days,probability,unpaid,amount,known,decided\n"));
    let count = |decided: &str| written.lines().filter(|line| line.ends_with(decided)).count() as u64;
    assert_eq!(count(",past_due"), report["decision_count"].as_u64().unwrap());
    assert_eq!(count(",at_issue"), 3 * report["at_issue"]["decision_count"].as_u64().unwrap());
    assert_eq!(written.lines().count() as u64, 1 + count(",past_due") + count(",at_issue"));
}

/// Goal: a horizon that no decision has reached is null for machines and a sentence for people.
#[test]
fn a_horizon_without_known_outcomes_is_said_to_be_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    import_ledger_until(folder, day("2025-10-01"));
    let asked = ["backtest", "payment", "--data-dir", "data", "--from", "2025-09-12", "--horizons", "7,30"];
    let report = json_of(&recourse(folder, &[&asked[..], &["--json"]].concat()));
    assert!(report["horizons"][0]["model"]["auc"].is_number());
    assert!(report["horizons"][1]["model"].is_null());
    let done = recourse(folder, &[&asked[..], &["--report", "report"]].concat());
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.contains("Unpaid 30 days past due: not known yet"), "{text}");
    let html = std::fs::read_to_string(folder.join("report/index.html")).unwrap();
    assert!(html.contains("not known yet") && !folder.join("report/gain_30d.svg").exists());
}

/// Goal: amounts of two currencies are never added: the user chooses one, and its figures are those of its accounts alone.
#[test]
fn a_ledger_in_two_currencies_is_judged_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    import_ledger(folder);
    let asked = ["backtest", "payment", "--data-dir", "data", "--from", "2025-09-01", "--horizons", "7", "--json"];
    let alone = json_of(&recourse(folder, &asked));
    assert_eq!(alone["currency"], "EUR");
    let dollars = "invoice_id,customer_id,amount,currency,issued_on,due_on\nD-1,LAT-0,5000,USD,2025-09-05,2025-10-04\n";
    std::fs::write(folder.join("dollars.csv"), dollars).unwrap();
    let done = recourse(folder, &["import", "invoices", "dollars.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let refused = recourse(folder, &asked);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("the ledger has accounts in EUR, USD; choose one with --currency"), "{said}");
    let chosen = json_of(&recourse(folder, &[&asked[..], &["--currency", "EUR"]].concat()));
    assert_eq!(chosen, alone);
}

#[test]
fn a_worklist_backtest_prints_four_rankings_and_writes_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    import_ledger(folder);
    let asked = ["backtest", "worklist", "--data-dir", "data", "--from", "2025-09-01", "--to", "2025-09-30"];
    let done = recourse(folder, &[&asked[..], &["--capacity", "2", "--report", "report", "--json"]].concat());
    let report = json_of(&done);
    let policies = report["policies"].as_array().unwrap();
    let names: Vec<&str> = policies.iter().map(|policy| policy["policy"].as_str().unwrap()).collect();
    assert_eq!(names, ["recourse", "oldest_first", "largest_first", "amount_times_customer_rate"]);
    assert!(policies[1]["recourse_minus_policy"]["days_sooner"]["value"].is_number());
    assert!(policies[0]["measures"]["unpaid_30_days_after_cash"]["low"].is_number());
    assert_eq!((&report["capacity"], &report["currency"]), (&Value::from(2), &Value::from("EUR")));
    assert_page_stands_alone(&folder.join("report"), &["late_cash_by_day.svg"]);
}

#[test]
fn wrong_options_of_a_backtest_are_told_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let base = ["backtest", "worklist", "--data-dir", "data", "--from", "2025-09-01"];
    for (args, told) in [
        (&["--to", "2025-08-31"][..], "expected a day from 2025-09-01 on"),
        (&["--to", "2025-09-30", "--capacity", "0"], "--capacity"),
        (&["--to", "tomorrow"], "YYYY-MM-DD"),
    ] {
        let done = recourse(folder.path(), &[&base[..], args].concat());
        assert_eq!(done.status.code(), Some(2));
        let errors = String::from_utf8(done.stderr).unwrap();
        assert!(errors.contains(told), "{errors}");
    }
}

/// Goal: a slip of the hand costs nobody a file of their own, and is told before the long work.
#[test]
fn files_of_somebody_else_are_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    import_ledger(folder);
    std::fs::create_dir(folder.join("site")).unwrap();
    std::fs::write(folder.join("site/index.html"), "<h1>Our house</h1>").unwrap();
    std::fs::write(folder.join("notes.csv"), "name,telephone\n").unwrap();
    let asked = ["backtest", "payment", "--data-dir", "data", "--from", "2025-09-01", "--horizons", "7"];
    for (options, path) in [(["--report", "site"], "site/index.html"), (["--predictions", "notes.csv"], "notes.csv")] {
        let before = std::fs::read(folder.join(path)).unwrap();
        let done = recourse(folder, &[&asked[..], &options].concat());
        let errors = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{errors}");
        assert!(errors.contains(&format!("`{path}` holds something else")), "{errors}");
        assert_eq!(std::fs::read(folder.join(path)).unwrap(), before);
    }
    for _ in 0..2 {
        let done = recourse(folder, &[&asked[..], &["--predictions", "own.csv", "--report", "own"]].concat());
        assert!(done.status.success(), "its own files are: {}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn the_help_teaches_the_rules_of_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let help = |args: &[&str]| String::from_utf8(recourse(folder.path(), args).stdout).unwrap();
    let worklist = help(&["backtest", "worklist", "--help"]).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in
        ["claims nothing about what a call would have changed", "30 days past due", "Examples:", "[default: 14]"]
    {
        assert!(worklist.contains(part), "{part} in {worklist}");
    }
    let payment = help(&["backtest", "payment", "--help"]);
    for part in ["--at-issue", "--report", "200 bootstrap"] {
        assert!(payment.contains(part), "{part} in {payment}");
    }
}
