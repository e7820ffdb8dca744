//! File formats and habits of writing: the same rows give the same ledger.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use recourse::domain::time::CivilDate;

use super::{INVOICE_HEADER, Workplace};

const CSV_ROWS: &str = "I-1,C-1,100.50,EUR,2026-01-05,2026-02-04,2026-02-10\nI-2,C-2,7,EUR,2026-01-06,2026-02-05,\n";

const SCHEMA: &str = "message rows {
    required binary invoice_id (UTF8); required binary customer_id (UTF8); required int64 amount (DECIMAL(18, 2));
    required binary currency (UTF8); required int32 issued_on (DATE); required int32 due_on (DATE);
    optional int32 cleared_on (DATE); }";

fn texts(group: &mut SerializedRowGroupWriter<'_, File>, values: [&str; 2]) {
    let values = values.map(|text| ByteArray::from(text.as_bytes().to_vec()));
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
}

fn days(group: &mut SerializedRowGroupWriter<'_, File>, values: &[&str], levels: Option<&[i16]>) {
    let values: Vec<i32> = values.iter().map(|text| CivilDate::parse("on", text).unwrap().unix_days()).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&values, levels, None).unwrap();
    column.close().unwrap();
}

/// The rows of [`CSV_ROWS`] as Parquet.
fn write_parquet(path: &Path) {
    write_parquet_packed(path, Compression::UNCOMPRESSED);
}

