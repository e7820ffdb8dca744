//! What `recourse import --help` says behind the options: how a mapping is written, and the fields of every kind.

use std::fmt::Write as _;

use crate::ledger::import::ImportKind;

/// How a mapping is written, what importing again does, and the exit codes.
pub const AFTER_HELP: &str = "\
A mapping says which column fills which field; ready ones are in `training/`. Without one, columns that carry the names \
of the fields fill them. `records` are ledger records as JSONL, which need no mapping; `recourse simulate` writes some.

Keys of a mapping: kind; [columns] field = \"column\"; [constants] field = \"value\"; [values.field] \"word\" = \"meaning\"; and how the \
file is written: delimiter (\";\" in many European exports), decimal and thousands (\",\" and \".\" for 1.234,50), date_formats, \
encoding, empty (what stands for nothing), list_separator. A CSV or Parquet file must have every column that the mapping names. A \
JSONL row may leave keys out; a key that no row has is told at the end. A Parquet timestamp that is an instant (adjusted to UTC) is on \
the day of the strategy's time zone, and on that of UTC where it is a midnight there. A number with more digits than its format keeps \
exactly, such as an id of twenty digits in JSONL, is rejected: write it as text.

A contested_item is a code of the tenant's taxonomy; the words listed below are those of the shipped one (`recourse config \
load-taxonomy --help`).

Importing a file again changes nothing. A later export of the same file adds what is new: an invoice that was open and now \
has its clearing date gains the payment of what was open of it on that day. Where the file has that date and the row of an invoice \
that was cleared leaves it blank, the row is rejected: if the payment was taken back, import a reversal of it (payment_id \
`INVOICE_ID/cleared`), and a later clearing date is taken as the payment of that day. Of a known customer or dispute, a column that \
the file does not have keeps what is stored, and only one that is there and blank clears it.

A row of reversals or applications names its payment_id or its credit_note_id, and not both. An application has one invoice; a payment \
that is applied to several has one row, with an application_id of its own, for each.

Exit codes: 0 every row was taken in; 1 rows were rejected (the others are kept) or the import could not go on (what was \
taken in before is kept); 2 wrong use, such as a missing file or an unknown key in the mapping.";

/// The same with the fields of every kind and the words that they take.
pub fn with_fields() -> String {
    let mut text = format!("{AFTER_HELP}\n\nFields of each kind (* in every row), and the words that a field takes:\n");
    for kind in ImportKind::ALL {
        let fields = kind.fields();
        if fields.is_empty() {
            continue;
        }
        let names: Vec<String> =
            fields.iter().map(|field| format!("{}{}", field.name, if field.is_required { "*" } else { "" })).collect();
        let _ = write!(text, "\n{kind}: {}\n", names.join(", "));
        for field in fields {
            if let Some(codes) = field.codes {
                let _ = writeln!(text, "  {}: {}", field.name, codes.words().join(", "));
            }
        }
    }
    text
}
