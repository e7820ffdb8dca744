//! Reads tables of a message: what the header says of each column, so that the order and the customer's own document beside an invoice
//! are told from it.

use std::ops::Range;

use crate::text::entities::cues::{Cue, Cues};
use crate::text::entities::pieces::{PieceKind, Pieces};

use super::announced::{is_invoice_noun, is_invoice_number_noun, is_number_word};

/// Most columns of a table.
const COLUMNS_MAX: usize = 16;

/// What the numbers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The invoices that the message is about.
    Invoice,
    /// Orders, the sender's own documents and what else has a number.
    Other,
}

/// The columns of the tables of a message that have one for invoices, by pieces.
#[derive(Debug, Default)]
pub struct Columns {
    cells: Vec<(Range<usize>, Column)>,
}

/// What sets the cells of a line apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Mark(char),
    Blanks,
}

impl Columns {
    /// Finds the tables: a header that names an invoice, and the lines below it with as many cells.
    pub fn read(pieces: &Pieces, cues: &Cues) -> Self {
        let mut columns = Columns::default();
        let mut header: Option<(Separator, Vec<Option<Column>>)> = None;
        for line in lines(pieces) {
            if let Some(found) = header_of(pieces, cues, &line) {
                header = Some(found);
                continue;
            }
            let Some((separator, kinds)) = &header else { continue };
            let cells = cells_of(pieces, &line, *separator);
            let is_rule = line.clone().all(|index| pieces.mark(index).is_some());
            if cells.len() == kinds.len() {
                let known = cells.into_iter().zip(kinds).filter_map(|(cell, kind)| kind.map(|kind| (cell, kind)));
                columns.cells.extend(known);
            } else if !is_rule {
                header = None;
            }
        }
        columns
    }

    /// What the column says in which the pieces `first..end` stand.
    pub fn kind_of(&self, first: usize, end: usize) -> Option<Column> {
        let cell = self.cells.iter().find(|(cell, _)| cell.start <= first && end <= cell.end);
        cell.map(|(_, kind)| *kind)
    }
}

/// The lines that are not empty.
fn lines(pieces: &Pieces) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let ends = (0..=pieces.len()).filter(|index| pieces.get(*index).is_none_or(|piece| piece.kind == PieceKind::Break));
    let lines = ends.map(move |end| {
        let line = start..end;
        start = end + 1;
        line
    });
    lines.filter(|line| !line.is_empty())
}

/// The cells of a line; a bar at its start or end sets none apart.
fn cells_of(pieces: &Pieces, line: &Range<usize>, separator: Separator) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let mut start = line.start;
    for index in line.clone() {
        match separator {
            Separator::Mark(mark) if pieces.mark(index) == Some(mark) => {
                cells.push(start..index);
                start = index + 1;
            }
            Separator::Blanks if index > start && pieces.get(index).is_some_and(|piece| piece.is_apart) => {
                cells.push(start..index);
                start = index;
            }
            Separator::Mark(_) | Separator::Blanks => {}
        }
    }
    cells.push(start..line.end);
    if separator == Separator::Mark('|') {
        cells.retain(|cell| !cell.is_empty() || (cell.start != line.start && cell.end != line.end));
    }
    cells
}

/// The separator and the columns of a line when it is the header of a table with invoices: words without figures.
fn header_of(pieces: &Pieces, cues: &Cues, line: &Range<usize>) -> Option<(Separator, Vec<Option<Column>>)> {
    if line.clone().any(|index| pieces.digits(index).is_some()) {
        return None;
    }
    let separator = [Separator::Mark('|'), Separator::Mark(';'), Separator::Blanks]
        .into_iter()
        .find(|separator| (2..=COLUMNS_MAX).contains(&cells_of(pieces, line, *separator).len()))?;
    let cells = cells_of(pieces, line, separator);
    let kinds: Vec<Option<Column>> = cells.iter().map(|cell| column_of(pieces, cues, cell)).collect();
    kinds.contains(&Some(Column::Invoice)).then_some((separator, kinds))
}

