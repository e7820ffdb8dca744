//! Weighs what a sender wrote above other mail: whether it is a message of its own or a cover note.

use super::notices::is_notice;

/// An own part no longer than this, above quoted mail, is only a cover note: the mail below is then kept.
pub const COVER_NOTE_LETTERS_MAX: usize = 24;

/// A note no longer than this, above mail that the sender passes on, only introduces it, unless it states a sum.
const FORWARD_NOTE_LETTERS_MAX: usize = 100;

/// Letters of one line that are counted: as many as the longest note, and one.
const LINE_LETTERS_MAX: usize = FORWARD_NOTE_LETTERS_MAX + 1;

/// A longer line does not introduce what stands below it.
const INTRODUCTION_BYTES_MAX: usize = 100;

/// A longer line is no greeting at the end.
const GREETING_BYTES_MAX: usize = 50;

/// How greetings at the end of a message begin; below them stand a name and numbers of telephones.
const CLOSING_GREETINGS: &[&str] = &[
    "regards",
    "kind regards",
    "best",
    "many thanks",
    "thanks",
    "thank you",
    "yours",
    "sincerely",
    "cheers",
    "mit freundlich",
    "freundliche",
    "viele grüße",
    "beste grüße",
    "schöne grüße",
    "liebe grüße",
    "gruß",
    "grüße",
    "mfg",
    "vg",
    "lg",
    "cordialement",
    "bien cordialement",
    "bien à vous",
    "salutations",
    "cdlt",
    "merci",
    "cordiali saluti",
    "distinti saluti",
    "saluti",
    "un saluto",
    "grazie",
    "met vriendelijke",
    "vriendelijke",
    "groet",
    "mvg",
    "bedankt",
    "saludos",
    "un saludo",
    "atentamente",
    "cordialmente",
    "gracias",
    "cumprimentos",
    "com os melhores",
    "melhores cumprimentos",
    "atenciosamente",
    "att",
    "obrigad",
];

/// Signs and codes of currencies that stand beside a sum as words of their own.
const CURRENCY_WORDS: &[&str] =
    &["€", "$", "£", "¥", "R$", "EUR", "euro", "euros", "USD", "GBP", "CHF", "CAD", "AUD", "BRL", "MXN"];

/// What stands above the line that is read.
#[derive(Debug, Default)]
pub struct OwnWords {
    /// Letters and digits, of each line counted as far as a cover note goes.
    letter_count: usize,
    /// Letters and digits above the greeting at the end.
    note_letter_count: usize,
    line_count: usize,
    states_sum: bool,
    is_signed: bool,
    is_introduction: bool,
}

impl OwnWords {
    /// Adds a line; what a program set above the message is none of the sender's words.
    pub fn add(&mut self, line: &str) {
        let letter_count = line.chars().filter(|c| c.is_alphanumeric()).take(LINE_LETTERS_MAX).count();
        if letter_count == 0 || is_notice(line) {
            return;
        }
        self.letter_count += letter_count.min(COVER_NOTE_LETTERS_MAX + 1);
        self.line_count += 1;
        self.is_introduction = self.line_count == 1
            && line.len() <= INTRODUCTION_BYTES_MAX
            && line.ends_with(':')
            && !line.contains(|c: char| c.is_ascii_digit());
        self.is_signed |= line == "--" || is_closing_greeting(line);
        if !self.is_signed {
            self.note_letter_count += letter_count;
            self.states_sum |= states_sum(line);
        }
    }

    /// Adds the subject of mail that they stand in.
    pub fn add_subject(&mut self, line: &str) {
        self.letter_count += line.chars().filter(|c| c.is_alphanumeric()).take(COVER_NOTE_LETTERS_MAX + 1).count();
    }

    /// Whether they are more than a cover note of one or two words.
    pub fn are_message(&self) -> bool {
        self.letter_count > COVER_NOTE_LETTERS_MAX
    }

    /// Whether they are one line that introduces what stands below: `Our warehouse writes:`.
    pub fn are_introduction(&self) -> bool {
        self.is_introduction
    }

    /// Whether they stand for themselves above mail that is passed on.
    pub fn outweigh_forward(&self) -> bool {
        self.are_message() && (self.states_sum || self.note_letter_count > FORWARD_NOTE_LETTERS_MAX)
    }

    /// Whether there are any.
    pub fn are_any(&self) -> bool {
        self.letter_count > 0
    }
}

fn is_closing_greeting(line: &str) -> bool {
    line.len() <= GREETING_BYTES_MAX && {
        let lower = line.to_lowercase();
        CLOSING_GREETINGS.iter().any(|greeting| {
            lower
                .strip_prefix(greeting)
                .is_some_and(|rest| greeting.len() > 4 || !rest.starts_with(char::is_alphabetic))
        })
    }
}

/// Whether a line has a number with two decimals, or one beside a sign of currency.
fn states_sum(line: &str) -> bool {
    line.split_whitespace().any(|word| {
        let number = word.trim_matches(|c: char| !c.is_ascii_digit());
        let has_sign = number.len() < word.len() && word.contains(['€', '$', '£', '¥']);
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'\''));
        !number.is_empty() && is_number && (has_sign || has_two_decimals(number))
    }) || states_sum_with_code(line)
}

/// Whether a number such as `1.998,00` has two decimals; the last two figures of a date such as `03.05.26` are none.
fn has_two_decimals(number: &str) -> bool {
    let Some((whole, decimals)) = number.rsplit_once(['.', ',']) else { return false };
    let is_grouped = whole.rsplit_once(['.', ',']).is_none_or(|(_, group)| group.len() == 3);
    decimals.len() == 2 && !whole.is_empty() && is_grouped
}

/// Whether a number stands beside the code or the sign of a currency that is a word of its own: `USD 412`, `412 €`.
fn states_sum_with_code(line: &str) -> bool {
    let is_unit = |word: &str| {
        let word = word.trim_matches(['.', ',', ';', ':', '(', ')', '!', '?']);
        CURRENCY_WORDS.iter().any(|unit| word.eq_ignore_ascii_case(unit))
    };
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut before = "";
    line.split_whitespace().any(|word| {
        let is_sum = is_unit(before) && is_number(word) || is_number(before) && is_unit(word);
        before = word;
        is_sum
    })
}
