//! Tables on the terminal: aligned, wrapped to its width, plain where there is none.

use std::fmt;

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

use crate::domain::money::Money;

/// Width of a table that is not shown on a terminal, in characters.
const WIDTH_WITHOUT_TERMINAL: u16 = 120;
/// Longest word that is never cut, in characters: an amount, a name, a heading, but no sentence without blanks.
const WHOLE_WORD_MAX: usize = 24;
/// Characters beside a cell's text.
const PADDING: usize = 2;

/// A table with a heading; columns of numbers are set to the right.
pub struct Table {
    table: comfy_table::Table,
    /// Of every column the characters of its longest word that is not to be cut.
    whole_words: Vec<usize>,
}

impl Table {
    /// An empty table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        if !table.is_tty() {
            table.set_width(columns_wanted());
        }
        table.set_header(headings.iter().map(Cell::new));
        let mut table = Table { table, whole_words: vec![0; headings.len()] };
        for (index, heading) in headings.iter().enumerate() {
            table.keep_whole(index, heading);
        }
        table
    }

    /// Adds a row, with a cell for every heading.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.whole_words.len(), "a cell for every heading: {cells:?}");
        for (index, text) in cells.iter().enumerate() {
            self.keep_whole(index, text);
        }
        let cells = cells.into_iter().map(|text| {
            let is_number =
                !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit() || ",.-%+ ".contains(letter));
            let alignment = if is_number { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(visible(&text)).set_alignment(alignment)
        });
        self.table.add_row(cells);
    }

    /// Makes a column so wide that no word of `text` is cut, be the table wider than the terminal.
    fn keep_whole(&mut self, index: usize, text: &str) {
        let longest =
            text.split_whitespace().map(|word| word.chars().count()).filter(|length| *length <= WHOLE_WORD_MAX).max();
        let (Some(known), Some(longest)) = (self.whole_words.get_mut(index), longest) else { return };
        let width = u16::try_from(longest + PADDING).unwrap_or(u16::MAX);
        if longest > *known
            && let Some(column) = self.table.column_mut(index)
        {
            *known = longest;
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.table.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// A cell's text without what would steer the terminal; lines stay lines.
fn visible(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect()
}

/// The width asked for in `COLUMNS`, or one that fits most files.
fn columns_wanted() -> u16 {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(WIDTH_WITHOUT_TERMINAL)
}

/// An amount with grouped thousands, without its currency: `12,400.50`.
pub fn money(amount: Money) -> String {
    group(&amount.decimal().to_string())
}

/// A number with this many decimals and grouped thousands.
pub fn number(value: f64, decimals: usize) -> String {
    group(&format!("{value:.decimals$}"))
}

/// `1 customer`, `2 customers`.
pub fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn group(plain: &str) -> String {
    let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(whole, fraction)| (whole, Some(fraction)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_cut_however_narrow_the_terminal() {
        let mut table = Table::new(&["customer", "open", "reasons"]);
        table.table.set_width(30);
        let reason = "The customer says that less arrived than was billed, of which EUR 17,000.20 are contested";
        table.row(vec!["A customer with a long name".to_owned(), "53,421,634.83".to_owned(), reason.to_owned()]);
        table.row(vec!["B\u{1b}[31m".to_owned(), "1.00".to_owned(), "none".to_owned()]);
        let shown = table.to_string();
        assert!(shown.contains("53,421,634.83") && shown.contains("17,000.20"), "{shown}");
        assert!(shown.contains("customer") && shown.contains("contested"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "row")), ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn thousands_are_grouped() {
        for (plain, grouped) in
            [("1", "1"), ("-1234.5", "-1,234.5"), ("123456", "123,456"), ("1000000.00", "1,000,000.00")]
        {
            assert_eq!(group(plain), grouped);
        }
    }
}
