//! Parquet: rows of typed cells, read page by page.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};

use super::super::cell::Cell;
use super::super::error::ImportError;
use super::SourceRow;
use crate::domain::time::CivilDate;

/// Reads a Parquet file.
pub struct ParquetSource {
    file: PathBuf,
    rows: RowIter<'static>,
    columns: Vec<String>,
    selected: Vec<usize>,
    row_count: u64,
    row_count_total: u64,
    file_bytes: u64,
}

impl ParquetSource {
    /// Opens a file and reads its footer.
    pub fn open(file: &Path) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Open { file: file.to_owned(), source };
        let opened = File::open(file).map_err(failed)?;
        let file_bytes = opened.metadata().map_err(failed)?.len();
        let damaged = |source: ParquetError| ImportError::Parquet { file: file.to_owned(), row: 0, source };
        let reader = SerializedFileReader::new(opened).map_err(damaged)?;
        let metadata = reader.metadata().file_metadata();
        let row_count_total = u64::try_from(metadata.num_rows()).unwrap_or(0);
        let columns = metadata.schema_descr().root_schema().get_fields().iter().map(|field| field.name().to_owned());
        let columns = columns.collect();
        let rows = RowIter::from_file_into(Box::new(reader));
        Ok(ParquetSource {
            file: file.to_owned(),
            rows,
            columns,
            selected: Vec::new(),
            row_count: 0,
            row_count_total,
            file_bytes,
        })
    }

    /// The columns of the schema.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The share of the file that the rows read so far make up.
    pub fn bytes_read(&self) -> u64 {
        let bytes = u128::from(self.file_bytes) * u128::from(self.row_count) / u128::from(self.row_count_total.max(1));
        u64::try_from(bytes).unwrap_or(self.file_bytes)
    }

    /// Chooses the columns that rows hold.
    pub fn select(&mut self, columns: &[String]) {
        let index_of = |column: &String| self.columns.iter().position(|known| known == column);
        self.selected = columns.iter().filter_map(index_of).collect();
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<SourceRow>, ImportError> {
        let Some(row) = self.rows.next() else { return Ok(None) };
        let damaged = |source| ImportError::Parquet { file: self.file.clone(), row: self.row_count, source };
        let row: Row = row.map_err(damaged)?;
        self.row_count += 1;
        let cells: Vec<Cell> = row.get_column_iter().map(|(_, field)| read_cell(field)).collect();
        let raw = self.written(&cells);
        let selected = self.selected.iter().filter_map(|index| cells.get(*index).cloned()).collect();
        Ok(Some(SourceRow { line: self.row_count, raw, cells: Ok(selected) }))
    }

    /// The row as JSON, for people.
    fn written(&self, cells: &[Cell]) -> String {
        let mut object = serde_json::Map::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let value = match cell {
                Cell::List(texts) => serde_json::Value::from(texts.clone()),
                Cell::Unusable(what) => serde_json::Value::from(*what),
                Cell::Absent | Cell::Empty | Cell::Text(_) | Cell::Number(_) | Cell::Date(_) | Cell::Truth(_) => {
                    cell.text().into()
                }
            };
            object.insert(column.clone(), value);
        }
        serde_json::Value::Object(object).to_string()
    }
}

const MILLISECONDS_PER_DAY: i64 = 86_400_000;

fn read_cell(field: &Field) -> Cell {
    match field {
        Field::Null => Cell::Empty,
        Field::Bool(truth) => Cell::Truth(*truth),
        Field::Byte(number) => Cell::Number(number.to_string()),
        Field::Short(number) => Cell::Number(number.to_string()),
        Field::Int(number) => Cell::Number(number.to_string()),
        Field::Long(number) => Cell::Number(number.to_string()),
        Field::UByte(number) => Cell::Number(number.to_string()),
        Field::UShort(number) => Cell::Number(number.to_string()),
        Field::UInt(number) => Cell::Number(number.to_string()),
        Field::ULong(number) => Cell::Number(number.to_string()),
        Field::Float16(number) => Cell::Number(number.to_f32().to_string()),
        Field::Float(number) => Cell::Number(number.to_string()),
        Field::Double(number) => Cell::Number(number.to_string()),
        // Decimals without a scale are written with a point at their end.
        Field::Decimal(_) => Cell::Number(field.to_string().trim_end_matches('.').to_owned()),
        Field::Str(text) if text.is_empty() => Cell::Empty,
        Field::Str(text) => Cell::Text(text.clone()),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Unusable("bytes that are no text"),
        },
        Field::Date(days) => read_day(i64::from(*days)),
        Field::TimestampMillis(milliseconds) => read_day(milliseconds.div_euclid(MILLISECONDS_PER_DAY)),
        Field::TimestampMicros(microseconds) => read_day(microseconds.div_euclid(MILLISECONDS_PER_DAY * 1_000)),
        Field::TimeMillis(_) | Field::TimeMicros(_) => Cell::Unusable("a time of day"),
        Field::Group(_) => Cell::Unusable("a group"),
        Field::MapInternal(_) => Cell::Unusable("a map"),
        Field::ListInternal(list) => {
            let texts: Option<Vec<String>> = list.elements().iter().map(|part| read_cell(part).text()).collect();
            texts.map_or(Cell::Unusable("a list of lists or groups"), Cell::List)
        }
    }
}

/// The day so many days after 1970-01-01, if it is one that is accepted.
fn read_day(unix_days: i64) -> Cell {
    let days = i32::try_from(unix_days).ok().map(CivilDate::from_unix_days);
    match days.filter(|day| i64::from(day.unix_days()) == unix_days) {
        Some(day) => Cell::Date(day),
        None => Cell::Unusable("a day before 1900 or after 2199"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_no_ledger_has_is_refused() {
        let last = CivilDate::MAX;
        let microseconds = i64::from(last.unix_days()) * MILLISECONDS_PER_DAY * 1_000;
        assert_eq!(read_cell(&Field::TimestampMicros(microseconds)), Cell::Date(last));
        for beyond in [
            Field::TimestampMicros(microseconds + MILLISECONDS_PER_DAY * 1_000),
            Field::TimestampMicros(i64::MIN),
            Field::TimestampMillis(i64::MAX),
            Field::Date(i32::MIN),
        ] {
            assert!(matches!(read_cell(&beyond), Cell::Unusable(_)), "{beyond:?}");
        }
    }
}
