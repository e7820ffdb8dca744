//! Sentences as people read them.

use super::*;
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time::CivilDate;

const SPOKEN: [Language; 4] = [Language::En, Language::Fr, Language::De, Language::Es];

fn sentence(factor: Factor, points: f64, value: &str, language: Language) -> String {
    reason_sentence(&Reason { factor, points, value: value.to_owned() }, language)
}

#[test]
fn values_are_written_for_people() {
    let english = |factor, points, value| sentence(factor, points, value, Language::En);
    assert_eq!(
        english(Factor::Stake, 22.0, "EUR 12400.00 contested"),
        "EUR 12,400 is contested, which weighs heavily."
    );
    assert_eq!(
        english(Factor::Age, 4.0, "87 days past due"),
        "The oldest invoice to ask for is 87 days past due, which raises the priority."
    );
    assert_eq!(
        english(Factor::RecentPayments, -1.0, "2026-03-01"),
        "The last payment came on 1 March 2026, which lowers the priority a little."
    );
    assert_eq!(
        english(Factor::PaymentHabit, 4.0, "12.5 days late"),
        "The last invoices were paid 12.5 days late on average, which raises the priority."
    );
    assert_eq!(english(Factor::Base, 23.456, ""), "The reckoning starts at 23.5 points.");
}

#[test]
fn an_amount_that_lowers_the_priority_is_said_to_be_small() {
    let english = |factor, points, value| sentence(factor, points, value, Language::En);
    let lot = ", which lowers the priority a lot.";
    let said = english(Factor::OpenBalance, -14.0, "EUR 1240.00");
    assert_eq!(said, format!("Only EUR 1,240 is open on the account{lot}"));
    assert_eq!(english(Factor::OpenBalance, -14.0, "EUR 0.00"), format!("Nothing is open on the account{lot}"));
    assert_eq!(english(Factor::Stake, -14.0, "EUR 90.00 contested"), format!("Only EUR 90 is contested{lot}"));
    assert_eq!(
        english(Factor::CustomerValue, -4.0, "EUR 5000.00"),
        "The customer buys for only EUR 5,000 a year, which lowers the priority."
    );
    assert_eq!(
        english(Factor::OpenBalance, 14.0, "EUR 124000.00"),
        "EUR 124,000 is open on the account, which weighs heavily."
    );
    assert_eq!(
        english(Factor::OpenBalance, -1.0, "EUR 591406.36 on account"),
        "EUR 591,406.36 is open on the account, which lowers the priority a little."
    );
    for language in SPOKEN {
        let small = sentence(Factor::OpenBalance, -4.0, "EUR 5.00", language);
        let large = sentence(Factor::OpenBalance, 4.0, "EUR 5.00", language);
        assert_ne!(small.split(&[',', ';'][..]).next(), large.split(&[',', ';'][..]).next(), "{language}");
    }
}

#[test]
fn what_is_withheld_with_a_dispute_is_named_beside_what_is_contested() {
    let said = |language| sentence(Factor::Stake, 55.0, "GBP 354.43 contested, EUR 16202.40 withheld", language);
    assert_eq!(said(Language::En), "GBP 354.43 is contested and EUR 16,202.40 withheld with it, which weighs heavily.");
    assert_eq!(
        said(Language::De),
        "354,43 GBP sind strittig und 16.202,40 EUR werden damit zurückgehalten; das wiegt schwer."
    );
}

#[test]
fn how_a_customer_pays_is_said_only_where_it_is_known() {
    let said = |value| sentence(Factor::PaymentHabit, 5.0, value, Language::En);
    assert_eq!(said("on time"), "The last invoices were paid on time on average, which raises the priority.");
    assert_eq!(said(""), "It is not known yet how the customer pays, which raises the priority.");
}

#[test]
fn every_language_writes_amounts_and_dates_its_own_way() {
    let stake = |language| sentence(Factor::Stake, 22.0, "EUR 1234567.89 contested", language);
    assert!(
        stake(Language::Fr).starts_with("1\u{a0}234\u{a0}567,89\u{a0}EUR sont contestés"),
        "{}",
        stake(Language::Fr)
    );
    assert_eq!(stake(Language::De), "1.234.567,89 EUR sind strittig; das wiegt schwer.");
    assert_eq!(stake(Language::Es), "Se impugnan 1.234.567,89 EUR, lo que pesa mucho.");
    let gate = Gate::ContactedRecently { last_contact_on: CivilDate::parse("day", "2026-03-01").unwrap() };
    assert!(gate_sentence(&gate, Language::Fr).contains("1er mars 2026"));
    assert!(gate_sentence(&gate, Language::De).contains("1. März 2026"));
    assert!(gate_sentence(&gate, Language::Es).contains("1 de marzo de 2026"));
}

#[test]
fn every_shipped_code_has_words_in_every_language() {
    for item in &Taxonomy::shipped().items {
        for language in SPOKEN {
            let words = item_in_words(&item.code, language);
            assert!(!words.contains(item.code.as_str()), "{} has no words in {language}: {words}", item.code);
        }
    }
    let own = ItemCode::parse("PALLET_SWAP").unwrap();
    assert_eq!(item_in_words(&own, Language::En), "The customer contests PALLET_SWAP");
}

