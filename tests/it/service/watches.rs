//! Watching the worklist where several services share one storage.

use recourse::domain::ids::WorkItemId;
use recourse::service::WorkItemFilter;
use recourse::service::worklist::WorklistWatch;

use super::bench::{Bench, submission};
use super::models::by_rules;

/// What watchers were told so far, by ids and versions: the next change of all marks the end.
async fn told_until(watch: &mut WorklistWatch, last: &WorkItemId) -> Vec<(WorkItemId, i64)> {
    let mut told = Vec::new();
    loop {
        let item = watch.next().await.unwrap().unwrap().item;
        let is_last = item.id == *last;
        told.push((item.id, item.version));
        if is_last {
            return told;
        }
    }
}

/// Goal: of two services on one storage each tells what the other did, in its order and once, as often as it looks; and what it did itself
/// at once.
#[tokio::test]
async fn a_watcher_is_told_once_of_what_any_replica_changed() {
    let bench = Bench::with_ledger().await;
    let before = bench.submit("T-0", "Please send a copy of R-1").await.unwrap().work_item.unwrap().item;
    let replica = bench.replica(by_rules());
    let mut here = bench.service.watch_worklist(&bench.tenant, WorkItemFilter::default()).await.unwrap();
    let mut elsewhere = replica.watch_worklist(&bench.tenant, WorkItemFilter::default()).await.unwrap();

    let claimed = bench.claim("ann").await.unwrap();
    let id = claimed.item.item.id.clone();
    let look = async || {
        for service in [&bench.service, &replica] {
            service.tell_of_changes_elsewhere().await.unwrap();
        }
    };
    look().await;
    bench.clock.pass_seconds(2);
    replica.release_work_item(&bench.tenant, &id, &claimed.lease_token).await.unwrap();
    look().await;
    look().await;
    bench.clock.pass_seconds(2);
    let last = bench.submit("T-9", "Please send a copy of R-2").await.unwrap().work_item.unwrap().item;
    assert_eq!(before.id, id, "one item is there");
    let told = told_until(&mut here, &last.id).await;
    assert_eq!(told.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&id, &last.id], "as it is when it is read");
    look().await;
    let released = bench.service.work_item(&bench.tenant, &id).await.unwrap().item;
    assert_eq!(told_until(&mut elsewhere, &last.id).await, [(id, released.version), (last.id.clone(), last.version)]);

    let next = replica.submit_message(&bench.tenant, submission("T-10", "Please send a copy of R-2")).await;
    let next = next.unwrap().work_item.unwrap().item;
    assert_eq!(told_until(&mut elsewhere, &next.id).await, [(next.id.clone(), next.version)], "it told that at once");
    look().await;
    assert_eq!(told_until(&mut here, &next.id).await, [(next.id, next.version)]);
}
