//! Finds what the sender wrote themselves: earlier mail quoted below, and disclaimers, are cut; offsets stay those of the message.

use std::ops::Range;

/// A header block of quoted mail is recognised when its second header follows within this many lines.
const HEADER_LINES_MAX: usize = 4;

/// An own part shorter than this, above a forwarded mail, is only a cover note: the forwarded text is then kept.
const COVER_NOTE_LETTERS_MAX: usize = 24;

/// Words that stand in a line of dashes above quoted mail.
const SEPARATOR_WORDS: &[&str] = &[
    "original message",
    "forwarded message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "message transféré",
    "messaggio originale",
    "messaggio inoltrato",
    "oorspronkelijk bericht",
    "doorgestuurd bericht",
    "mensaje original",
    "mensaje reenviado",
    "mensagem original",
    "mensagem encaminhada",
];

/// First headers of a quoted mail.
const SENDER_HEADERS: &[&str] =
    &["from", "von", "de", "da", "van", "expéditeur", "absender", "mittente", "afzender", "remitente", "remetente"];

/// Headers that follow the first one.
const OTHER_HEADERS: &[&str] = &[
    "sent",
    "date",
    "to",
    "subject",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "envoyé le",
    "objet",
    "à",
    "inviato",
    "data",
    "oggetto",
    "a",
    "verzonden",
    "aan",
    "onderwerp",
    "enviado",
    "enviado el",
    "enviada em",
    "enviado em",
    "fecha",
    "para",
    "asunto",
    "assunto",
    "cc",
];

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

/// Words of a confidentiality notice; two different ones in a paragraph make a disclaimer.
const DISCLAIMER_WORDS: &[&str] = &[
    "confidential",
    "intended solely",
    "intended recipient",
    "vertraulich",
    "bestimmt für",
    "nicht der richtige adressat",
    "ce message et ses pièces",
    "confidentiel",
    "destinataire",
    "confidencial",
    "destinatario",
    "destinatário",
    "riservat",
    "vertrouwelijk",
    "geadresseerde",
    "think before printing",
    "consider the environment",
    "privileged",
];

/// The parts of `text` that its sender wrote, in order; never empty for a text that is not.
pub fn own_parts(text: &str) -> Vec<Range<usize>> {
    let lines = lines_of(text);
    let mut parts: Vec<Range<usize>> = Vec::new();
    // Letters and digits of the parts, counted as far as a cover note goes.
    let mut letter_count = 0;
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        let content = text.get(line.clone()).unwrap_or_default().trim();
        if content.starts_with('>') {
            index += 1;
            continue;
        }
        if let Some(length) = quotation_header_lines(text, &lines, index) {
            if next_line_is_marked(text, &lines, index + length) {
                index += length;
                continue;
            }
            if letter_count > COVER_NOTE_LETTERS_MAX {
                break;
            }
            index += length;
            continue;
        }
        let disclaimer_length = disclaimer_lines(text, &lines, index);
        if disclaimer_length > 0 && letter_count > COVER_NOTE_LETTERS_MAX {
            index += disclaimer_length;
            continue;
        }
        let letters = text.get(line.clone()).unwrap_or_default().chars().filter(|c| c.is_alphanumeric());
        letter_count += letters.take(COVER_NOTE_LETTERS_MAX + 1).count();
        push_part(&mut parts, line.clone());
        index += 1;
    }
    if letter_count == 0 { std::iter::once(0..text.len()).collect() } else { parts }
}

/// The lines as byte ranges, each with its line break.
fn lines_of(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let range = start..start + line.len();
            start = range.end;
            range
        })
        .collect()
}

fn push_part(parts: &mut Vec<Range<usize>>, line: Range<usize>) {
    match parts.last_mut() {
        Some(last) if last.end == line.start => last.end = line.end,
        Some(_) | None => parts.push(line),
    }
}

/// How many lines introduce quoted mail at this line, if they do.
fn quotation_header_lines(text: &str, lines: &[Range<usize>], index: usize) -> Option<usize> {
    let line = line_text(text, lines, index)?;
    let is_ruled = line.starts_with("--") || line.starts_with("__") || line.starts_with("==") || line.starts_with("**");
    if is_ruled || line.len() < 60 {
        let lower = line.to_lowercase();
        let is_separator = SEPARATOR_WORDS.iter().any(|words| lower.contains(words));
        if is_separator && (is_ruled || lower.ends_with(':')) {
            return Some(1);
        }
    }
    if header_name(line).is_some_and(|name| SENDER_HEADERS.contains(&name.as_str())) {
        let follows = (index + 1..=index + HEADER_LINES_MAX)
            .filter_map(|next| line_text(text, lines, next))
            .filter(|next| header_name(next).is_some_and(|name| OTHER_HEADERS.contains(&name.as_str())))
            .count();
        if follows >= 1 {
            return Some(1);
        }
    }
    wrote_lines(text, lines, index)
}

