//! The dispute models learn what simulated companies have planted, and never see the future.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::{Strategy as _, any, prop_assert, prop_assert_eq, proptest};
use recourse::domain::dispute::Severity;
use recourse::domain::ids::DisputeId;
use recourse::domain::money::Currency;
use recourse::domain::score::Factor;
use recourse::domain::strategy::Strategy;
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time::CivilDate;
use recourse::domain::work_item::WorkItemKind;
use recourse::features::dispute::DisputeFeatures;
use recourse::ledger::accounts::LedgerBook;
use recourse::ledger::simulate::{PLANTED_FACTORS, SimulatedCompany, SimulationSpec, simulate};
use recourse::model::dispute::{
    Artifact, ArtifactError, DisputePriorityModel, Figure, shipped_priority, shipped_validity,
};
use recourse::model::priority::{PriorityInput, StakeAtRisk, rank_with_reasons};
use recourse::train::dispute::{
    ColdStartSpec, DisputeChoice, DisputeExample, DisputeHistory, DisputeSpec, Drawn, NDCG_DEPTH, Rival,
    evaluate_validity, fit_priority, gain, ndcg, ship_priority, ship_validity, train_priority,
};
use recourse::train::fair::Opponent;

/// Seeds of the companies tried here; the shipped models were made from others.
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];
/// Pairs of disputes that are tried for each claim of monotony.
const PAIR_COUNT: u32 = 10_000;

static SHIPPED: LazyLock<DisputePriorityModel> = LazyLock::new(|| shipped_priority().unwrap().model);

fn day(text: &str) -> CivilDate {
    CivilDate::parse("on", text).unwrap()
}

fn company(seed: u64, customer_count: u32) -> SimulatedCompany {
    simulate(&SimulationSpec::try_new(customer_count, 24, seed, day("2026-01-31")).unwrap(), &mut |_| {})
}

fn history_of(company: &SimulatedCompany) -> DisputeHistory {
    let choices: Vec<DisputeChoice> = company
        .choices
        .iter()
        .map(|choice| DisputeChoice {
            preferred_id: choice.preferred_id.clone(),
            other_id: choice.other_id.clone(),
            chosen_on: choice.chosen_on,
        })
        .collect();
    DisputeHistory::from_book(&LedgerBook::read(&company.records), &choices, Currency::EUR)
}

/// A company split by time: what was known before the last quarter of its disputes, and these.
struct Trial {
    past: DisputeHistory,
    later: Vec<DisputeExample>,
    company: SimulatedCompany,
}

impl Trial {
    fn new(seed: u64) -> Self {
        let company = company(seed, 400);
        let history = history_of(&company);
        let cut_on = history.examples[history.examples.len() * 3 / 4].opened_on;
        let past = history.known_by(cut_on.plus_days(-1));
        let later = history.examples.into_iter().filter(|example| example.opened_on >= cut_on).collect();
        Trial { past, later, company }
    }

    /// The latest disputes before the cut, so many of them labelled, without choices and outcomes.
    fn labelled(&self, label_count: usize) -> DisputeHistory {
        let labelled = self.past.examples.iter().rev().filter(|example| example.label.is_some()).take(label_count);
        let mut examples: Vec<DisputeExample> =
            labelled.map(|example| DisputeExample { decided: None, ..example.clone() }).collect();
        examples.reverse();
        assert_eq!(examples.len(), label_count);
        DisputeHistory { examples, choices: Vec::new() }
    }

    /// NDCG of a model against that of the oracle, who ranks by the true urgency, both by collectors' judgements.
    fn ndcg_of_oracle(&self, model: &DisputePriorityModel) -> f64 {
        let truths: BTreeMap<&DisputeId, _> =
            self.company.truth.disputes.iter().map(|truth| (&truth.dispute_id, truth)).collect();
        let gains: Vec<f64> = self.later.iter().map(|example| gain(truths[&example.dispute_id].judgement)).collect();
        let oracle: Vec<f64> = self.later.iter().map(|example| truths[&example.dispute_id].urgency).collect();
        let scores: Vec<f64> = self.later.iter().map(|example| model.urgency(&example.features).logit()).collect();
        ndcg(&scores, &gains, NDCG_DEPTH) / ndcg(&oracle, &gains, NDCG_DEPTH)
    }

