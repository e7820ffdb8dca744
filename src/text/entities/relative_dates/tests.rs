//! Days in words, counted from the day of receipt.

use super::super::date_order::DateOrder;
use super::super::dates::find_dates;
use super::*;

/// The days named in the text, for a message received on Wednesday, 2026-03-11, without the year.
fn days(text: &str) -> Vec<String> {
    days_from(text, CivilDate::new(2026, 3, 11).unwrap())
}

fn days_from(text: &str, received_on: CivilDate) -> Vec<String> {
    let pieces = Pieces::read_whole(text);
    let written = find_dates(&pieces, DateOrder::DayFirst);
    let found = find_relative_dates(&pieces, &written);
    found.iter().map(|mention| mention.resolve(received_on).unwrap().to_string()[5..].to_owned()).collect()
}

fn assert_day(texts: &[&str], expected: &str) {
    for text in texts {
        assert_eq!(days(text), [expected], "{text}");
    }
}

#[test]
fn near_days_are_read() {
    assert_day(&["paid today", "wird heute bezahlt", "payée aujourd'hui", "hoy", "oggi", "vandaag", "hoje"], "03-11");
    let tomorrow =
        ["paid tomorrow", "wird morgen bezahlt", "payée demain", "se paga mañana", "domani", "wordt morgen betaald"];
    assert_day(&tomorrow, "03-12");
    assert_day(&["paga amanhã", "Morgen wird RE-4711 ganz sicher überwiesen", "tomorrow's payment run"], "03-12");
    let later = ["the day after tomorrow", "übermorgen", "après-demain", "pasado mañana", "dopodomani", "overmorgen"];
    assert_day(&later, "03-13");
    assert_day(&["depois de amanhã"], "03-13");
}

#[test]
fn weekdays_are_the_next_such_days() {
    let friday = ["on Friday", "by next Friday", "am Freitag", "vendredi prochain", "el viernes", "venerdì", "vrijdag"];
    assert_day(&friday, "03-13");
    assert_day(&["na sexta-feira", "in Friday's payment run", "na sexta."], "03-13");
    assert_day(&["on Wednesday", "Mittwoch", "na quarta-feira"], "03-18");
    assert_day(
        &["next week Monday", "Monday of next week", "nächste Woche Montag", "lundi de la semaine prochaine"],
        "03-16",
    );
    assert_day(&["el lunes de la próxima semana", "lunedì della prossima settimana", "volgende week maandag"], "03-16");
    assert_day(&["segunda-feira da próxima semana"], "03-16");
    assert_day(&["Friday next week", "Friday week"], "03-20");
    assert_day(
        &["by the end of the week", "Ende der Woche", "fin de la semaine", "eind van de week", "fine settimana"],
        "03-13",
    );
    assert_day(&["Ende nächster Woche", "by end of next week"], "03-20");
}

#[test]
fn durations_count_from_receipt() {
    let ten = [
        "in 10 days",
        "within ten days",
        "in 10 Tagen",
        "dans 10 jours",
        "en 10 días",
        "entro 10 giorni",
        "binnen 10 dagen",
    ];
    assert_day(&ten, "03-21");
    assert_day(
        &["em 10 dias", "over 10 dagen", "in the next 10 days", "in 7 to 10 days", "in 10 days from today"],
        "03-21",
    );
    assert_day(&["in two weeks", "innerhalb von 14 Tagen", "dentro de dos semanas", "tra due settimane"], "03-25");
    assert_day(&["sous 8 jours", "sous huitaine", "d'ici 8 jours"], "03-19");
    assert_day(&["in a week", "in einer Woche", "dans une semaine"], "03-18");
    assert_day(&["within 5 working days", "in 5 Werktagen", "sous 5 jours ouvrés", "en 5 días hábiles"], "03-18");
    assert_day(&["in a month", "in einem Monat"], "04-11");
}

#[test]
fn parts_of_a_month_are_read() {
    let end = [
        "by end of March",
        "bis Ende März",
        "fin mars",
        "a finales de marzo",
        "fine marzo",
        "eind maart",
        "fim de março",
    ];
    assert_day(&end, "03-31");
    let month = [
        "the end of the month",
        "Ende des Monats",
        "Monatsende",
        "fin du mois",
        "fin de mes",
        "fine mese",
        "fim do mês",
    ];
    assert_day(&month, "03-31");
    assert_day(
        &["eind van de maand", "at month end", "by EOM", "end of March 2026", "before the end of this month"],
        "03-31",
    );
    let next = ["end of next month", "Ende nächsten Monats", "fin du mois prochain", "fine del prossimo mese"];
    assert_day(&next, "04-30");
    let middle =
        ["mid-April", "Mitte April", "mi-avril", "mediados de abril", "metà aprile", "medio april", "meados de abril"];
    assert_day(&middle, "04-15");
    assert_day(&["half april"], "04-15");
    assert_eq!(days("by the end of February"), ["02-28"]);
}

#[test]
fn a_day_of_the_month_is_the_next_such_day() {
    let day = [
        "on the 20th",
        "am 20.",
        "le 20",
        "il 20",
        "el día 20",
        "el 20",
        "no dia 20",
        "op de 20e",
        "zum 20. überwiesen",
    ];
    assert_day(&day, "03-20");
    assert_day(&["the 1st of next month", "le 1er", "am 1. überweisen wir"], "04-01");
    assert_day(&["by the 11th"], "04-11");
    assert_eq!(days_from("on the 31st", CivilDate::new(2026, 4, 10).unwrap()), ["05-31"]);
}

