//! The forms in which a day is named as seen from the day of receipt: near days and weekdays, durations, and parts of a month.

use super::dates::year_after;
use super::months::month_of;
use super::pieces::{PieceKind, Pieces};
use super::relative_dates::{DAYS_MAX, RelativeDay, RelativeMention};
use super::relative_words::{
    COUNTED_FROM, DAY, END, MONTH, NEXT, NOW, TERMS, WEEK, WORKING, WORKING_DAY, count_at, is_one_of,
};
use super::weekdays::{end_of_numbered_week, weekday, weekday_behind_week};

/// Pieces in front of a duration in which a word makes it a term of payment.
const TERMS_BEFORE_MAX: usize = 10;
/// The months behind `half`, which in Dutch makes their middle, as far as English has no such word that means something else.
const DUTCH_MONTHS: &str = "januari februari maart april mei juni juli augustus september oktober november december";
/// The day that stands for the middle of a month.
const MIDDLE: u32 = 15;

/// `tomorrow`, `Friday`, `Friday next week`, `nächste Woche Freitag`, `end of the week`.
pub fn find_day(pieces: &Pieces, first: usize) -> Option<RelativeMention> {
    let (day, end) = near_day(pieces, first)
        .or_else(|| weekday(pieces, first))
        .or_else(|| weekday_behind_week(pieces, first))
        .or_else(|| end_of_numbered_week(pieces, first))
        .or_else(|| end_of_week(pieces, first))?;
    (!owns_something_else(pieces, end)).then_some(RelativeMention { first, end, day })
}

/// Whether an `'s` makes it the day of a thing other than a payment, as in `Friday's delivery`.
fn owns_something_else(pieces: &Pieces, end: usize) -> bool {
    let is_owner = matches!(pieces.mark(end), Some('\'' | '’'))
        && pieces.is_joined(end)
        && pieces.is_joined(end + 1)
        && pieces.letters(end + 1) == Some("s");
    let pays = |index: usize| is_one_of(pieces, index, "run payment batch bacs ach cheque check transfer");
    is_owner && !pays(end + 2) && !pays(end + 3)
}

fn before(pieces: &Pieces, index: usize, words: &str) -> bool {
    index.checked_sub(1).is_some_and(|before| is_one_of(pieces, before, words))
}

fn near_day(pieces: &Pieces, first: usize) -> Option<(RelativeDay, usize)> {
    let word = pieces.letters(first)?;
    let (days, end) = match word {
        "today" | "heute" | "hoy" | "oggi" | "vandaag" | "hoje" => (0, first + 1),
        "aujourd" if pieces.letters(first + 2) == Some("hui") => (0, first + 3),
        "tomorrow" | "tmrw" | "demain" | "domani" | "amanha" => (1, first + 1),
        "morgen" if is_tomorrow_in_german(pieces, first) => (1, first + 1),
        "manana" if !before(pieces, first, "la esta por cada buena una las de") => (1, first + 1),
        "ubermorgen" | "uebermorgen" | "overmorgen" | "dopodomani" => (2, first + 1),
        "pasado" if pieces.letters(first + 1) == Some("manana") => (2, first + 2),
        "apres" if pieces.letters(first + 1) == Some("demain") => (2, first + 2),
        "apres" if pieces.mark(first + 1) == Some('-') && pieces.letters(first + 2) == Some("demain") => (2, first + 3),
        "day" if pieces.letters(first + 1) == Some("after") && pieces.letters(first + 2) == Some("tomorrow") => {
            (2, first + 3)
        }
        "depois" if pieces.letters(first + 1) == Some("de") && pieces.letters(first + 2) == Some("amanha") => {
            (2, first + 3)
        }
        _ => return None,
    };
    let is_this_morning = days == 0 && is_one_of(pieces, end, "morgen morning fruh");
    (!is_this_morning).then_some((RelativeDay::Days(days), end))
}

/// Whether `morgen` is no greeting and no time of day.
fn is_tomorrow_in_german(pieces: &Pieces, index: usize) -> bool {
    let is_time =
        before(pieces, index, "guten gute schonen schoenen goede goeden goedem am jeden diesen heute gestern de den");
    let is_first = index == 0 || pieces.get(index - 1).is_some_and(|piece| piece.kind == PieceKind::Break);
    let ends_soon = || {
        (index + 1..index + 5).any(|at| {
            matches!(pieces.mark(at), Some(',' | '!'))
                || pieces.get(at).is_none_or(|piece| piece.kind == PieceKind::Break)
        })
    };
    !(is_time || is_first && ends_soon())
}

