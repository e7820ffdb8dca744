//! Accounts: events from documents, one account for each currency, scans in the order of their keys.

use recourse::domain::dispute::{DisputeStatus, Resolution};
use recourse::domain::ids::{CreditNoteId, HoldId};
use recourse::domain::invoice::{Allocation, CreditNote, Hold, HoldKind, Invoice, Promise};
use recourse::domain::money::{Currency, FxRate, Money};
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::accounts::LedgerBook;
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::ledger::history::AccountHistory;
use recourse::ledger::record::{LedgerRecord, RecordOutcome};
use recourse::ledger::simulate::{SimulationSpec, simulate};
use recourse::store::{AccountKey, Change};

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    documents_become_events,
    a_credit_note_is_no_payment,
    contacts_holds_and_disputes_reach_the_accounts_they_mean,
    scans_meet_every_account_once,
    the_currency_of_those_with_one_account_is_known,
    the_rate_of_a_day_is_the_latest_before_it,
    a_dispute_opened_here_is_an_event_and_its_end_too,
    a_ledger_in_memory_and_one_in_a_database_tell_the_same,
);

async fn documents_become_events(fixture: &Fixture) {
    let records = vec![
        LedgerRecord::Customer(customer("C1")),
        LedgerRecord::Invoice(invoice("B", "C1", 5_000)),
        LedgerRecord::Invoice(invoice("A", "C1", 1_000)),
        LedgerRecord::Payment(payment("P1", "C1", 1_500, &[("A", 1_000), ("B", 300)])),
        LedgerRecord::Promise(promise("PR1", "C1", &["B"])),
    ];
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
    let accounts = fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap();
    let [account] = accounts.as_slice() else { panic!("{accounts:?}") };
    assert_eq!(account.customer, customer("C1"));
    let facts: Vec<_> = account.events.iter().map(|event| event.fact.clone()).collect();
    let issued = |id: &str, amount_minor| AccountFact::InvoiceIssued {
        invoice_id: invoice_id(id),
        amount_minor,
        due_on: day("2026-02-09"),
        business_unit: "North".into(),
    };
    assert_eq!(facts[..2], [issued("A", 1_000), issued("B", 5_000)]);
    assert!(matches!(facts[2], AccountFact::PromiseMade { amount_minor: Some(100), .. }));
    let paid = |id: &str, amount_minor| AccountFact::PaymentApplied {
        invoice_id: invoice_id(id),
        amount_minor,
        settles_rest: false,
    };
    assert_eq!(facts[3..], [paid("A", 1_000), paid("B", 300), AccountFact::UnappliedCash { amount_minor: 200 }]);
    assert!(fixture.store.accounts_of(&fixture.tenant, &customer_id("C2")).await.unwrap().is_empty());
}

async fn the_currency_of_those_with_one_account_is_known(fixture: &Fixture) {
    let dollars = Money::from_minor(1_000, Currency::parse("USD").unwrap());
    let records = vec![
        LedgerRecord::Invoice(invoice("A", "C1", 5_000)),
        LedgerRecord::Invoice(invoice("B", "C1", 5_000)),
        LedgerRecord::Invoice(invoice("C", "C2", 5_000)),
        LedgerRecord::Invoice(Invoice { amount: dollars, ..invoice("D", "C2", 1) }),
    ];
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
    // A customer may be asked for twice.
    let asked = ["C1", "C2", "C3", "C1"].map(customer_id);
    let known = fixture.store.sole_currencies(&fixture.tenant, &asked).await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [(customer_id("C1"), Currency::EUR)]);
}

