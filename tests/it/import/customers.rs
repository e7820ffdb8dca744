//! Customers in files that do not have every column: what a file does not tell stays as it is stored.

use std::fs::File;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use recourse::domain::customer::Customer;
use recourse::domain::ids::{CustomerId, TenantId};
use recourse::domain::time::SystemClock;
use recourse::store;
use serde_json::{Value, json};

use super::Workplace;

const WHOLE: &str = "customer_id,name,segment,country,language,currency,annual_revenue,credit_limit,credit_score,\
    credit_score_worst,credit_score_best,credit_scored_on\n\
    C-1,Acme,key account,DE,de-CH,EUR,1000000,50000,250,600,100,2026-01-01\n";

async fn stored(place: &Workplace) -> Customer {
    let url = format!("sqlite:{}", place.path("data/recourse.db").display()).into();
    let store = store::open(&url, 1, Arc::new(SystemClock)).await.unwrap();
    let id = CustomerId::parse("C-1").unwrap();
    store.customer(&TenantId::default_tenant(), &id).await.unwrap().unwrap()
}

fn counts(place: &Workplace, args: &[&str]) -> Value {
    let done = place.import(&[&["customers"], args].concat());
    assert_eq!(done.code, 0, "{args:?}: {}", done.stderr);
    done.json()["records"].clone()
}

fn with_whole_customer() -> Workplace {
    let place = Workplace::new();
    place.write("whole.csv", WHOLE);
    assert_eq!(counts(&place, &["whole.csv"])["inserted"], 1);
    place
}

fn updated() -> Value {
    json!({ "inserted": 0, "updated": 1, "unchanged": 0, "rejected": 0 })
}

fn unchanged() -> Value {
    json!({ "inserted": 0, "updated": 0, "unchanged": 1, "rejected": 0 })
}

#[tokio::test]
async fn a_column_that_a_csv_file_does_not_have_keeps_what_is_stored() {
    let place = with_whole_customer();
    let before = stored(&place).await;
    place.write(
        "scores.csv",
        "customer_id,credit_score,credit_score_worst,credit_score_best,credit_scored_on\nC-1,300,600,100,2026-03-01\n",
    );
    assert_eq!(counts(&place, &["scores.csv", "--dry-run"]), updated());
    assert_eq!(stored(&place).await, before);
    assert_eq!(counts(&place, &["scores.csv"]), updated());
    let after = stored(&place).await;
    assert_eq!(after.credit_score.unwrap().scored_on.to_string(), "2026-03-01");
    assert_eq!(after.earlier_credit_scores, Vec::from_iter(before.credit_score));
    let (credit_score, earlier_credit_scores) = (before.credit_score, Vec::new());
    assert_eq!(Customer { credit_score, earlier_credit_scores, ..after.clone() }, before);
    assert_eq!(counts(&place, &["scores.csv"]), unchanged());
    assert_eq!(counts(&place, &["scores.csv", "--dry-run"]), unchanged());
    assert_eq!(stored(&place).await, after);
}

#[tokio::test]
async fn a_column_that_is_there_and_blank_clears() {
    let place = with_whole_customer();
    let before = stored(&place).await;
    place.write("blank.csv", "customer_id,name,segment,country,annual_revenue,credit_score\nC-1,,,,,\n");
    assert_eq!(counts(&place, &["blank.csv"]), updated());
    let cleared = Customer {
        name: "C-1".to_owned(),
        segment: String::new(),
        country: None,
        annual_revenue: None,
        credit_score: None,
        ..before
    };
    assert_eq!(stored(&place).await, cleared);
}

#[tokio::test]
async fn a_key_that_a_jsonl_row_does_not_have_keeps_what_is_stored_and_null_clears() {
    let place = with_whole_customer();
    let before = stored(&place).await;
    // Another row has the key, and a mapping names one that no row has.
    place.write("map.toml", "kind = 'customers'\n[columns]\ncustomer_id = 'id'\nsegment = 'group'\ncountry = 'land'\n");
    place.write("rows.jsonl", "{\"id\": \"C-2\", \"group\": \"small\"}\n{\"id\": \"C-1\"}\n");
    let found = counts(&place, &["rows.jsonl", "--mapping", "map.toml"]);
    assert_eq!(found, json!({ "inserted": 1, "updated": 0, "unchanged": 1, "rejected": 0 }));
    assert_eq!(stored(&place).await, before);
    place.write("rows.jsonl", "{\"id\": \"C-1\", \"group\": null}\n");
    assert_eq!(counts(&place, &["rows.jsonl", "--mapping", "map.toml"]), updated());
    let cleared = Customer { segment: String::new(), ..before };
    assert_eq!(stored(&place).await, cleared);
    place.write("names.jsonl", "{\"customer_id\": \"C-1\", \"name\": \"Acme plc\"}\n");
    assert_eq!(counts(&place, &["names.jsonl"]), updated());
    assert_eq!(counts(&place, &["names.jsonl"]), unchanged());
    assert_eq!(stored(&place).await, Customer { name: "Acme plc".to_owned(), ..cleared });
}

#[tokio::test]
async fn a_constant_of_the_mapping_tells_its_field() {
    let place = with_whole_customer();
    let before = stored(&place).await;
    place.write("map.toml", "kind = 'customers'\n[columns]\ncustomer_id = 'id'\n[constants]\nsegment = 'closed'\n");
    place.write("rows.csv", "id\nC-1\n");
    assert_eq!(counts(&place, &["rows.csv", "--mapping", "map.toml"]), updated());
    assert_eq!(stored(&place).await, Customer { segment: "closed".to_owned(), ..before });
}

#[tokio::test]
async fn a_column_that_a_parquet_file_does_not_have_keeps_what_is_stored() {
    let place = with_whole_customer();
    let before = stored(&place).await;
    let schema = "message rows { required binary customer_id (UTF8); optional binary segment (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let file = File::create(place.path("rows.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (values, levels) in [(&["C-1"][..], None), (&[][..], Some(&[0_i16][..]))] {
        let values: Vec<_> = values.iter().map(|text| ByteArray::from(text.as_bytes().to_vec())).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, levels, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    assert_eq!(counts(&place, &["rows.parquet"]), updated());
    assert_eq!(stored(&place).await, Customer { segment: String::new(), ..before });
    assert_eq!(counts(&place, &["rows.parquet"]), unchanged());
}