/// `end of the week`, `Ende nächster Woche`, `eind van de week`; `fin de semana`, which is the weekend, is none.
fn end_of_week(pieces: &Pieces, first: usize) -> Option<(RelativeDay, usize)> {
    if !is_one_of(pieces, first, END) {
        return None;
    }
    let mut weeks = 0;
    for index in first + 1..first + 5 {
        if is_one_of(pieces, index, WEEK) {
            let is_weekend = index == first + 1 && pieces.folded(first) != "ende" && pieces.folded(first) != "fine"
                || matches!(pieces.letters(index), Some("semana")) && pieces.letters(index - 1) == Some("de");
            let is_next = is_one_of(pieces, index + 1, NEXT);
            return (!is_weekend)
                .then_some((RelativeDay::EndOfWeek(weeks + u32::from(is_next)), index + 1 + usize::from(is_next)));
        }
        if is_one_of(pieces, index, NEXT) {
            weeks = 1;
        } else if !is_one_of(pieces, index, "of the this der dieser de la cette esta della questa van deze da desta") {
            return None;
        }
    }
    None
}

/// `in 10 days`, `innerhalb von 14 Tagen`, `sous 8 jours`, `entro due settimane`; a term of payment is none.
pub fn find_duration(pieces: &Pieces, first: usize) -> Option<RelativeMention> {
    let prefixes = "in within innerhalb binnen sous dans ici en entro tra fra over em daqui dentro nei prazo plazo nos";
    if !is_one_of(pieces, first, prefixes) {
        return None;
    }
    let fillers = "the von der den die de la el los les i gli le a d lo as os e within next coming nachsten kommenden \
        proximos proximas prossimi prossime prochains prochaines komende volgende um uns circa about ca maximal spatestens";
    let mut index = first + 1;
    // `a` is a filler in some languages and one in English.
    while index < first + 4
        && is_one_of(pieces, index, fillers)
        && !(pieces.letters(index) == Some("a") && is_one_of(pieces, index + 1, "day week month fortnight"))
    {
        index += 1;
    }
    let (day, end) = spell(pieces, index).or_else(|| counted(pieces, index))?;
    let is_from_now = || (end + 1..end + 4).any(|at| is_one_of(pieces, at, NOW));
    let is_of_another_day = is_one_of(pieces, end, COUNTED_FROM) && !is_from_now();
    let over_only =
        pieces.folded(first) == "over" && !is_one_of(pieces, end - 1, "dag dagen week weken maand maanden werkdagen");
    if is_of_another_day || over_only || is_term(pieces, first) {
        return None;
    }
    Some(RelativeMention { first, end, day })
}

/// Durations with a name of their own.
fn spell(pieces: &Pieces, index: usize) -> Option<(RelativeDay, usize)> {
    match pieces.letters(index)? {
        "huitaine" => Some((RelativeDay::Days(8), index + 1)),
        "quinzaine" => Some((RelativeDay::Days(15), index + 1)),
        "a" if pieces.letters(index + 1) == Some("fortnight") => Some((RelativeDay::Days(14), index + 2)),
        _ => None,
    }
}

/// A count and its unit; of a range the later end.
fn counted(pieces: &Pieces, from: usize) -> Option<(RelativeDay, usize)> {
    let mut count = count_at(pieces, from)?;
    let mut index = from + 1;
    let is_range = matches!(pieces.mark(index), Some('-' | '–' | '/'))
        || is_one_of(pieces, index, "to or bis oder a ou o of tot y e");
    if is_range && let Some(later) = count_at(pieces, index + 1) {
        count = count.max(later);
        index += 2;
    }
    let mut is_working = false;
    for _ in 0..2 {
        let is_working_word = is_one_of(pieces, index, WORKING);
        if is_working_word || is_one_of(pieces, index, "calendar full volle prochains prochaines next") {
            is_working |= is_working_word;
            index += 1;
        }
    }
    let is_working_unit = is_one_of(pieces, index, WORKING_DAY);
    let is_week = is_one_of(pieces, index, WEEK);
    let is_month = is_one_of(pieces, index, MONTH);
    if !(is_working_unit || is_week || is_month || is_one_of(pieces, index, DAY)) {
        return None;
    }
    let mut end = index + 1;
    if is_one_of(pieces, end, WORKING) {
        is_working = true;
        end += 1;
    }
    let (day, days) = if is_month {
        (RelativeDay::Months(count), 31 * count)
    } else if is_week {
        (RelativeDay::Days(7 * count), 7 * count)
    } else if is_working || is_working_unit {
        (RelativeDay::WorkingDays(count), count)
    } else {
        (RelativeDay::Days(count), count)
    };
    (1..=DAYS_MAX).contains(&days).then_some((day, end))
}

