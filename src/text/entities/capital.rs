//! Tells the capital of a company, which the law wants named below a letter, from the amounts that a letter is about.

use super::amounts::AmountMention;
use super::pieces::{PieceKind, Pieces};

/// Most pieces between the word for capital and the sum.
const BETWEEN_PIECES_MAX: usize = 8;

/// Most pieces between the form of a company and its capital: `Société à responsabilité limitée au capital de`.
const FORM_PIECES_MAX: usize = 12;

/// Words that alone name the capital of a company.
const CAPITAL_WORDS: &[&str] = &["stammkapital", "grundkapital", "gesellschaftskapital", "aktienkapital"];

/// Words that name it as pairs, in the order of the text.
const CAPITAL_PAIRS: &[(&str, &str)] = &[
    ("capital", "social"),
    ("capitale", "sociale"),
    ("cap", "soc"),
    ("share", "capital"),
    ("stock", "capital"),
    ("registered", "capital"),
    ("maatschappelijk", "kapitaal"),
    ("geplaatst", "kapitaal"),
    ("gestort", "kapitaal"),
];

/// Words between the name of the capital and the sum.
const BETWEEN_WORDS: &[&str] = &[
    "de",
    "di",
    "del",
    "of",
    "von",
    "van",
    "in",
    "hohe",
    "hoehe",
    "ist",
    "betragt",
    "is",
    "e",
    "i",
    "v",
    "int",
    "inter",
    "interamente",
    "vers",
    "versato",
    "deliberato",
    "sottoscritto",
    "variable",
    "minimum",
    "fixe",
    "desembolsado",
    "suscrito",
    "realizado",
    "integralizado",
    "euro",
    "euros",
    "eur",
    "chf",
    "usd",
    "gbp",
    "r",
];

/// Forms of French companies, as far as one piece spells them.
const FRENCH_FORMS: &[&str] = &[
    "sarl",
    "sas",
    "sasu",
    "sa",
    "eurl",
    "sci",
    "snc",
    "scop",
    "scic",
    "scp",
    "selarl",
    "selas",
    "sca",
    "scs",
    "societe",
    "limitee",
    "anonyme",
    "simplifiee",
    "unipersonnelle",
];

/// Whether an amount is the capital of a company: `Stammkapital 25.000,00 EUR`, `SARL au capital de 7 500,00 €`.
pub fn is_company_capital(pieces: &Pieces, amount: &AmountMention) -> bool {
    let mut end = amount.first;
    while end > 0 && amount.first - end < BETWEEN_PIECES_MAX {
        let Some(piece) = pieces.get(end - 1) else { return false };
        match piece.kind {
            PieceKind::Letters => {
                if names_capital(pieces, end - 1) {
                    return true;
                }
                if !BETWEEN_WORDS.contains(&pieces.folded(end - 1)) {
                    return false;
                }
            }
            PieceKind::Mark('.' | ':' | ',' | '(' | ')' | '=' | '€' | '$' | '£' | '/') => {}
            PieceKind::Mark(_) | PieceKind::Digits | PieceKind::Break => return false,
        }
        end -= 1;
    }
    false
}

/// Whether the word here ends the name of a company's capital.
fn names_capital(pieces: &Pieces, index: usize) -> bool {
    let word = pieces.folded(index);
    if CAPITAL_WORDS.contains(&word) {
        return true;
    }
    let before = index.checked_sub(1).map(|at| if pieces.mark(at) == Some('.') { at.saturating_sub(1) } else { at });
    let Some(before) = before else { return false };
    if CAPITAL_PAIRS.contains(&(pieces.folded(before), word)) {
        return true;
    }
    word == "capital" && pieces.folded(before) == "au" && follows_french_form(pieces, before)
}

/// Whether a company's form stands before the word here, or the line begins with it.
fn follows_french_form(pieces: &Pieces, index: usize) -> bool {
    for at in (index.saturating_sub(FORM_PIECES_MAX)..index).rev() {
        let is_form = FRENCH_FORMS.contains(&pieces.folded(at));
        // Letters with points between them, `S.A.R.L.`.
        let is_spaced_form = matches!(pieces.folded(at), "l" | "a" | "s") && pieces.mark(at + 1) == Some('.');
        if is_form || is_spaced_form && pieces.is_joined(at) {
            return true;
        }
        if pieces.get(at).is_some_and(|piece| piece.kind == PieceKind::Break) {
            return at + 1 == index;
        }
    }
    index == 0
}

#[cfg(test)]
mod tests {
    use super::super::amounts::find_amounts;
    use super::*;

    /// The values of the amounts of a text that are no capital.
    fn others(text: &str) -> Vec<String> {
        let pieces = Pieces::read_whole(text);
        let amounts = find_amounts(&pieces, &[]);
        let others = amounts.iter().filter(|amount| !is_company_capital(&pieces, amount));
        others.map(|amount| amount.value().to_string()).collect()
    }

    #[test]
    fn the_capital_of_a_company_is_known() {
        for footer in [
            "TISSOT SARL au capital de 7 500,00 €",
            "SA au capital de 2.000.000 EUR",
            "S.A.R.L. au capital de 7 500,00 €",
            "Société à responsabilité limitée au capital variable de 7 500,00 €",
            "TISSOT SARL\nau capital de 7 500,00 €",
            "Cap. soc. € 10.000,00 i.v.",
            "Cap.Soc. Euro 10.000,00 int. vers.",
            "Capitale sociale: € 10.000,00 i.v.",
            "Capitale sociale interamente versato Euro 10.000,00",
            "Stammkapital 25.000,00 EUR",
            "Stammkapital: EUR 25.000,00",
            "Grundkapital in Höhe von 50.000,00 €",
            "capital social 3.005,06 €",
            "Capital social de R$ 100.000,00",
            "maatschappelijk kapitaal € 18.000,00",
            "maatschappelijk kapitaal van EUR 18.000,00",
            "with a share capital of £100.00",
        ] {
            assert_eq!(others(footer), [""; 0], "{footer}");
        }
    }

    #[test]
    fn other_sums_stay_amounts() {
        for (text, values) in [
            ("O capital de 870,00 € já foi aprovado.", vec!["870.00"]),
            ("Le versement de 500,00 € va au capital de 7 500,00 €", vec!["500.00", "7500.00"]),
            ("412,80 € zu viel. Muster GmbH, Stammkapital 25.000,00 EUR, Konto 77,00 €", vec!["412.80", "77.00"]),
            ("Stammkapital\n412,80 €", vec!["412.80"]),
            ("capital social y la factura de 412,80 €", vec!["412.80"]),
        ] {
            assert_eq!(others(text), values, "{text}");
        }
    }
}