#[test]
fn a_day_and_month_behind_a_preposition_are_a_date() {
    let day =
        ["am 20.3 per Überweisung", "zum 20.3", "il 20.03", "op 20-03", "em 20-03", "le 20-03", "on 20.03, as agreed"];
    assert_day(&day, "03-20");
    for text in [
        "le 12.10 €",
        "a 20.50",
        "Position 20.3",
        "am 20.3.4",
        "on 2.5 kg",
        "il 2.5%",
        "le 12.10 euros",
        "20-03",
        "le 12.10 h",
    ] {
        assert_eq!(days(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_weekday_of_a_numbered_week_is_that_day() {
    let friday = [
        "Wir zahlen RE-5512 am Freitag in KW 28",
        "am Freitag der KW 28",
        "vendredi semaine 28",
        "le vendredi de la semaine 28",
        "Friday wk 28",
        "Friday of week 28",
        "vrijdag week 28",
        "Freitag, KW 28",
        "Freitag (KW28/2026)",
        "Freitag der 28. KW",
        "KW 28, Freitag",
        "in KW 28 am Freitag",
        "el viernes de la semana 28",
        "venerdì della settimana 28",
        "sexta-feira da semana 28",
    ];
    assert_day(&friday, "07-10");
    assert_day(&["Thursday wk 27"], "07-02");
    assert_day(&["Freitag in KW 53/2026"], "01-01");
    assert_eq!(days("Friday of week 60"), Vec::<String>::new());
    assert_eq!(days_from("Freitag KW 2", CivilDate::new(2026, 12, 1).unwrap()), ["01-15"]);
}

#[test]
fn the_end_of_a_numbered_week_is_its_friday() {
    let friday = [
        "Zahlung erfolgt bis KW 27",
        "Zahlung erfolgt Ende KW 27",
        "bis spätestens Ende KW27/2026",
        "spätestens in KW 27",
        "by end of week 27",
        "by week 27",
        "fin semaine 27",
        "fin de la semaine 27",
        "eind week 27",
        "a finales de la semana 27",
        "entro la settimana 27",
        "fine settimana 27",
        "até a semana 27",
    ];
    assert_day(&friday, "07-03");
    for text in ["Zahlung erfolgt in KW 27", "seit Ende KW 9", "by week 27.5", "bis KW 270", "bis KW 27 (03.07.2026)"] {
        assert_eq!(days(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_weekday_with_its_place_in_a_month_is_that_day() {
    assert_day(&["the second Tuesday of July", "am zweiten Dienstag im Juli", "il secondo martedì di luglio"], "07-14");
    let first = [
        "first Monday in July",
        "am ersten Montag im Juli",
        "le premier lundi de juillet",
        "el primer lunes de julio",
        "il primo lunedì di luglio",
        "de eerste maandag van juli",
        "na primeira segunda-feira de julho",
        "the first Monday of July 2026",
    ];
    assert_day(&first, "07-06");
    assert_day(&["le deuxième lundi d'avril", "na segunda segunda-feira de abril"], "04-13");
    for text in ["laatste vrijdag van de maand", "the first Monday after the audit", "am ersten Montag des Monats"] {
        assert_eq!(days(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_weekday_with_weeks_behind_it_is_that_much_later() {
    let fortnight = [
        "Friday fortnight",
        "vendredi en quinze",
        "am Freitag in zwei Wochen",
        "Freitag in 14 Tagen",
        "Friday in two weeks",
        "vendredi dans deux semaines",
        "el viernes dentro de dos semanas",
        "venerdì tra due settimane",
        "vrijdag over twee weken",
        "sexta-feira daqui a duas semanas",
    ];
    assert_day(&fortnight, "03-27");
    assert_day(&["vendredi en huit", "Friday in a week", "Friday week"], "03-20");
    for text in
        ["the Friday after next", "am übernächsten Freitag", "Freitag übernächster Woche", "übernächste Woche Freitag"]
    {
        assert_eq!(days(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn past_days_terms_and_other_things_are_no_days() {
    for text in [
        "Friday's delivery",
        "last Friday",
        "since Monday",
        "seit Montag",
        "vendredi dernier",
        "el viernes pasado",
        "venerdì scorso",
        "every Friday",
        "we pay on Fridays",
        "le vendredi",
        "within 30 days of invoice date",
        "innerhalb von 30 Tagen nach Rechnungsdatum",
        "sous 30 jours date de facture net, à 30 jours fin de mois",
        "30 days net",
        "terms are payment within 30 days",
        "zahlbar innerhalb von 14 Tagen",
        "2 % discount if paid within 10 days",
        "5 days late",
        "in 10 boxes",
        "over 10 days late",
        "end of last month",
        "since the end of March",
        "seit Ende März",
        "30 days end of month",
        "fin de semana",
        "the 20th of January invoice",
        "the 2nd delivery",
        "the 20th of last month",
        "le 20 %",
        "el 20 por ciento",
        "am 20. Januar",
        "il 20,50",
        "Guten Morgen Frau Kurz",
        "Morgen Karen,\n",
        "heute Morgen kam die Ware",
        "por la mañana",
        "bis heute offen",
        "la llamada de hoy",
        "next week",
        "early April",
        "Friday, 13 March",
        "am Freitag, den 13.03.2026",
        "13 March (Friday)",
        "in the end may I ask",
        "half out of stock",
    ] {
        assert_eq!(days(text), Vec::<String>::new(), "{text}");
    }
}
