//! Training the dispute models from the tenant's own history of disputes.

use std::collections::{BTreeMap, BTreeSet};

use super::Metric;
use super::trainers::{DisputeKind, Judgement, Trained, TrainingJob, Work, passes};
use crate::domain::customer::Customer;
use crate::domain::dispute::DisputeStatus;
use crate::domain::ids::{CustomerId, DisputeId, ModelId, ModelKind, TenantId};
use crate::domain::money::{Currency, FxRate};
use crate::domain::outcome::Outcome;
use crate::domain::time::{CivilDate, Instant};
use crate::features::model_rates::DISPUTE_CURRENCY;
use crate::features::rates::BaseRates;
use crate::ledger::event::AccountEvent;
use crate::ledger::record::DisputeRecord;
use crate::model::dispute::{Artifact, ArtifactError, DisputeModel, shipped_priority, shipped_validity};
use crate::service::dispute::scoring::rates_of_model;
use crate::service::fx;
use crate::service::models::dispute::artifact_of;
use crate::service::{Service, ServiceError, on_blocking_thread};
use crate::train::dispute::{
    CustomerPast, DisputeChoice, DisputeHistory, DisputeSpec, EXAMPLES_MIN, Gradings, HistoryBuilder, Rival,
    TrainError, Trained as TrainedDispute, latest_choices, train_priority, train_validity,
};

/// Outcomes that are looked through for choices between disputes.
const OUTCOMES_MAX: usize = 1_000_000;

/// The stages of a run, each with the share that is done when it begins.
const ADAPTING: &str = "adapting the model and measuring it on later disputes";
const ADAPTING_SHARE: f64 = 0.1;
const SEALING: &str = "comparing with the champion and simple rules";
const SEALING_SHARE: f64 = 0.9;

/// A customer with accounts and disputes, owned.
struct CustomerHistory {
    customer: Customer,
    accounts: Vec<(Currency, Vec<AccountEvent>)>,
    disputes: Vec<DisputeRecord>,
}

impl Service {
    /// Training of a dispute model on everything that is known of disputes.
    pub(super) async fn dispute_job(
        &self,
        tenant: &TenantId,
        kind: DisputeKind,
        seed: u64,
    ) -> Result<TrainingJob, ServiceError> {
        let model_kind = ModelKind::from(kind);
        let history = self.dispute_examples(tenant).await?;
        let label_count = match kind {
            DisputeKind::Priority => {
                let decided_count = history.examples.iter().filter(|example| example.decided.is_some()).count();
                history.label_count() + history.choices.len() + decided_count
            }
            DisputeKind::Validity => {
                let verdicts = history.examples.iter().filter_map(|example| example.decided?.0.customer_was_right());
                verdicts.count()
            }
        };
        if label_count < EXAMPLES_MIN {
            let message = format!("{label_count} labels for `{model_kind}`, but at least {EXAMPLES_MIN} are needed");
            return Err(ServiceError::Precondition { reason: "TOO_FEW_LABELS", message });
        }
        let spec = DisputeSpec { seed, monotone: self.strategy.monotone, ..DisputeSpec::default() }.check()?;
        let champion = self.champion_of(tenant, model_kind).await?;
        let learned_until = self.learned_until(tenant, champion.as_ref()).await?;
        // The shipped model is adapted, not the champion, which has learned from these labels before.
        let train: Work = if kind == DisputeKind::Priority {
            let prior = shipped_model(shipped_priority)?;
            let champion = self.champion_model(tenant, champion, shipped_priority).await?;
            Box::new(move |control| {
                control.begin(ADAPTING_SHARE, ADAPTING)?;
                let rival = Rival { model: &champion, learned_until };
                let trained = train_priority(&history, &prior, &rival, &spec);
                control.begin(SEALING_SHARE, SEALING)?;
                finish(trained, "ndcg_20")
            })
        } else {
            let prior = shipped_model(shipped_validity)?;
            let champion = self.champion_model(tenant, champion, shipped_validity).await?;
            Box::new(move |control| {
                control.begin(ADAPTING_SHARE, ADAPTING)?;
                let rival = Rival { model: &champion, learned_until };
                let trained = train_validity(&history, &prior, &rival, &spec);
                control.begin(SEALING_SHARE, SEALING)?;
                finish(trained, "auc")
            })
        };
        Ok(TrainingJob { example_count: u64::try_from(label_count).unwrap_or(u64::MAX), train })
    }

    /// The model that serves: the promoted one, or the shipped one.
    async fn champion_model<M: DisputeModel>(
        &self,
        tenant: &TenantId,
        champion: Option<ModelId>,
        shipped: fn() -> Result<Artifact<M>, ArtifactError>,
    ) -> Result<M, ServiceError> {
        let Some(id) = champion else { return shipped_model(shipped) };
        let files = self.model_files(tenant, &id).await?;
        let corrupt = |problem| ServiceError::CorruptModel { id: id.to_string(), problem };
        Ok(artifact_of::<M>(&files).map_err(corrupt)?.model)
    }

