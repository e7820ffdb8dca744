//! `recourse serve` where it cannot start: exit code 1, and what is wrong is named.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use recourse::domain::ids::{ModelId, ModelKind, TenantId};
use recourse::domain::time::{Instant, SystemClock};
use recourse::store::{self, Champion, ChampionCause, Change, ModelRecord};

use crate::program::recourse;

/// Runs `recourse serve` in a data folder until it gives up.
fn serve(folder: &Path, listen: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recourse"));
    for variable in ["RECOURSE_DATABASE_URL", "RECOURSE_DATA_DIR", "RECOURSE_CONFIG"] {
        command.env_remove(variable);
    }
    command.args(["serve", "--listen", listen, "--data-dir"]).arg(folder).output().unwrap()
}

fn refusal(folder: &Path, listen: &str) -> String {
    let output = serve(folder, listen);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    stderr
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let stderr = refusal(folder.path(), &address);
    assert!(stderr.contains(&format!("cannot listen on `{address}`")), "{stderr}");
    assert!(stderr.contains("in use"), "{stderr}");
}

fn shipped_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/payment/0001")
}

/// Makes `payment/0002`, a copy of the shipped model, the champion in the database of a folder, without its files.
async fn with_champion(folder: &Path) {
    with_champion_of(folder, ModelKind::Payment, None).await;
}

/// The same for any kind, with the champion before it.
async fn with_champion_of(folder: &Path, kind: ModelKind, previous_id: Option<ModelId>) {
    let url = format!("sqlite:{}", folder.join("recourse.db").display()).into();
    let store = store::open(&url, 1, Arc::new(SystemClock)).await.unwrap();
    let (id, now) = (ModelId::new(kind, 2), Instant::from_unix_us(1_773_561_600_000_000));
    let model = ModelRecord {
        id: id.clone(),
        digest: blake3::hash(&std::fs::read(shipped_model().join("model.json")).unwrap()).to_hex().to_string(),
        created_at: now,
        details: "{\"metrics\":[],\"gate_message\":\"\"}".to_owned(),
        passed_gate: true,
    };
    let champion = Champion { kind, model_id: id, previous_id, promoted_at: now, gate_overridden: false };
    let cause = ChampionCause::Promotion;
    let changes = vec![Change::InsertModel(model), Change::PutChampion { champion, expected: None, cause }];
    store.commit(&TenantId::default_tenant(), changes).await.unwrap();
}

#[tokio::test]
async fn a_champion_with_a_corrupt_or_missing_file_is_named_and_does_not_serve() {
    let folder = tempfile::tempdir().unwrap();
    with_champion(folder.path()).await;
    let stderr = refusal(folder.path(), "127.0.0.1:0");
    assert!(stderr.contains("model `payment/0002` cannot be used: its files are missing"), "{stderr}");

    let files = folder.path().join("models/payment/0002");
    std::fs::create_dir_all(&files).unwrap();
    let shipped = shipped_model();
    std::fs::copy(shipped.join("model.json"), files.join("model.json")).unwrap();
    let weights = std::fs::read(shipped.join("weights.bin")).unwrap();
    std::fs::write(files.join("weights.bin"), &weights[..weights.len() / 2]).unwrap();
    let stderr = refusal(folder.path(), "127.0.0.1:0");
    assert!(stderr.contains("model `payment/0002` cannot be used: "), "{stderr}");
    assert!(!stderr.contains("description is not"), "{stderr}");

    let mut description = std::fs::read_to_string(shipped.join("model.json")).unwrap();
    description.push('\n');
    std::fs::write(files.join("model.json"), description).unwrap();
    let stderr = refusal(folder.path(), "127.0.0.1:0");
    assert!(stderr.contains("cannot be used: its description is not the one that was stored"), "{stderr}");
}

/// Goal: champions that cannot be read are named with the commands that repair each, which work one after the other; meanwhile nobody
/// else is kept from working.
#[tokio::test]
async fn damaged_champions_are_told_with_the_way_out_which_leads_out() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    with_champion(&data).await;
    with_champion_of(&data, ModelKind::Validity, Some(ModelId::new(ModelKind::Validity, 1))).await;
    let run = |command: &[&str]| {
        let done = recourse(folder.path(), &[command, &["--data-dir", "data"]].concat());
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let [of_payment, of_validity] = ["payment", "validity"].map(|kind| {
        format!(
            "tenant `default`: model `{kind}/0002` cannot be used: its files are missing in the folder of trained models, which all servers of a database share; \
             `recourse models promote {kind}/0001 --tenant default` goes back to the shipped model"
        )
    });
    let stderr = refusal(&data, "127.0.0.1:0");
    assert!(stderr.contains(&of_payment) && stderr.contains(&of_validity), "{stderr}");
    let (_, said, _) = run(&["doctor"]);
    assert!(said.contains("wrong  database and models") && said.contains(&of_payment), "{said}");
    assert!(said.contains("same `--data-dir`") && !said.contains("can be written"), "{said}");
    let (code, _, stderr) = run(&["worklist"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains(&of_payment), "{stderr}");
    std::fs::write(folder.path().join("customers.csv"), "customer_id,name\nC-1,Nordlicht GmbH\n").unwrap();
    let (code, _, stderr) = run(&["import", "customers", "customers.csv", "--tenant", "north"]);
    assert_eq!(code, Some(0), "{stderr}");
    let (code, _, stderr) = run(&["worklist", "--tenant", "north"]);
    assert_eq!(code, Some(0), "{stderr}");
    let (code, said, stderr) = run(&["models", "list"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(said.contains("since 2026-03-15"), "{said}");

    let (code, _, stderr) = run(&["models", "promote", "payment/0001", "--tenant", "default"]);
    assert_eq!(code, Some(0), "{stderr}");
    let stderr = refusal(&data, "127.0.0.1:0");
    assert!(!stderr.contains(&of_payment) && stderr.contains(&of_validity), "{stderr}");
    let (code, said, stderr) = run(&["models", "rollback", "validity", "--json"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(said.contains("validity/0001") && said.contains("\"is_rollback\": true"), "{said}");
    let (_, said, _) = run(&["doctor"]);
    assert!(said.contains("ok     database and models"), "{said}");
    let (code, _, stderr) = run(&["worklist"]);
    assert_eq!(code, Some(0), "{stderr}");
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_named() {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir().unwrap();
    with_champion(folder.path()).await;
    let url = format!("sqlite:{}", folder.path().join("recourse.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'of the future', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    let stderr = refusal(folder.path(), "127.0.0.1:0");
    assert!(stderr.contains("recourse.db` has schema version 9999"), "{stderr}");
}
