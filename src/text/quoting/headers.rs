//! The header lines that programs write above quoted mail: `From: …`, `Sent: …` and their like.

use super::lines::Lines;

/// A header block of quoted mail is recognised when its second header follows within this many lines.
const HEADER_LINES_MAX: usize = 4;

/// Most lines of a header block of which every line is marked as quoted.
const MARKED_LINES_MAX: usize = 12;

/// A longer line names neither a sender nor a time of sending.
const NAME_BYTES_MAX: usize = 80;

/// First headers of a quoted mail.
const SENDER_HEADERS: &[&str] =
    &["from", "von", "de", "da", "van", "expéditeur", "absender", "mittente", "afzender", "remitente", "remetente"];

/// Headers that follow the first one, without those of the subject.
const OTHER_HEADERS: &[&str] = &[
    "sent",
    "date",
    "to",
    "gesendet",
    "datum",
    "an",
    "envoyé",
    "envoyé le",
    "à",
    "inviato",
    "data",
    "a",
    "verzonden",
    "aan",
    "enviado",
    "enviado el",
    "enviada em",
    "enviado em",
    "fecha",
    "para",
    "cc",
];

/// Headers of the subject.
const SUBJECT_HEADERS: &[&str] = &["subject", "betreff", "objet", "oggetto", "onderwerp", "asunto", "assunto"];

/// What a line says within a header block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderLine {
    /// By whom, to whom or when the mail was sent.
    Envelope,
    /// The subject, in the words of whom it is from.
    Subject,
}

/// What the header of this line is; none when the line is no header.
pub fn header_line(line: &str) -> Option<HeaderLine> {
    let name = header_name(line)?;
    let name = name.as_str();
    if SUBJECT_HEADERS.contains(&name) {
        return Some(HeaderLine::Subject);
    }
    (OTHER_HEADERS.contains(&name) || SENDER_HEADERS.contains(&name)).then_some(HeaderLine::Envelope)
}

/// Whether a block of headers begins here: the sender's, and another one soon.
pub fn begins_header_block(lines: &Lines<'_>, index: usize) -> bool {
    lines.get(index).is_some_and(is_sender_header)
        && (index + 1..=index + HEADER_LINES_MAX).filter_map(|next| lines.get(next)).any(|next| {
            header_name(next)
                .is_some_and(|name| OTHER_HEADERS.contains(&name.as_str()) || SUBJECT_HEADERS.contains(&name.as_str()))
        })
}

/// How many lines of headers that are all marked stand here above quoted text that is not: `> Message du 10/03/26 09:14`, `> De : …`.
pub fn marked_header_lines(lines: &Lines<'_>, index: usize) -> Option<usize> {
    let unmarked = |at: usize| lines.get(at).and_then(|line| line.strip_prefix('>')).map(str::trim);
    let first = unmarked(index)?.to_lowercase();
    let date = first.strip_prefix("message du ")?;
    if !date.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut length = 1;
    while let Some(line) = unmarked(index + length) {
        if length >= MARKED_LINES_MAX || !line.is_empty() && header_line(line).is_none() {
            return None;
        }
        length += 1;
    }
    let is_text_unmarked = lines.next_filled(index + length).is_none_or(|line| !line.starts_with('>'));
    (length > 1 && is_text_unmarked).then_some(length)
}

/// Whether a line is the head that Lotus Notes writes: `Tom Reed---03/10/2026 09:14:22 AM---Dear Priya`.
pub fn is_notes_head(line: &str) -> bool {
    let mut parts = line.splitn(3, "---");
    let (Some(name), Some(time), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_name = name.len() <= NAME_BYTES_MAX && name.starts_with(char::is_alphabetic);
    let is_time = time.len() <= NAME_BYTES_MAX && time.starts_with(|c: char| c.is_ascii_digit());
    is_name && is_time && time.contains(':') && time.contains(['/', '.', '-'])
}

/// Whether a name stands here above a line that is nothing but date, time and zone, as in the threads of ticket systems.
pub fn is_thread_head(lines: &Lines<'_>, index: usize) -> bool {
    let is_after_blank = index
        .checked_sub(1)
        .and_then(|before| lines.get(before))
        .is_none_or(|line| line.is_empty() || line.starts_with("--") || line.starts_with("__"));
    let is_name = |line: &str| {
        line.len() <= NAME_BYTES_MAX
            && line.starts_with(char::is_uppercase)
            && !line.ends_with(['.', ',', ':', ';', '?', '!'])
            && !line.contains(|c: char| c.is_ascii_digit())
    };
    is_after_blank && lines.get(index).is_some_and(is_name) && lines.get(index + 1).is_some_and(is_zoned_time)
}

/// Whether a line is a date and a time with the half of the day or the zone: `Mar 10, 2026, 9:14 AM GMT`.
fn is_zoned_time(line: &str) -> bool {
    if line.len() > NAME_BYTES_MAX {
        return false;
    }
    let words: Vec<&str> =
        line.split(|c: char| !c.is_alphanumeric() && c != ':').filter(|word| !word.is_empty()).collect();
    let is_figure = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
    let has_year = words.iter().any(|word| word.len() == 4 && word.starts_with("20") && word.parse::<u16>().is_ok());
    let has_time = words.iter().any(|word| {
        word.split_once(':').is_some_and(|(hours, _)| !hours.is_empty() && hours.bytes().all(|b| b.is_ascii_digit()))
    });
    let is_zone =
        |word: &&str| word.len() <= 4 && word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let word_count = words.len() - words.iter().filter(is_figure).count();
    has_year && has_time && word_count <= 5 && words.last().is_some_and(is_zone)
}

/// Whether a line names the sender of a quoted mail: `From: AR`. A figure instead of a name, as in `De: 12,00`, does not.
fn is_sender_header(line: &str) -> bool {
    let is_named = header_name(line).is_some_and(|name| SENDER_HEADERS.contains(&name.as_str()));
    let value = line.split_once(':').map_or("", |(_, value)| value.trim_start_matches(['*', ' ', '\t', '\u{a0}']));
    is_named && (!value.starts_with(|c: char| c.is_ascii_digit()) || value.contains('@'))
}

/// The lower-case name of a mail header line such as `Von: …`.
fn header_name(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['*', '|', ' ']);
    let (name, _) = line.split_once(':')?;
    let name = name.trim_end_matches(['*', ' ', '\u{a0}', '\u{202f}']);
    (name.len() <= 14).then(|| name.to_lowercase())
}
