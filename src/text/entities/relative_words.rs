//! The words of the seven languages from which days relative to the day of receipt are made; all folded.

use super::number_words::number_below_hundred;
use super::pieces::Pieces;

/// Weekdays from Monday on.
const WEEKDAYS: [&str; 7] = [
    "monday montag lundi lunes lunedi maandag",
    "tuesday tues dienstag mardi martes martedi dinsdag",
    "wednesday mittwoch mercredi miercoles mercoledi woensdag",
    "thursday thurs donnerstag jeudi jueves giovedi donderdag",
    "friday freitag vendredi viernes venerdi vrijdag",
    "saturday samstag sonnabend samedi sabado sabato zaterdag",
    "sunday sonntag dimanche domingo domenica zondag",
];
/// Portuguese weekdays from Monday on, which are ordinals unless `feira` follows.
const PORTUGUESE_WEEKDAYS: [&str; 5] = ["segunda", "terca", "quarta", "quinta", "sexta"];

/// Words before a day from which something has lasted, that is over, or that comes again and again.
pub const SINCE_OR_PAST: &str = "since from after seit ab nach depuis apres desde despues tras dal dalla dallo da dopo sinds vanaf \
    apos last past previous letzten letzte letztem letzter vergangenen vergangener vorigen voriger ultimo ultima scorso scorsa \
    passato afgelopen vorige verleden pasado pasada passado passada dernier derniere every each jeden jedem jeder chaque cada ogni \
    elke iedere toda todo todas todos los ogni black good holy not nicht dated";
/// Words before `today` that make it the end of something, or the day of what is named before.
pub const ENDS_BEFORE: &str = "until till bis hasta ad ate tot a of fino di de d do von van";
/// Words behind a weekday by which it is over.
pub const PAST_BEHIND: &str = "dernier derniere passe passee pasado pasada passado passada scorso scorsa last jl";
/// Words for the next of something.
pub const NEXT: &str = "next nachste nachsten nachster nachstes nachstem kommende kommenden kommender kommendes folgenden proximo \
    proxima prossimo prossima volgende komende prochain prochaine coming";
/// Words for the end of a week.
pub const END: &str = "end ende fin finales fine fim final eind einde";
/// Words by which a time counts from something else than receipt, when they stand behind it.
pub const COUNTED_FROM: &str = "date datum fecha data of from after since following nach ab seit vom zum de du des d apres suivant \
    suivante depuis desde tras del dalla dal da dopo na vanaf apos upon seguinte siguiente successivo successiva seguente folgend late overdue net netto \
    end fin fine eom fm ff ago past delay before";
/// Words for today as that from which a time counts.
pub const NOW: &str = "now today heute jetzt aujourd hui maintenant hoy ahora oggi ora vandaag nu hoje agora";
/// Words before a time that make it a term of payment and no promise.
pub const TERMS: &str = "net netto term terms ziel zahlungsziel zahlungsfrist zahlungsbedingung zahlungsbedingungen konditionen \
    zahlungskonditionen conditions condition condiciones condizioni termini termine termijn betalingstermijn voorwaarden \
    betalingsvoorwaarden condicoes delai delais payable zahlbar pagadero pagadera pagabile pagabili betaalbaar pagavel fallig \
    falligkeit echeance skonto discount escompte descuento sconto korting desconto contract vertrag contrat contrato contratto";
/// Words for a day.
pub const DAY: &str =
    "day days tag tage tagen jour jours dia dias giorno giorni dag dagen kalendertage kalendertagen gg jrs";
/// Words for a working day, where that is one word.
pub const WORKING_DAY: &str = "werktag werktage werktagen arbeitstag arbeitstage arbeitstagen bankarbeitstage bankarbeitstagen \
    werkdag werkdagen";
/// Words beside a day that make it a working day.
pub const WORKING: &str = "working business banking bank ouvres ouvrables ouvre ouvrable habiles habil laborables laborable \
    lavorativi lavorativo uteis util bancarios";
/// Words for a week.
pub const WEEK: &str = "week weeks woche wochen semaine semaines semana semanas settimana settimane weken";
/// Words for a month.
pub const MONTH: &str = "month months monat monate monaten monats mois mes meses mese mesi maand maanden";

/// Whether the piece at this index is one of these words.
pub fn is_one_of(pieces: &Pieces, index: usize, words: &str) -> bool {
    pieces.letters(index).is_some_and(|letters| words.split_ascii_whitespace().any(|word| word == letters))
}

/// The weekday, 0 for Monday, that is named here, and the end of its name.
pub fn weekday_at(pieces: &Pieces, index: usize) -> Option<(u32, usize)> {
    let word = pieces.letters(index)?;
    let of_list = WEEKDAYS.iter().position(|names| names.split(' ').any(|name| name == word));
    if let Some(weekday) = of_list {
        return Some((u32::try_from(weekday).ok()?, index + 1));
    }
    let weekday = u32::try_from(PORTUGUESE_WEEKDAYS.iter().position(|name| *name == word)?).ok()?;
    let behind = if pieces.mark(index + 1) == Some('-') { index + 2 } else { index + 1 };
    if pieces.letters(behind) == Some("feira") {
        return Some((weekday, behind + 1));
    }
    let is_alone = pieces.letters(index + 1).is_none() && pieces.digits(index + 1).is_none();
    let is_named = index.checked_sub(1).is_some_and(|before| is_one_of(pieces, before, "na ate proxima esta nesta"));
    let is_of_next_week = next_week_end(pieces, index + 1).is_some();
    (is_named && (is_alone || is_of_next_week)).then_some((weekday, index + 1))
}

/// The end of `next week` or `of next week` in any of the languages.
pub fn next_week_end(pieces: &Pieces, from: usize) -> Option<usize> {
    for index in from..from + 3 {
        let (first, second) = (is_one_of(pieces, index, WEEK), is_one_of(pieces, index + 1, WEEK));
        if second && is_one_of(pieces, index, NEXT) {
            return Some(index + 2);
        }
        if first && is_one_of(pieces, index + 1, NEXT) {
            return Some(index + 2);
        }
        if first && pieces.letters(index + 1) == Some("que") && is_one_of(pieces, index + 2, "viene vem") {
            return Some(index + 3);
        }
        if !is_one_of(pieces, index, "of the in de la da der della do van") {
            return None;
        }
    }
    None
}

/// The small number at this index, in figures or in words.
pub fn count_at(pieces: &Pieces, index: usize) -> Option<u32> {
    if let Some(digits) = pieces.digits(index) {
        return if digits.len() <= 3 { digits.parse().ok() } else { None };
    }
    match pieces.letters(index)? {
        "a" | "an" | "einem" | "einer" | "eines" => Some(1),
        word => number_below_hundred(word),
    }
}