/// Whether words in front, in the same sentence, make a duration a term of payment or of a discount.
fn is_term(pieces: &Pieces, first: usize) -> bool {
    for index in (first.saturating_sub(TERMS_BEFORE_MAX)..first).rev() {
        let ends_sentence = pieces.mark(index).is_some_and(|mark| matches!(mark, '.' | ';' | '!' | '?'));
        if ends_sentence && !pieces.is_joined(index + 1) {
            return false;
        }
        if pieces.mark(index) == Some('%') || is_one_of(pieces, index, TERMS) {
            return true;
        }
    }
    false
}

/// What part of a month its words mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Middle,
    End,
}

/// `end of March`, `Ende des Monats`, `fin mars`, `month end`, `mid-April`, `Mitte April`.
pub fn find_month_part(pieces: &Pieces, first: usize) -> Option<RelativeMention> {
    let head = pieces.letters(first)?;
    let mention = |end: usize, day: RelativeDay| Some(RelativeMention { first, end, day });
    // A term such as `30 days end of month`.
    if before(pieces, first, DAY) {
        return None;
    }
    match head {
        "eom" | "monatsende" | "maandeinde" => return mention(first + 1, RelativeDay::EndOfMonth(0)),
        "monatsmitte" => return mention(first + 1, RelativeDay::DayOfMonth(MIDDLE)),
        "month" => {
            let end = if pieces.mark(first + 1) == Some('-') { first + 2 } else { first + 1 };
            let is_end = pieces.letters(end) == Some("end");
            return if is_end { mention(end + 1, RelativeDay::EndOfMonth(0)) } else { None };
        }
        _ => {}
    }
    let part = match head {
        "end" | "ende" | "fin" | "fines" | "finales" | "final" | "finais" | "fine" | "fim" | "eind" | "einde" => {
            Part::End
        }
        "half" if is_one_of(pieces, first + 1, DUTCH_MONTHS) => Part::Middle,
        "mid" | "middle" | "mitte" | "mi" | "mediados" | "meta" | "medio" | "midden" | "meados" => Part::Middle,
        _ => return None,
    };
    part_of_month(pieces, first, part)
}

fn part_of_month(pieces: &Pieces, first: usize, part: Part) -> Option<RelativeMention> {
    let fillers = "of the this des dieses diesen de du ce d del di dell il la este el esta van deze do deste corrente \
        current laufenden";
    let mut index = first + 1;
    let mut is_next = false;
    for _ in 0..4 {
        let is_joint = matches!(pieces.mark(index), Some('-' | '\'' | '’')) && pieces.is_joined(index);
        is_next |= is_one_of(pieces, index, NEXT);
        if !(is_joint || is_one_of(pieces, index, fillers) || is_one_of(pieces, index, NEXT)) {
            break;
        }
        index += 1;
    }
    let is_plain = index == first + 1;
    let (day, end) = if is_one_of(pieces, index, MONTH) {
        let has_next = is_one_of(pieces, index + 1, NEXT);
        let comes =
            pieces.letters(index + 1) == Some("que") && is_one_of(pieces, index + 2, "viene vem") && part == Part::End;
        let end = index + 1 + usize::from(has_next) + 2 * usize::from(comes);
        let is_next = is_next || has_next || comes;
        let day = match part {
            Part::End => RelativeDay::EndOfMonth(u32::from(is_next)),
            Part::Middle if is_next => RelativeDay::DayOfNextMonth(MIDDLE),
            Part::Middle => RelativeDay::DayOfMonth(MIDDLE),
        };
        (day, end)
    } else {
        let month = month_of(pieces, index)?;
        // `in the end may` and `final March invoice` name no end of a month.
        let is_other_word = is_plain
            && (pieces.folded(index) == "may"
                || matches!(pieces.folded(first), "final" | "fine") && pieces.folded(index) == "march");
        if is_other_word {
            return None;
        }
        let (year, end) = year_after(pieces, index + 1);
        let day = if part == Part::Middle { Some(MIDDLE) } else { None };
        (RelativeDay::InMonth { year, month, day }, end)
    };
    let is_of_another_day =
        is_one_of(pieces, end, COUNTED_FROM) && !is_one_of(pieces, end, "of de du des net vom zum end");
    (!is_of_another_day).then_some(RelativeMention { first, end, day })
}
