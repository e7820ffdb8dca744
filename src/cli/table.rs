//! Tables on the terminal: aligned, wrapped to its width, plain where there is none.

use std::fmt;

use comfy_table::{Cell, CellAlignment, ContentArrangement, presets};

use crate::domain::money::Money;

/// Width of a table that is not shown on a terminal, in characters.
const WIDTH_WITHOUT_TERMINAL: u16 = 120;

/// A table with a heading; columns of numbers are set to the right.
pub struct Table {
    table: comfy_table::Table,
    column_count: usize,
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
        Table { table, column_count: headings.len() }
    }

    /// Adds a row, with a cell for every heading.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.column_count, "a cell for every heading: {cells:?}");
        let cells = cells.into_iter().map(|text| {
            let is_number =
                !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit() || ",.-%+ ".contains(letter));
            let alignment = if is_number { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(text).set_alignment(alignment)
        });
        self.table.add_row(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.table.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        f.write_str(&lines.join("\n"))
    }
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
