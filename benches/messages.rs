//! How long it takes to read messages: one, batches, and what the parts take.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up may stop")]

use std::path::Path;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use recourse::model::text::{CONCEPT_FEATURES, KNOWN_EXTRAS, TextModel, TextScratch};
use recourse::service::message::reading::{MessageReader, ReadingHints};
use recourse::text::entities::pieces::Pieces;
use recourse::text::own_text::own_text;

/// Messages of about 200 characters, as clerks write them; one for each way of reading.
const MESSAGES: [&str; 4] = [
    "Good morning, on invoice INV-10432 of 3 March you charge 12.40 EUR a box, but our frame agreement says 11.90. \
     That is EUR 310.00 too much. Please send a credit note, the rest will be paid on time. Regards, J. Moore",
    "Guten Tag, von den 120 bestellten Schachteln auf Rechnung RE-2025-1187 kamen nur 118 an, zwei fehlen laut \
     Lieferschein. Bitte um eine Gutschrift über 24,80 EUR, der Rest ist angewiesen. Viele Grüße, K. Weber",
    "Bonjour, la facture F25/0091 de 1 240,50 EUR a déjà été réglée par virement le 12 février, voir le relevé \
     joint. Merci d'annuler la relance et de lettrer notre compte fournisseur. Cordialement, A. Petit",
    "Buenos días, el pago de la factura FV/2025/00381 por 3.118,00 EUR saldrá en la remesa del 20 de marzo de 2026. \
     Disculpen el retraso, estuvimos cambiando de sistema contable. Un saludo, Laura Gómez, administración",
];

/// Of so many messages of the corpus one is read.
const CORPUS_STEP: usize = 10;
/// Characters after which messages are cut off where their length is to be known.
const CUT_CHARACTERS: usize = 200;

fn main() {
    divan::main();
}

#[divan::bench]
fn read_one_message(bencher: Bencher<'_, '_>) {
    let reader = MessageReader::shipped().unwrap();
    let mut index = 0;
    bencher.bench_local(move || {
        index = (index + 1) % MESSAGES.len();
        black_box(reader.read_with("", MESSAGES[index], &ReadingHints::default()))
    });
}

#[divan::bench(args = [64, 1_024])]
fn read_a_batch(bencher: Bencher<'_, '_>, count: usize) {
    let reader = MessageReader::shipped().unwrap();
    bencher.counter(ItemsCount::new(count)).bench_local(move || {
        for index in 0..count {
            black_box(reader.read_with("", MESSAGES[index % MESSAGES.len()], &ReadingHints::default()));
        }
    });
}

/// Messages of the corpus, every one another, so that words and weights are seldom near: what a mailbox costs.
fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/messages");
    let text_of = |line: &str| -> String {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row.get("message").and_then(|text| text.as_str()).unwrap().to_owned()
    };
    let of_language = |language: &str| -> Vec<String> {
        let file = std::fs::read_to_string(folder.join(format!("{language}.jsonl"))).unwrap();
        file.lines().step_by(CORPUS_STEP).map(text_of).collect()
    };
    ["de", "en", "es", "fr", "it", "nl", "pt"].into_iter().flat_map(of_language).collect()
}

#[divan::bench(sample_count = 5)]
fn read_the_corpus(bencher: Bencher<'_, '_>) {
    let reader = MessageReader::shipped().unwrap();
    let corpus = corpus();
    bencher.counter(ItemsCount::new(corpus.len())).bench_local(move || {
        for message in &corpus {
            black_box(reader.read_with("", message, &ReadingHints::default()));
        }
    });
}

#[divan::bench(sample_count = 5, args = ["intent", "item", "severity"])]
fn score_200_characters_of_the_corpus_with_one_model(bencher: Bencher<'_, '_>, kind: &str) {
    let cut = |message: &String| -> String { message.chars().take(CUT_CHARACTERS).collect() };
    score_each(bencher, kind, &corpus().iter().map(cut).collect::<Vec<_>>());
}

#[divan::bench(sample_count = 5, args = ["intent", "item", "severity"])]
fn score_the_corpus_with_one_model(bencher: Bencher<'_, '_>, kind: &str) {
    score_each(bencher, kind, &corpus());
}

fn score_each(bencher: Bencher<'_, '_>, kind: &str, messages: &[String]) {
    let model = shipped(kind);
    let mut scratch = TextScratch::default();
    bencher.counter(ItemsCount::new(messages.len())).bench_local(move || {
        for message in messages {
            black_box(model.predict(message, &mut scratch).label_index);
        }
    });
}

#[divan::bench]
fn find_own_text(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| black_box(own_text("", black_box(MESSAGES[1]))));
}

#[divan::bench]
fn find_pieces(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| black_box(Pieces::read_whole(black_box(MESSAGES[1]))));
}

#[divan::bench]
fn find_concepts(bencher: Bencher<'_, '_>) {
    let concepts = KNOWN_EXTRAS.by_name(CONCEPT_FEATURES).unwrap();
    bencher.bench_local(|| {
        let mut sum = 0.0;
        concepts.find(black_box(MESSAGES[1]), &mut |feature| sum += feature.value);
        black_box(sum)
    });
}

#[divan::bench(sample_count = 10)]
fn load_the_shipped_models() -> MessageReader {
    MessageReader::shipped().unwrap()
}

/// The shipped model of `kind`.
fn shipped(kind: &str) -> TextModel {
    TextModel::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(kind).join("0001"), KNOWN_EXTRAS)
        .unwrap()
}

/// One model alone; the messages take turns, so that nothing found before can be used again.
#[divan::bench(args = ["intent", "item", "severity"])]
fn score_with_one_model(bencher: Bencher<'_, '_>, kind: &str) {
    let model = shipped(kind);
    let mut scratch = TextScratch::default();
    let mut index = 0;
    bencher.bench_local(move || {
        index = (index + 1) % MESSAGES.len();
        black_box(model.predict(MESSAGES[index], &mut scratch).label_index)
    });
}

#[divan::bench(args = ["intent", "item", "severity"])]
fn explain(bencher: Bencher<'_, '_>, kind: &str) {
    let model = shipped(kind);
    let mut scratch = TextScratch::default();
    let label_index = model.predict(MESSAGES[1], &mut scratch).label_index;
    bencher.bench_local(move || black_box(model.explain_predicted(MESSAGES[1], label_index, 6, &mut scratch)));
}