    /// The planted factors by the spread of what the model makes of them.
    fn order_of(&self, model: &DisputePriorityModel, examples: &[DisputeExample]) -> Vec<Factor> {
        let spread = |factor: Factor| {
            let parts: Vec<f64> = examples
                .iter()
                .flat_map(|example| model.urgency(&example.features).drivers)
                .filter(|(driver, _)| *driver == factor)
                .map(|(_, logit)| logit)
                .collect();
            let mean = parts.iter().sum::<f64>() / parts.len() as f64;
            parts.iter().map(|part| (part - mean).powi(2)).sum::<f64>()
        };
        let mut order: Vec<(f64, Factor)> =
            PLANTED_FACTORS.into_iter().map(|factor| (spread(factor), factor)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        order.into_iter().map(|(_, factor)| factor).collect()
    }
}

#[test]
fn few_labels_come_near_the_oracle_and_many_reach_it() {
    let spec = DisputeSpec::default().check().unwrap();
    for seed in SEEDS {
        let trial = Trial::new(seed);
        let cold = trial.ndcg_of_oracle(&SHIPPED);
        let few = trial.ndcg_of_oracle(&fit_priority(&trial.labelled(200), &SHIPPED, &spec));
        let many_model = fit_priority(&trial.labelled(2_000), &SHIPPED, &spec);
        let many = trial.ndcg_of_oracle(&many_model);
        let row_count = trial.later.len();
        println!("seed {seed}: cold {cold:.3}, 200 labels {few:.3}, 2,000 labels {many:.3}, on {row_count} disputes");
        assert!(cold >= 0.75, "seed {seed}: {cold}");
        assert!(few >= 0.85, "seed {seed}: {few}");
        assert!(many >= 0.95, "seed {seed}: {many}");
        let learned_order = trial.order_of(&many_model, &trial.past.examples);
        assert_eq!(learned_order, trial.company.truth.planted_order, "seed {seed}");
    }
}

/// Goal: a comparison rests on disputes that can be measured. Those opened since the rival learned have no labels yet, however many
/// they are, and from the rows before them it has learned, so that the model that has seen none of them is compared on those.
#[test]
fn disputes_without_labels_are_no_comparison() {
    let mut history = history_of(&company(1, 100));
    let learned_until = history.examples[history.examples.len() * 9 / 10].opened_on;
    let latest = history.examples.iter_mut().filter(|example| example.opened_on > learned_until);
    assert!(latest.map(|example| example.label = None).count() > 50);
    let spec = DisputeSpec::default().check().unwrap();
    let first = train_priority(&history, &SHIPPED, &Rival { model: &*SHIPPED, learned_until: None }, &spec).unwrap();
    assert_eq!(first.opponent, Opponent::Champion);
    let present = first.artifact.model.clone();
    let rival = Rival { model: &present, learned_until: Some(learned_until) };
    let trained = train_priority(&history, &SHIPPED, &rival, &spec).unwrap();
    assert_eq!(trained.opponent, Opponent::Shipped { fresh_count: 0 });
    assert_eq!((&trained.compared_figures, &trained.rival_figures), (&first.compared_figures, &first.rival_figures));
    assert!(trained.rows.count > 50 && trained.rows.rarer_count > 10, "{:?}", trained.rows);
    let count = |figures: &[Figure]| figures.first().map(|figure| (figure.name.clone(), figure.row_count));
    let (name, row_count) = count(&trained.rival_figures).unwrap();
    assert!(name == "ndcg_20" && row_count > 50, "{name} on {row_count} rows");
    assert_eq!(count(&trained.compared_figures), count(&trained.rival_figures));
}

#[test]
fn who_is_right_is_foreseen_at_companies_never_seen() {
    let model = shipped_validity().unwrap().model;
    for seed in [1, 2, 3] {
        let history = history_of(&company(seed, 100));
        let figures = evaluate_validity(&model, &history.examples.iter().collect::<Vec<_>>(), Drawn::Customers, 42);
        for figure in figures.iter().filter(|figure| figure.name == "log_loss") {
            let (_, base_rate) = figure.baseline.clone().unwrap();
            assert!(figure.high < base_rate && figure.row_count > 300, "seed {seed}: {figure:?}");
        }
    }
}

#[test]
#[ignore = "simulates and fits 24 companies, which takes minutes unoptimised; run it with --release"]
fn the_shipped_models_are_made_from_their_specification() {
    let spec = ColdStartSpec::shipped();
    let priority = ship_priority(&spec, &mut |_| {}).unwrap();
    assert_eq!(priority.artifact.texts(), shipped_priority().unwrap().texts());
    let validity = ship_validity(&spec, &mut |_| {}).unwrap();
    assert_eq!(validity.artifact.texts(), shipped_validity().unwrap().texts());
}

/// Goal: a choice from before one of its disputes was raised teaches nothing, so that none before the cut is about a later dispute.
#[test]
fn choices_from_before_their_disputes_are_left_out() {
    let company = company(11, 40);
    let book = LedgerBook::read(&company.records);
    let choice = company.choices.last().unwrap();
    let choices_on = |chosen_on: CivilDate| {
        let (preferred_id, other_id) = (choice.preferred_id.clone(), choice.other_id.clone());
        let choices = [DisputeChoice { preferred_id, other_id, chosen_on }];
        DisputeHistory::from_book(&book, &choices, Currency::EUR).choices.len()
    };
    let opened_on = |id: &DisputeId| {
        let mut disputes = book.customers.values().flat_map(|ledger| &ledger.disputes);
        disputes.find(|dispute| dispute.id == *id).unwrap().opened_on
    };
    let both_open_on = opened_on(&choice.preferred_id).max(opened_on(&choice.other_id));
    assert_eq!((choices_on(both_open_on), choices_on(both_open_on.plus_days(-1))), (1, 0));
}

#[test]
fn choices_and_outcomes_teach_without_any_label() {
    let trial = Trial::new(11);
    let mut history = trial.past.clone();
    for example in &mut history.examples {
        example.label = None;
    }
    let spec = DisputeSpec::default().check().unwrap();
    let flat = DisputeSpec { choice_weight: 0.0, outcome_weight: 0.0, ..DisputeSpec::default() }.check().unwrap();
    let taught = trial.order_of(&fit_priority(&history, &SHIPPED, &spec), &trial.past.examples);
    let untaught = trial.order_of(&fit_priority(&history, &SHIPPED, &flat), &trial.past.examples);
    assert_eq!(taught[0], trial.company.truth.planted_order[0]);
    assert_ne!(taught, untaught);
}

#[test]
fn one_seed_makes_the_same_bytes_and_figures_beat_the_baseline() {
    let spec = DisputeSpec::default().check().unwrap();
    let trained = || {
        let rival = Rival { model: &*SHIPPED, learned_until: None };
        train_priority(&history_of(&company(21, 80)), &SHIPPED, &rival, &spec).unwrap()
    };
    let (first, second) = (trained(), trained());
    assert_eq!(first.artifact.texts(), second.artifact.texts());
    assert_eq!(first.card, second.card);
    for figure in &first.artifact.figures {
        assert!(figure.low <= figure.value && figure.value <= figure.high && figure.row_count > 50, "{figure:?}");
    }
    let log_loss = first.artifact.figures.iter().find(|figure| figure.name == "log_loss").unwrap();
    assert!(log_loss.value < log_loss.baseline.clone().unwrap().1);
}

#[test]
fn what_happens_later_changes_no_earlier_example() {
    let company = company(31, 40);
    let cut_on = day("2025-06-30");
    let choices: Vec<DisputeChoice> = Vec::new();
    let known: Vec<_> = company.records.iter().filter(|record| known_by(record, cut_on)).cloned().collect();
    assert!(known.len() < company.records.len());
    let early = DisputeHistory::from_book(&LedgerBook::read(&known), &choices, Currency::EUR).known_by(cut_on);
    let whole =
        DisputeHistory::from_book(&LedgerBook::read(&company.records), &choices, Currency::EUR).known_by(cut_on);
    assert!(early.examples.len() > 50);
    assert_eq!(early, whole);
}

/// A dispute that is contested again and decided otherwise keeps the label that it had in between.
#[test]
fn a_label_that_was_overturned_is_known_until_then() {
    use recourse::domain::dispute::Resolution;
    use recourse::domain::dispute_past::PastDecision;
    use recourse::ledger::record::LedgerRecord;
    let mut records = company(31, 10).records;
    let dispute = records.iter_mut().find_map(|record| match record {
        LedgerRecord::Dispute(dispute) if dispute.decided.is_some() => Some(dispute),
        _ => None,
    });
    let dispute = dispute.unwrap();
    let past = PastDecision {
        resolution: Resolution::Withdrawn,
        credited_amount: None,
        decided_on: dispute.opened_on.plus_days(1),
        ended_on: dispute.opened_on.plus_days(2),
    };
    dispute.decided = Some((Resolution::ValidCredit, dispute.opened_on.plus_days(3)));
    dispute.past_decisions = vec![past].try_into().unwrap();
    let (id, opened_on) = (dispute.id.clone(), dispute.opened_on);
    let history = DisputeHistory::from_book(&LedgerBook::read(&records), &[], Currency::EUR);
    let label = |on| {
        let known = history.known_by(on);
        let example = known.examples.into_iter().find(|example| example.dispute_id == id).unwrap();
        example.decided.map(|(resolution, _)| resolution)
    };
    let labels = [0, 1, 2, 3].map(|days| label(opened_on.plus_days(days)));
    assert_eq!(labels, [None, Some(Resolution::Withdrawn), None, Some(Resolution::ValidCredit)]);
}

/// Whether a record was known at the end of a day; a dispute was, though its later decision was not.
fn known_by(record: &recourse::ledger::record::LedgerRecord, on: CivilDate) -> bool {
    use recourse::ledger::record::LedgerRecord;
    match record {
        LedgerRecord::Customer(_)
        | LedgerRecord::CustomerStub(_)
        | LedgerRecord::CustomerPart(_)
        | LedgerRecord::Uncleared(_) => true,
        LedgerRecord::Invoice(invoice) => invoice.issued_on <= on,
        LedgerRecord::Payment(payment) => payment.received_on <= on,
        LedgerRecord::CreditNote(note) => note.issued_on <= on,
        LedgerRecord::Dispute(dispute) => dispute.opened_on <= on,
        LedgerRecord::DisputePart(part) => part.dispute.opened_on <= on,
        LedgerRecord::Promise(promise) => promise.made_on <= on,
        LedgerRecord::Contact(contact) => contact.contacted_on <= on,
        LedgerRecord::FxRate(rate) => rate.on <= on,
        LedgerRecord::Hold(hold) => hold.from_on <= on,
        LedgerRecord::Reversal(reversal) => reversal.reversed_on <= on,
        LedgerRecord::Application(application) => application.applied_on <= on,
    }
}

fn any_features() -> impl proptest::strategy::Strategy<Value = DisputeFeatures> {
    let items = ["PRICING", "QUALITY", "NOT_LIABLE", "OUR_OWN_CODE"];
    let amounts = (any::<Option<u32>>(), any::<Option<u32>>(), any::<Option<u32>>(), any::<Option<u8>>());
    let counts = (0_u32..400, 1_u32..6, 0_u32..30, 0_u32..30);
    (0..items.len(), 0..4_usize, amounts, counts).prop_map(move |(item, severity, amounts, counts)| {
        let (stake, balance, revenue, standing) = amounts;
        let (age_days, raised_count, right_count, wrong_count) = counts;
        // Amounts from cents to tens of millions, each order of magnitude as likely.
        let units = |draw: u32| (f64::from(draw) / f64::from(u32::MAX) * 18.0).exp();
        DisputeFeatures {
            stand_in: None,
            contested_item: ItemCode::parse(items[item]).unwrap(),
            severity: Severity::ALL[severity],
            stake_base: stake.map(units),
            open_balance_base: balance.map(units),
            annual_revenue_base: revenue.map(units),
            credit_standing: standing.map(|draw| f64::from(draw) / 255.0),
            age_days,
            raised_count,
            past_decided_count: right_count + wrong_count,
            past_valid_count: right_count,
        }
    })
}

/// The shipped model and one adapted to a company.
fn models() -> &'static [DisputePriorityModel; 2] {
    static MODELS: LazyLock<[DisputePriorityModel; 2]> = LazyLock::new(|| {
        let spec = DisputeSpec::default().check().unwrap();
        [SHIPPED.clone(), fit_priority(&history_of(&company(41, 60)), &SHIPPED, &spec)]
    });
    &MODELS
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(PAIR_COUNT))]

    #[test]
    fn more_severity_stake_balance_or_value_is_never_less_urgent(
        features in any_features(), which in 0..4_usize, factor in 1.0..1e4_f64,
    ) {
        let mut more = features.clone();
        let raise = |units: &mut Option<f64>| *units = units.map(|units| units * factor);
        match which {
            0 => more.severity = Severity::ALL[usize::from(features.severity.rank() + 1).min(3)],
            1 => raise(&mut more.stake_base),
            2 => raise(&mut more.open_balance_base),
            _ => raise(&mut more.annual_revenue_base),
        }
        for model in models() {
            let (less, more) = (model.urgency(&features).logit(), model.urgency(&more).logit());
            prop_assert!(more >= less - 1e-12, "{less} {more}");
        }
    }

    #[test]
    fn what_is_not_known_adds_nothing(features in any_features()) {
        let unknown = DisputeFeatures {
            stake_base: None, open_balance_base: None, annual_revenue_base: None, credit_standing: None, ..features
        };
        for model in models() {
            for (factor, logit) in model.urgency(&unknown).drivers {
                let is_unknown = [Factor::Stake, Factor::OpenBalance, Factor::CustomerValue, Factor::CreditScore]
                    .contains(&factor);
                prop_assert!(!is_unknown || logit == 0.0, "{factor:?} {logit}");
            }
        }
    }
}

