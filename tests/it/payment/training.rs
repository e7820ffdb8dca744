//! Training: the same data gives the same bytes, horizons never cross, reasons add up, nothing later is learned from.

use std::collections::BTreeMap;

use recourse::domain::ids::InvoiceId;
use recourse::domain::time::CivilDate;
use recourse::features::catalog::FeatureRow;
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::model::payment::PaymentModel;
use recourse::model::payment::artifact::PaymentArtifactError;
use recourse::model::payment::forecast::Head;
use recourse::train::payment::fit::fit_heads;
use recourse::train::payment::replay::{DecisionPlan, PaymentExample, ReplayAccount};
use recourse::train::payment::run::judge_later;
use recourse::train::payment::spec::{Landmark, LandmarkDay, PaymentSpec};
use recourse::train::payment::train::{LedgerSurvey, replay_all, train_with, whole_plan};

use super::ledger::{MadeAccount, day, make, make_on_terms};

/// A spec that trains in a moment.
pub fn small(mut spec: PaymentSpec) -> PaymentSpec {
    spec.forest.tree_count = 4;
    spec.boosted.tree_count = 5;
    spec.boosted.booster_count = 1;
    spec.calibration_block_count = 2;
    spec.landmarks.truncate(4);
    spec.horizons_days.truncate(2);
    spec
}

fn replays(accounts: &[MadeAccount]) -> Vec<ReplayAccount<'_>> {
    accounts.iter().map(MadeAccount::replay).collect()
}

fn trained(accounts: &[MadeAccount]) -> (PaymentModel, Vec<PaymentExample>) {
    let accounts = replays(accounts);
    let known_through = day("2026-03-01");
    let specs = [(i32::MIN, small(PaymentSpec::before_due(1))), (1, small(PaymentSpec::overdue(1)))];
    let model = train_with(&accounts, &specs, known_through).unwrap();
    let mut survey = LedgerSurvey::new(whole_plan(&specs[1].1.landmarks, known_through), known_through);
    accounts.iter().for_each(|account| survey.observe(account));
    let (portfolio, plan) = survey.finish(usize::MAX);
    (model, replay_all(&accounts, &portfolio, &plan))
}

/// Goal: one seed and one ledger make one model, byte for byte, and it survives its files.
#[test]
fn the_same_ledger_and_seed_give_the_same_bytes() {
    let accounts = make(24, 30, 1);
    let (model, _) = trained(&accounts);
    let files = model.to_files().unwrap();
    assert_eq!(files, trained(&accounts).0.to_files().unwrap());
    assert_eq!(PaymentModel::from_files(&files.json, &files.weights).unwrap(), model);
}

#[test]
fn damaged_files_are_refused_by_name() {
    let files = trained(&make(24, 30, 1)).0.to_files().unwrap();
    let mut weights = files.weights.clone();
    weights[10] ^= 1;
    let refused = PaymentModel::from_files(&files.json, &weights);
    assert!(matches!(refused, Err(PaymentArtifactError::Digest { .. })), "{refused:?}");
    let cut = PaymentModel::from_files(&files.json[..files.json.len() / 2], &files.weights);
    assert!(matches!(cut, Err(PaymentArtifactError::Json { .. })), "{cut:?}");
    let older = files.json.replace("\"format_version\": 1", "\"format_version\": 9");
    assert_eq!(PaymentModel::from_files(&older, &files.weights), Err(PaymentArtifactError::Format { found: 9 }));
}

/// Goal: what would make a forecast that is no number, and so stop every worklist, is refused before it serves.
#[test]
fn a_head_that_gives_no_numbers_is_refused() {
    let (model, _) = trained(&make(24, 30, 1));
    let spoil = |spoilt: fn(&mut Head)| {
        let mut model = model.clone();
        spoilt(&mut model.stages[1].heads[0]);
        let files = model.to_files().unwrap();
        PaymentModel::from_files(&files.json, &files.weights)
    };
    assert!(spoil(|_| ()).is_ok());
    let spoilt: [fn(&mut Head); 3] = [
        |head| head.linear.terms[0].deviation = 0.0,
        |head| head.calibration.slope = 0.0,
        |head| head.weights.forest = -1.0,
    ];
    for spoilt in spoilt {
        let refused = spoil(spoilt);
        assert!(matches!(refused, Err(PaymentArtifactError::Unsound { .. })), "{refused:?}");
    }
}

/// Goal: probabilities fall with the horizon for every invoice, and the reasons add up to the log-odds.
#[test]
fn horizons_never_cross_and_reasons_add_up() {
    let (model, examples) = trained(&make(24, 30, 1));
    assert!(examples.len() > 200);
    for example in &examples {
        let curve = model.forecast(&example.row);
        let days: Vec<f64> = (0..120).map(|days| curve.unpaid_probability_in(days)).collect();
        assert!(days.windows(2).all(|pair| pair[1] <= pair[0]), "{days:?}");
        assert!(days.iter().all(|probability| (0.0..=1.0).contains(probability)));
        for days in [7, 15, 30, 60, 90] {
            let log_odds = model.explain(&example.row, days).log_odds();
            let probability = 1.0 / (1.0 + (-log_odds).exp());
            let expected = curve.unpaid_probability_in(days).clamp(0.001, 0.999);
            assert!((probability - expected).abs() < 1e-9, "{probability} {expected}");
        }
    }
}

