//! Trains small models end to end.

use std::borrow::Cow;

use super::*;
use crate::model::text::{
    ArtifactFiles, Block, ExtraFeature, ExtraFeatures, ExtraRegistry, KNOWN_WORD_SHARE_MIN, TextModel, TextModelError,
    TextScratch, hash_of_name,
};

/// A word for each of some rounds, so that what is told in one differs from what is told in another.
const ROUNDS: [&str; 15] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll", "larch",
    "marsh", "north", "oasis",
];

/// Messages about three things, each told in several words.
fn sample_examples() -> Vec<TextExample> {
    let stories = [
        ("price", ["the price is too high", "you charged more than agreed", "wrong unit price again", "Preis zu hoch"]),
        ("missing", ["two boxes are missing", "we received fewer pieces", "es fehlen Kartons", "short by ten units"]),
        (
            "paid",
            ["this was paid in March", "we already settled that", "bereits bezahlt", "payment went out last week"],
        ),
    ];
    let mut examples = Vec::new();
    for round in &ROUNDS[..12] {
        for (label, texts) in &stories {
            for text in texts {
                let text = format!("{text}, see note {round}");
                examples.push(TextExample { text, label: (*label).to_owned() });
            }
        }
    }
    examples
}

fn train(examples: &[TextExample], spec: &TextTrainSpec<'_>) -> TrainedText {
    train_text(examples, 0, spec, &|_| Ok(())).unwrap()
}