#[test]
fn a_code_without_words_of_ours_is_said_by_its_meaning() {
    let text = "name = 'own/1'\n[[item]]\ncode = 'PALLET_SWAP'\nmeaning = 'pallets were not swapped'\n\
                [[item]]\ncode = 'BARE'\nmeaning = ' '\n[[item]]\ncode = 'OTHER'\nmeaning = 'all the rest'\n";
    let own = Taxonomy::parse(text).unwrap();
    let said = |code: &str, language| {
        let value = item_value(&ItemCode::parse(code).unwrap(), &own);
        sentence(Factor::ContestedItem, 5.0, &value, language)
    };
    let meant = "The reason given is “pallets were not swapped”, which raises the priority.";
    assert_eq!(said("PALLET_SWAP", Language::En), meant);
    for language in SPOKEN {
        assert!(said("PALLET_SWAP", language).contains("pallets were not swapped"), "{language}");
        assert!(!said("PALLET_SWAP", language).contains("PALLET_SWAP"), "{language}");
    }
    assert_eq!(said("BARE", Language::En), "The customer contests BARE, which raises the priority.");
    assert_eq!(said("OTHER", Language::En), "The customer contests something else, which raises the priority.");
    assert_eq!(item_value(&ItemCode::parse("PRICING").unwrap(), &Taxonomy::shipped()), "PRICING");
}

#[test]
fn nouns_go_with_their_numbers_in_every_language() {
    let past = |value: &str, language| sentence(Factor::PastValidity, 2.0, value, language);
    let late = |value: &str, language| sentence(Factor::PaymentHabit, 2.0, value, language);
    let open = |value: &str, language| sentence(Factor::Age, 2.0, value, language);
    let contacts = |contact_count, language| gate_sentence(&Gate::ContactLimit { contact_count }, language);
    let nouns = [
        (Language::En, "dispute", "disputes", "day", "days", "contact", "contacts"),
        (Language::De, "Streitfall", "Streitfällen", "Tag", "Tage", "Kontakt", "Kontakte"),
        (Language::Fr, "litige", "litiges", "jour", "jours", "contact", "contacts"),
        (Language::Es, "disputa", "disputas", "día", "días", "contacto", "contactos"),
    ];
    for (language, dispute, disputes, day, days, contact, many_contacts) in nouns {
        let has = |said: &str, noun: &str| said.split([' ', ',']).any(|word| word == noun);
        assert!(has(&past("0 of 1", language), dispute), "{}", past("0 of 1", language));
        assert!(has(&past("1 of 5", language), disputes), "{}", past("1 of 5", language));
        assert!(has(&late("1.02 days late", language), day), "{}", late("1.02 days late", language));
        assert!(has(&late("2.0 days late", language), days), "{}", late("2.0 days late", language));
        assert!(has(&contacts(1, language), contact) && has(&contacts(2, language), many_contacts), "{language}");
        let of_zero = if language == Language::Fr { day } else { days };
        assert!(open("0 days open", language).contains(&format!("0 {of_zero}")), "{}", open("0 days open", language));
    }
    assert!(late("1.5 days late", Language::Fr).contains("1,5 jour de retard"));
    assert!(late("1.5 days late", Language::Es).contains("1,5 días"));
    assert_eq!(
        sentence(Factor::Stake, -2.0, "EUR 0.00", Language::En),
        "Nothing is at stake, which lowers the priority a little."
    );
}

#[test]
fn the_number_of_contacts_is_not_taken_for_the_limit() {
    for language in SPOKEN {
        let said = gate_sentence(&Gate::ContactLimit { contact_count: 4 }, language);
        let limit = ["limit", "limite", "Grenze", "límite"].iter().any(|word| said.contains(word));
        assert!(said.contains('4') && !limit, "{said}");
    }
}

#[test]
fn reasons_of_the_payment_model_claim_nothing_of_the_account_that_they_do_not_know() {
    let said = |factor, value| sentence(factor, 5.0, value, Language::En);
    let traits = "The size and terms of the invoices count, which raises the priority.";
    assert_eq!(said(Factor::InvoiceTraits, ""), traits);
    assert_eq!(said(Factor::Portfolio, ""), "How other customers pay counts too, which raises the priority.");
}

#[test]
fn no_sentence_shows_a_placeholder_whatever_the_value() {
    let factors = [
        Factor::Base,
        Factor::ContestedItem,
        Factor::Severity,
        Factor::CustomerValue,
        Factor::OpenBalance,
        Factor::CreditScore,
        Factor::Stake,
        Factor::Age,
        Factor::Repeats,
        Factor::PastValidity,
        Factor::PaymentHabit,
        Factor::RecentPayments,
        Factor::InvoiceTraits,
        Factor::Portfolio,
        Factor::Waiting,
        Factor::Effort,
    ];
    let values = [
        "",
        "PRICING",
        "MAJOR",
        "EUR 5.00",
        "3 of 4",
        "472 on a scale from 600 to 100",
        "1",
        "9 days open",
        "on time",
        "EUR 1.00 contested, EUR 2.00 withheld",
        "x contested, y withheld",
        "x y",
    ];
    for language in SPOKEN {
        for factor in factors {
            for value in values {
                for points in [-20.0, -5.0, -1.0, 0.0, 1.0, 5.0, 20.0] {
                    let sentence = sentence(factor, points, value, language);
                    assert!(!sentence.contains('{') && sentence.ends_with('.'), "{sentence}");
                }
            }
        }
    }
}