    /// What the models of disputes learn from.
    pub(super) async fn dispute_examples(&self, tenant: &TenantId) -> Result<DisputeHistory, ServiceError> {
        let ledgers = self.customer_ledgers(tenant).await?;
        let outcomes = self.store.outcomes(tenant, OUTCOMES_MAX).await?;
        let gradings = self.gradings_of(&outcomes);
        let choices = self.choices_of(outcomes);
        let rates = self.rates_of(tenant, &ledgers, &judged_days(&gradings, &choices)).await?;
        let base = self.strategy.base_currency;
        let taxonomy = self.taxonomy_of(tenant).codes;
        on_blocking_thread("building examples of disputes", move || {
            let rates = rates_of_model(&fx::BaseRates::new(base), BaseRates::new(base, &rates));
            let mut builder = HistoryBuilder::new(&choices, &gradings, &rates, &taxonomy);
            for CustomerHistory { customer, accounts, disputes } in &ledgers {
                let accounts: Vec<_> =
                    accounts.iter().map(|(currency, events)| (*currency, events.as_slice())).collect();
                builder.add(&CustomerPast { customer, accounts: &accounts, disputes });
            }
            let mut history = builder.finish();
            let (given_count, used_count) = (choices.len(), history.choices.len());
            if used_count < given_count {
                tracing::info!(
                    given_count,
                    used_count,
                    "choices of disputes that are no longer known are not learned from"
                );
            }
            keep_teaching(&mut history, &choices);
            history
        })
        .await
    }

    /// The customers who ever contested anything, with all their disputes but those entered in error.
    async fn customer_ledgers(&self, tenant: &TenantId) -> Result<Vec<CustomerHistory>, ServiceError> {
        let mut by_customer: BTreeMap<CustomerId, Vec<DisputeRecord>> = BTreeMap::new();
        let mut after = None;
        while let Some(page) = self.next_disputes(tenant, &mut after).await? {
            for dispute in page.into_iter().filter(|dispute| dispute.status != DisputeStatus::Voided) {
                let disputes = by_customer.entry(dispute.customer_id.clone()).or_default();
                disputes.push(DisputeRecord::of(dispute, None));
            }
        }
        let mut ledgers = Vec::with_capacity(by_customer.len());
        for (customer_id, mut disputes) in by_customer {
            disputes.sort_by(|a, b| (a.opened_on, &a.id).cmp(&(b.opened_on, &b.id)));
            let customer = self.store.customer(tenant, &customer_id).await?;
            let accounts = self.store.accounts_of(tenant, &customer_id).await?;
            ledgers.push(CustomerHistory {
                customer: customer.unwrap_or_else(|| Customer::unnamed(customer_id)),
                accounts: accounts.into_iter().map(|account| (account.currency, account.events)).collect(),
                disputes,
            });
        }
        Ok(ledgers)
    }

    /// The rates that held on the days on which disputes in other currencies were raised or judged, that of the models' currency among
    /// them.
    async fn rates_of(
        &self,
        tenant: &TenantId,
        ledgers: &[CustomerHistory],
        judged_days: &JudgedDays,
    ) -> Result<Vec<FxRate>, ServiceError> {
        let base = self.strategy.base_currency;
        let mut wanted = BTreeSet::new();
        for CustomerHistory { customer, accounts, disputes } in ledgers {
            let of_accounts = accounts.iter().map(|(currency, _)| *currency);
            let of_revenue = customer.annual_revenue.map(|revenue| revenue.currency());
            let of_disputes = disputes.iter().filter_map(|dispute| dispute.contested_amount);
            let currencies: BTreeSet<Currency> =
                of_accounts.chain(of_revenue).chain(of_disputes.map(|amount| amount.currency())).collect();
            let currencies = currencies.into_iter().chain([DISPUTE_CURRENCY]);
            for currency in currencies.filter(|currency| *currency != base) {
                for dispute in disputes {
                    wanted.insert((currency, dispute.opened_on));
                    if let Some(days) = judged_days.get(&dispute.id) {
                        let decided_on = dispute.decided.map(|(_, decided_on)| decided_on);
                        wanted.extend(days.iter().copied().chain(decided_on).map(|on| (currency, on)));
                    }
                }
            }
        }
        let mut rates = Vec::new();
        for (currency, on) in wanted {
            rates.extend(self.stored_rates(tenant, &[currency], base, on).await?);
        }
        Ok(rates)
    }

    /// The last word of people on how urgent disputes are; `outcomes` are in order.
    fn gradings_of(&self, outcomes: &[(Outcome, Instant)]) -> Gradings {
        let mut gradings = Gradings::new();
        for (outcome, known_at) in outcomes {
            if let Outcome::DisputeGraded { dispute_id, label } = outcome {
                gradings.insert(dispute_id.clone(), (*label, self.day_of(*known_at)));
            }
        }
        gradings
    }

