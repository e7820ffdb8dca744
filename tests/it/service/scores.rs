//! Scores: told to other systems, and repeated bit for bit.

use std::collections::BTreeMap;

use recourse::domain::ids::{CustomerId, InvoiceId};
use recourse::domain::money::Currency;
use recourse::domain::score::Factor;
use recourse::domain::work_item::WorkItem;
use recourse::service::account::AccountQuery;
use recourse::service::models::shipped;
use recourse::service::page::PageRequest;
use recourse::service::priority::PrioritySubject;
use recourse::service::worklist::ranking::RankedEntry;
use recourse::service::{LedgerRecord, Service, WorkItemFilter};

use super::bench::{Bench, customer, day, euros, invoice, payment, small_ledger};

fn account(customer: &str) -> PrioritySubject {
    PrioritySubject::Account { customer_id: CustomerId::parse(customer).unwrap(), currency: None }
}

#[tokio::test]
async fn stored_scores_are_replayed_bit_for_bit() {
    let bench = Bench::with_ledger().await;
    let made = bench.submit("T-1", "The price of R-2 is wrong, our lawyer says").await.unwrap();
    bench.submit("T-2", "Please send a copy of R-1").await.unwrap();
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let mut ids = vec![made.dispute.unwrap().priority.unwrap().score.id];
    while let Some(claimed) = bench.claim("ann").await {
        ids.push(claimed.item.item.score_id.unwrap());
    }
    assert_eq!(ids.len(), 5);
    for id in ids {
        let replay = bench.service.replay_score(&bench.tenant, &id).await.unwrap();
        assert!(replay.is_identical, "{replay:?}");
    }
}

#[tokio::test]
async fn many_priorities_come_back_in_order_each_with_its_own_result() {
    let bench = Bench::with_ledger().await;
    let subjects = [account("C-2"), account("C-404"), account("C-1")];
    let results = bench.service.priorities(&bench.tenant, &subjects).await.unwrap();
    assert!(results[1].is_err());
    let priority = |index: usize| results[index].as_ref().unwrap().score.priority;
    assert!(priority(2) > priority(0));
}

/// Goal: one account has one present priority, whoever asks and however, with the bonus for waiting.
#[tokio::test]
async fn an_account_has_one_priority_whether_its_currency_is_named_or_not() {
    let bench = Bench::with_ledger().await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    bench.clock.pass_seconds(10 * 86_400);
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let customer_id = CustomerId::parse("C-1").unwrap();
    let named = PrioritySubject::Account { customer_id: customer_id.clone(), currency: Some(Currency::EUR) };
    let named = bench.service.priority(&bench.tenant, &named).await.unwrap().score;
    let unnamed = bench.service.priority(&bench.tenant, &account("C-1")).await.unwrap().score;
    assert!(named.reasons.iter().any(|reason| reason.factor == Factor::Waiting));
    assert_eq!((unnamed.id, unnamed.priority), (named.id, named.priority));
    let query = AccountQuery { customer_id, currency: None, as_of: None };
    let scored = bench.service.score_account(&bench.tenant, &query).await.unwrap().priority.score;
    assert_eq!((scored.priority, scored.reasons), (named.priority, named.reasons));
}

#[tokio::test]
async fn an_account_score_shows_forecasts_and_cash_at_risk() {
    let bench = Bench::with_ledger().await;
    let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: None };
    let score = bench.service.score_account(&bench.tenant, &query).await.unwrap();
    let ids: Vec<_> = score.forecasts.iter().map(|forecast| forecast.invoice_id.clone()).collect();
    assert_eq!(ids, ["R-1", "R-2", "R-3"].map(|id| InvoiceId::parse(id).unwrap()));
    assert!(score.forecasts.iter().all(|forecast| forecast.unpaid.is_sorted_by(|a, b| a >= b)));
    assert_eq!(score.account.position.collectable_overdue_minor, euros(4_600).minor());
    assert!(score.cash_at_risk.minor() > 0 && score.cash_at_risk.minor() < euros(4_600).minor());
}

/// Goal: between two imports of payments what falls due makes nobody else look later.
#[tokio::test]
async fn what_fell_due_since_the_last_payment_says_nothing_of_other_customers() {
    let forecasts = async |further: Vec<LedgerRecord>| {
        let bench = Bench::serving(shipped::active_models().unwrap()).await;
        bench.ingest(small_ledger()).await;
        bench.ingest(further).await;
        let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: None };
        let scored = bench.service.score_account(&bench.tenant, &query).await.unwrap();
        scored.forecasts.iter().map(|forecast| forecast.unpaid).collect::<Vec<_>>()
    };
    let due = |due_on: &str| {
        let further = |number: i32| invoice("C-2", &format!("N-{number}"), "2026-01-20", due_on, 100);
        (0..20).map(further).collect()
    };
    let before = forecasts(Vec::new()).await;
    assert_eq!(forecasts(due("2026-03-02")).await, before, "the last payment came on 20 February");
    assert_ne!(forecasts(due("2026-02-10")).await, before);
}

