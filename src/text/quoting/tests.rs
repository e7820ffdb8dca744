//! Which lines are the sender's own, in mail of many programs and languages.

use super::*;

fn own(text: &str) -> String {
    own_parts(text).into_iter().map(|part| &text[part]).collect()
}

#[test]
fn quoted_mail_below_is_cut() {
    for header in [
        "-----Original Message-----\nFrom: Credit Control\n",
        "-----Ursprüngliche Nachricht-----\n",
        "Von: Mahnwesen <m@x.example>\nGesendet: Montag\nAn: Y\n",
        "De : Relances <r@x.example>\nEnvoyé : lundi\nÀ : Y\n",
        "Da: Crediti\nInviato: lunedì\n",
        "Van: Debiteuren\nVerzonden: maandag\n",
        "Le 4 mars 2026 à 10:12, Relances <r@x.example> a écrit :\n",
        "On Tue, 4 Mar 2026, AR wrote:\n",
        "Il giorno 4 marzo 2026 Crediti ha scritto:\n",
        "Op 4 maart 2026 schreef Debiteuren het volgende:\n",
        "El 4/9/2025 Administración escribió:\n",
        "Em 4 de março de 2026, Cobranças escreveu:\n",
        "AR <a@x.example> escreveu (segunda, 1/06/2026 à(s) 09:00):\n",
        "AR <a@x.example> wrote on 1 June 2026:\n",
        "AR schrieb am 01.06.2026 09:00:\n",
        "2026-06-01 9:00 GMT+02:00 AR <a@x.example>:\n",
        "On Mon, Jun 1, 2026 at 9:00 AM Accounts Receivable Department\n<ar@x.example>\nwrote:\n",
        "On Mon, Jun 1, 2026 at 9:00 AM your friends at AR <a@x.example> wrote:\n",
        "-------- Original-Nachricht --------\n",
    ] {
        let text = format!("We received only 118 of the 120 sleeves billed.\n\n{header}Please pay INV-1.\n");
        assert_eq!(own(&text).trim(), "We received only 118 of the 120 sleeves billed.", "{header}");
    }
}

#[test]
fn every_mark_of_quoted_lines_is_known() {
    for mark in [">", "> ", "&gt; ", "| "] {
        assert_eq!(own(&format!("The price is wrong.\n{mark}Please pay INV-1.")), "The price is wrong.\n", "{mark}");
    }
    let table = "| Invoice | Amount |\n| INV-1 | 12.00 |";
    assert_eq!(own(table), table);
    let carriage_returns = "We received only 118 of the 120 sleeves.\r\rFrom: AR\rSent: Mon\r\rPlease pay INV-1.";
    assert_eq!(own(carriage_returns).trim(), "We received only 118 of the 120 sleeves.");
}

#[test]
fn an_answer_below_the_quotation_is_kept() {
    let text = "> On Tue, Sep 8, AR wrote:\n> INV-1 is overdue.\nNo it is not, paid on the 3rd.";
    assert_eq!(own(text), "No it is not, paid on the 3rd.");
}

#[test]
fn a_forwarded_mail_under_a_cover_note_is_kept() {
    let text = "FYI\n-----Original Message-----\nThe pallets never came, INV-7.";
    assert!(own(text).contains("INV-7"));
}

/// What the warehouse of a customer found.
const FOUND: &str = "Four of the 20 drums on invoice INV-7001 were missing, USD 412.80 too much";

#[test]
fn mail_that_a_customer_passes_on_is_kept_without_its_headers() {
    for separator in [
        "---------- Forwarded message ---------",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Message transféré ---------",
        "---------- Messaggio inoltrato ---------",
        "---------- Doorgestuurd bericht ---------",
        "---------- Mensaje reenviado ---------",
        "---------- Mensagem encaminhada ---------",
        "----- Forwarded by Tom Reed/Yard on 03/10/2026 09:14 AM -----",
        "Begin forwarded message:\n",
        "Anfang der weitergeleiteten Nachricht:\n",
    ] {
        let mail = format!("From: Yard <yard@c.example>\nDate: Mon, 2 Mar 2026\nSubject: drums\nTo: Leah\n\n{FOUND}\n");
        let note = "Hi Leah, please see below from our warehouse.\n";
        let signed =
            format!("{note}\nKind regards\nTom Reed\nAccounts Payable, 12 High Street, Leeds\nBalance line 4,100.00\n");
        for above in [note, &signed] {
            assert_eq!(
                own(&format!("{above}{separator}\n{mail}")),
                format!("{above}Subject: drums\n\n{FOUND}\n"),
                "{separator}"
            );
        }
    }
}

#[test]
fn mail_that_is_passed_on_with_marks_is_kept_without_them() {
    let text = format!(
        "See below.\n\nBegin forwarded message:\n\n> From: Yard\n> Date: Mon\n>\n> {FOUND}\n> > Please pay INV-9.\n\nTom"
    );
    assert_eq!(own(&text), format!("See below.\n\n\n {FOUND}\n\nTom"));
}

#[test]
fn what_the_mail_that_is_passed_on_answers_is_cut() {
    let text = format!(
        "See below from our warehouse, please.\n-- Forwarded message --\nFrom: Yard\nTo: Tom\n\n{FOUND}\n\nFrom: AR\nSent: Mon\n\nINV-9"
    );
    assert!(own(&text).contains(FOUND) && !own(&text).contains("INV-9"));
}

