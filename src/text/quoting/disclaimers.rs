//! Paragraphs that programs add below a message: notices of confidentiality.

use super::lines::Lines;

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

/// How many lines of a disclaimer paragraph start here; 0 when none does.
pub fn disclaimer_lines(lines: &Lines<'_>, index: usize) -> usize {
    let previous_is_blank =
        index == 0 || lines.get(index - 1).is_none_or(|line| line.is_empty() || line.starts_with("--"));
    if !previous_is_blank {
        return 0;
    }
    let mut length = 0;
    let mut paragraph = String::new();
    while let Some(line) = lines.get(index + length).filter(|line| !line.is_empty()) {
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