#[test]
fn a_trained_model_tells_the_labels_apart_and_says_why() {
    let trained = train(&sample_examples(), &TextTrainSpec::default());
    let mut scratch = TextScratch::default();
    let prediction = trained.model.predict("Hello, three cartons were missing.", &mut scratch);
    assert_eq!(prediction.label, "missing");
    assert!((prediction.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let words = trained.model.explain("Hello, three cartons were missing.", 3, &mut scratch);
    assert_eq!(words[0].word, "missing");
    assert!(words[0].contribution > 0.0);
    let (evaluation, predictions) = evaluate_text(&trained.model, &sample_examples(), 1);
    assert_eq!((evaluation.classification.count, predictions.len()), (144, 144));
    assert!(evaluation.classification.macro_f1 > 0.95);
}

#[test]
fn the_same_examples_and_seed_give_the_same_bytes() {
    let first = train(&sample_examples(), &TextTrainSpec::default());
    let second = train(&sample_examples(), &TextTrainSpec::default());
    assert_eq!(first.files, second.files);
    let other = train(&sample_examples(), &TextTrainSpec { seed: 2, ..TextTrainSpec::default() });
    assert_ne!(first.files.weights, other.files.weights);
}

#[test]
fn a_model_read_from_disk_scores_its_golden_messages_as_before() {
    let trained = train(&sample_examples(), &TextTrainSpec::default());
    let directory = tempfile::tempdir().unwrap();
    trained.files.write(directory.path()).unwrap();
    let files = ArtifactFiles::read(directory.path()).unwrap();
    let model = TextModel::from_files(&files, ExtraRegistry::default()).unwrap();
    let mut scratch = TextScratch::default();
    let golden = files.golden_scores().unwrap();
    assert!(golden.len() >= 8);
    for score in golden {
        let prediction = model.predict(&score.text, &mut scratch);
        assert_eq!(prediction.label, score.predicted);
        for (now, then) in prediction.probabilities.iter().zip(&score.probabilities) {
            assert!((now - then).abs() < 1e-9);
        }
    }
}

#[test]
fn a_corrupt_file_is_refused_by_name() {
    let files = train(&sample_examples(), &TextTrainSpec::default()).files;
    let load =
        |files: &ArtifactFiles<'_>| TextModel::from_files(files, ExtraRegistry::default()).map(|_| ()).unwrap_err();
    let mut flipped = files.clone();
    flipped.weights.to_mut()[100] ^= 1;
    assert!(matches!(load(&flipped), TextModelError::Digest { file, .. } if file == "weights.bin"));
    let cut = ArtifactFiles { description: Cow::Borrowed(&files.description[..50]), ..files.clone() };
    assert!(load(&cut).to_string().contains("model.json"));
    let text = String::from_utf8(files.description.to_vec()).unwrap();
    let newer = text.replace("\"format_version\": 4", "\"format_version\": 5").into_bytes();
    let newer = ArtifactFiles { description: Cow::Owned(newer), ..files };
    assert!(matches!(load(&newer), TextModelError::FormatVersion { found: 5, expected: 4, .. }));
    let missing = TextModel::load(std::path::Path::new("/nowhere"), ExtraRegistry::default()).map(|_| ()).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/model.json"));
}

#[test]
fn any_message_is_scored() {
    let model = train(&sample_examples(), &TextTrainSpec::default()).model;
    let mut scratch = TextScratch::default();
    let huge = "price ".repeat(2_000_000);
    for text in ["", "😀😀😀", "\u{0}\u{feff}\r\n", "ﷺ½ß", huge.as_str(), &"x".repeat(1_000_000)] {
        let prediction = model.predict(text, &mut scratch);
        assert!(prediction.probability.is_finite());
        assert!(model.explain(text, 5, &mut scratch).len() <= 5);
    }
}

#[test]
fn ordered_labels_are_learned_in_their_order() {
    let levels = ["minor", "moderate", "major", "critical"];
    let words = ["slightly", "somewhat", "seriously", "unbearably"];
    let mut examples = Vec::new();
    for round in ROUNDS {
        for (level, word) in levels.iter().zip(words) {
            let text = format!("this is {word} wrong, case {round}");
            examples.push(TextExample { text, label: (*level).to_owned() });
        }
    }
    let ordered_labels = Some(levels.map(str::to_owned).to_vec());
    let spec = TextTrainSpec { ordered_labels, ..TextTrainSpec::default() };
    let model = train(&examples, &spec).model;
    assert_eq!(model.labels(), levels);
    let (evaluation, _) = evaluate_text(&model, &examples, 1);
    let kappa = evaluation.quadratic_weighted_kappa.unwrap();
    assert!(kappa > 0.95 && evaluation.unknown_labels.is_empty());
    // Labels that the model does not know have no place in the order: the kappa of the others stays.
    let unknown =
        ["Critical ", "none"].map(|label| TextExample { text: "this is odd".to_owned(), label: label.to_owned() });
    let (with_unknown, _) = evaluate_text(&model, &[examples.as_slice(), &unknown].concat(), 1);
    assert_eq!((with_unknown.quadratic_weighted_kappa, with_unknown.unknown_label_row_count), (Some(kappa), 2));
    let meant: Vec<Option<&str>> = with_unknown.unknown_labels.iter().map(|label| label.meant.as_deref()).collect();
    assert_eq!(meant, [Some("critical"), None]);
    assert_eq!(evaluate_text(&model, &unknown, 1).0.quadratic_weighted_kappa, None);
    let mut scratch = TextScratch::default();
    assert_eq!(model.explain("this is unbearably wrong", 1, &mut scratch)[0].word, "unbearably");
}

/// Finds one concept.
struct LengthConcept;

impl ExtraFeatures for LengthConcept {
    fn name(&self) -> &'static str {
        "length-1"
    }

    fn find(&self, text: &str, emit: &mut dyn FnMut(ExtraFeature)) {
        let name = if text.len() < 10 { "short" } else { "long" };
        emit(ExtraFeature { block: Block::Extra, hash: hash_of_name(name), value: 1.0, span: Some((0, text.len())) });
    }
}

#[test]
fn extra_features_are_used_and_asked_for_by_name() {
    let mut examples = Vec::new();
    for round in 0..40 {
        let noise = ["abc", "defg", "hij", "klmno", "pq"][round % 5];
        examples.push(TextExample { text: noise.to_owned(), label: "s".to_owned() });
        examples.push(TextExample { text: [noise; 12].join(" "), label: "l".to_owned() });
    }
    let extras = ExtraRegistry::new(&[&LengthConcept]);
    let mut spec = TextTrainSpec { extras, ..TextTrainSpec::default() };
    spec.features.extra_features = Some("length-1".to_owned());
    let trained = train(&examples, &spec);
    let mut scratch = TextScratch::default();
    assert_eq!(trained.model.predict("zzz", &mut scratch).label, "s");
    let without = TextModel::from_files(&trained.files, ExtraRegistry::default()).map(|_| ()).unwrap_err();
    assert!(matches!(without, TextModelError::ExtraFeatures { name } if name == "length-1"));
    spec.extras = ExtraRegistry::default();
    assert!(matches!(train_text(&examples, 0, &spec, &|_| Ok(())), Err(TextTrainError::Model(_))));
}

#[test]
fn a_model_abstains_from_words_that_it_has_not_learned() {
    let trained = train(&sample_examples(), &TextTrainSpec::default());
    let mut scratch = TextScratch::default();
    let mut shares = |text: &str| {
        let prediction = trained.model.predict(text, &mut scratch);
        assert!(prediction.abstains || prediction.known_word_share >= KNOWN_WORD_SHARE_MIN, "{text}");
        prediction.known_word_share
    };
    for (text, share) in
        [("", 1.0), ("4711 ?!", 1.0), ("boxes missing", 1.0), ("boxes μπερδεμένα", 0.5), ("цена 17 wörtchen", 0.0)]
    {
        assert!((shares(text) - share).abs() < 1e-9, "{text}");
    }
}

#[test]
fn what_cannot_be_learned_is_refused_with_a_reason() {
    let spec = TextTrainSpec::default();
    let refuse = |examples: &[TextExample], spec: &TextTrainSpec<'_>| {
        train_text(examples, 0, spec, &|_| Ok(())).map(|_| ()).unwrap_err().to_string()
    };
    assert!(refuse(&[], &spec).contains("found 0 labelled examples"));
    let same = vec![TextExample { text: "a".to_owned(), label: "x".to_owned() }; 20];
    assert!(refuse(&same, &spec).contains("all examples are labelled `x`"));
    let ordered = TextTrainSpec { ordered_labels: Some(vec!["low".to_owned(), "high".to_owned()]), ..spec };
    assert!(refuse(&sample_examples(), &ordered).contains("expected one of: low, high"));
}

