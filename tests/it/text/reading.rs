//! What the shipped models understand, and that no text at all makes them fail.

use std::sync::OnceLock;

use proptest::prelude::*;
use recourse::domain::ids::InvoiceId;
use recourse::domain::message::{Intent, MESSAGE_BYTES_MAX};
use recourse::domain::money::Currency;
use recourse::domain::time::CivilDate;
use recourse::service::message::reading::{MessageReader, ReadingHints};

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
fn a_message_in_a_language_that_was_not_learned_is_left_to_a_person() {
    let sum = "4711: 4.200,00 EUR";
    for body in [
        "Η τιμή του τιμολογίου 4711 είναι λάθος",
        "Цена в счёте 4711 не совпадает с договором",
        "发票 4711 的价格与合同不符",
        "السعر في الفاتورة 4711 لا يطابق العقد",
        "請求書4711の価格が契約と違います",
        "המחיר בחשבונית 4711 שגוי",
        "W dostawie do faktury 4711 brakuje dwóch kartonów",
        "Merhaba, 4711 numaralı faturadaki fiyat sözleşmeye uymuyor",
    ] {
        let reading = reader().read_with("", &format!("{body}. {sum}"), &ReadingHints::default());
        assert!(reading.intent.abstained && reading.intent.known_word_share < 0.5, "{body}");
        assert!(reading.contested_item.is_none_or(|item| item.abstained), "{body}");
    }
    for body in
        [sum, "falsch", "Zuviel berechnet!!", "no llegó nada de la factura 4711", "Prijs klopt niet, zie fact 4711"]
    {
        let reading = reader().read_with("", body, &ReadingHints::default());
        assert!(reading.intent.known_word_share >= 0.5, "{body}");
    }
}

#[test]
fn what_a_customer_passes_on_is_read() {
    let found = "Four of the 20 drums on invoice INV-7001 were missing, USD 412.80 too much.";
    for above in [
        "Hi Leah, please see below from our warehouse.\n---------- Forwarded message ---------\nFrom: Yard\nDate: Mon\n\n",
        "[EXTERNAL EMAIL] Do not click links unless you know the sender.\n\nFrom: Yard\nDate: Mon\nTo: AR\n\n",
        "New web form submission from your website:\nFrom: Yard\nTo: AR\nMessage: ",
    ] {
        for subject in ["", "Fwd: drums"] {
            let reading = reader().read_with(subject, &format!("{above}{found}"), &ReadingHints::default());
            assert_eq!(reading.intent.top().unwrap().label, Intent::Dispute, "{above}");
            assert_eq!(reading.invoices, ["INV-7001"], "{above}");
            assert_eq!(reading.contested_amount.unwrap().to_string(), "USD 412.80", "{above}");
        }
    }
}

#[test]
fn a_message_in_html_is_read_as_its_text() {
    for (sum, amount) in [
        ("1&nbsp;998,00&nbsp;&euro;", "EUR 1998.00"),
        ("&#163;1,998.00", "GBP 1998.00"),
        ("</p><table><tr><td>USD&nbsp;998.00</td></tr></table><p>", "USD 998.00"),
    ] {
        let body = format!(
            "<html><body><p>Hello,<br>invoice INV-7001 is wrong, you charged too much: {sum}</p>\
             <p>Please credit.</p><blockquote>INV-9999 over EUR 9,000.00 is overdue.</blockquote></body></html>"
        );
        let reading = reader().read_with("", &body, &ReadingHints::default());
        assert_eq!(reading.intent.top().unwrap().label, Intent::Dispute, "{sum}");
        assert_eq!(reading.invoices, ["INV-7001"], "{sum}");
        assert_eq!(reading.contested_amount.unwrap().to_string(), amount, "{sum}");
    }
}

