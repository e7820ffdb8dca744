//! Finds the currency that a message states apart from its sums: `Amount (USD): 705.50`, `Currency: USD`, `all amounts in USD`.

use super::currencies::{capital_code, is_common_code};
use super::numbers::Number;
use super::pieces::{PieceKind, Pieces};
use crate::domain::money::Currency;

/// Pieces between a word for sums and the `in` in front of a code: `amounts on this list are in USD`.
const PIECES_BETWEEN_MAX: usize = 8;

/// The currency stated for a number without a sign of its own.
pub fn stated_currency(pieces: &Pieces, number: &Number) -> Option<Currency> {
    label_before(pieces, number)
        .or_else(|| only_one((0..pieces.len()).filter_map(|index| currency_line(pieces, index))))
        .or_else(|| only_one((0..pieces.len()).filter_map(|index| sums_in(pieces, index))))
        .or_else(|| only_code(pieces))
}

/// The currency in the label directly before the number: `Amount (USD): 705.50`, `Amount USD = 705.50`.
fn label_before(pieces: &Pieces, number: &Number) -> Option<Currency> {
    let mut index = number.first;
    let mut is_labelled = false;
    loop {
        index = index.checked_sub(1)?;
        match pieces.get(index)?.kind {
            PieceKind::Mark(':' | '=' | ')' | ']') => is_labelled = true,
            PieceKind::Letters if is_labelled => return capital_code(pieces, index),
            PieceKind::Letters | PieceKind::Digits | PieceKind::Break | PieceKind::Mark(_) => return None,
        }
    }
}

/// The currency of `Currency: USD` whose code stands at this index.
fn currency_line(pieces: &Pieces, index: usize) -> Option<Currency> {
    let currency = capital_code(pieces, index)?;
    let is_apart = pieces.mark(index.checked_sub(1)?).is_some_and(|mark| matches!(mark, ':' | '=' | ';' | '|'));
    let word = pieces.letters(index.checked_sub(2).filter(|_| is_apart)?)?;
    let is_noun = matches!(
        word,
        "currency" | "wahrung" | "waehrung" | "devise" | "monnaie" | "moneda" | "divisa" | "valuta" | "moeda"
    ) || word == "munteenheid";
    is_noun.then_some(currency)
}

/// The currency of `all amounts in USD` whose code stands at this index.
fn sums_in(pieces: &Pieces, index: usize) -> Option<Currency> {
    let currency = capital_code(pieces, index)?;
    let preposition = index.checked_sub(1)?;
    if !matches!(pieces.letters(preposition), Some("in" | "en" | "em")) {
        return None;
    }
    let start = preposition.saturating_sub(PIECES_BETWEEN_MAX);
    let between = (start..preposition).rev().take_while(|at| {
        pieces
            .get(*at)
            .is_some_and(|piece| !matches!(piece.kind, PieceKind::Break | PieceKind::Mark('.' | ';' | '!' | '?')))
    });
    let mut words = between.filter_map(|at| pieces.letters(at));
    words.any(is_word_for_sums).then_some(currency)
}

/// Whether this folded word stands for the sums of a message.
fn is_word_for_sums(word: &str) -> bool {
    matches!(
        word,
        "amount" | "amounts" | "figure" | "figures" | "sums" | "values" | "prices" | "betrag" | "betrage" | "betraege"
    ) || matches!(word, "summen" | "preise" | "montant" | "montants" | "sommes" | "prix" | "importe" | "importes")
        || matches!(word, "importo" | "importi" | "cifras" | "cifre" | "prezzi" | "precios" | "precos")
        || matches!(word, "bedrag" | "bedragen" | "prijzen" | "valor" | "valores" | "montantes")
}

/// The currency of the only code of a common currency in a message, in capitals.
fn only_code(pieces: &Pieces) -> Option<Currency> {
    let codes = (0..pieces.len()).filter(|index| {
        let is_joined = pieces.is_joined(*index) || pieces.is_joined(index + 1);
        let is_of_reference = is_joined
            && [index.checked_sub(1), Some(index + 1)]
                .into_iter()
                .flatten()
                .any(|at| pieces.digits(at).is_some() || matches!(pieces.mark(at), Some('-' | '/' | '_' | '.' | '@')));
        !is_of_reference && is_common_code(pieces.folded(*index))
    });
    only_one(codes.filter_map(|index| capital_code(pieces, index)))
}

/// The currency that all of these are; none when they differ.
fn only_one(mut currencies: impl Iterator<Item = Currency>) -> Option<Currency> {
    let first = currencies.next()?;
    currencies.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::super::amounts::find_amounts;
    use super::*;

    fn stated(text: &str) -> Option<String> {
        let pieces = Pieces::read_whole(text);
        let amounts = find_amounts(&pieces, &[]);
        let last = amounts.last().unwrap();
        stated_currency(&pieces, &last.number).map(|currency| currency.to_string())
    }

    #[test]
    fn a_currency_apart_from_the_sum_is_found() {
        for (text, expected) in [
            ("Disputed amount: 705.50\nCurrency: USD", "USD"),
            ("Währung: CHF\nStrittiger Betrag: 705,50", "CHF"),
            ("Disputed amount (USD): 705.50", "USD"),
            ("Importo contestato [CHF]: 705,50", "CHF"),
            ("Betrag CHF: 705,50", "CHF"),
            ("Paid in EUR as always. Amount (USD): 705.50", "USD"),
            ("Billed 1,998.00, diff 705.50. Amounts in USD.", "USD"),
            ("Alle Beträge dieser Liste in CHF. Differenz 705,50", "CHF"),
            ("Todos os valores em BRL, diferença 705,50", "BRL"),
            ("We keep our books in SEK; the difference is 705.50", "SEK"),
        ] {
            assert_eq!(stated(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn words_parts_of_references_and_several_codes_state_none() {
        for text in [
            "PLEASE TRY TO CREDIT ALL OF THE 705.50 AT THE TOP",
            "the CAD drawing, the PEN and the CUP are short by 705.50",
            "on USD-4711 the difference is 705.50",
            "we paid EUR or USD, the difference is 705.50",
            "usd or not, the difference is 705.50",
        ] {
            assert_eq!(stated(text), None, "{text}");
        }
    }
}
