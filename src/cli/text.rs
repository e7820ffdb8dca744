//! `recourse train text` and `recourse evaluate text`: a classifier for any set of labels, from JSONL.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::encoder::EncoderArgs;
use super::examples::{ExampleArgs, tell_of_texts, truncated_count};
use super::output::WrongUse;
use super::page::refuse_foreign_page;
use super::progress::Progress;
use super::reliability::bin_rows;
use super::table::{Table, counted, number};
use super::text_page::{Sureness, kappa_sentence, page_of, rare_labels_note};
use super::{GlobalArgs, jsonl, output};
use crate::model::text::TextModel;
use crate::train::metrics::{CLUSTER_COUNT_MIN, ClusterInterval};
use crate::train::text::{
    CardText, ExampleRows, RepeatGroups, SEEN_FILE, SeenTexts, TextEvaluation, TextExample, TextTrainSpec, TrainStage,
    TrainedText, UnknownLabel, evaluate_text, text_card, train_text, train_text_with_encoder,
};

/// Most labels that a warning names.
const UNKNOWN_LABELS_TOLD_MAX: usize = 10;
/// Seed of the bootstrap intervals of an evaluation.
const INTERVAL_SEED: u64 = 42;

/// Train a text classifier on labelled examples: any labels, any language.
///
/// Read are the first 20,000 bytes of a text, and digits as shapes only: `INV-4711` and `INV-0815` are one and the same, so numbers
/// cannot tell labels apart. Texts that repeat another (resent, answered, forwarded, or one template with other numbers) are held back
/// together while settings are chosen.
/// Every example is held back once in five folds, until the examples times the labels are so many that one fold of the five is enough;
/// training can therefore take longer just below that size than above it.
///
/// The model is a folder with model.json, tokenizer.json, weights.bin, golden.jsonl, card.md and texts.bin (8 bytes for each text it was
/// trained on, by which `evaluate text` knows them again); equal examples and seed give equal bytes.
#[derive(Debug, Args)]
pub struct TrainTextArgs {
    #[command(flatten)]
    examples: ExampleArgs,
    /// Folder for the model; it is made, and must not hold another model unless --force is given.
    #[arg(long, value_name = "MODEL_DIR")]
    out: PathBuf,
    /// Seed of every random choice.
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Labels in ascending order, comma-separated, when they ascend, as in MINOR,MODERATE,MAJOR,CRITICAL. One without examples is told
    /// and left out.
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    ordered: Option<Vec<String>>,
    #[command(flatten)]
    encoder: EncoderArgs,
    /// Replace a model that is in the folder.
    #[arg(long)]
    force: bool,
    /// Read and check the examples, train nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Evaluate a text classifier on labelled examples that it was not trained on.
///
/// Rows with texts that the model was trained on are counted and told; they are judged with the others.
///
/// Reliability shows, in ten bins of the probability given to the predicted label, how often that label was right: a model that
/// means what it says is right in 80 % of the messages that it gives 0.8.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  recourse evaluate text --model model --examples later.jsonl --label-field reason --report report")]
pub struct EvaluateTextArgs {
    #[command(flatten)]
    examples: ExampleArgs,
    /// Folder of the model.
    #[arg(long, value_name = "MODEL_DIR")]
    model: PathBuf,
    #[command(flatten)]
    encoder: EncoderArgs,
    /// Write id, label, predicted label and its probability of every row.
    #[arg(long, value_name = "FILE.jsonl")]
    predictions: Option<PathBuf>,
    /// Write index.html with the tables and plots of reliability and gain, and the plots as SVG, into this folder.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
}

/// The labels of --ordered, checked. Of those without an example nothing can be learned: they are told and left out.
fn ordered_labels(wanted: &[String], found: &ExampleRows) -> Result<Vec<String>, WrongUse> {
    let mut labels: Vec<String> = Vec::with_capacity(wanted.len());
    for label in wanted.iter().map(|label| label.trim()) {
        if label.is_empty() {
            return Err(WrongUse("`ordered` has an empty label, expected names between the commas".to_owned()));
        }
        if labels.iter().any(|known| known == label) {
            return Err(WrongUse(format!("`ordered` names `{label}` twice, expected each label once")));
        }
        labels.push(label.to_owned());
    }
    let has_examples = |label: &String| found.rows.iter().any(|row| row.example.label == *label);
    let (kept, without): (Vec<String>, Vec<String>) = labels.iter().cloned().partition(has_examples);
    if kept.is_empty() {
        return Ok(labels);
    }
    if !without.is_empty() {
        eprintln!("no example is labelled {}; the model will not know it", without.join(" or "));
    }
    Ok(kept)
}

fn examples_of(found: &ExampleRows) -> Vec<TextExample> {
    found.rows.iter().map(|row| row.example.clone()).collect()
}

/// Runs `recourse train text`.
///
/// # Errors
/// When examples cannot be read, are too few, or the model cannot be written.
pub fn train(args: &TrainTextArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    output::refuse_to_replace(&args.out, &["model.json"], args.force || args.dry_run)?;
    let encoder = args.encoder.load()?;
    let found = args.examples.read()?;
    let ordered_labels = args.ordered.as_ref().map(|wanted| ordered_labels(wanted, &found)).transpose()?;
    let repeat_count = RepeatGroups::of_texts(found.rows.iter().map(|row| row.example.text.as_str())).repeat_count();
    tell_of_texts(&found, repeat_count);
    let spec = TextTrainSpec { seed: args.seed, ordered_labels, ..TextTrainSpec::default() };
    let started = Instant::now();
    let mut summary = json!({
        "examples": args.examples.examples,
        "example_count": found.rows.len(),
        "unlabelled_row_count": found.unlabelled_count,
        "bad_row_count": found.faulty_count,
        "repeated_text_count": repeat_count,
        "truncated_text_count": truncated_count(&found),
        "dry_run": args.dry_run,
    });
    if !args.dry_run {
        let progress = Progress::start("training");
        let skipped_count = found.unlabelled_count + found.faulty_count;
        let on_stage = |stage| {
            tell(&progress, stage);
            Ok(())
        };
        let examples = examples_of(&found);
        let trained = match encoder {
            Some(encoder) => train_text_with_encoder(&examples, skipped_count, &spec, encoder, &on_stage)?,
            None => train_text(&examples, skipped_count, &spec, &on_stage)?,
        };
        progress.finish();
        let cannot = || format!("the model cannot be saved in `{}`", args.out.display());
        trained.files.write(&args.out).with_context(cannot)?;
        std::fs::write(args.out.join("card.md"), card_of(args, &trained)).with_context(cannot)?;
        let training = &trained.model.description().training;
        let seen = SeenTexts::new(examples.iter().map(|example| example.text.as_str()));
        std::fs::write(args.out.join(SEEN_FILE), seen.to_bytes(&training.data_digest)).with_context(cannot)?;
        summary["label_count"] = json!(trained.model.labels().len());
        summary["held_out_count"] = json!(training.held_out_count);
        summary["held_out_metrics"] = json!(training.held_out_metrics);
        summary["seconds"] = json!(started.elapsed().as_secs_f64());
        summary["model"] = json!(args.out);
    }
    if global.json {
        return output::print_json(&summary);
    }
    let counts = format!(
        "{} examples, {} rows without a label skipped, {} bad rows",
        found.rows.len(),
        found.unlabelled_count,
        found.faulty_count
    );
    output::print_text(&counts)?;
    if args.dry_run {
        output::print_text("dry run: nothing was trained or written")
    } else {
        let macro_f1 = summary["held_out_metrics"]["macro_f1"].as_f64().unwrap_or_default();
        output::print_text(&format!(
            "trained {} labels in {:.1} s, macro-F1 {macro_f1:.3} on {} rows held out: {}",
            summary["label_count"],
            started.elapsed().as_secs_f64(),
            summary["held_out_count"],
            args.out.display()
        ))
    }
}

fn card_of(args: &TrainTextArgs, trained: &TrainedText) -> String {
    let ExampleArgs { examples: _, text_field, label_field } = &args.examples;
    let text = CardText {
        title: "Text classifier",
        purpose: &format!("Tells the `{label_field}` of a text."),
        origin: &format!("Trained by `recourse train text` on the field `{text_field}`, seed {}.", args.seed),
        limits: "What is held out is drawn at random, so later texts can be harder.",
        repeat_count: trained.repeat_count,
    };
    text_card(trained.model.description(), &text)
}

fn tell(progress: &Progress, stage: TrainStage) {
    let (share, what) = match stage {
        TrainStage::Features => (0.0, "learning features"),
        TrainStage::Tuning => (0.1, "tuning on messages held back"),
        TrainStage::Fitting => (0.6, "learning from all messages"),
        TrainStage::Finishing => (0.95, "calibrating and describing"),
    };
    progress.set(share, what);
}

/// Runs `recourse evaluate text`.
///
/// # Errors
/// When the model or examples cannot be read, or the predictions cannot be written.
pub fn run_evaluation(args: &EvaluateTextArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    if let Some(path) = &args.predictions {
        jsonl::refuse_same(path, "--predictions", &args.examples.examples)?;
    }
    if let Some(folder) = &args.report {
        refuse_foreign_page(folder)?;
    }
    let model = args.encoder.load_model(&args.model)?;
    let found = args.examples.read()?;
    tell_of_texts(&found, 0);
    anyhow::ensure!(!found.rows.is_empty(), "no row of `{}` has a label", args.examples.examples.display());
    let started = Instant::now();
    let (evaluation, predictions) = evaluate_text(&model, &examples_of(&found), INTERVAL_SEED);
    let seconds = started.elapsed().as_secs_f64();
    tell_of_repeats(&evaluation);
    let trained_on_count = trained_on_count(&args.model, &model, &found);
    warn_of_seen_texts(trained_on_count, found.rows.len());
    warn_of_unknown_labels(&evaluation);
    if let Some(path) = &args.predictions {
        let rows = predictions.iter().zip(&found.rows).map(|(prediction, row)| {
            json!({
                "id": row.id,
                "label": row.example.label,
                "predicted": prediction.predicted,
                "probability": prediction.probability,
            })
        });
        jsonl::write(path, rows)?;
    }
    let sureness = Sureness::new(&predictions, &found);
    if let Some(folder) = &args.report {
        page_of(&evaluation, &sureness).write(folder)?;
        eprintln!("report: {}", folder.join("index.html").display());
    }
    if global.json {
        if let Some(note) = rare_labels_note(&evaluation) {
            eprintln!("{note}");
        }
        let mut figures = serde_json::to_value(&evaluation)?;
        figures["reliability"] = json!(sureness.bins);
        figures["trained_on_row_count"] = json!(trained_on_count);
        figures["unlabelled_row_count"] = json!(found.unlabelled_count);
        figures["bad_row_count"] = json!(found.faulty_count);
        figures["truncated_text_count"] = json!(truncated_count(&found));
        figures["seconds"] = json!(seconds);
        return output::print_json(&figures);
    }
    if found.unlabelled_count + found.faulty_count > 0 {
        eprintln!("{} rows without a label and {} bad rows skipped", found.unlabelled_count, found.faulty_count);
    }
    print_evaluation(&evaluation, &sureness)
}

/// Tells on stderr how many of the texts are no proof of their own.
fn tell_of_repeats(evaluation: &TextEvaluation) {
    let repeat_count = evaluation.repeated_text_count;
    if repeat_count > 0 {
        eprintln!(
            "texts that repeat another (resent, answered or forwarded, or with other numbers): {repeat_count}; they are drawn together \
             for the interval, as one proof"
        );
    }
    let different_count = evaluation.classification.count - repeat_count;
    if different_count < CLUSTER_COUNT_MIN {
        eprintln!("only {}: too few for an interval", counted(different_count, "different text"));
    }
}

/// How many rows have a text that the model was trained on; `None` where nothing beside the model tells, as with those that come with
/// Recourse.
fn trained_on_count(folder: &Path, model: &TextModel, found: &ExampleRows) -> Option<usize> {
    let seen = std::fs::read(folder.join(SEEN_FILE)).ok()?;
    let seen = SeenTexts::read(&seen, &model.description().training.data_digest)?;
    Some(seen.count_among(found.rows.iter().map(|row| row.example.text.as_str())))
}

fn warn_of_seen_texts(trained_on_count: Option<usize>, row_count: usize) {
    if let Some(count) = trained_on_count.filter(|count| *count > 0) {
        eprintln!(
            "warning: the model was trained on {count} of {}, or on texts that differ from them in numbers or marks of a reply alone; the \
             figures are too good by those",
            counted(row_count, "row")
        );
    }
}

/// Names the labels that the model does not know: of them it can only be wrong.
fn warn_of_unknown_labels(evaluation: &TextEvaluation) {
    let unknown = &evaluation.unknown_labels;
    if unknown.is_empty() {
        return;
    }
    let describe = |label: &UnknownLabel| match &label.meant {
        Some(meant) => format!("`{}` ({}; the model knows `{meant}`)", label.label, counted(label.count, "row")),
        None => format!("`{}` ({})", label.label, counted(label.count, "row")),
    };
    let mut described: Vec<String> = unknown.iter().take(UNKNOWN_LABELS_TOLD_MAX).map(describe).collect();
    if let Some(more_count) = unknown.len().checked_sub(UNKNOWN_LABELS_TOLD_MAX).filter(|count| *count > 0) {
        described.push(format!("and {more_count} more"));
    }
    eprintln!(
        "{} with a label that the model does not know, counted as wrong: {}",
        counted(evaluation.unknown_label_row_count, "row"),
        described.join(", ")
    );
}

fn print_evaluation(evaluation: &TextEvaluation, sureness: &Sureness) -> anyhow::Result<()> {
    let report = &evaluation.classification;
    let ClusterInterval { value: _, low, high } = evaluation.macro_f1_interval;
    let interval = low.zip(high).map_or_else(|| "[-]".to_owned(), |(low, high)| format!("[{low:.3}, {high:.3}]"));
    output::print_text(&format!(
        "{} rows\nmacro-F1 {:.3} {interval}  accuracy {:.3}  log loss {:.3}  ECE {:.3}",
        report.count, report.macro_f1, report.accuracy, evaluation.log_loss, evaluation.calibration_error
    ))?;
    if let Some(note) = rare_labels_note(evaluation) {
        output::print_text(&note)?;
    }
    if let Some(sentence) = kappa_sentence(evaluation) {
        output::print_text(&sentence)?;
    }
    output::print_text(&format!(
        "always `{}`: macro-F1 {:.3}  accuracy {:.3}",
        report.majority_label, report.majority_macro_f1, report.majority_accuracy
    ))?;
    let mut table = Table::new(&["label", "rows", "precision", "recall", "F1"]);
    for label in &report.labels {
        table.row(vec![
            label.label.clone(),
            label.count.to_string(),
            number(label.precision, 3),
            number(label.recall, 3),
            number(label.f1, 3),
        ]);
    }
    output::print_text(&table.to_string())?;
    let mut table = Table::new(&["bin", "rows", "mean probability given", "share right"]);
    for row in bin_rows(&sureness.bins) {
        table.row(row);
    }
    output::print_text(&format!("Reliability of the predicted label, the least sure first\n{table}"))
}