#[test]
fn a_message_of_its_own_above_mail_that_is_passed_on_stands_alone() {
    let forward =
        "---------- Forwarded message ---------\nFrom: AR\nDate: Mon\n\nDear customer, INV-9 of 500 is overdue.";
    for above in [
        "We contest INV-9, you billed 412.80 too much, see below:\n",
        "We contest INV-9 for € 412, see your mail below:\n",
        "We contest INV-9 for 412 EUR, see your mail below:\n",
        "We have told your colleague on the telephone twice that the pump was sent back to your depot in March \
         and that a credit note was promised to us for it.\n",
    ] {
        assert_eq!(own(&format!("{above}{forward}")), above);
    }
    assert!(own(&format!("See below, we contest this:\n{forward}")).contains("INV-9"));
}

#[test]
fn headers_below_what_a_program_set_above_end_no_message() {
    for (notice, headers) in [
        (
            "[EXTERNAL EMAIL] Do not click links or open attachments unless you know the sender.\n\n",
            "From: Yard\nDate: Mon\nTo: AR\n\n",
        ),
        ("CAUTION: This email originated from outside of the organization.\n", "From: Yard\nSent: Mon\nTo: AR\n\n"),
        ("New web form submission from your website:\n", "From: Yard\nTo: AR\n"),
        ("Neue Anfrage über das Kontaktformular auf Ihrer Website\n\n", "Von: Lager\nDatum: Montag\n"),
        ("Voicemail transcript of the accounts department\n", "From: +44 20 7946 0000\nTo: AR\n\n"),
        ("Ticket #55180 of the service desk\n", "From: Yard\nTo: AR\n\n"),
        ("The people in our warehouse write to you:\n", "From: Yard\nTo: AR\n\n"),
    ] {
        let text = own(&format!("{notice}{headers}Message: {FOUND}\n"));
        assert_eq!(text.replace(notice, "").trim(), format!("Message: {FOUND}"));
        assert!(text.starts_with(notice.trim_end()), "{notice}");
        let answered =
            own(&format!("{notice}We received only 118 of the 120 sleeves billed.\n{headers}Please pay INV-1."));
        assert!(!answered.contains("INV-1"), "{notice}");
    }
}

#[test]
fn heads_of_single_programs_are_known() {
    let above = "We received only 118 of the 120 sleeves billed.\n\n";
    for head in [
        "> Message du 10/03/26 09:14\n> De : \"Tom\" <t@x.example>\n> A : Priya\n> Objet : INV-1\n\n",
        "Tom Reed---03/10/2026 09:14:22 AM---Dear Priya\n",
        "##- Please type your reply above this line -##\n",
        "-- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein --\n",
        "Tom Reed (Northgate AR)\nMar 10, 2026, 9:14 AM GMT\n\n",
        "Tom Reed (Northgate AR)\n10 Mar 2026, 09:14 CET\n\n",
    ] {
        assert_eq!(own(&format!("{above}{head}Please pay INV-1.\n")).trim(), above.trim(), "{head}");
    }
}

#[test]
fn what_only_resembles_the_head_of_a_program_is_kept() {
    let above = "We received only 118 of the 120 sleeves billed.\n\n";
    for below in [
        "Tom Reed\nMar 10, 2026, goods inwards\n\nThe rest is fine.",
        "Tom Reed (Yard)\n10.03.2026 09:14\nCounted again, 118.",
        "INV-1 --- 120 billed --- 118 received",
        "12 sleeves --- missing --- 10/03/2026 9:14",
        "##- INV-1",
    ] {
        assert_eq!(own(&format!("{above}{below}")), format!("{above}{below}"));
    }
    let answer_below =
        "> Message du 10/03/26 09:14\n> De : Tom\n> INV-1 est échue.\nNon, payée le 3 mars, voir le relevé.";
    assert_eq!(own(answer_below), "Non, payée le 3 mars, voir le relevé.");
}

#[test]
fn a_sentence_that_starts_like_a_header_is_kept() {
    for text in [
        "Da quando il vostro sistema è cambiato, il prezzo è doppio: 12,40.\nDe facture klopt niet.",
        "Le prix de la facture est faux, revoyez-le.\nLe 4 mars votre commercial nous a écrit :\nprix 12 €",
        "There is a problem with the price you charged.\nOn 3 May your rep wrote:\nthe price is 12.",
        "Der Preis der Rechnung stimmt nicht.\nAm 3. Mai 2026 schrieben Sie:\nder Preis ist 12.",
        "Hay un error en el precio de la factura.\nDe: 12,00\nA: 15,00\nfactura F-4471",
        "De bezorging was prima, de factuur niet.\nVan: 12 naar 8 dozen\nDatum: 3 maart\ndat is te veel",
    ] {
        assert_eq!(own(text), text);
    }
}

#[test]
fn a_disclaimer_is_cut() {
    let text = "The scale read 840 kg, not 900 as billed on 4471.\n\nThis e-mail is confidential and for the intended recipient only.\n";
    assert!(!own(text).contains("confidential"));
}

#[test]
fn many_lines_that_pass_mail_on_are_read_in_one_go() {
    let text = format!("....\n{}hello", "-- forwarded message\n".repeat(20_000));
    assert_eq!(own_parts(&text).len(), 2);
    let marks = "> forwarded message:\n".repeat(20_000);
    assert!(own_parts(&format!("Begin forwarded message:\n{marks}{}hello", "\n".repeat(20_000))).len() <= 40_001);
}

#[test]
fn many_ruled_lines_are_read_in_one_go() {
    let text = format!("....\n{}hello", "-- original message\n".repeat(20_000));
    assert_eq!(own_parts(&text).len(), 2);
}
