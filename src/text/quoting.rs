//! Finds what the sender wrote themselves: earlier mail quoted below, and disclaimers, are cut; offsets stay those of the message.

use std::ops::Range;

/// A header block of quoted mail is recognised when its second header follows within this many lines.
const HEADER_LINES_MAX: usize = 4;

/// A longer line is no attribution of quoted mail.
const ATTRIBUTION_BYTES_MAX: usize = 200;

/// An own part shorter than this, above a forwarded mail, is only a cover note: the forwarded text is then kept.
const COVER_NOTE_LETTERS_MAX: usize = 24;

/// Words that stand in a line of dashes above quoted mail.
const SEPARATOR_WORDS: &[&str] = &[
    "original message",
    "forwarded message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "mail original",
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

/// Pronouns by which a sender speaks of themselves and of whom they write to. A line with one, `On 3 May your rep wrote:`, is a sentence
/// of the sender's own.
const PRONOUNS: &[&str] = &[
    "i", "we", "our", "us", "me", "you", "your", "he", "she", "they", "ich", "wir", "unser", "unsere", "uns", "mir",
    "sie", "ihr", "ihre", "ihnen", "er", "je", "j'ai", "nous", "notre", "vous", "votre", "vos", "elle", "yo",
    "nosotros", "nos", "usted", "ustedes", "su", "sus", "nuestro", "nuestra", "io", "noi", "ci", "voi", "vostro",
    "vostra", "lei", "suo", "sua", "wij", "ons", "onze", "u", "uw", "jullie", "hij", "zij", "eu", "nós", "você",
    "vocês", "vosso", "vossa", "seu",
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
        if is_quoted(content) {
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

/// Whether a line bears the mark of quoted mail; one that bears bars within is a row of a table.
fn is_quoted(line: &str) -> bool {
    line.starts_with('>') || line.starts_with("&gt;") || line.strip_prefix("| ").is_some_and(|rest| !rest.contains('|'))
}

/// The lines as byte ranges, each with its line break; a text without line feeds is broken at carriage returns.
fn lines_of(text: &str) -> Vec<Range<usize>> {
    let line_break = if text.contains('\n') { '\n' } else { '\r' };
    let mut start = 0;
    text.split_inclusive(line_break)
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
    if is_sender_header(line) {
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

/// Whether a line names the sender of a quoted mail: `From: AR`. A figure instead of a name, as in `De: 12,00`, does not.
fn is_sender_header(line: &str) -> bool {
    let is_named = header_name(line).is_some_and(|name| SENDER_HEADERS.contains(&name.as_str()));
    let value = line.split_once(':').map_or("", |(_, value)| value.trim_start_matches(['*', ' ', '\t', '\u{a0}']));
    is_named && (!value.starts_with(|c: char| c.is_ascii_digit()) || value.contains('@'))
}

/// Lines of an attribution such as `Le 4 mars 2026, X a écrit :`, which may be broken into two, and with an address into three. One that
/// could be a sentence of the sender's own counts before lines that are marked as quoted.
fn wrote_lines(text: &str, lines: &[Range<usize>], index: usize) -> Option<usize> {
    let first = line_text(text, lines, index)?;
    if !first.chars().any(|c| c.is_ascii_digit()) || first.len() > ATTRIBUTION_BYTES_MAX {
        return None;
    }
    if starts_attribution(first) {
        if ends_attribution(first) {
            let is_own = has_pronoun(first) && !has_address_or_time(first);
            return (!is_own || next_line_is_marked(text, lines, index + 1)).then_some(1);
        }
        let second = line_text(text, lines, index + 1).filter(|_| first.len() > 20)?;
        if ends_attribution(second) {
            let is_own = [first, second].into_iter().any(has_pronoun);
            return (!is_own || [first, second].into_iter().any(has_address_or_time)).then_some(2);
        }
        let third = line_text(text, lines, index + 2).filter(|_| first.contains('@') || second.contains('@'))?;
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

fn line_text<'t>(text: &'t str, lines: &[Range<usize>], index: usize) -> Option<&'t str> {
    lines.get(index).and_then(|line| text.get(line.clone())).map(str::trim)
}

fn next_line_is_marked(text: &str, lines: &[Range<usize>], index: usize) -> bool {
    (index..index + 2).filter_map(|next| line_text(text, lines, next)).any(is_quoted)
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
            assert_eq!(
                own(&format!("The price is wrong.\n{mark}Please pay INV-1.")),
                "The price is wrong.\n",
                "{mark}"
            );
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
    fn many_ruled_lines_are_read_in_one_go() {
        let text = format!("....\n{}hello", "-- original message\n".repeat(20_000));
        assert_eq!(own_parts(&text).len(), 2);
    }
}
