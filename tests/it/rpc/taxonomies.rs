//! The codes of what can be contested, as clients that let people pick one see them.

use std::process::Command;

use recourse::rpc::pb;

use super::harness::{PATIENCE, TestService};

async fn taxonomy(server: &TestService) -> pb::Taxonomy {
    let answer = server.disputes().get_taxonomy(pb::GetTaxonomyRequest {}).await.unwrap();
    answer.into_inner().taxonomy.unwrap()
}

/// Goal: a server that runs serves what another process loads, without being told.
#[tokio::test(flavor = "multi_thread")]
async fn the_shipped_codes_are_shown_until_the_command_line_loads_others() {
    let server = TestService::start().await;
    let shipped = taxonomy(&server).await;
    assert_eq!((shipped.name.as_str(), shipped.version, shipped.items.len()), ("recourse/1", 0, 16));
    let pricing = &shipped.items[0];
    assert_eq!((pricing.code.as_str(), pricing.covers.len()), ("PRICING", 0));
    assert!(pricing.meaning.contains("price") && !pricing.crosswalk.as_ref().unwrap().edifact_4465.is_empty());

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.toml");
    let text = "name = 'acme/1'\n[[item]]\ncode = 'PRICE_LIST'\nmeaning = 'not the price of our list'\n\
                covers = ['PRICING']\n[[item]]\ncode = 'OTHER'\nmeaning = ''\n";
    std::fs::write(&file, text).unwrap();
    let mut loading = Command::new(env!("CARGO_BIN_EXE_recourse"));
    loading.args(["config", "load-taxonomy"]).arg(&file).args(["--database-url", &server.database_url]);
    let loaded = loading.current_dir(folder.path()).output().unwrap();
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));

    let follows = async {
        loop {
            let now = taxonomy(&server).await;
            if now.version == 1 {
                return now;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let own = tokio::time::timeout(PATIENCE, follows).await.unwrap();
    let codes: Vec<&str> = own.items.iter().map(|item| item.code.as_str()).collect();
    assert_eq!((own.name.as_str(), codes), ("acme/1", vec!["PRICE_LIST", "OTHER"]));
    assert_eq!(own.items[0].covers, ["PRICING"]);
}