    /// The choices that people made between disputes, of each two disputes the latest one; `outcomes` are in order.
    fn choices_of(&self, outcomes: Vec<(Outcome, Instant)>) -> Vec<DisputeChoice> {
        let mut choices = Vec::new();
        for (outcome, known_at) in outcomes {
            if let Outcome::DisputePreferred { preferred_id, other_id } = outcome {
                choices.push(DisputeChoice { preferred_id, other_id, chosen_on: self.day_of(known_at) });
            }
        }
        latest_choices(choices)
    }
}

/// Keeps the examples that teach something: disputes that have a label or were chosen between, open or not, and those that are or
/// were decided. The others are known to the examples of their customer as far as they came before.
fn keep_teaching(history: &mut DisputeHistory, choices: &[DisputeChoice]) {
    let chosen: BTreeSet<&DisputeId> =
        choices.iter().flat_map(|choice| [&choice.preferred_id, &choice.other_id]).collect();
    history.examples.retain(|example| {
        let is_decided = example.decided.is_some() || !example.past_decisions.is_empty();
        is_decided || example.label.is_some() || chosen.contains(&example.dispute_id)
    });
}

/// For each dispute that was graded or chosen between, the days on which it was.
type JudgedDays = BTreeMap<DisputeId, BTreeSet<CivilDate>>;

fn judged_days(gradings: &Gradings, choices: &[DisputeChoice]) -> JudgedDays {
    let mut days = JudgedDays::new();
    for (dispute_id, (_, graded_on)) in gradings {
        days.entry(dispute_id.clone()).or_default().insert(*graded_on);
    }
    for DisputeChoice { preferred_id, other_id, chosen_on } in choices {
        for dispute_id in [preferred_id, other_id] {
            days.entry(dispute_id.clone()).or_default().insert(*chosen_on);
        }
    }
    days
}

fn shipped_model<M: DisputeModel>(shipped: fn() -> Result<Artifact<M>, ArtifactError>) -> Result<M, ServiceError> {
    let id = ModelId::shipped(M::KIND).to_string();
    let corrupt = |error: ArtifactError| ServiceError::CorruptModel { id, problem: error.to_string() };
    Ok(shipped().map_err(corrupt)?.model)
}

fn finish<M: DisputeModel>(
    trained: Result<TrainedDispute<M>, TrainError>,
    deciding: &str,
) -> Result<Trained, ServiceError> {
    let TrainedDispute { artifact, rows, has_interval, opponent, compared_figures, rival_figures, card } = trained
        .map_err(|source| ServiceError::Internal { context: "training a dispute model", source: source.into() })?;
    let metrics: Vec<Metric> = artifact.figures.iter().cloned().map(Metric::from).collect();
    let [compared, of_opponent] =
        [compared_figures, rival_figures].map(|figures| figures.into_iter().map(Metric::from).collect::<Vec<Metric>>());
    let judgement =
        Judgement { metrics: &metrics, rows, has_interval, opponent, compared: &compared, of_opponent: &of_opponent };
    let (passed_gate, gate_message) = passes(&judgement, deciding);
    let (model_text, golden_text) = artifact.texts();
    let files = [
        ("model.json", model_text.into_bytes()),
        ("golden.jsonl", golden_text.into_bytes()),
        ("card.md", card.into_bytes()),
    ];
    let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    Ok(Trained { files, digest: artifact.digest, metrics, passed_gate, gate_message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::simulate::SimulationSpec;
    use crate::train::dispute::simulated_history;

    /// Goal: many disputes of a few customers are not many proofs. Where they are of two, no figure has an interval, and nothing passes.
    #[test]
    fn later_disputes_of_two_customers_prove_nothing() {
        let as_of = CivilDate::parse("as_of", "2026-01-31").unwrap();
        let history = simulated_history(&SimulationSpec::try_new(40, 12, 7, as_of).unwrap());
        let shipped = shipped_model(shipped_priority).unwrap();
        let spec = DisputeSpec::default().check().unwrap();
        let trained_on = |customer_count: usize| {
            let mut history = history.clone();
            for (index, example) in history.examples.iter_mut().enumerate() {
                example.customer_id = CustomerId::parse(&format!("C-{}", index % customer_count)).unwrap();
            }
            let rival = Rival { model: &shipped, learned_until: None };
            let trained = train_priority(&history, &shipped, &rival, &spec).unwrap();
            assert!((20..200).contains(&trained.rows.count), "{:?}", trained.rows);
            let dash_count = trained.card.matches("| – |").count();
            (finish(Ok(trained), "ndcg_20").unwrap(), dash_count)
        };
        let (of_two, dash_count) = trained_on(2);
        assert!(
            !of_two.passed_gate && of_two.gate_message.contains("it has no 95 % interval"),
            "{}",
            of_two.gate_message
        );
        assert!(of_two.metrics.iter().all(|metric| metric.low == metric.value && metric.value == metric.high));
        assert!(dash_count >= of_two.metrics.len(), "{dash_count}");
        let (of_many, _) = trained_on(40);
        assert!(!of_many.gate_message.contains("has no 95 % interval"), "{}", of_many.gate_message);
        assert!(of_many.metrics.iter().any(|metric| metric.low < metric.value), "{:?}", of_many.metrics);
    }
}
