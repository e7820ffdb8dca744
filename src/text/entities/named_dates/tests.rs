//! Which dates are named without being promised.

use super::super::date_order::DateOrder;
use super::super::dates::find_dates;
use super::*;

/// Whether each written date of the text is only named, for a message received on 2026-03-11.
fn named(text: &str) -> Vec<bool> {
    let received_on = CivilDate::new(2026, 3, 11);
    let pieces = Pieces::read_whole(text);
    find_dates(&pieces, DateOrder::DayFirst)
        .iter()
        .map(|date| is_only_named(&pieces, date.first, date.end, date.resolve(received_on).unwrap(), received_on))
        .collect()
}

#[test]
fn a_note_begins_with_its_own_day() {
    for text in ["11/03/2026 call: cheque next week", "Tel. 11.03.2026 Herr Kurz: zahlt", "[11/03] she pays"] {
        assert_eq!(named(text), [true], "{text}");
    }
    for text in ["13/03/2026 is the day of payment", "We pay 11/03/2026", "Morning\n11/03/2026 it goes out"] {
        assert_eq!(named(text), [false], "{text}");
    }
}

#[test]
fn a_due_date_is_not_promised_by_itself() {
    for text in [
        "Invoice F-5501 due 15/03/2026 is approved and will be paid in the next run.",
        "RE-5501, fällig am 31.03.2026, ist freigegeben",
        "V-2201 vervalt pas op 17 april",
        "la FT 556 scade il 31 maggio",
        "la F-3391 vence el 20 de abril",
        "a fatura vence em 20 de abril",
        "La F-12, échéance au 20 avril, est validée",
        "Vervaldatum: 17-04-2026",
    ] {
        assert_eq!(named(text), [true], "{text}");
    }
    for text in [
        "the due date 31/03, we will pay then",
        "the second half falls due and will be paid on 31 March",
        "INV-36002 is due on 15 April 2026 and will be paid on that date.",
        "wir zahlen zum Fälligkeitstag am 18.03.2026",
        "Payment due 23/03/2026.",
        "due to be paid on 31 March",
    ] {
        assert_eq!(named(text), [false], "{text}");
    }
}

#[test]
fn the_date_of_a_document_is_not_promised() {
    for text in [
        "Ihre Rechnung RE-4711 vom 12.04.2026 wird bezahlt",
        "your invoice of 12 April 2026 will be paid",
        "la facture F-12 du 12 avril 2026 sera réglée",
        "la factura F-12 del 12 de abril de 2026",
        "de factuur nr. 4711 van 12 april 2026",
        "a letter dated 12 April 2026",
    ] {
        assert_eq!(named(text), [true], "{text}");
    }
    for text in [
        "RE-4711 wird mit dem Lauf vom 14. April 2026 ausgeführt",
        "both are in the payment run of 13 April 2026",
        "FV-7120 est libérée pour la campagne du 16 avril 2026",
        "I paid the bill. Of 12 April 2026 nothing is known",
    ] {
        assert_eq!(named(text), [false], "{text}");
    }
}
