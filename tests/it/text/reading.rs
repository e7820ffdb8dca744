//! What the shipped models understand, and that no text at all makes them fail.

use std::sync::OnceLock;

use proptest::prelude::*;
use recourse::domain::ids::InvoiceId;
use recourse::domain::message::{Intent, MESSAGE_BYTES_MAX};
use recourse::domain::time::CivilDate;
use recourse::service::reading::{MessageReader, ReadingHints};

fn reader() -> &'static MessageReader {
    static READER: OnceLock<MessageReader> = OnceLock::new();
    READER.get_or_init(|| MessageReader::shipped().unwrap())
}

#[test]
fn a_dispute_is_read_with_what_it_names() {
    let body = "Hello, we counted 118 sleeves on INV-10432, you billed 120. Two at 31.20 = €62.40, please credit. \
                The rest will be paid on 13 March 2026.\n\n-----Original Message-----\nINV-99999 over EUR 9,000.00 is overdue.";
    let reading = reader().read_with("", body, &ReadingHints::default());
    assert_eq!(reading.intent.top().unwrap().label, Intent::Dispute);
    assert_eq!(reading.contested_item.as_ref().unwrap().top().unwrap().label.as_str(), "SHORTAGE");
    assert_eq!(reading.invoices, ["INV-10432"]);
    assert_eq!(reading.contested_amount.unwrap().to_string(), "EUR 62.40");
    assert_eq!(reading.language.unwrap().label.as_str(), "en");
    for word in &reading.intent.words {
        assert!(body.contains(&word.text), "{} is not in the message", word.text);
    }
}

#[test]
fn open_invoices_are_matched_by_their_end() {
    let open = [InvoiceId::parse("INV-2025-0044871").unwrap(), InvoiceId::parse("INV-2025-0050012").unwrap()];
    let hints = ReadingHints { open_invoices: &open, ..ReadingHints::default() };
    let reading = reader().read_with("", "Rechnung 44871 ist längst bezahlt.", &hints);
    assert_eq!(reading.matched_invoice_ids, open[..1]);
}

#[test]
fn a_promised_day_without_a_year_is_read_from_the_day_of_receipt() {
    let hints = ReadingHints { received_on: CivilDate::new(2026, 12, 20), ..ReadingHints::default() };
    let body = "Sorry for the delay, invoice 4471 will be paid on 5 January. Nothing is wrong with it.";
    let reading = reader().read_with("", body, &hints);
    assert_eq!(reading.intent.top().unwrap().label, Intent::PromiseToPay);
    assert_eq!(reading.promised_on, CivilDate::new(2027, 1, 5));
}

#[test]
fn probabilities_are_probabilities_and_the_label_comes_first() {
    let reading =
        reader().read_with("", "Bonjour, il manque deux cartons sur la facture 4471.", &ReadingHints::default());
    let sum: f64 = reading.intent.labels.iter().map(|graded| graded.probability).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    assert_eq!(reading.intent.labels.len(), Intent::ALL.len());
}

#[test]
fn odd_messages_are_read_all_the_same() {
    for body in [
        "😅😅🤷",
        "\u{202e}\u{0}\u{fffd}",
        "0",
        ">",
        "Привет, мы не получили товар",
        "\n\n\n",
        "-----Original Message-----",
    ] {
        reader().read_with("", body, &ReadingHints::default());
    }
    let cyrillic = reader().read_with("", "Здравствуйте, мы ещё не получили товар", &ReadingHints::default());
    assert_eq!(cyrillic.language, None);
}

#[test]
fn a_very_long_message_is_read() {
    let body = "Invoice 4471 was never delivered, € 12,50. ".repeat(MESSAGE_BYTES_MAX / 512);
    reader().read_with("Invoice", &body, &ReadingHints::default());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_fail(subject in "\\PC{0,20}", body in "(?s).{0,200}") {
        let reading = reader().read_with(&subject, &body, &ReadingHints::default());
        for invoice in &reading.invoices {
            prop_assert!(body.contains(invoice) || subject.contains(invoice));
        }
    }

    #[test]
    fn no_heap_of_figures_and_signs_makes_the_reader_fail(body in "([0-9]{1,12}|[.,'/ €$-]|INV|EUR|k|mil|März|de|\n){0,60}") {
        reader().read_with("", &body, &ReadingHints::default());
    }
}
