//! A mapping fitted to a file: where in a row each field is found, and how it is read.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;

use super::cell::Cell;
use super::codes::{NO_WORDS, YES_WORDS};
use super::error::ImportError;
use super::kind::ImportKind;
use super::mapping::{FieldMapping, Mapping};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::domain::violation::{Gather, Violation};

/// What joins the columns of a field that has several.
const COLUMN_JOINER: &str = "/";

/// A mapping fitted to the columns of a file.
#[derive(Debug)]
pub(super) struct Plan {
    pub kind: ImportKind,
    /// The columns that rows must hold, each once.
    pub columns: Vec<String>,
    fields: BTreeMap<&'static str, PlannedField>,
    list_separator: String,
    empty_words: Vec<String>,
    takes_columns_by_name: bool,
}

#[derive(Debug)]
struct PlannedField {
    mapping: FieldMapping,
    /// Places in the row's cells.
    cell_indexes: Vec<usize>,
}

impl Plan {
    /// Fits a mapping to the columns of a file; `None` where the format does not know them beforehand.
    pub fn fit(mapping: Mapping, file: &Path, found: Option<&[String]>) -> Result<Self, ImportError> {
        let mut plan = Plan {
            kind: mapping.kind,
            columns: Vec::new(),
            fields: BTreeMap::new(),
            list_separator: mapping.list_separator,
            empty_words: mapping.empty_words,
            takes_columns_by_name: mapping.takes_columns_by_name,
        };
        for spec in mapping.kind.fields() {
            let Some(field) = mapping.fields.get(spec.name) else { continue };
            if let Some(found) = found {
                let missing = field.columns.iter().find(|column| !found.contains(column));
                match missing {
                    Some(_) if mapping.takes_columns_by_name && !spec.is_required => continue,
                    Some(_) if mapping.takes_columns_by_name => {
                        let found = listed(found);
                        return Err(ImportError::UnmappedField { file: file.to_owned(), field: spec.name, found });
                    }
                    Some(column) => {
                        let (column, found) = (column.clone(), listed(found));
                        return Err(ImportError::MissingColumn {
                            file: file.to_owned(),
                            column,
                            field: spec.name,
                            found,
                        });
                    }
                    None => {}
                }
                let repeated =
                    field.columns.iter().find(|column| found.iter().filter(|name| name == column).count() > 1);
                if let Some(column) = repeated {
                    return Err(ImportError::RepeatedColumn { file: file.to_owned(), column: column.clone() });
                }
            }
            let cell_indexes = field.columns.iter().map(|column| plan.index_of(column)).collect();
            plan.fields.insert(spec.name, PlannedField { mapping: field.clone(), cell_indexes });
        }
        Ok(plan)
    }

    fn index_of(&mut self, column: &str) -> usize {
        let known = self.columns.iter().position(|listed| listed == column);
        known.unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.columns.len() - 1
        })
    }

    /// The columns that fill each field, for messages.
    pub fn columns_by_field(&self) -> BTreeMap<&'static str, String> {
        let with_columns = self.fields.iter().filter(|(_, planned)| !planned.mapping.columns.is_empty());
        with_columns.map(|(field, planned)| (*field, planned.mapping.columns.join(COLUMN_JOINER))).collect()
    }

    /// The fields for which a mapping names one of these columns; without a mapping a column may be missing.
    pub fn fields_of(&self, columns: &[&str]) -> Vec<(&'static str, String)> {
        let mut named = Vec::new();
        for (field, planned) in self.fields.iter().filter(|_| !self.takes_columns_by_name) {
            let wanted = planned.mapping.columns.iter().filter(|column| columns.contains(&column.as_str()));
            named.extend(wanted.map(|column| (*field, column.clone())));
        }
        named
    }

    /// Those of these columns that fill no field though they might have been meant to: a mapping says which columns are wanted, but
    /// without one each column is expected to carry the name of a field.
    pub fn columns_unused<'a>(&self, found: impl Iterator<Item = &'a str>) -> Vec<String> {
        if !self.takes_columns_by_name || self.kind == ImportKind::Records {
            return Vec::new();
        }
        let mut unused: Vec<String> = Vec::new();
        for name in found.filter(|name| !name.is_empty()) {
            if !self.columns.iter().any(|column| column == name) && !unused.iter().any(|known| known == name) {
                unused.push(name.to_owned());
            }
        }
        unused
    }

    /// Starts reading a row.
    pub fn read<'a>(&'a self, cells: &'a [Cell]) -> RowFields<'a> {
        RowFields { plan: self, cells, gather: Gather::default() }
    }
}