/// Lines of an attribution such as `Le 4 mars 2026, X a écrit :`, which may be broken into two.
fn wrote_lines(text: &str, lines: &[Range<usize>], index: usize) -> Option<usize> {
    let first = line_text(text, lines, index)?;
    if !first.chars().any(|c| c.is_ascii_digit()) || first.len() > 200 {
        return None;
    }
    let ends_quotation = |line: &str| {
        let lower = line.to_lowercase();
        let tail = lower.trim_end().strip_suffix(':').map(str::trim_end);
        tail.is_some_and(|tail| {
            let last_words: String = tail.chars().rev().take(70).collect::<Vec<_>>().into_iter().rev().collect();
            WROTE_WORDS.iter().any(|word| last_words.contains(word))
        })
    };
    let starts_attribution = ["on ", "am ", "le ", "il ", "op ", "el ", "em ", "a ", "den ", "en date"]
        .iter()
        .any(|start| first.to_lowercase().starts_with(start));
    if !starts_attribution {
        return None;
    }
    if ends_quotation(first) {
        return Some(1);
    }
    line_text(text, lines, index + 1).is_some_and(|second| first.len() > 20 && ends_quotation(second)).then_some(2)
}

fn line_text<'t>(text: &'t str, lines: &[Range<usize>], index: usize) -> Option<&'t str> {
    lines.get(index).and_then(|line| text.get(line.clone())).map(str::trim)
}

fn next_line_is_marked(text: &str, lines: &[Range<usize>], index: usize) -> bool {
    (index..index + 2).filter_map(|next| line_text(text, lines, next)).any(|line| line.starts_with('>'))
}

/// The lower-case name of a mail header line such as `Von: …`.
fn header_name(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['*', '|', ' ']);
    let (name, _) = line.split_once(':')?;
    let name = name.trim_end_matches(['*', ' ', '\u{a0}', '\u{202f}']);
    (name.len() <= 14).then(|| name.to_lowercase())
}

/// How many lines of a disclaimer paragraph start here; 0 when none does.
fn disclaimer_lines(text: &str, lines: &[Range<usize>], index: usize) -> usize {
    let previous_is_blank =
        index == 0 || line_text(text, lines, index - 1).is_none_or(|line| line.is_empty() || line.starts_with("--"));
    if !previous_is_blank {
        return 0;
    }
    let mut length = 0;
    let mut paragraph = String::new();
    while let Some(line) = line_text(text, lines, index + length).filter(|line| !line.is_empty()) {
        paragraph.push_str(&line.to_lowercase());
        paragraph.push(' ');
        length += 1;
        if length > 30 {
            break;
        }
    }
    let is_about_mail = ["mail", "message", "nachricht", "messaggio", "mensaje", "mensagem", "bericht", "courriel"]
        .iter()
        .any(|word| paragraph.contains(word));
    let word_count = DISCLAIMER_WORDS.iter().filter(|word| paragraph.contains(*word)).count();
    if is_about_mail && word_count >= 2 { length } else { 0 }
}

#[cfg(test)]
mod tests {
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
        ] {
            let text = format!("We received only 118 of the 120 sleeves billed.\n\n{header}Please pay INV-1.\n");
            assert_eq!(own(&text).trim(), "We received only 118 of the 120 sleeves billed.", "{header}");
        }
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

    #[test]
    fn a_sentence_that_starts_like_a_header_is_kept() {
        let text = "Da quando il vostro sistema è cambiato, il prezzo è doppio: 12,40.\nDe facture klopt niet.";
        assert_eq!(own(text), text);
    }

    #[test]
    fn a_disclaimer_is_cut() {
        let text = "The scale read 840 kg, not 900 as billed on 4471.\n\nThis e-mail is confidential and for the intended recipient only.\n";
        assert!(!own(text).contains("confidential"));
    }

    #[test]
    fn many_ruled_lines_are_read_in_one_go() {
        let text = format!("....\n{}hello", "-- original message\n".repeat(20_000));
        assert_eq!(own_parts(&text).len(), 2);
    }
}
