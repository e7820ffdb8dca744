//! Parquet: rows of typed cells, read page by page.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::basic::{LogicalType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::super::cell::{Cell, INEXACT};
use super::super::error::ImportError;
use super::SourceRow;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::time_zone::TimeZone;

/// Reads a Parquet file.
pub struct ParquetSource {
    file: PathBuf,
    rows: RowIter<'static>,
    columns: Vec<String>,
    /// For each column what its timestamps are.
    timestamps: Vec<Timestamps>,
    /// Where the days of instants begin.
    time_zone: TimeZone,
    selected: Vec<usize>,
    row_count: u64,
    row_count_total: u64,
    file_bytes: u64,
}

impl ParquetSource {
    /// Opens a file and reads its footer. The day of an instant is that of `time_zone`.
    pub fn open(file: &Path, time_zone: &TimeZone) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Open { file: file.to_owned(), source };
        let opened = File::open(file).map_err(failed)?;
        let file_bytes = opened.metadata().map_err(failed)?.len();
        let damaged = |source: ParquetError| ImportError::Parquet { file: file.to_owned(), row: 0, source };
        let reader = SerializedFileReader::new(opened).map_err(damaged)?;
        let metadata = reader.metadata().file_metadata();
        let row_count_total = u64::try_from(metadata.num_rows()).unwrap_or(0);
        let fields = metadata.schema_descr().root_schema().get_fields();
        let columns = fields.iter().map(|field| field.name().to_owned()).collect();
        let timestamps = fields.iter().map(|field| Timestamps::of(field)).collect();
        let rows = RowIter::from_file_into(Box::new(reader));
        Ok(ParquetSource {
            file: file.to_owned(),
            rows,
            columns,
            timestamps,
            time_zone: time_zone.clone(),
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
        let fields = row.get_column_iter().map(|(_, field)| field).zip(&self.timestamps);
        let cells: Vec<Cell> = fields.map(|(field, timestamps)| timestamps.read(field, &self.time_zone)).collect();
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

/// What the timestamps of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Timestamps {
    /// Nanoseconds, which come as plain numbers.
    is_nanoseconds: bool,
    /// Instants, and not what a clock on the wall showed.
    is_instant: bool,
}

impl Timestamps {
    fn of(column: &Type) -> Self {
        match column.get_basic_info().logical_type_ref() {
            Some(LogicalType::Timestamp(kind)) => {
                Timestamps { is_nanoseconds: kind.unit == TimeUnit::NANOS, is_instant: kind.is_adjusted_to_u_t_c }
            }
            Some(_) | None => Timestamps::default(),
        }
    }

    /// The cell of a field of the column.
    fn read(self, field: &Field, time_zone: &TimeZone) -> Cell {
        let Some(unix_us) = self.unix_us(field) else { return read_cell(field) };
        let utc_day = read_day(unix_us.div_euclid(MICROSECONDS_PER_DAY));
        // A day without a time of day is often written as its midnight in UTC, wherever the business is.
        let is_day = !self.is_instant || unix_us.rem_euclid(MICROSECONDS_PER_DAY) == 0;
        if is_day || !matches!(utc_day, Cell::Date(_)) {
            return utc_day;
        }
        Cell::Date(time_zone.day_of(Instant::from_unix_us(unix_us)))
    }

    /// Microseconds since 1970 of what [`read_cell`] would not read as it is meant.
    fn unix_us(self, field: &Field) -> Option<i64> {
        if self.is_nanoseconds
            && let Field::Long(nanoseconds) = field
        {
            return Some(nanoseconds.div_euclid(NANOSECONDS_PER_MICROSECOND));
        }
        if self.is_instant
            && let Field::TimestampMicros(microseconds) = field
        {
            return Some(*microseconds);
        }
        if self.is_instant
            && let Field::TimestampMillis(milliseconds) = field
        {
            return Some(milliseconds.saturating_mul(1_000));
        }
        None
    }
}

const NANOSECONDS_PER_MICROSECOND: i64 = 1_000;
const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;
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
        Field::Double(number) if number.abs() >= INEXACT.from => Cell::Unusable(INEXACT.what),
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
        Field::TimestampMicros(microseconds) => read_day(microseconds.div_euclid(MICROSECONDS_PER_DAY)),
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
    fn an_instant_is_on_the_day_of_the_business_and_nanoseconds_are_days() {
        let berlin = TimeZone::parse("time_zone", "Europe/Berlin").unwrap();
        let day = |text: &str| Cell::Date(CivilDate::parse("on", text).unwrap());
        // 2025-12-31T23:00:00Z, the midnight in Berlin with which 2026 began.
        let hours = 1_767_222_000_i64 / 3_600;
        let wall = Timestamps::default();
        let instants = Timestamps { is_instant: true, ..wall };
        let nanoseconds = Timestamps { is_nanoseconds: true, ..wall };
        let micros = |hours: i64| Field::TimestampMicros(hours * 3_600_000_000);
        let millis = |hours: i64| Field::TimestampMillis(hours * 3_600_000);
        let nanos = |hours: i64| Field::Long(hours * 3_600_000_000_000);
        assert_eq!(instants.read(&micros(hours), &berlin), day("2026-01-01"));
        assert_eq!(instants.read(&millis(hours), &berlin), day("2026-01-01"));
        assert_eq!(instants.read(&micros(hours), &TimeZone::utc()), day("2025-12-31"));
        assert_eq!(wall.read(&micros(hours), &berlin), day("2025-12-31"));
        assert_eq!(nanoseconds.read(&nanos(hours), &berlin), day("2025-12-31"));
        let both = Timestamps { is_instant: true, is_nanoseconds: true };
        assert_eq!(both.read(&nanos(hours), &berlin), day("2026-01-01"));
        let west = TimeZone::parse("time_zone", "America/Los_Angeles").unwrap();
        assert_eq!(instants.read(&micros(hours + 1), &west), day("2026-01-01"), "a midnight in UTC is a day");
        assert_eq!(wall.read(&Field::Long(7), &berlin), Cell::Number("7".to_owned()));
        assert!(matches!(instants.read(&Field::TimestampMillis(i64::MAX), &west), Cell::Unusable(_)));
    }

    #[test]
    fn a_number_that_has_lost_digits_is_refused() {
        assert_eq!(read_cell(&Field::Double(9_007_199_254_740_991.0)), Cell::Number("9007199254740991".to_owned()));
        for number in [9_007_199_254_740_992.0, -1e19] {
            assert_eq!(read_cell(&Field::Double(number)), Cell::Unusable(INEXACT.what));
        }
    }

    #[test]
    fn a_day_that_no_ledger_has_is_refused() {
        let last = CivilDate::MAX;
        let microseconds = i64::from(last.unix_days()) * MICROSECONDS_PER_DAY;
        assert_eq!(read_cell(&Field::TimestampMicros(microseconds)), Cell::Date(last));
        for beyond in [
            Field::TimestampMicros(microseconds + MICROSECONDS_PER_DAY),
            Field::TimestampMicros(i64::MIN),
            Field::TimestampMillis(i64::MAX),
            Field::Date(i32::MIN),
        ] {
            assert!(matches!(read_cell(&beyond), Cell::Unusable(_)), "{beyond:?}");
        }
    }
}