/// The columns of a file; where there is only one that looks like several, what may be wrong.
fn listed(columns: &[String]) -> String {
    match columns {
        [only] if only.contains([';', '\t', '|', ',']) => format!("`{only}`: is the `delimiter` of the mapping right?"),
        _ => columns.join(", "),
    }
}

/// The fields of one row; what cannot be read is gathered, so that all of it is reported at once.
pub(super) struct RowFields<'a> {
    plan: &'a Plan,
    cells: &'a [Cell],
    /// What could not be read so far.
    pub gather: Gather,
}

impl RowFields<'_> {
    /// Whether the row says anything about a field, be it that it is empty: the row has all its columns, or it has a constant.
    pub fn tells(&self, field: &str) -> bool {
        let Some(planned) = self.plan.fields.get(field) else { return false };
        let is_there = |index: &usize| !matches!(self.cells.get(*index), None | Some(Cell::Absent));
        planned.mapping.constant.is_some() || planned.cell_indexes.iter().all(is_there)
    }

    /// The text of a field: its cells after translation, or its constant.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        let planned = self.plan.fields.get(field)?;
        let mut parts = Vec::with_capacity(planned.cell_indexes.len());
        for index in &planned.cell_indexes {
            match self.cells.get(*index).unwrap_or(&Cell::Empty) {
                Cell::Unusable(what) => {
                    self.gather.push(Violation::new(field, what, "one text, number or day"));
                    return None;
                }
                Cell::List(texts) => parts.extend(texts.iter().cloned()),
                cell @ (Cell::Absent
                | Cell::Empty
                | Cell::Text(_)
                | Cell::Number(_)
                | Cell::Date(_)
                | Cell::Truth(_)) => {
                    parts.extend(cell.text().filter(|text| !self.plan.is_empty_word(text)));
                }
            }
        }
        let is_complete = !parts.is_empty() && parts.len() >= planned.cell_indexes.len();
        let text = if is_complete { Some(parts.join(COLUMN_JOINER)) } else { None };
        let text = text.map(|text| match planned.mapping.values.get(text.trim()) {
            Some(meaning) => meaning.clone(),
            None => text,
        });
        text.filter(|text| !text.is_empty()).or_else(|| planned.mapping.constant.clone())
    }

    /// The text of a field that must not be empty; its absence is noted.
    pub fn required_text(&mut self, field: &'static str) -> Option<String> {
        let text = self.text(field);
        if text.is_none() {
            self.gather.push(Violation::new(field, "", "a value"));
        }
        text
    }

    /// A field read by a parser of the domain.
    pub fn parsed<T>(&mut self, field: &'static str, parse: impl Fn(&str) -> Result<T, Violation>) -> Option<T> {
        let text = self.text(field)?;
        self.take(field, &text, parse(text.trim()))
    }

    /// The same for a field that must not be empty.
    pub fn required<T>(&mut self, field: &'static str, parse: impl Fn(&str) -> Result<T, Violation>) -> Option<T> {
        let text = self.required_text(field)?;
        self.take(field, &text, parse(text.trim()))
    }

    /// A violation is reported with the name that the field has in mappings and the text of the file.
    fn take<T>(&mut self, field: &'static str, text: &str, result: Result<T, Violation>) -> Option<T> {
        self.gather.take(result.map_err(|violation| Violation::new(field, text, violation.expected)))
    }

    /// A number, exactly as written.
    pub fn number(&mut self, field: &'static str) -> Option<Decimal> {
        let planned = self.plan.fields.get(field)?;
        let style = match planned.cell_indexes.first().and_then(|index| self.cells.get(*index)) {
            Some(Cell::Number(_)) => super::number::NumberStyle::PLAIN,
            Some(
                Cell::Absent
                | Cell::Empty
                | Cell::Text(_)
                | Cell::Date(_)
                | Cell::Truth(_)
                | Cell::List(_)
                | Cell::Unusable(_),
            )
            | None => planned.mapping.number_style,
        };
        let text = self.text(field)?;
        let number = style.parse(&text).ok_or_else(|| Violation::new(field, &text, style.expected(&text)));
        self.gather.take(number)
    }

    /// An amount in a currency; absent when either could not be read.
    pub fn amount(&mut self, field: &'static str, currency: Option<Currency>) -> Option<Money> {
        let number = self.number(field)?;
        let money = Money::from_decimal(number, currency?);
        self.take(field, &number.to_string(), money)
    }

    /// An amount that must be there.
    pub fn required_amount(&mut self, field: &'static str, currency: Option<Currency>) -> Option<Money> {
        if self.text(field).is_none() {
            self.gather.push(Violation::new(field, "", "an amount"));
            return None;
        }
        self.amount(field, currency)
    }

    /// A day.
    pub fn date(&mut self, field: &'static str) -> Option<CivilDate> {
        let planned = self.plan.fields.get(field)?;
        if let [index] = planned.cell_indexes[..]
            && let Some(Cell::Date(date)) = self.cells.get(index)
        {
            return Some(*date);
        }
        let text = self.text(field)?;
        let formats = &planned.mapping.date_formats;
        let date = formats.iter().find_map(|format| format.read(text.trim())).ok_or_else(|| {
            let written: Vec<_> = formats.iter().map(|format| format.as_str()).collect();
            let expected = format!("a day between 1900 and 2199 written as {}", written.join(" or "));
            Violation::new(field, &text, expected)
        });
        self.gather.take(date)
    }

    /// A day that must be there.
    pub fn required_date(&mut self, field: &'static str) -> Option<CivilDate> {
        if self.text(field).is_none() {
            self.gather.push(Violation::new(field, "", "a day"));
            return None;
        }
        self.date(field)
    }

    /// A truth value; false when empty.
    pub fn truth(&mut self, field: &'static str) -> bool {
        let Some(text) = self.text(field) else { return false };
        match text.trim().to_ascii_lowercase().as_str() {
            word if YES_WORDS.contains(&word) => true,
            word if NO_WORDS.contains(&word) => false,
            _ => {
                self.gather.push(Violation::new(field, text, "yes or no (or translate it in [values])"));
                false
            }
        }
    }

    /// The parts of a list.
    pub fn list<T>(&mut self, field: &'static str, parse: impl Fn(&str) -> Result<T, Violation>) -> Vec<T> {
        let planned = self.plan.fields.get(field);
        let cell = planned.and_then(|planned| self.cells.get(*planned.cell_indexes.first()?));
        let texts: Vec<String> = match cell {
            Some(Cell::List(texts)) => texts.clone(),
            Some(
                Cell::Absent
                | Cell::Empty
                | Cell::Text(_)
                | Cell::Number(_)
                | Cell::Date(_)
                | Cell::Truth(_)
                | Cell::Unusable(_),
            )
            | None => {
                let text = self.text(field).unwrap_or_default();
                text.split(&self.plan.list_separator).map(|part| part.trim().to_owned()).collect()
            }
        };
        let mut parts = Vec::with_capacity(texts.len());
        for text in texts.iter().filter(|text| !text.is_empty()) {
            parts.extend(self.take(field, text, parse(text)));
        }
        parts
    }
}

impl Plan {
    fn is_empty_word(&self, text: &str) -> bool {
        let text = text.trim();
        text.is_empty() || self.empty_words.iter().any(|word| word == text)
    }
}