/// Goal: what a credit note leaves over is to the customer's favour, and tells nothing of when the customer pays. A database and a ledger
/// in memory tell the same.
async fn a_credit_note_is_no_payment(fixture: &Fixture) {
    let note = CreditNote {
        id: CreditNoteId::parse("CN1").unwrap(),
        customer_id: customer_id("C1"),
        amount: Money::from_minor(500, Currency::EUR),
        issued_on: day("2026-03-05"),
        allocations: vec![Allocation { invoice_id: invoice_id("A"), amount: Money::from_minor(100, Currency::EUR) }],
    };
    let records = vec![
        LedgerRecord::Invoice(invoice("A", "C1", 1_000)),
        LedgerRecord::Payment(payment("P1", "C1", 300, &[("A", 200)])),
        LedgerRecord::CreditNote(note),
    ];
    fixture.store.ingest(&fixture.tenant, records.clone(), &TimeZone::utc()).await.unwrap();
    let accounts = fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap();
    let [account] = accounts.as_slice() else { panic!("{accounts:?}") };
    let book = LedgerBook::read(&records);
    for events in [&account.events, &book.customers[&customer_id("C1")].accounts[&Currency::EUR]] {
        let history = AccountHistory::fold(Currency::EUR, events, day("2026-03-31"));
        assert_eq!(history.unapplied_minor(), 100 + 400);
        assert_eq!(history.last_payment_on(), Some(day("2026-02-20")));
    }
}

async fn contacts_holds_and_disputes_reach_the_accounts_they_mean(fixture: &Fixture) {
    let dollars = Invoice { amount: Money::from_minor(700, Currency::USD), ..invoice("D", "C1", 1) };
    let hold = Hold {
        id: HoldId::parse("H1").unwrap(),
        customer_id: customer_id("C1"),
        invoice_ids: vec![invoice_id("D")],
        kind: HoldKind::Legal,
        from_on: day("2026-03-01"),
        until_on: Some(day("2026-03-10")),
    };
    let records = vec![
        LedgerRecord::Invoice(invoice("A", "C1", 1_000)),
        LedgerRecord::Invoice(dollars),
        LedgerRecord::Contact(contact("K1", "C1")),
        LedgerRecord::Hold(hold),
    ];
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
    fixture.store.commit(&fixture.tenant, vec![Change::PutDispute(dispute("D1", "C1", &["A"]))]).await.unwrap();
    let accounts = fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap();
    let [euros, dollars] = accounts.as_slice() else { panic!("{accounts:?}") };
    assert_eq!((euros.currency, dollars.currency), (Currency::EUR, Currency::USD));
    let history = |index: usize, on| AccountHistory::fold(accounts[index].currency, &accounts[index].events, day(on));
    assert_eq!(history(0, "2026-03-15").contacted_on(), [day("2026-02-15")]);
    assert_eq!(history(1, "2026-03-15").contacted_on(), [day("2026-02-15")]);
    assert_eq!(
        (history(0, "2026-03-15").open_disputes().count(), history(1, "2026-03-15").open_disputes().count()),
        (1, 0)
    );
    assert_eq!((history(0, "2026-03-10").open_holds().count(), history(1, "2026-03-10").open_holds().count()), (0, 1));
    assert_eq!(history(1, "2026-03-11").open_holds().count(), 0);
    assert_eq!(euros.customer.name, "C1");
}

async fn scans_meet_every_account_once(fixture: &Fixture) {
    let mut records = Vec::new();
    for index in 0..25 {
        let customer = format!("C{index}");
        records.push(LedgerRecord::Customer(self::customer(&customer)));
        records.push(LedgerRecord::Invoice(invoice(&format!("I{index}"), &customer, 100 + index)));
        let dollars = Money::from_minor(5, Currency::USD);
        records.push(LedgerRecord::Invoice(Invoice { amount: dollars, ..invoice(&format!("U{index}"), &customer, 1) }));
    }
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
    let mut keys: Vec<AccountKey> = Vec::new();
    loop {
        let page = fixture.store.scan_accounts(&fixture.tenant, keys.last(), 7).await.unwrap();
        assert!(page.len() <= 7);
        if page.is_empty() {
            break;
        }
        for account in page {
            assert_eq!(account.events.len(), 1, "{account:?}");
            assert_eq!(account.customer.name, customer(account.customer.id.as_str()).name);
            keys.push(AccountKey { customer_id: account.customer.id, currency: account.currency });
        }
    }
    assert_eq!(keys.len(), 50);
    assert!(keys.is_sorted());
}