#[test]
fn the_capital_of_a_company_is_not_contested() {
    for (body, footer) in [
        ("Bonjour, il manque deux cartons sur la facture FA-4471.", "TISSOT SARL au capital de 7 500,00 €"),
        ("Buongiorno, sulla fattura FT-4471 mancano due cartoni.", "Cap. soc. € 10.000,00 i.v."),
        ("Guten Tag, auf der Rechnung RE-4471 fehlen zwei Kartons.", "Muster GmbH, Stammkapital 25.000,00 EUR"),
    ] {
        let reading = reader().read_with("", &format!("{body}\n\n{footer}"), &ReadingHints::default());
        assert_eq!(reading.intent.top().unwrap().label, Intent::Dispute, "{footer}");
        assert_eq!(reading.contested_amount, None, "{footer}");
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
fn a_number_without_its_stem_is_completed_and_matched() {
    let open = ["INV-100", "INV-101", "INV-102", "BX-101"].map(|id| InvoiceId::parse(id).unwrap());
    let hints = ReadingHints { open_invoices: &open, ..ReadingHints::default() };
    let reading = reader().read_with("", "Please resend invoices INV-100, -101 and -102.", &hints);
    assert_eq!(reading.invoices, ["INV-100", "INV-101", "INV-102"]);
    assert_eq!(reading.matched_invoice_ids, open[..3]);
}

#[test]
fn numbers_of_other_documents_are_no_invoices() {
    for (body, expected) in [
        ("LS 774120, RE 118204: zwei Kartons fehlen, bitte Gutschrift.", &["118204"][..]),
        ("Kd.-Nr. 774120, bitte senden Sie uns einen Kontoauszug.", &[]),
        ("Direct debit mandate MX-99812 was cancelled in May, please do not draw again.", &[]),
        ("Voir dossier 88213, nous attendons votre réponse.", &[]),
        ("Fra. n.º 70377, cliente n.º 20988, albarán n.º 55213: faltan tres piezas.", &["70377"]),
        ("La merce del DDT 554 non è mai arrivata, non paghiamo.", &[]),
        ("Bel me terug op 06 12345678 over de herinnering.", &[]),
        ("Ligue-me para o 912 345 678 sobre o aviso.", &[]),
        ("Lieferschein | Rechnung\n45001 | 118204\n45007 | 118211\nBeide gesperrt.", &["118204", "118211"]),
        ("Rechnung und Lieferschein 7711 stimmen nicht überein.", &["7711"]),
        ("Op factuur nr. 118 204 is de vracht 85,00 € te hoog.", &["118 204"]),
        ("La facture 2026 / 118 est comptée deux fois.", &["2026 / 118"]),
        ("bjr, le savon de chantier CFC-0718 (3 920 €) et la CFC-0731 sont sans remise", &["CFC-0718", "CFC-0731"]),
    ] {
        assert_eq!(reader().read_with("", body, &ReadingHints::default()).invoices, expected, "{body}");
    }
}

#[test]
fn an_open_invoice_is_found_whatever_the_word_before_it() {
    let open = [InvoiceId::parse("88120").unwrap()];
    let hints = ReadingHints { open_invoices: &open, ..ReadingHints::default() };
    let body = "Auftrag 88120 wurde nie geliefert, wir zahlen nicht.";
    assert_eq!(reader().read_with("", body, &hints).invoices, ["88120"]);
    assert_eq!(reader().read_with("", body, &ReadingHints::default()).invoices, [""; 0]);
}

#[test]
fn the_columns_of_a_table_tell_invoices_from_other_numbers() {
    for body in [
        "Our document;Your invoice;Amount\n5100004511;90114477;1,250.00",
        "Doc no  Your ref  Amount\n5100004511  90114477  1,250.00",
        "Unser Beleg | Ihre Rechnung | Betrag\n5100004511 | 90114477 | 1.250,00",
        "PO\tInvoice\tBilled\n4500771234\t90114477\t1,250.00",
    ] {
        assert_eq!(reader().read_with("", body, &ReadingHints::default()).invoices, ["90114477"], "{body}");
    }
    let body = "Remittance advice\nINV-5501 400.00\nINV-5502 300.00\nCN-5512 -120.00\nTotal 580.00";
    assert_eq!(reader().read_with("", body, &ReadingHints::default()).invoices, ["INV-5501", "INV-5502"]);
}

#[test]
fn a_noun_glued_to_a_number_or_before_it_in_small_letters_is_no_part_of_it() {
    for (body, expected) in [
        ("rechnung4711 ist falsch, bitte stornieren", "4711"),
        ("la factura10234 está mal", "10234"),
        ("inv 88213 is wrong", "88213"),
        ("INV 88213 is wrong", "INV 88213"),
    ] {
        assert_eq!(reader().read_with("", body, &ReadingHints::default()).invoices, [expected], "{body}");
    }
}

#[test]
fn a_currency_apart_from_the_sum_is_read() {
    let claim = "INV-2201 has the wrong price per unit, we ordered at 12.40 and not at 13.90. Please credit us.";
    for (body, expected) in [
        (format!("{claim}\nDisputed amount: 705.50\nCurrency: USD"), "USD 705.50"),
        (format!("{claim}\nDisputed amount (USD): 705.50"), "USD 705.50"),
        (format!("{claim}\nDisputed amount: (1,998.00) USD"), "USD 1998.00"),
        ("Wir beanstanden die Rechnung RE-4711.\nWährung: CHF\nStrittiger Betrag: 705,50".to_owned(), "CHF 705.50"),
        (
            "Auf Rechnung RE-4711 fehlen zwei Kartons, bitte schreiben Sie uns 1.998, 00 EUR gut.".to_owned(),
            "EUR 1998.00",
        ),
    ] {
        let amount = reader().read_with("", &body, &ReadingHints::default()).contested_amount;
        assert_eq!(amount.map(|amount| amount.to_string()).as_deref(), Some(expected), "{body}");
    }
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

fn promised_on(message: &str, hints: &ReadingHints<'_>) -> Option<String> {
    reader().read_with("", message, hints).promised_on.map(|date| date.to_string())
}

#[test]
fn a_promised_day_is_counted_from_the_day_of_receipt() {
    let received = ReadingHints { received_on: CivilDate::new(2026, 3, 11), ..ReadingHints::default() };
    for (message, date) in [
        ("INV-20331 is approved and will be paid tomorrow.", "2026-03-12"),
        ("Die Rechnung RE-4711 wird bis Ende des Monats bezahlt.", "2026-03-31"),
        ("Factuur 4711 wordt vrijdag betaald.", "2026-03-13"),
        ("La facture F-4711 sera réglée fin mars.", "2026-03-31"),
        ("Pagaremos la factura F-4711 el día 20.", "2026-03-20"),
        ("Pagheremo la fattura 4711 entro fine mese.", "2026-03-31"),
        ("A fatura 4711 será paga na próxima sexta-feira.", "2026-03-13"),
        ("Die Rechnung RE-4711 zahlen wir zum 20.3 per Überweisung.", "2026-03-20"),
    ] {
        assert_eq!(promised_on(message, &received).as_deref(), Some(date), "{message}");
        assert_eq!(promised_on(message, &ReadingHints::default()), None, "{message}");
    }
}

#[test]
fn a_date_that_is_only_named_is_no_promise() {
    let received = ReadingHints { received_on: CivilDate::new(2026, 3, 11), ..ReadingHints::default() };
    for message in [
        "11/03/2026 call: cheque for F-5501 will be posted next week.",
        "Invoice F-5501 due 15/03/2026 is approved and will be paid in the next run.",
        "RE-5501, fällig am 31.03.2026, ist freigegeben und wird mit dem nächsten Zahllauf bezahlt.",
        "Re: Invoice INV-7001 due 15/03/2026\n\nApproved, thanks, will be paid next run.",
    ] {
        assert_eq!(promised_on(message, &received), None, "{message}");
    }
}

#[test]
fn a_day_is_no_invoice() {
    for message in [
        "Hello, we will transfer EUR 200.00 on 2026-12-01. Regards",
        "Bonjour, nous paierons 200,00 EUR le 2026-12-01.",
        "Delivered on 2026-03-04, two of six pallets were missing.",
    ] {
        let reading = reader().read_with("", message, &ReadingHints::default());
        assert!(reading.invoices.is_empty(), "{message}: {:?}", reading.invoices);
    }
    let reading = reader().read_with("", "Invoice 2026-03-04 was billed twice.", &ReadingHints::default());
    assert_eq!(reading.invoices, ["2026-03-04"]);
}

#[test]
fn the_customers_currency_and_other_dates_say_which_of_day_and_month_comes_first() {
    let usd = ReadingHints { currency: Currency::parse("USD").ok(), ..ReadingHints::default() };
    let message = "Payment of INV-20331 on 04/06/2026.";
    assert_eq!(promised_on(message, &usd).as_deref(), Some("2026-04-06"));
    assert_eq!(promised_on(message, &ReadingHints::default()).as_deref(), Some("2026-06-04"));
    let message = "Invoice INV-20331 dated 02/25/2026 will be paid on 04/05/2026.";
    assert_eq!(promised_on(message, &ReadingHints::default()).as_deref(), Some("2026-04-05"));
}
