//! Why the number of contacts is no feature: contacts follow lateness, and a model fed on them undoes what they do.

use std::sync::LazyLock;

use recourse::domain::time::CivilDate;
use recourse::features::catalog::Feature;
use recourse::features::portfolio::{PeerGroup, PortfolioCounts};
use recourse::ledger::accounts::LedgerBook;
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::ledger::simulate::{SimulationSpec, simulate};
use recourse::model::odds::probability_of_logit;
use recourse::model::payment::linear::Linear;
use recourse::train::payment::linear::fit;
use recourse::train::payment::matrix::Matrix;
use recourse::train::payment::replay::{DRAWN_ALL, DecisionPlan, ReplayAccount, examples, observe_portfolio};
use recourse::train::payment::spec::{Landmark, LandmarkDay};

/// Days past due on which the question is asked, and at which the answer is looked up.
const DECIDE_AT_DAYS: i32 = 0;
const LATE_AFTER_DAYS: i32 = 15;
/// Days back over which contacts are counted.
const CONTACT_DAYS: i32 = 60;

/// One open invoice on its due date: habit, size, contacts of late, and whether it was still unpaid at the end.
struct Row {
    values: [f32; 3],
    is_unpaid: bool,
}

fn day(text: &str) -> CivilDate {
    CivilDate::parse("on", text).unwrap()
}

fn contact_count(events: &[AccountEvent], as_of: CivilDate) -> u16 {
    let is_recent = |event: &&AccountEvent| (0..CONTACT_DAYS).contains(&as_of.days_since(event.on));
    let recent = events.iter().filter(is_recent);
    u16::try_from(recent.filter(|event| matches!(event.fact, AccountFact::Contacted { .. })).count()).unwrap()
}

/// The invoices of a simulated company on their due dates, whose collectors call whoever is late.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let until = day("2026-01-31");
    let company = simulate(&SimulationSpec::try_new(60, 18, 11, until).unwrap(), &mut |_| {});
    let book = LedgerBook::read(&company.records);
    let accounts: Vec<ReplayAccount<'_>> = book
        .customers
        .iter()
        .flat_map(|(customer_id, ledger)| {
            ledger.accounts.iter().map(|(currency, events)| ReplayAccount {
                customer_id,
                peers: PeerGroup::of(&ledger.customer),
                currency: *currency,
                events,
            })
        })
        .collect();
    let mut counts = PortfolioCounts::new(until);
    accounts.iter().for_each(|account| observe_portfolio(&mut counts, account));
    let portfolio = counts.close();
    let plan = DecisionPlan {
        landmarks: vec![Landmark { day: LandmarkDay::PastDue(DECIDE_AT_DAYS), weight: 1.0 }],
        due_from: CivilDate::MIN,
        issued_from: CivilDate::MIN,
        as_of_until: until.plus_days(DECIDE_AT_DAYS - LATE_AFTER_DAYS),
        drawn_of_65536: DRAWN_ALL,
    };
    let mut rows = Vec::new();
    for account in &accounts {
        for example in examples(account, &portfolio, &plan) {
            let contacts = f32::from(contact_count(account.events, example.as_of));
            let values = [example.row.get(Feature::Late30), example.row.get(Feature::Amount), contacts];
            rows.push(Row { values, is_unpaid: example.is_unpaid_at(LATE_AFTER_DAYS) });
        }
    }
    rows
});

/// The logistic regression of the payment model, on the first so many of the three values.
fn fitted(rows: &[Row], value_count: usize) -> Linear {
    let column = |index: usize| rows.iter().map(|row| row.values[index]).collect();
    let matrix = Matrix {
        features: (0..u16::try_from(value_count).unwrap()).collect(),
        columns: (0..value_count).map(column).collect(),
        labels: rows.iter().map(|row| row.is_unpaid).collect(),
        weights: vec![1.0; rows.len()],
    };
    fit(&matrix, 1.0).unwrap()
}

/// Goal: the catalog has no contact count, and this is what it prevents. Method: two models of the same simulated invoices, one with the contacts of the last 60 days. Nothing else about a late payer changes when the calls stop, yet the
/// model with the count takes the silence for safety, ranks the invoice lower, and so keeps the calls from coming back.
#[test]
fn a_model_fed_on_contacts_would_stop_the_calls() {
    assert!(Feature::ALL.iter().all(|feature| !feature.name().contains("contact")));
    assert!(Feature::ALL.iter().all(|feature| !feature.meaning().to_lowercase().contains("contact")));
    let (with_count, without_count) = (fitted(&ROWS, 3), fitted(&ROWS, 2));
    let weight = with_count.terms.iter().find(|term| term.feature == 2).unwrap().weight;
    assert!(weight > 0.0, "contacts follow lateness: {weight}");

    let called: Vec<&Row> = ROWS.iter().filter(|row| row.is_unpaid && row.values[2] >= 2.0).collect();
    let probability = |model: &Linear, values: [f32; 3]| probability_of_logit(model.score(&values));
    let silent = |row: &Row| [row.values[0], row.values[1], 0.0];
    let falls: Vec<f64> =
        called.iter().map(|row| probability(&with_count, row.values) - probability(&with_count, silent(row))).collect();
    let mean_fall = falls.iter().sum::<f64>() / falls.len() as f64;
    assert!(falls.len() >= 30, "{} late payers were called", falls.len());
    assert!(falls.iter().all(|fall| *fall > 0.0) && mean_fall > 0.05, "mean fall {mean_fall} of {}", falls.len());
    for row in called {
        assert_eq!(probability(&without_count, row.values), probability(&without_count, silent(row)));
    }
}
