//! Mapping files: which column fills which field, and how numbers and dates are written.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::date::DateFormat;
use super::encoding::Encoding;
use super::error::MappingError;
use super::kind::ImportKind;
use super::number::NumberStyle;
use crate::domain::violation::{Gather, Violation, Violations};

/// What a mapping file may say, before it is checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    kind: String,
    encoding: Option<String>,
    delimiter: Option<String>,
    decimal: Option<String>,
    thousands: Option<String>,
    list_separator: Option<String>,
    empty: Option<Vec<String>>,
    date_formats: Option<Vec<String>>,
    #[serde(default)]
    columns: BTreeMap<String, toml::Value>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

/// A column with its own styles.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailedColumn {
    column: String,
    decimal: Option<String>,
    thousands: Option<String>,
    date_formats: Option<Vec<String>>,
}

/// How the rows of a file become ledger records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// What the rows are.
    pub kind: ImportKind,
    /// How bytes become text.
    pub encoding: Encoding,
    /// What separates the cells of a row; absent: a comma, or a tab in a `.tsv` file.
    pub delimiter: Option<u8>,
    /// What separates the parts of a list within a cell.
    pub list_separator: String,
    /// Texts that mean that a cell is empty, besides the empty one.
    pub empty_words: Vec<String>,
    /// Whether each column that carries the name of a field fills it, because no mapping was given.
    pub takes_columns_by_name: bool,
    /// The fields that are filled.
    pub fields: BTreeMap<&'static str, FieldMapping>,
}

/// What fills a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMapping {
    /// The columns; several are joined with a slash, as for an id made of two.
    pub columns: Vec<String>,
    /// What fills the field when it has no column, or an empty cell.
    pub constant: Option<String>,
    /// What the words of the file mean.
    pub values: BTreeMap<String, String>,
    /// How numbers are written.
    pub number_style: NumberStyle,
    /// How dates are written, tried in turn.
    pub date_formats: Vec<DateFormat>,
}

/// The styles that hold where a column has none of its own.
struct Styles {
    decimal: String,
    thousands: String,
    date_formats: Vec<DateFormat>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// When it cannot be read, or says what mappings do not have.
    pub fn load(file: &Path) -> Result<Self, MappingError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| MappingError::Unreadable { file: file.to_owned(), source })?;
        Mapping::parse(file, &text)
    }

    /// Reads the text of a mapping file, whose name is for messages.
    ///
    /// # Errors
    /// When it says what mappings do not have.
    pub fn parse(file: &Path, text: &str) -> Result<Self, MappingError> {
        let written: MappingFile = toml::from_str(text).map_err(|error| MappingError::Malformed {
            file: file.to_owned(),
            problem: error.to_string().trim_end().to_owned(),
        })?;
        check(written).map_err(|violations| MappingError::Invalid { file: file.to_owned(), violations })
    }

    /// The mapping of a file whose columns carry the names of the fields.
    pub fn by_name(kind: ImportKind) -> Self {
        let fields = kind.fields().iter().map(|field| {
            let filled = FieldMapping {
                columns: vec![field.name.to_owned()],
                constant: None,
                values: BTreeMap::new(),
                number_style: NumberStyle::PLAIN,
                date_formats: vec![DateFormat::iso()],
            };
            (field.name, filled)
        });
        Mapping {
            kind,
            encoding: Encoding::default(),
            delimiter: None,
            list_separator: DEFAULT_LIST_SEPARATOR.to_owned(),
            empty_words: Vec::new(),
            takes_columns_by_name: true,
            fields: fields.collect(),
        }
    }
}

const DEFAULT_LIST_SEPARATOR: &str = ";";