/// The same, packed in a way.
fn write_parquet_packed(path: &Path, compression: Compression) {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    texts(&mut group, ["I-1", "I-2"]);
    texts(&mut group, ["C-1", "C-2"]);
    let mut amounts = group.next_column().unwrap().unwrap();
    amounts.typed::<Int64Type>().write_batch(&[10_050, 700], None, None).unwrap();
    amounts.close().unwrap();
    texts(&mut group, ["EUR", "EUR"]);
    days(&mut group, &["2026-01-05", "2026-01-06"], None);
    days(&mut group, &["2026-02-04", "2026-02-05"], None);
    days(&mut group, &["2026-02-10"], Some(&[1, 0]));
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn a_parquet_file_that_was_cut_off_is_named_and_nothing_is_taken_in() {
    let place = Workplace::new();
    write_parquet(&place.path("rows.parquet"));
    let whole = std::fs::read(place.path("rows.parquet")).unwrap();
    for kept_bytes in [whole.len() - 9, whole.len() / 2, 3, 0] {
        place.write("cut.parquet", &whole[..kept_bytes]);
        let done = place.import(&["invoices", "cut.parquet"]);
        assert_eq!(done.code, 1, "{kept_bytes} bytes: {}", done.stderr);
        assert!(done.stderr.contains("`cut.parquet`"), "{kept_bytes} bytes: {}", done.stderr);
        assert!(done.stderr.to_lowercase().contains("parquet"), "{kept_bytes} bytes: {}", done.stderr);
    }
    let done = place.import(&["invoices", "rows.parquet"]);
    assert_eq!((done.code, &done.json()["records"]["rejected"]), (0, &0.into()), "{}", done.stderr);
}

#[tokio::test]
async fn csv_jsonl_and_parquet_give_the_same_ledger() {
    let csv = Workplace::new();
    csv.write("rows.csv", format!("\u{feff}{INVOICE_HEADER}{CSV_ROWS}"));
    assert_eq!(csv.import(&["invoices", "rows.csv"]).code, 0);
    let expected = csv.accounts().await;
    assert_eq!(expected.len(), 2);

    let jsonl = Workplace::new();
    jsonl.write(
        "rows.jsonl",
        r#"{"invoice_id":"I-1","customer_id":"C-1","amount":100.5,"currency":"EUR","issued_on":"2026-01-05","due_on":"2026-02-04","cleared_on":"2026-02-10"}
{"invoice_id":"I-2","customer_id":"C-2","amount":"7.00","currency":"EUR","issued_on":"2026-01-06","due_on":"2026-02-05","cleared_on":null}
"#,
    );
    let done = jsonl.import(&["invoices", "rows.jsonl"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(jsonl.accounts().await, expected);

    let parquet = Workplace::new();
    write_parquet(&parquet.path("rows.parquet"));
    let done = parquet.import(&["invoices", "rows.parquet"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(parquet.accounts().await, expected);
}

/// Goal: what pandas, Spark and DuckDB can write is read, whichever way it is packed; LZ4 is Hadoop's frame of it, as Spark writes.
#[tokio::test]
async fn a_parquet_file_is_read_however_it_is_packed() {
    let plain = Workplace::new();
    write_parquet(&plain.path("rows.parquet"));
    assert_eq!(plain.import(&["invoices", "rows.parquet"]).code, 0);
    let expected = plain.accounts().await;
    for compression in [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        let packed = Workplace::new();
        write_parquet_packed(&packed.path("rows.parquet"), compression);
        let done = packed.import(&["invoices", "rows.parquet"]);
        assert_eq!(done.code, 0, "{compression}: {}", done.stderr);
        assert_eq!(packed.accounts().await, expected, "{compression}");
    }
}

#[test]
fn a_truncated_parquet_file_is_named_with_what_was_expected() {
    let place = Workplace::new();
    write_parquet(&place.path("whole.parquet"));
    let bytes = std::fs::read(place.path("whole.parquet")).unwrap();
    place.write("cut.parquet", &bytes[..bytes.len() * 2 / 3]);
    let done = place.import(&["invoices", "cut.parquet"]);
    assert_eq!(done.code, 1);
    let expected = "`cut.parquet` cannot be read as Parquet after row 0, expected a complete Parquet file";
    assert!(done.stderr.contains(expected), "{}", done.stderr);
}

#[tokio::test]
async fn a_german_export_reads_as_it_is_meant() {
    let place = Workplace::new();
    place.write(
        "map.toml",
        "kind = 'invoices'\nencoding = 'windows-1252'\ndelimiter = ';'\ndecimal = ','\nthousands = '.'\nempty = ['-']\n\
         date_formats = ['%d.%m.%Y', '%Y%m%d']\n[columns]\ninvoice_id = ['Jahr', 'Beleg']\ncustomer_id = 'Kunde'\n\
         customer_name = 'Name'\namount = 'Betrag'\nissued_on = 'Datum'\ndue_on = 'F\u{e4}llig'\ncleared_on = 'Ausgleich'\n\
         [constants]\ncurrency = 'EUR'\n",
    );
    let rows = b"Jahr;Beleg;Kunde;Name;Betrag;Datum;F\xe4llig;Ausgleich\r\n\
        2026;17;4711;M\xfcller & S\xf6hne;1.240,50;5.1.2026;20260204;-\r\n2026;18;4711;;12,5;05.01.2026;04.02.2026;10.02.2026\r\n";
    place.write("rows.csv", rows);
    let done = place.import(&["invoices", "rows.csv", "--mapping", "map.toml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let accounts = place.accounts().await;
    assert_eq!(accounts[0].customer.name, "Müller & Söhne");
    assert_eq!(done.json()["records_by_kind"]["payment"]["inserted"], 1);
    let written = format!("{:?}", accounts[0].events);
    assert!(written.contains("2026/17") && written.contains("amount_minor: 124050"), "{written}");
}

#[test]
fn every_kind_of_row_is_taken_in() {
    let place = Workplace::new();
    place.write("invoices.csv", format!("{INVOICE_HEADER}{CSV_ROWS}"));
    for (kind, rows) in [
        (
            "customers",
            "customer_id,name,segment,country,language,currency,annual_revenue,credit_limit,credit_score,\
            credit_score_worst,credit_score_best,credit_scored_on\nC-1,Acme,key account,DE,de-CH,EUR,1000000,50000,250,600,100,2026-01-01\n",
        ),
        (
            "payments",
            "payment_id,customer_id,amount,currency,received_on,invoice_id,allocated_amount\nP-1,C-2,5,EUR,2026-02-01,I-2,3\n\
            P-2,C-2,5,EUR,2026-02-02,,\n",
        ),
        (
            "credit_notes",
            "credit_note_id,customer_id,amount,currency,issued_on,invoice_id\nN-1,C-2,1,EUR,2026-02-01,I-2\n",
        ),
        (
            "disputes",
            "dispute_id,customer_id,invoice_ids,contested_item,severity,contested_amount,currency,opened_on,\
            resolution,resolved_on,priority_label,message\n\
            D-1,C-2,I-2,PRICING,MAJOR,2,EUR,2026-02-01,VALID_CREDIT,2026-02-09,P2,\"Price, please\nand soon\"\n",
        ),
        ("promises", "promise_id,customer_id,invoice_ids,made_on,promised_on\nM-1,C-2,I-2,2026-02-01,2026-02-20\n"),
        ("contacts", "contact_id,customer_id,channel,result,contacted_on\nK-1,C-2,CALL,PROMISED,2026-02-01\n"),
        ("fx_rates", "from,to,on,rate\nUSD,EUR,2026-02-01,0.9213\n"),
        ("holds", "hold_id,customer_id,kind,from_on\nH-1,C-2,LEGAL,2026-02-01\n"),
    ] {
        let invoices = place.import(&["invoices", "invoices.csv"]);
        assert_eq!(invoices.code, 0, "{}", invoices.stderr);
        let file = format!("{kind}.csv");
        place.write(&file, rows);
        let done = place.import(&[kind, &file]);
        assert_eq!(done.code, 0, "{kind}: {}", done.stderr);
        assert_eq!(done.json()["rows"]["rejected"], 0, "{kind}");
        assert_ne!(done.json()["rows"]["read"], 0, "{kind}");
    }
}

/// Goal: a slip in the mapping does not turn paid invoices into open ones unseen. A key that some rows leave out is no slip.
#[test]
fn a_key_of_the_mapping_that_no_row_has_is_told() {
    let place = Workplace::new();
    let mapping = |cleared_on: &str| {
        let columns = ["invoice_id", "customer_id", "amount", "currency", "issued_on", "due_on"];
        let columns: String = columns.iter().map(|name| format!("{name} = '{name}'\n")).collect();
        place.write("map.toml", format!("kind = 'invoices'\n[columns]\n{columns}cleared_on = '{cleared_on}'\n"));
    };
    let row = |id: &str, rest: &str| {
        format!(
            "{{\"invoice_id\": \"{id}\", \"customer_id\": \"C-1\", \"amount\": 1, \"currency\": \"EUR\", \
             \"issued_on\": \"2026-01-05\", \"due_on\": \"2026-02-04\"{rest}}}\n"
        )
    };
    place.write("rows.jsonl", row("I-1", "") + &row("I-2", ", \"paid_on\": \"2026-02-01\""));
    let import = |name: &str| {
        mapping(name);
        place.import(&["invoices", "rows.jsonl", "--mapping", "map.toml", "--dry-run"])
    };
    let slip = import("payed_on");
    let told = "no row of `rows.jsonl` has `payed_on`, which the mapping names for `cleared_on`";
    assert!(slip.code == 0 && slip.stderr.contains(told), "{}", slip.stderr);
    let named = &slip.json()["columns_never_held"];
    assert_eq!(named, &serde_json::json!([{ "field": "cleared_on", "column": "payed_on" }]));
    let right = import("paid_on");
    assert!(!right.stderr.contains("no row"), "{}", right.stderr);
    assert_eq!(right.json()["columns_never_held"], serde_json::json!([]));
    let by_name = place.import(&["invoices", "rows.jsonl", "--dry-run"]);
    assert!(by_name.code == 0 && !by_name.stderr.contains("no row"), "{}", by_name.stderr);
}