#[test]
fn calibration_keeps_the_order_of_the_scores() {
    let (model, examples) = trained(&make(24, 30, 1));
    for head in model.stages.iter().flat_map(|stage| &stage.heads) {
        assert!(head.calibration.slope > 0.0);
        let mut scored: Vec<(f64, f64)> = examples
            .iter()
            .map(|example| (head.raw_score(example.row.values()), head.log_odds(example.row.values())))
            .collect();
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(scored.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }
}

/// Goal: training sees only outcomes that were known before the cut. What comes later may change, the model may not.
#[test]
fn nothing_after_the_cut_is_learned_from() {
    let cut = day("2025-09-01");
    let whole = make(24, 30, 1);
    let mut known: Vec<MadeAccount> = make(24, 30, 1);
    for account in &mut known {
        account.events.retain(|event| event.on < cut);
    }
    let spec = small(PaymentSpec::decide_at(3, &[7, 15], 1));
    let fit = |accounts: &[MadeAccount], known_through| {
        let accounts = replays(accounts);
        let mut survey = LedgerSurvey::new(whole_plan(&spec.landmarks, cut.plus_days(-1)), known_through);
        accounts.iter().for_each(|account| survey.observe(account));
        let (portfolio, plan) = survey.finish(usize::MAX);
        fit_heads(&replay_all(&accounts, &portfolio, &plan), &spec, cut).unwrap()
    };
    assert_eq!(fit(&known, cut.plus_days(-1)), fit(&whole, day("2026-03-01")));
}

#[test]
fn a_row_of_an_unknown_account_is_scored_all_the_same() {
    let (model, _) = trained(&make(24, 30, 1));
    let curve = model.forecast(&FeatureRow::default());
    assert!(!curve.points.is_empty());
    let probabilities: Vec<f64> = curve.points.iter().map(|point| point.unpaid_probability).collect();
    assert!(probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)), "{probabilities:?}");
    assert!(probabilities.windows(2).all(|pair| pair[1] <= pair[0]), "{probabilities:?}");
}

/// Goal: who is paid within a month by everybody can still train a model, which is judged at the horizons that tell something.
#[test]
fn horizons_at_which_nearly_everybody_has_paid_are_left_out_of_the_judgement() {
    let mut accounts = make(24, 40, 1);
    for account in &mut accounts {
        let due_by_invoice: BTreeMap<InvoiceId, CivilDate> = account.events.iter().filter_map(due_of).collect();
        for event in &mut account.events {
            if let AccountFact::PaymentApplied { invoice_id, .. } = &event.fact {
                event.on = event.on.min(due_by_invoice[invoice_id].plus_days(28));
            }
        }
        account.events.sort_by(AccountEvent::fold_order);
    }
    let (spec, judged) = judge_later(&replays(&accounts), 1, day("2026-03-01")).unwrap();
    assert_eq!(spec.horizons_days, [7, 15]);
    assert_eq!(judged.report.horizons.iter().filter(|horizon| horizon.model.is_some()).count(), 2);
}

/// Goal: with long terms more than a fifth of a ledger is not due yet. Method: net 90 over 14 months, as known on the last day.
#[test]
fn invoices_that_are_not_due_yet_take_no_place_among_the_judged() {
    let today = day("2026-03-01");
    let mut accounts = make_on_terms(32, 40, 1, (425, 90));
    for account in &mut accounts {
        account.events.retain(|event| event.on <= today);
    }
    let (spec, judged) = judge_later(&replays(&accounts), 1, today).unwrap();
    let [week, half_month, ..] = judged.report.horizons.as_slice() else { panic!("{:?}", judged.report) };
    assert_eq!(spec.horizons_days[..2], [7, 15]);
    for horizon in [week, half_month] {
        let count = horizon.model.as_ref().map_or(0, |model| model.count);
        assert!(count > 100, "{count} at {} days, judged from {}", horizon.horizon_days, spec.from);
    }
}

/// Goal: judged is the kind of model that is stored, so that one that is trained again on the same data is no better than itself. Method: a
/// model is trained on the events before the first judged day alone, and says the same of every decision, to the bit.
#[test]
fn the_judged_model_is_the_one_that_would_have_been_stored() {
    let accounts = make(16, 40, 1);
    let (spec, judged) = judge_later(&replays(&accounts), 1, day("2026-03-01")).unwrap();
    let mut known = make(16, 40, 1);
    for account in &mut known {
        account.events.retain(|event| event.on < spec.from);
    }
    let stages = [(1, PaymentSpec::overdue(spec.seed))];
    let stored = train_with(&replays(&known), &stages, spec.from.plus_days(-1)).unwrap();
    let landmark = Landmark { day: LandmarkDay::PastDue(spec.decide_at_days), weight: 1.0 };
    let last_on = CivilDate::parse("known_through", &judged.report.known_through).unwrap();
    let plan = DecisionPlan { due_from: spec.from, ..whole_plan(&[landmark], last_on) };
    let accounts = replays(&accounts);
    let mut survey = LedgerSurvey::new(plan.clone(), last_on);
    accounts.iter().for_each(|account| survey.observe(account));
    let decisions = replay_all(&accounts, &survey.finish(usize::MAX).0, &plan);
    assert!(decisions.len() > 30 && judged.predictions.len() == decisions.len() * spec.horizons_days.len());
    let given = judged.predictions.chunks(spec.horizons_days.len());
    for (decision, given) in decisions.iter().zip(given) {
        let forecast = stored.forecast(&decision.row);
        for row in given {
            assert_eq!(row.probability, forecast.unpaid_probability(row.horizon_days), "{row:?}");
        }
    }
}

fn due_of(event: &AccountEvent) -> Option<(InvoiceId, CivilDate)> {
    match &event.fact {
        AccountFact::InvoiceIssued { invoice_id, due_on, .. } => Some((invoice_id.clone(), *due_on)),
        _ => None,
    }
}