async fn the_rate_of_a_day_is_the_latest_before_it(fixture: &Fixture) {
    let rate = |on: &str, rate: &str| FxRate {
        from: Currency::USD,
        to: Currency::EUR,
        on: day(on),
        rate: rate.parse().unwrap(),
    };
    let records = [rate("2026-01-01", "0.91"), rate("2026-02-01", "0.9250")].map(LedgerRecord::FxRate).to_vec();
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
    let asked = [Currency::USD, Currency::parse("CHF").unwrap()];
    let on =
        async |text: &str| fixture.store.fx_rates(&fixture.tenant, &asked, Currency::EUR, day(text)).await.unwrap();
    assert_eq!(on("2025-12-31").await, []);
    assert_eq!(on("2026-01-31").await, [rate("2026-01-01", "0.91")]);
    assert_eq!(on("2026-03-01").await, [rate("2026-02-01", "0.9250")]);
    let back = FxRate { from: Currency::EUR, to: Currency::USD, ..rate("2026-01-15", "1.1") };
    fixture.store.ingest(&fixture.tenant, vec![LedgerRecord::FxRate(back.clone())], &TimeZone::utc()).await.unwrap();
    assert_eq!(on("2026-01-14").await, [rate("2026-01-01", "0.91")]);
    let mut both = on("2026-01-15").await;
    both.sort_by_key(|rate| rate.on);
    assert_eq!(both, [rate("2026-01-01", "0.91"), back]);
}

async fn a_dispute_opened_here_is_an_event_and_its_end_too(fixture: &Fixture) {
    fixture
        .store
        .ingest(&fixture.tenant, vec![LedgerRecord::Invoice(invoice("A", "C1", 9_000))], &TimeZone::utc())
        .await
        .unwrap();
    let mut dispute = dispute("D1", "C1", &["A"]);
    fixture.store.commit(&fixture.tenant, vec![Change::PutDispute(dispute.clone())]).await.unwrap();
    dispute.version = 2;
    dispute.status = DisputeStatus::Resolved;
    dispute.resolution = Some(Resolution::PartialCredit);
    dispute.resolved_on = Some(day("2026-03-12"));
    fixture.store.commit(&fixture.tenant, vec![Change::PutDispute(dispute)]).await.unwrap();
    let accounts = fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap();
    let events = &accounts[0].events;
    let open_on = |on| AccountHistory::fold(Currency::EUR, events, day(on)).open_disputes().count();
    assert_eq!(
        (open_on("2026-02-28"), open_on("2026-03-01"), open_on("2026-03-11"), open_on("2026-03-12")),
        (0, 1, 1, 0)
    );
}

async fn a_ledger_in_memory_and_one_in_a_database_tell_the_same(fixture: &Fixture) {
    let spec = SimulationSpec::try_new(12, 10, 5, day("2026-01-31")).unwrap();
    let mut records = simulate(&spec, &mut |_| {}).records;
    let dollars = Invoice { amount: Money::from_minor(700, Currency::USD), ..invoice("D", "C1", 1) };
    let hold = Hold {
        id: HoldId::parse("H1").unwrap(),
        customer_id: customer_id("C1"),
        invoice_ids: Vec::new(),
        kind: HoldKind::PaymentPlan,
        from_on: day("2026-03-01"),
        until_on: Some(day("2026-03-10")),
    };
    // Facts about accounts of two currencies, some of them before the invoices they name.
    records.push(LedgerRecord::Customer(customer("C1")));
    records.push(LedgerRecord::Hold(hold));
    records.push(LedgerRecord::Invoice(dollars));
    records.push(LedgerRecord::Invoice(invoice("A", "C1", 1_000)));
    records.push(LedgerRecord::Promise(Promise { amount: None, ..promise("PR1", "C1", &["A", "D"]) }));
    for outcome in fixture.store.ingest(&fixture.tenant, records.clone(), &TimeZone::utc()).await.unwrap() {
        assert!(!matches!(outcome, RecordOutcome::Rejected(_)), "{outcome:?}");
    }
    let stored = fixture.store.scan_accounts(&fixture.tenant, None, 1_000).await.unwrap();
    let book = LedgerBook::read(&records);
    let account_count: usize = book.customers.values().map(|ledger| ledger.accounts.len()).sum();
    assert_eq!(stored.len(), account_count);
    for account in stored {
        let in_memory = &book.customers[&account.customer.id].accounts[&account.currency];
        let sorted = |events: &[AccountEvent]| {
            let mut texts: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
            texts.sort_unstable();
            texts
        };
        assert_eq!(sorted(&account.events), sorted(in_memory), "{} in {}", account.customer.id, account.currency);
    }
}