fn check(written: MappingFile) -> Result<Mapping, Violations> {
    let MappingFile {
        kind,
        encoding,
        delimiter,
        decimal,
        thousands,
        list_separator,
        empty,
        date_formats,
        columns,
        constants,
        values,
    } = written;
    let kind = ImportKind::parse(&kind)?;
    let mut gather = Gather::default();
    let encoding = gather.take(Encoding::parse(encoding.as_deref().unwrap_or("utf-8")));
    let delimiter = delimiter.and_then(|text| gather.take(parse_delimiter(&text)));
    let list_separator = list_separator.unwrap_or_else(|| DEFAULT_LIST_SEPARATOR.to_owned());
    if list_separator.is_empty() {
        gather.push(Violation::new("list_separator", "", "at least one character"));
    }
    let styles = Styles {
        decimal: decimal.unwrap_or_else(|| ".".to_owned()),
        thousands: thousands.unwrap_or_default(),
        date_formats: check_date_formats("date_formats", date_formats, &mut gather)
            .unwrap_or_else(|| vec![DateFormat::iso()]),
    };
    gather.take(NumberStyle::try_new(&styles.decimal, &styles.thousands));
    let fields = check_fields(kind, &styles, columns, constants, values, &mut gather);
    gather.finish()?;
    Ok(Mapping {
        kind,
        encoding: encoding.unwrap_or_default(),
        delimiter,
        list_separator,
        empty_words: empty.unwrap_or_default(),
        takes_columns_by_name: false,
        fields,
    })
}

fn check_fields(
    kind: ImportKind,
    styles: &Styles,
    mut columns: BTreeMap<String, toml::Value>,
    mut constants: BTreeMap<String, String>,
    mut values: BTreeMap<String, BTreeMap<String, String>>,
    gather: &mut Gather,
) -> BTreeMap<&'static str, FieldMapping> {
    let mut fields = BTreeMap::new();
    for spec in kind.fields() {
        let column = columns.remove(spec.name);
        let constant = constants.remove(spec.name);
        let words = values.remove(spec.name).unwrap_or_default();
        if column.is_none() && constant.is_none() {
            if spec.is_required {
                let expected = format!("a column in [columns] or a value in [constants]: {kind} need it");
                gather.push(Violation::new(format!("columns.{}", spec.name), "absent", expected));
            }
            continue;
        }
        let filled = match column {
            Some(column) => check_column(spec.name, column, styles, gather),
            None => Ok(FieldMapping {
                columns: Vec::new(),
                constant: None,
                values: BTreeMap::new(),
                number_style: NumberStyle::PLAIN,
                date_formats: vec![DateFormat::iso()],
            }),
        };
        if let Some(filled) = gather.take(filled) {
            fields.insert(spec.name, FieldMapping { constant, values: words, ..filled });
        }
    }
    let known: Vec<_> = kind.fields().iter().map(|field| field.name).collect();
    let left_over = columns.keys().map(|name| ("columns", name));
    let left_over = left_over.chain(constants.keys().map(|name| ("constants", name)));
    for (table, name) in left_over.chain(values.keys().map(|name| ("values", name))) {
        let expected = format!("one of the fields of {kind}: {}", known.join(", "));
        gather.push(Violation::new(table, name, expected));
    }
    fields
}

/// A column is a name, a list of names, or a table with a name and styles of its own.
fn check_column(
    field: &'static str,
    column: toml::Value,
    styles: &Styles,
    gather: &mut Gather,
) -> Result<FieldMapping, Violation> {
    let path = format!("columns.{field}");
    let mut filled = FieldMapping {
        columns: Vec::new(),
        constant: None,
        values: BTreeMap::new(),
        number_style: NumberStyle::try_new(&styles.decimal, &styles.thousands).unwrap_or(NumberStyle::PLAIN),
        date_formats: styles.date_formats.clone(),
    };
    match column {
        toml::Value::String(name) => filled.columns.push(name),
        toml::Value::Array(names) => {
            for name in names {
                let text =
                    name.as_str().ok_or_else(|| Violation::new(path.as_str(), &name, "a list of column names"))?;
                filled.columns.push(text.to_owned());
            }
        }
        toml::Value::Table(table) => {
            let detailed: DetailedColumn = table.try_into().map_err(|error: toml::de::Error| {
                Violation::new(path.as_str(), error.message(), "a table of column, decimal, thousands, date_formats")
            })?;
            let DetailedColumn { column, decimal, thousands, date_formats } = detailed;
            filled.columns.push(column);
            let decimal = decimal.as_deref().unwrap_or(&styles.decimal);
            let thousands = thousands.as_deref().unwrap_or(&styles.thousands);
            filled.number_style =
                NumberStyle::try_new(decimal, thousands).map_err(|violation| violation.within(&path))?;
            if let Some(formats) = check_date_formats(&format!("{path}.date_formats"), date_formats, gather) {
                filled.date_formats = formats;
            }
        }
        other @ (toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)) => {
            return Err(Violation::new(path, other, "a column name, a list of them, or a table with `column`"));
        }
    }
    if filled.columns.is_empty() {
        return Err(Violation::new(path, "[]", "at least one column name"));
    }
    Ok(filled)
}

