//! The command line: one file for each command, results on stdout, the rest on stderr.

mod backtest;
mod config;
mod corpus;
mod demo;
mod dispute_choices;
mod doctor;
mod encoder;
mod evaluate_messages;
mod examples;
mod import;
mod jsonl;
mod migrate;
mod models;
mod open;
mod output;
mod page;
mod progress;
mod reliability;
mod report;
mod score_lines;
mod score_messages;
mod score_replay;
mod score_text;
mod serve;
mod simulate;
mod table;
mod taxonomy;
mod text;
mod text_page;
mod train_dispute;
mod train_messages;
mod train_payment;
mod worklist;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::domain::locale::Language;
use crate::domain::money::Currency;
use crate::domain::sentence::SENTENCE_LANGUAGES;
use crate::domain::time::CivilDate;

/// Tells an accounts-receivable team what to work on next.
///
/// Disputes and overdue accounts are scored by what is contested, how serious it is, what the customer is worth, the open
/// balance and the credit score, and come back as a ranked worklist with reasons, on the screen and over gRPC.
#[derive(Debug, Parser)]
#[command(name = "recourse", version, propagate_version = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Start with `recourse demo`. Exit codes: 0 done, 1 failed, 2 wrong use.";

/// Options that every command has.
#[derive(Debug, Clone, Args)]
pub struct GlobalArgs {
    /// Print the result as one JSON object.
    #[arg(long, global = true)]
    pub json: bool,
    /// Read settings from this TOML file; `recourse config template` prints one.
    #[arg(long, global = true, value_name = "FILE", env = "RECOURSE_CONFIG")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Serve(serve::ServeArgs),
    Worklist(worklist::WorklistArgs),
    Report(report::ReportArgs),
    Models(models::ModelsArgs),
    Doctor(doctor::DoctorArgs),
    Import(import::ImportArgs),
    Migrate(migrate::MigrateArgs),
    /// Train a model from labelled history.
    #[command(subcommand)]
    Train(TrainCommand),
    /// Measure a model on rows that it was not trained on.
    #[command(subcommand)]
    Evaluate(EvaluateCommand),
    /// Replay the past of a model, beside simple rules.
    Backtest(backtest::BacktestArgs),
    /// Read messages with the shipped models, texts with a model of your own, or repeat a stored score.
    #[command(subcommand)]
    Score(ScoreCommand),
    /// Show or check the settings, and bring your own taxonomy.
    Config(config::ConfigArgs),
    /// Make a company's history from a seed, with the truth that made it.
    Simulate(simulate::SimulateArgs),
}

#[derive(Debug, Subcommand)]
enum TrainCommand {
    Text(text::TrainTextArgs),
    /// Train the model that says how urgently a dispute needs handling.
    DisputePriority(train_dispute::TrainDisputeArgs),
    /// Train the model that says how likely the customer is right.
    Validity(train_dispute::TrainDisputeArgs),
    Messages(train_messages::TrainMessagesArgs),
    Payment(train_payment::TrainPaymentArgs),
}

#[derive(Debug, Subcommand)]
enum ScoreCommand {
    Messages(score_messages::ScoreMessagesArgs),
    Text(score_text::ScoreTextArgs),
    Replay(score_replay::ScoreReplayArgs),
}

#[derive(Debug, Subcommand)]
enum EvaluateCommand {
    Text(text::EvaluateTextArgs),
    Messages(evaluate_messages::EvaluateMessagesArgs),
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Demo(args) => demo::run(&args, &cli.global),
        Command::Serve(args) => serve::run(&args, &cli.global),
        Command::Worklist(args) => worklist::run(&args, &cli.global),
        Command::Report(args) => report::run(&args, &cli.global),
        Command::Models(args) => models::run(&args, &cli.global),
        Command::Doctor(args) => doctor::run(&args, &cli.global),
        Command::Import(args) => import::run(&args, &cli.global),
        Command::Migrate(args) => migrate::run(&args, &cli.global),
        Command::Train(TrainCommand::Text(args)) => text::train(&args, &cli.global),
        Command::Train(TrainCommand::DisputePriority(args)) => train_dispute::train_priority_model(&args, &cli.global),
        Command::Train(TrainCommand::Validity(args)) => train_dispute::train_validity_model(&args, &cli.global),
        Command::Train(TrainCommand::Messages(args)) => train_messages::run(&args, &cli.global),
        Command::Score(ScoreCommand::Replay(args)) => score_replay::run(&args, &cli.global),
        Command::Score(ScoreCommand::Messages(args)) => score_messages::run(&args, &cli.global),
        Command::Score(ScoreCommand::Text(args)) => score_text::run(&args, &cli.global),
        Command::Train(TrainCommand::Payment(args)) => train_payment::run(&args, &cli.global),
        Command::Evaluate(EvaluateCommand::Text(args)) => text::run_evaluation(&args, &cli.global),
        Command::Evaluate(EvaluateCommand::Messages(args)) => evaluate_messages::run(&args, &cli.global),
        Command::Backtest(args) => backtest::run(&args, &cli.global),
        Command::Config(args) => config::run(&args, &cli.global),
        Command::Simulate(args) => simulate::run(&args, &cli.global),
    };
    output::finish(result)
}

fn parse_date(text: &str) -> Result<CivilDate, String> {
    CivilDate::parse("date", text).map_err(|violation| format!("expected {}", violation.expected))
}

fn parse_currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).map_err(|violation| format!("expected {}", violation.expected))
}

fn parse_language(text: &str) -> Result<Language, String> {
    let language = Language::parse(text).ok().filter(|language| SENTENCE_LANGUAGES.contains(language));
    let names = SENTENCE_LANGUAGES.map(Language::as_str).join(", ");
    language.ok_or_else(|| format!("expected one of {names}"))
}
