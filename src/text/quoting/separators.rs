//! The lines that programs draw between a message and the mail below it.

/// A longer line without a rule is no separator.
const SEPARATOR_BYTES_MAX: usize = 60;

/// Words that stand in a line of dashes above the mail that is answered.
const REPLY_WORDS: &[&str] = &[
    "original message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "mail original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensaje original",
    "mensagem original",
];

/// Words that stand in a line of dashes, or before a colon, above mail that is passed on.
const FORWARD_WORDS: &[&str] = &[
    "forwarded message",
    "weitergeleitete nachricht",
    "weitergeleiteten nachricht",
    "message transféré",
    "message réexpédié",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "mensaje reenviado",
    "mensagem encaminhada",
    "mensagem reencaminhada",
];

/// Words that stand before a name in a line of dashes above mail that is passed on.
const FORWARDED_BY_WORDS: &[&str] = &[
    "forwarded by",
    "weitergeleitet von",
    "transféré par",
    "inoltrato da",
    "doorgestuurd door",
    "reenviado por",
    "encaminhado por",
];

/// Words of the line above which an answer is to be written; what stands below it is the thread so far.
const ANSWER_ABOVE_WORDS: &[&str] = &[
    "type your reply above this line",
    "reply above this line",
    "above this line to reply",
    "antwort über dieser zeile",
    "antwort oberhalb dieser zeile",
    "réponse au-dessus de cette ligne",
    "risposta sopra questa riga",
    "antwoord boven deze regel",
    "respuesta por encima de esta línea",
    "respuesta encima de esta línea",
    "resposta acima desta linha",
];

/// What a line says of the mail below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// It is the mail that is answered.
    Reply,
    /// It is mail that the sender passes on.
    Forward,
    /// It is the thread so far, and the answer stands above.
    AnswerAbove,
}

/// What a line separates; none when it is no separator.
pub fn separator(line: &str) -> Option<Separator> {
    let is_ruled = ["--", "__", "==", "**"].iter().any(|rule| line.starts_with(rule));
    if is_answer_above(line) {
        return Some(Separator::AnswerAbove);
    }
    if !is_ruled && (line.len() >= SEPARATOR_BYTES_MAX || !line.ends_with(':')) {
        return None;
    }
    let lower = line.to_lowercase();
    let has_any = |all: &[&str]| all.iter().any(|words| lower.contains(words));
    if has_any(FORWARD_WORDS) || is_ruled && has_any(FORWARDED_BY_WORDS) {
        return Some(Separator::Forward);
    }
    has_any(REPLY_WORDS).then_some(Separator::Reply)
}

/// Whether a text says that it is mail passed on.
pub fn names_forward(text: &str) -> bool {
    let lower = text.to_lowercase();
    FORWARD_WORDS.iter().any(|words| lower.contains(words))
}

fn is_answer_above(line: &str) -> bool {
    let is_framed = line.starts_with("##-") && line.ends_with("-##");
    is_framed
        || line.starts_with(['-', '=', '#', '*', '—']) && {
            let lower = line.to_lowercase();
            ANSWER_ABOVE_WORDS.iter().any(|words| lower.contains(words))
        }
}