/// Goal: what repeats teaches nothing about what is new. Labels without any meaning, each message five times and then answered and
/// forwarded, are told apart no better held out than by chance.
#[test]
fn repeated_texts_do_not_pass_for_knowledge() {
    let mut random = SeededRandom::new(1, 99);
    let mut examples = Vec::new();
    for index in 0..60 {
        let words: Vec<String> =
            (0..8).map(|_| format!("w{}", "abcdefghij".chars().nth(random.below(10)).unwrap())).collect();
        let text = format!("{} {index}", words.join(" "));
        let label = if random.below(2) == 0 { "a" } else { "b" };
        for marks in ["", "Re: ", "Fwd: ", "AW: WG: ", "re: RE: "] {
            examples.push(TextExample { text: format!("{marks}{text}"), label: label.to_owned() });
        }
    }
    let spec = TextTrainSpec { network: None, ..TextTrainSpec::default() };
    let held_out = |spec: &TextTrainSpec<'_>| {
        let trained = train(&examples, spec);
        (trained.model.description().training.held_out_metrics["macro_f1"], trained.repeat_count)
    };
    let (together, repeat_count) = held_out(&spec);
    let (apart, _) = held_out(&TextTrainSpec { repeats: Repeats::Apart, ..spec });
    assert!(together < 0.7 && apart > 0.9, "{together} {apart}");
    assert_eq!(repeat_count, 240);
}

/// Goal: what a program fills with numbers is held back as the few texts that it is, so that neither the figures nor the calibration take
/// it for hundreds of proofs.
#[test]
fn mail_from_templates_proves_no_more_than_its_sentences() {
    let templates = [
        ("price", "We were charged {} euros too much on bill {}."),
        ("price", "Your tariff of the {}th is not what position {} of the contract says."),
        ("missing", "Of {} boxes only {} were on the lorry."),
        ("missing", "Half of delivery {} never came, please see slip {}."),
        ("paid", "Our bank transferred {} on day {} of this month."),
        ("paid", "Reference {} was settled by cheque {} long ago."),
    ];
    let mut random = SeededRandom::new(3, 99);
    let examples: Vec<TextExample> = (0..360)
        .map(|row| {
            let (label, text) = templates[row % templates.len()];
            let text = text.replacen("{}", &random.below(100_000).to_string(), 1);
            let text = text.replace("{}", &random.below(100_000).to_string());
            TextExample { text, label: label.to_owned() }
        })
        .collect();
    let spec = TextTrainSpec::default();
    let trained = train(&examples, &spec);
    let description = trained.model.description();
    let accuracy = description.training.held_out_metrics["accuracy"];
    assert!(accuracy < 0.8 && description.abstain_below > 0.0, "{accuracy} {}", description.abstain_below);
    assert_eq!(trained.repeat_count, 354);
    let apart = train(&examples, &TextTrainSpec { repeats: Repeats::Apart, ..spec });
    assert!(
        apart.model.description().training.held_out_metrics["accuracy"] > 0.99,
        "so it looks where each is held back alone"
    );
}
