//! The lines by which a reply introduces what it quotes: `On Tuesday AR wrote:`.

use super::lines::Lines;

/// A longer line is no attribution of quoted mail.
const ATTRIBUTION_BYTES_MAX: usize = 200;

/// Verbs that end the line above a reply's quotation.
const WROTE_WORDS: &[&str] = &[
    "wrote",
    "schrieb",
    "geschrieben",
    "a écrit",
    "ha scritto",
    "schreef",
    "geschreven",
    "escribió",
    "escreveu",
    "ecrit",
    "escribio",
];

/// Pronouns by which a sender speaks of themselves and of whom they write to. A line with one, `On 3 May your rep wrote:`, is a sentence
/// of the sender's own.
const PRONOUNS: &[&str] = &[
    "i", "we", "our", "us", "me", "you", "your", "he", "she", "they", "ich", "wir", "unser", "unsere", "uns", "mir",
    "sie", "ihr", "ihre", "ihnen", "er", "je", "j'ai", "nous", "notre", "vous", "votre", "vos", "elle", "yo",
    "nosotros", "nos", "usted", "ustedes", "su", "sus", "nuestro", "nuestra", "io", "noi", "ci", "voi", "vostro",
    "vostra", "lei", "suo", "sua", "wij", "ons", "onze", "u", "uw", "jullie", "hij", "zij", "eu", "nós", "você",
    "vocês", "vosso", "vossa", "seu",
];

/// Lines of an attribution such as `Le 4 mars 2026, X a écrit :`, which may be broken into two, and with an address into three. One that
/// could be a sentence of the sender's own counts before lines that are marked as quoted.
pub fn attribution_lines(lines: &Lines<'_>, index: usize) -> Option<usize> {
    let first = lines.get(index)?;
    if !first.chars().any(|c| c.is_ascii_digit()) || first.len() > ATTRIBUTION_BYTES_MAX {
        return None;
    }
    if starts_attribution(first) {
        if ends_attribution(first) {
            let is_own = has_pronoun(first) && !has_address_or_time(first);
            return (!is_own || lines.is_marked_near(index + 1)).then_some(1);
        }
        let second = lines.get(index + 1).filter(|_| first.len() > 20)?;
        if ends_attribution(second) {
            let is_own = [first, second].into_iter().any(has_pronoun);
            return (!is_own || [first, second].into_iter().any(has_address_or_time)).then_some(2);
        }
        let third = lines.get(index + 2).filter(|_| first.contains('@') || second.contains('@'))?;
        return ends_attribution(third).then_some(3);
    }
    let is_dated_address = first.contains('@') && first.ends_with(">:") && starts_with_date(first);
    let is_name_first = first.ends_with(':') && has_address_or_time(first) && {
        let lower = first.to_lowercase();
        WROTE_WORDS.iter().any(|word| lower.contains(word)) && (first.contains('@') || !has_pronoun(first))
    };
    (is_dated_address || is_name_first).then_some(1)
}

fn starts_attribution(line: &str) -> bool {
    const STARTS: [&str; 10] = ["on ", "am ", "le ", "il ", "op ", "el ", "em ", "a ", "den ", "en date"];
    STARTS
        .iter()
        .any(|start| line.as_bytes().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes())))
}

/// Whether a line ends as in `… AR wrote:`.
fn ends_attribution(line: &str) -> bool {
    let Some(tail) = line.trim_end().strip_suffix(':') else { return false };
    let last_words: String = tail.trim_end().chars().rev().take(70).collect::<Vec<_>>().into_iter().rev().collect();
    let last_words = last_words.to_lowercase();
    WROTE_WORDS.iter().any(|word| last_words.contains(word))
}

/// Whether a line starts with a date such as `2026-06-01`.
fn starts_with_date(line: &str) -> bool {
    line.get(..10).is_some_and(|date| {
        date.bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
    })
}

/// Whether a line has an address of mail or a time such as `09:00` or `9h00`, as programs write them into attributions.
fn has_address_or_time(line: &str) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    line.contains('@')
        || line
            .as_bytes()
            .windows(3)
            .any(|part| matches!(part.get(1), Some(b':' | b'h')) && is_digit(part.first()) && is_digit(part.last()))
}

/// Whether a pronoun stands in a line behind its first word, which may be `On`.
fn has_pronoun(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.next();
    words.any(|word| PRONOUNS.iter().any(|pronoun| word.eq_ignore_ascii_case(pronoun)))
}