/// Goal: replicas score by the same rates of groups, whoever took the ledger in and refreshed the list.
#[tokio::test]
async fn a_replica_scores_by_the_ledger_that_another_one_took_in() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    bench.ingest(small_ledger()).await;
    let elsewhere = bench.replica(shipped::active_models().unwrap());
    let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: None };
    let forecasts = async |service: &Service| {
        let scored = service.score_account(&bench.tenant, &query).await.unwrap();
        scored.forecasts.iter().map(|forecast| forecast.unpaid).collect::<Vec<_>>()
    };
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let before = forecasts(&bench.service).await;
    assert_eq!(forecasts(&elsewhere).await, before);

    bench
        .ingest((0..20).map(|number| invoice("C-2", &format!("N-{number}"), "2026-01-20", "2026-02-10", 100)).collect())
        .await;
    elsewhere.follow_portfolios().await.unwrap();
    assert_eq!(forecasts(&elsewhere).await, before, "nobody has refreshed the list yet");
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    elsewhere.follow_portfolios().await.unwrap();
    let after = forecasts(&bench.service).await;
    assert_ne!(after, before);
    assert_eq!(forecasts(&elsewhere).await, after);
}

/// Goal: each payment moves the rates of its groups a little, which is no new score of every other account.
#[tokio::test]
async fn a_payment_of_one_customer_stores_no_new_scores_of_the_others() {
    const CUSTOMER_COUNT: usize = 60;
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    let mut records = Vec::new();
    for index in 0..CUSTOMER_COUNT {
        let customer_id = format!("C-{index:02}");
        for number in 0..4 {
            let id = format!("{customer_id}-{number}");
            records.push(invoice(&customer_id, &id, "2025-11-01", &format!("2025-12-{:02}", 1 + index % 28), 40_000));
            if number > 0 {
                let on = format!("2026-01-{:02}", 1 + (index * 7 + number) % 28);
                records.push(payment(&customer_id, &format!("P-{id}"), &on, &id, 40_000));
            }
        }
    }
    // What fell due since the last payment of all says nothing yet, so that one comes shortly before.
    records.push(payment("C-08", "P-before", "2026-03-15", "C-08-0", 10_000));
    bench.ingest(records).await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let scores = async || {
        let page = PageRequest::parse(200, "").unwrap();
        let listed = bench.service.list_work_items(&bench.tenant, &WorkItemFilter::default(), &page).await.unwrap();
        let score_of = |item: WorkItem| (item.customer_id.unwrap(), item.score_id.unwrap());
        listed.items.into_iter().map(|entry| score_of(entry.item)).collect::<BTreeMap<_, _>>()
    };
    let before = scores().await;
    assert_eq!(before.len(), CUSTOMER_COUNT);
    bench.ingest(vec![payment("C-07", "P-later", "2026-03-16", "C-07-0", 10_000)]).await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let after = scores().await;
    let changed: Vec<_> = before.iter().filter(|(id, score_id)| after.get(*id) != Some(*score_id)).collect();
    assert!(after.len() == CUSTOMER_COUNT && changed.len() <= 3, "{} scores are new", changed.len());
    assert!(changed.iter().any(|(id, _)| id.as_str() == "C-07"));
}

/// Goal: an item says what holds today also where its score reads the same.
#[tokio::test]
async fn an_item_tells_the_new_name_of_its_customer() {
    let bench = Bench::with_ledger().await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    bench.ingest(vec![customer("C-1", "Renamed Ltd")]).await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let page = PageRequest::parse(200, "").unwrap();
    let listed = bench.service.list_work_items(&bench.tenant, &WorkItemFilter::default(), &page).await.unwrap();
    let told = listed.items.iter().filter(|entry| entry.item.summary.starts_with("Renamed Ltd: "));
    assert!(told.count() >= 1, "{listed:?}");
}

#[tokio::test]
async fn what_became_known_later_changes_no_earlier_ranking() {
    let bench = Bench::with_ledger().await;
    let ranked = bench.service.rank_as_of(&bench.tenant, day("2026-03-01"), 10).await.unwrap();
    bench.ingest(vec![payment("C-1", "P-9", "2026-03-02", "R-2", 4_000)]).await;
    let again = bench.service.rank_as_of(&bench.tenant, day("2026-03-01"), 10).await.unwrap();
    let key = |entry: &RankedEntry| {
        let score = entry.score().unwrap();
        (score.priority, score.stake_base, score.reasons.clone())
    };
    assert_eq!(ranked.iter().map(key).collect::<Vec<_>>(), again.iter().map(key).collect::<Vec<_>>());
    assert_eq!(ranked.len(), 1, "S-1 is due on that very day");
}

#[tokio::test]
async fn the_day_of_today_named_or_not_gives_one_score() {
    let bench = Bench::with_ledger().await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    bench.clock.pass_seconds(10 * 86_400);
    let customer_id = CustomerId::parse("C-1").unwrap();
    let today = bench.service.today();
    let mut scores = Vec::new();
    for as_of in [None, Some(today), Some(today.plus_days(-1))] {
        let query = AccountQuery { customer_id: customer_id.clone(), currency: None, as_of };
        let scored = bench.service.score_account(&bench.tenant, &query).await.unwrap();
        scores.push(scored.priority.score.reasons.iter().any(|reason| reason.factor == Factor::Waiting));
    }
    assert_eq!(scores, [true, true, false]);
}

/// Goal: a refresh that was cut off is no refresh, so that another process does it.
#[tokio::test]
async fn a_refresh_that_is_cut_off_leaves_the_ledger_behind() {
    let bench = Bench::with_ledger().await;
    let is_behind = async || {
        let changed = bench.service.ledgers_changed().await.unwrap();
        changed.iter().any(|(tenant, _)| *tenant == bench.tenant)
    };
    assert!(is_behind().await);
    let refresh = bench.service.refresh_worklist(&bench.tenant);
    let cut_off = tokio::time::timeout(std::time::Duration::from_micros(200), refresh).await;
    assert!(cut_off.is_ok() || is_behind().await);
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    assert!(!is_behind().await);
}
