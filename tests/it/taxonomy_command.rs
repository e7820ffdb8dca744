//! `recourse config taxonomy` and `load-taxonomy`: a tenant brings its own codes, and imports its history in them.

use std::path::Path;

use crate::program::recourse;

const OWN: &str = "# The codes of Acme.
name = 'acme/1'

[[item]]
code = 'PALLETS'
meaning = 'pallets were not swapped'

[[item]]
code = 'OTHER'
meaning = 'anything else'
";

/// Exit code, stdout and stderr of a command in a folder.
fn run(folder: &Path, command: &[&str]) -> (Option<i32>, String, String) {
    let done = recourse(folder, command);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

fn load(folder: &Path, file: &str, more: &[&str]) -> (Option<i32>, String, String) {
    run(folder, &[&["config", "load-taxonomy", file, "--tenant", "acme", "--data-dir", "data"], more].concat())
}

fn shown(folder: &Path, tenant: &str) -> String {
    let (code, said, error) = run(folder, &["config", "taxonomy", "--tenant", tenant, "--data-dir", "data"]);
    assert_eq!(code, Some(0), "{error}");
    said
}

fn import(folder: &Path, kind: &str, file: &str, more: &[&str]) -> (Option<i32>, String, String) {
    run(folder, &[&["import", kind, file, "--tenant", "acme", "--data-dir", "data"], more].concat())
}

#[test]
fn a_tenant_brings_its_own_codes_and_imports_its_history_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("acme.toml"), OWN).unwrap();
    let (code, _, error) = load(folder, "acme.toml", &["--dry-run"]);
    assert_eq!(code, Some(2), "{error}");
    assert!(!folder.join("data").exists(), "a dry run made a data folder");

    let (code, said, error) = load(folder, "acme.toml", &[]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("`acme/1` takes the place of `recourse/1` for tenant `acme`, as version 1"), "{said}");
    assert!(said.contains("codes added: PALLETS\ncodes removed: PRICING, SHORTAGE, "), "{said}");
    let (code, said, error) = load(folder, "acme.toml", &[]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("uses exactly this taxonomy already, as version 1"), "{said}");
    assert_eq!(shown(folder, "acme"), OWN, "it is printed as it was loaded");
    assert!(shown(folder, "other").contains("name = \"recourse/1\""));

    let invoices =
        "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,C-1,120.50,EUR,2026-01-05,2026-02-04\n";
    let disputes = "dispute_id,customer_id,invoice_ids,contested_item,severity,opened_on\n\
                    D-1,C-1,I-1,PALLETS,MINOR,2026-02-01\nD-2,C-1,I-1,PRICING,MINOR,2026-02-01\n";
    std::fs::write(folder.join("invoices.csv"), invoices).unwrap();
    std::fs::write(folder.join("disputes.csv"), disputes).unwrap();
    assert_eq!(import(folder, "invoices", "invoices.csv", &[]).0, Some(0));
    for more in [&["--dry-run", "--rejects", "rejects.jsonl"][..], &["--rejects", "rejects.jsonl"]] {
        let (code, said, error) = import(folder, "disputes", "disputes.csv", more);
        assert_eq!(code, Some(1), "{said}{error}");
        let rejects = std::fs::read_to_string(folder.join("rejects.jsonl")).unwrap();
        assert_eq!(rejects.lines().count(), 1, "{rejects}");
        assert!(rejects.contains("PRICING") && rejects.contains("a code of the taxonomy `acme/1`"), "{rejects}");
    }

    std::fs::write(folder.join("fewer.toml"), OWN.replace("PALLETS", "CRATES")).unwrap();
    let (code, _, error) = load(folder, "fewer.toml", &["--dry-run"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("the taxonomy `acme/1` lacks codes of stored disputes: `PALLETS` of 1"), "{error}");
    std::fs::write(folder.join("more.toml"), format!("{OWN}[[item]]\ncode = 'CRATES'\nmeaning = ''\n")).unwrap();
    let (code, said, error) = load(folder, "more.toml", &["--dry-run", "--json"]);
    assert_eq!(code, Some(0), "{error}");
    let change: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&change["version"], &change["added"]), (&2.into(), &serde_json::json!(["CRATES"])));
    assert_eq!((&change["removed"], &change["is_dry_run"]), (&serde_json::json!([]), &true.into()));
    assert_eq!(shown(folder, "acme"), OWN, "a dry run stores nothing");
}

#[test]
fn what_is_no_taxonomy_is_wrong_use_and_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let wrong = OWN.replace("'OTHER'", "'REST'").replace("'pallets were not swapped'", "''\ncovers = ['NONSENSE']");
    std::fs::write(folder.join("wrong.toml"), wrong).unwrap();
    let (code, _, error) = load(folder, "wrong.toml", &[]);
    assert_eq!(code, Some(2), "{error}");
    for named in ["`wrong.toml`", "the code `OTHER`", "`taxonomy.item.PALLETS.covers` is `NONSENSE`"] {
        assert!(error.contains(named), "{named} in {error}");
    }
    let (code, _, error) = load(folder, "missing.toml", &[]);
    assert_eq!((code, error.contains("taxonomy file `missing.toml` cannot be read")), (Some(2), true), "{error}");

    let (code, said, _) = run(folder, &["config", "taxonomy"]);
    assert_eq!((code, said.matches("[[item]]").count()), (Some(0), 16));
    let (code, _, error) = run(folder, &["config", "taxonomy", "--data-dir", "data"]);
    assert_eq!((code, error.contains("without --tenant the shipped taxonomy is printed")), (Some(2), true), "{error}");
}

/// The help teaches by an example, which must be one.
#[test]
fn the_example_of_the_help_can_be_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let (_, help, _) = run(folder.path(), &["config", "load-taxonomy", "--help"]);
    let from = help.find("name = \"acme/1\"").unwrap();
    let until = help.find("`covers` names").unwrap();
    std::fs::write(folder.path().join("acme.toml"), &help[from..until]).unwrap();
    let (code, said, error) = load(folder.path(), "acme.toml", &[]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("codes added: PRICE_LIST, PALLETS\n"), "{said}");
}