/// What a cell of the header says of its column.
fn column_of(pieces: &Pieces, cues: &Cues, cell: &Range<usize>) -> Option<Column> {
    let words: Vec<&str> = cell.clone().filter_map(|index| pieces.letters(index)).collect();
    let is_document = |word: &str| {
        matches!(word, "document" | "doc" | "beleg" | "belegnr" | "belegnummer" | "piece" | "documento" | "stuk")
            || matches!(word, "ref" | "reference" | "referenz" | "referencia" | "riferimento" | "referentie")
    };
    let is_number =
        |word: &str| is_number_word(word) || matches!(word, "o" | "id" | "de" | "da" | "di" | "della" | "la");
    let is_your = |word: &str| {
        matches!(word, "your" | "ihr" | "ihre" | "votre" | "vos" | "su" | "vuestra" | "vostra" | "vs" | "uw" | "vossa")
    };
    let is_own = |word: &str| {
        matches!(
            word,
            "our" | "unser" | "unsere" | "notre" | "nuestro" | "nuestra" | "nostro" | "nostra" | "ons" | "onze"
        ) || matches!(word, "nosso" | "nossa")
    };
    let is_invoice = |word: &str| is_invoice_noun(word) || is_invoice_number_noun(word);
    let is_all =
        |fits: &dyn Fn(&str) -> bool| !words.is_empty() && words.iter().all(|word| fits(word) || is_number(word));
    let has = |fits: &dyn Fn(&str) -> bool| words.iter().any(|word| fits(word));
    if has(&is_invoice) && is_all(&|word| is_invoice(word) || is_your(word))
        || has(&is_your) && is_all(&|word| is_your(word) || is_document(word))
    {
        return Some(Column::Invoice);
    }
    if has(&is_own) && is_all(&|word| is_own(word) || is_document(word)) || has(&is_document) && is_all(&is_document) {
        return Some(Column::Other);
    }
    let is_another = |index: usize| {
        matches!(cues.of(index), Some(Cue::Order | Cue::Delivery | Cue::Return | Cue::Contract | Cue::Account))
    };
    (!has(&is_invoice) && cell.clone().any(is_another)).then_some(Column::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Option<Column>> {
        let pieces = Pieces::read_whole(text);
        let columns = Columns::read(&pieces, &Cues::read(&pieces));
        let figures = (0..pieces.len()).filter(|index| pieces.digits(*index).is_some_and(|digits| digits.len() > 6));
        figures.map(|index| columns.kind_of(index, index + 1)).collect()
    }

    #[test]
    fn the_header_tells_what_its_columns_are() {
        for text in [
            "Our document;Your invoice;Amount\n5100004511;90114477;1,250.00",
            "Doc no  Your ref  Amount\n5100004511  90114477  1,250.00",
            "Unser Beleg | Ihre Rechnung | Betrag\n---|---|---\n5100004511 | 90114477 | 1.250,00",
            "| Notre réf. | Votre facture |\n| 5100004511 | 90114477 |",
            "PO\tInvoice\tBilled\n4500771234\t90114477\t1,250.00",
            "Bestellnummer;Rechnungsnummer\n4500771234;90114477",
            "Lieferschein | Rechnung\n4500771234 | 90114477",
            "N° BL;N° facture\n4500771234;90114477",
            "Cliente;Factura\n4500771234;90114477",
        ] {
            assert_eq!(kinds(text), [Some(Column::Other), Some(Column::Invoice)], "{text}");
        }
    }

    #[test]
    fn what_is_no_table_with_invoices_says_nothing() {
        for text in [
            "Doc no;Amount;Text\n5100004511;90114477;x",
            "Your invoice is wrong; our order too\n5100004511;90114477",
            "PO\tInvoice\tBilled\n4500771234 90114477",
            "Invoice date;Invoice amount\n5100004511;90114477",
            "PO 4500771234;Invoice\nx 90114477;y",
        ] {
            assert!(kinds(text).iter().all(Option::is_none), "{text}");
        }
    }
}