proptest! {
    #[test]
    fn probabilities_and_reasons_add_up(features in any_features()) {
        for model in models() {
            let score = model.urgency(&features);
            let labels = model.label_probabilities(&features);
            prop_assert!(labels.iter().all(|(_, probability)| (0.0..=1.0).contains(probability)));
            prop_assert!((labels.iter().map(|(_, probability)| probability).sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!((labels[0].1 + labels[1].1 - score.probability()).abs() < 1e-12);
            let at_risk = StakeAtRisk {
                stake_base: features.stake_base.unwrap_or(500.0),
                bias_logit: score.bias_logit,
                drivers: score.drivers.clone(),
            };
            prop_assert!((at_risk.probability() - score.probability()).abs() < 1e-12);
            let input = PriorityInput {
                kind: WorkItemKind::Dispute, at_risk: vec![at_risk], waiting_days: 3, values: BTreeMap::new(),
            };
            let (rank, reasons) = rank_with_reasons(&input, &Strategy::shipped());
            prop_assert_eq!(reasons.iter().map(|reason| reason.points).sum::<f64>(), rank.priority);
            let mut factors: Vec<Factor> = reasons.iter().map(|reason| reason.factor).collect();
            factors.sort_unstable();
            factors.dedup();
            prop_assert_eq!(factors.len(), reasons.len(), "a factor is named twice");
        }
    }
}

#[test]
fn a_damaged_artifact_says_what_is_wrong() {
    let (model, golden) = shipped_priority().unwrap().texts();
    let parse = |model: &str, golden: &str| Artifact::<DisputePriorityModel>::parse(model, golden);
    assert!(parse(&model, &golden).is_ok());
    let changed = model.replacen("\"mean_effect\": ", "\"mean_effect\": 1", 1);
    assert!(matches!(parse(&changed, &golden), Err(ArtifactError::Unexpected { field: "digest", .. })));
    let cut = &golden[..golden.trim_end().rfind('\n').unwrap() + 1];
    assert!(matches!(parse(&model, cut), Err(ArtifactError::Unexpected { field: "golden_digest", .. })));
    assert!(matches!(parse(&model[..200], &golden), Err(ArtifactError::Malformed { file: "model.json", .. })));
    let (validity, validity_golden) = shipped_validity().unwrap().texts();
    assert!(matches!(parse(&validity, &validity_golden), Err(ArtifactError::Malformed { .. })));
}