fn check_date_formats(path: &str, formats: Option<Vec<String>>, gather: &mut Gather) -> Option<Vec<DateFormat>> {
    let formats = formats?;
    if formats.is_empty() {
        gather.push(Violation::new(path, "[]", "at least one format"));
    }
    let mut checked = Vec::new();
    for format in formats {
        let format = DateFormat::parse(&format).map_err(|violation| Violation { field: path.to_owned(), ..violation });
        checked.extend(gather.take(format));
    }
    Some(checked)
}

fn parse_delimiter(text: &str) -> Result<u8, Violation> {
    match text.as_bytes() {
        [delimiter] if !matches!(delimiter, b'"' | b'\n' | b'\r') && delimiter.is_ascii() => Ok(*delimiter),
        _ => Err(Violation::new("delimiter", text, "one ASCII character such as `,`, `;`, `|` or a tab")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        kind = "invoices"
        delimiter = ";"
        decimal = ","
        thousands = "."
        date_formats = ["%d.%m.%Y"]
        [columns]
        invoice_id = ["Jahr", "Beleg"]
        customer_id = "Debitor"
        amount = { column = "Betrag", thousands = "" }
        issued_on = "Datum"
        due_on = { column = "Fällig", date_formats = ["%Y%m%d"] }
        [constants]
        currency = "EUR"
    "#;

    fn problem(text: &str) -> String {
        Mapping::parse(Path::new("m.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_column_may_have_styles_of_its_own() {
        let mapping = Mapping::parse(Path::new("m.toml"), GOOD).unwrap();
        assert_eq!(mapping.fields["invoice_id"].columns, ["Jahr", "Beleg"]);
        assert!(mapping.fields["amount"].number_style.parse("1.240,50").is_none());
        assert_eq!(mapping.fields["due_on"].date_formats[0].as_str(), "%Y%m%d");
        assert_eq!(mapping.fields["issued_on"].date_formats[0].as_str(), "%d.%m.%Y");
        assert_eq!(mapping.fields["currency"].constant.as_deref(), Some("EUR"));
    }

    #[test]
    fn a_wrong_key_names_itself_and_what_there_is() {
        let text = problem(&GOOD.replace("delimiter", "delimeter"));
        assert!(text.contains("delimeter") && text.contains("`delimiter`"), "{text}");
        let text = problem(&GOOD.replace("customer_id =", "costumer_id ="));
        assert!(text.contains("`columns` is `costumer_id`") && text.contains("invoice_id, customer_id"), "{text}");
        assert!(text.contains("`columns.customer_id` is `absent`"), "{text}");
        let text = problem(&GOOD.replace("thousands = \"\"", "tousands = \"\""));
        assert!(text.contains("columns.amount") && text.contains("tousands"), "{text}");
        let text = problem(&GOOD.replace("%Y%m%d", "YYYYMMDD"));
        assert!(text.contains("columns.due_on.date_formats") && text.contains("YYYYMMDD"), "{text}");
    }

    #[test]
    fn an_unknown_kind_lists_the_kinds() {
        assert!(problem("kind = \"bills\"").contains("one of invoices, customers"));
    }
}
