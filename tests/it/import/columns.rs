//! Columns that fit no field, and where the fields of every kind can be read.

use recourse::ledger::import::ImportKind;
use serde_json::json;

use super::Workplace;

#[test]
fn a_column_that_no_field_takes_is_told() {
    let place = Workplace::new();
    place.write("rows.csv", "customer_id,annual_revenu,name,\nC-1,100,Acme,\n");
    place.write("rows.jsonl", "{\"customer_id\": \"C-1\", \"nmae\": \"Acme\"}\n{\"customer_id\": \"C-2\"}\n");
    for (file, column) in [("rows.csv", "annual_revenu"), ("rows.jsonl", "nmae")] {
        for args in [&["customers", file, "--dry-run"][..], &["customers", file]] {
            let done = place.import(args);
            let what = format!("`{file}` has what no field takes: `{column}`");
            let told = format!("warning: {what}; the fields of customers are customer_id, name");
            assert!(done.code == 0 && done.stderr.contains(&told), "{}", done.stderr);
            assert_eq!(done.json()["columns_unused"], json!([column]));
        }
    }
}

/// Goal: a mapping says which columns are wanted, so the others of an export are no slips.
#[test]
fn columns_beside_those_of_a_mapping_are_not_told() {
    let place = Workplace::new();
    place.write("map.toml", "kind = 'customers'\n[columns]\ncustomer_id = 'id'\n");
    place.write("rows.csv", "id,warehouse\nC-1,7\n");
    let done = place.import(&["customers", "rows.csv", "--mapping", "map.toml"]);
    assert!(done.code == 0 && !done.stderr.contains("warning"), "{}", done.stderr);
    assert_eq!(done.json()["columns_unused"], json!([]));
}

#[test]
fn the_help_lists_the_fields_of_every_kind_and_their_words() {
    let place = Workplace::new();
    let output = place.command(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for kind in ImportKind::ALL {
        for field in kind.fields() {
            let name = if field.is_required { format!("{}*", field.name) } else { field.name.to_owned() };
            assert!(words.contains(&name), "{kind}: {name}");
            if let Some(codes) = field.codes {
                let listed = format!("{}: {}", field.name, codes.words().join(", "));
                assert!(words.contains(&listed), "{kind}: {listed}");
            }
        }
    }
    assert!(words.contains("result: MESSAGE_LEFT, UNREACHABLE"), "{words}");
    assert!(words.contains("resolution: VALID_CREDIT, PARTIAL_CREDIT"), "{words}");
}
