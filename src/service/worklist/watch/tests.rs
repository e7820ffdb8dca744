//! What the queues of watched tenants hold, tell once and forget.

use super::*;

fn work_item_id(id: &str) -> WorkItemId {
    WorkItemId::parse(id).unwrap()
}

fn at(seconds: i64) -> Instant {
    Instant::from_unix_us(0).plus_seconds(seconds)
}

fn change(seconds: i64, id: &str, version: i64) -> ItemChange {
    ItemChange { changed_at: at(seconds), work_item_id: work_item_id(id), version }
}

/// What a watcher heard, with versions; 0 for an item that is back.
fn heard(subscription: &mut Subscription) -> Vec<(String, i64)> {
    let mut all = Vec::new();
    while let Ok(heard) = subscription.changes.try_recv() {
        all.push(match heard {
            Heard::Written(id, version) => (id.to_string(), version),
            Heard::Back(id) => (id.to_string(), 0),
        });
    }
    all
}

fn told(of: &[(&str, i64)]) -> Vec<(String, i64)> {
    of.iter().map(|(id, version)| ((*id).to_owned(), *version)).collect()
}

#[test]
fn a_queue_is_of_one_tenant_and_says_what_was_lost() {
    let watched = WatchedWorklists::default();
    let [north, south] = ["north", "south"].map(|tenant| TenantId::parse(tenant).unwrap());
    let id = work_item_id("W");
    let (mut of_north, mut of_south) = (watched.subscribe(&north), watched.subscribe(&south));
    watched.tell_back(&south, &id);
    for _ in 0..=WATCH_QUEUE_MAX {
        watched.tell_back(&north, &id);
    }
    assert!(matches!(of_north.changes.try_recv(), Err(broadcast::error::TryRecvError::Lagged(1))));
    assert_eq!(of_south.changes.try_recv(), Ok(Heard::Back(id)));
}

/// Goal: a tenant of whom nothing is ever told, such as one with a slip in its name, leaves nothing behind.
#[test]
fn a_queue_goes_with_its_last_watcher_and_stays_for_the_others() {
    let watched = WatchedWorklists::default();
    let (tenant, id) = (TenantId::parse("nrth").unwrap(), work_item_id("W"));
    let (first, mut second) = (watched.subscribe(&tenant), watched.subscribe(&tenant));
    drop(first);
    watched.tell_written(&tenant, [(&id, 1)].into_iter(), at(0));
    assert_eq!(heard(&mut second), told(&[("W", 1)]));
    drop(second);
    assert!(watched.queues().is_empty() && watched.due(at(0)).is_empty());
    let mut anew = watched.subscribe(&tenant);
    watched.tell_written(&tenant, [(&id, 1)].into_iter(), at(0));
    assert_eq!(heard(&mut anew), told(&[("W", 1)]));
}

#[test]
fn a_version_is_told_once_whoever_finds_it_first() {
    let watched = WatchedWorklists::default();
    let tenant = TenantId::default_tenant();
    let mut all = watched.subscribe(&tenant);
    watched.note_present(&tenant, &[change(0, "OLD", 3)], at(0));
    let [own, found] = ["OWN", "FOUND"].map(work_item_id);
    watched.tell_written(&tenant, [(&own, 1)].into_iter(), at(1));
    let look = [change(0, "OLD", 3), change(1, "OWN", 1), change(1, "FOUND", 7)];
    watched.tell_found(&tenant, &look, at(1));
    watched.tell_found(&tenant, &look, at(2));
    watched.tell_written(&tenant, [(&found, 7)].into_iter(), at(2));
    watched.tell_written(&tenant, [(&found, 8)].into_iter(), at(2));
    watched.tell_back(&tenant, &own);
    watched.tell_found(&tenant, &[change(3, "OLD", 4)], at(3));
    assert_eq!(heard(&mut all), told(&[("OWN", 1), ("FOUND", 7), ("FOUND", 8), ("OWN", 0), ("OLD", 4)]));
}

#[test]
fn looks_overlap_and_what_they_cannot_find_any_more_is_forgotten() {
    let watched = WatchedWorklists::default();
    let tenant = TenantId::default_tenant();
    let _all = watched.subscribe(&tenant);
    assert!(watched.due(at(0)).is_empty(), "it is not known yet what was there before");
    watched.tell_found(&tenant, &[change(900, "FAST", 1), change(0, "W", 1)], at(0));
    let mut overlaps = Vec::new();
    for seconds in 0..30 {
        watched.note_look(&tenant, at(seconds));
        let (_, from) = watched.due(at(seconds + 1)).remove(0);
        overlaps.push((at(seconds).unix_us() - from.unix_us()) / 1_000_000);
    }
    let far = overlaps.iter().filter(|overlap| **overlap == WATCH_OVERLAP_FAR_SECONDS).count();
    let near = overlaps.iter().filter(|overlap| **overlap == WATCH_OVERLAP_SECONDS).count();
    assert_eq!((far, near), (3, 27), "{overlaps:?}");
    assert_eq!(watched.due(at(10)).remove(0).1, at(10 - WATCH_OVERLAP_FAR_SECONDS), "the clock was put back");
    let kept = || watched.queues().get(&tenant).map(|queue| queue.told.0.len());
    assert_eq!(kept(), Some(2));
    watched.note_look(&tenant, at(1 + 2 * WATCH_OVERLAP_FAR_SECONDS));
    assert_eq!(kept(), Some(1), "that of a fast clock is still found");
}
