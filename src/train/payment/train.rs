//! Trains the payment model that serves: a stage for invoices not yet overdue and one for overdue ones.

use super::fit::{FitError, fit_heads};
use super::replay::{DRAWN_ALL, DecisionPlan, PaymentExample, ReplayAccount, examples, outcomes};
use super::spec::{Landmark, PaymentSpec};
use crate::domain::time::CivilDate;
use crate::features::catalog;
use crate::features::portfolio::{Portfolio, PortfolioCounts};
use crate::ledger::event::{AccountEvent, AccountFact};
use crate::model::payment::forecast::Head;
use crate::model::payment::{PaymentModel, Stage};
use crate::parallel::{run_parallel, thread_count};

/// What a ledger holds, seen once over before it is replayed.
#[derive(Debug, Clone)]
pub struct LedgerSurvey {
    counts: PortfolioCounts,
    plan: DecisionPlan,
    decision_count: usize,
    invoice_count: usize,
    event_count: usize,
}

impl LedgerSurvey {
    /// A survey of which nothing is known yet.
    pub fn new(plan: DecisionPlan, known_through: CivilDate) -> Self {
        let counts = PortfolioCounts::new(known_through);
        LedgerSurvey { counts, plan, decision_count: 0, invoice_count: 0, event_count: 0 }
    }

    /// Takes in an account.
    pub fn observe(&mut self, account: &ReplayAccount<'_>) {
        let invoices = outcomes(account.events);
        for invoice in &invoices {
            self.counts.observe(&account.peers, invoice.business_unit, &invoice.outcome);
        }
        self.decision_count += self.plan.count(&invoices);
        self.invoice_count += invoices.len();
        self.event_count += account.events.len();
    }

    /// Ends the survey: how groups of accounts pay, and the plan drawn down to at most `example_count_max` examples.
    pub fn finish(self, example_count_max: usize) -> (Portfolio, DecisionPlan) {
        let mut plan = self.plan;
        if self.decision_count > example_count_max {
            #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
            let share = example_count_max as f64 / self.decision_count as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 65,536")]
            let drawn = (share * f64::from(DRAWN_ALL)).floor() as u32;
            plan.drawn_of_65536 = drawn.max(1);
        }
        (self.counts.close(), plan)
    }
}

/// The last day up to `today` on which a payment came in: up to then the ledger tells who has paid.
///
/// No other document tells that. Invoices and holds are dated ahead, and contacts, disputes and promises are noted while payments wait
/// for the next import; if the days since counted as known, every invoice due then would count as unpaid.
pub fn known_through<'a>(
    accounts: impl IntoIterator<Item = &'a [AccountEvent]>,
    today: CivilDate,
) -> Option<CivilDate> {
    accounts.into_iter().filter_map(|events| payment_days(events, today).next_back()).max()
}

/// The days up to `today` on which payments came in, ascending.
pub fn payment_days(events: &[AccountEvent], today: CivilDate) -> impl DoubleEndedIterator<Item = CivilDate> {
    events.iter().filter(move |event| event.on <= today && is_payment(&event.fact)).map(|event| event.on)
}

fn is_payment(fact: &AccountFact) -> bool {
    match fact {
        AccountFact::PaymentApplied { .. } | AccountFact::UnappliedCash { .. } => true,
        AccountFact::InvoiceIssued { .. }
        | AccountFact::CreditApplied { .. }
        | AccountFact::UnappliedApplied { .. }
        | AccountFact::DocumentReversed { .. }
        | AccountFact::UnappliedCredit { .. }
        | AccountFact::DisputeOpened { .. }
        | AccountFact::DisputeDecided { .. }
        | AccountFact::PromiseMade { .. }
        | AccountFact::Contacted { .. }
        | AccountFact::HoldStarted { .. }
        | AccountFact::HoldEnded { .. } => false,
    }
}

/// The examples of all accounts, in the order of the accounts.
pub fn replay_all(accounts: &[ReplayAccount<'_>], portfolio: &Portfolio, plan: &DecisionPlan) -> Vec<PaymentExample> {
    let thread_count = thread_count();
    let event_count: usize = accounts.iter().map(|account| account.events.len()).sum();
    let mut chunks: Vec<&[ReplayAccount<'_>]> = Vec::new();
    let (mut start, mut events) = (0, 0);
    for (index, account) in accounts.iter().enumerate() {
        events += account.events.len();
        if events * thread_count >= event_count || index + 1 == accounts.len() {
            chunks.push(&accounts[start..=index]);
            (start, events) = (index + 1, 0);
        }
    }
    let replay = |chunk: &[ReplayAccount<'_>]| -> Vec<PaymentExample> {
        chunk.iter().flat_map(|account| examples(account, portfolio, plan)).collect()
    };
    run_parallel(chunks.len(), |index| replay(chunks.get(index).copied().unwrap_or_default()))
        .into_iter()
        .flatten()
        .collect()
}

/// Trains the model that serves on everything known through `known_through`.
///
/// # Errors
/// When there is too little to learn from, or a learner fails.
pub fn train(accounts: &[ReplayAccount<'_>], seed: u64, known_through: CivilDate) -> Result<PaymentModel, FitError> {
    let stages = [(i32::MIN, PaymentSpec::before_due(seed)), (1, PaymentSpec::overdue(seed))];
    train_with(accounts, &stages, known_through)
}

/// Trains a model with these stages, each from the day past due on which it begins. Horizons of which too few outcomes
/// are known yet are left out, as long as each stage keeps one. Before the due date nobody pays at a constant rate, so what the
/// heads of such a stage say holds for any of its days.
///
/// # Errors
/// When there is too little to learn from, or a learner fails.
pub fn train_with(
    accounts: &[ReplayAccount<'_>],
    specs: &[(i32, PaymentSpec)],
    known_through: CivilDate,
) -> Result<PaymentModel, FitError> {
    let mut stages = Vec::new();
    let mut portfolio = Portfolio::default();
    for (past_due_from_days, spec) in specs {
        let mut survey = LedgerSurvey::new(whole_plan(&spec.landmarks, known_through), known_through);
        accounts.iter().for_each(|account| survey.observe(account));
        let (surveyed, plan) = survey.finish(spec.example_count_max);
        portfolio = surveyed;
        let examples = replay_all(accounts, &portfolio, &plan);
        let heads = fit_known_heads(&examples, spec, known_through.plus_days(1))?;
        let example_days = if *past_due_from_days > 0 { spec.example_days() } else { Vec::new() };
        stages.push(Stage { past_due_from_days: *past_due_from_days, heads, example_days });
    }
    Ok(PaymentModel { feature_digest: catalog::digest(), stages, portfolio })
}

/// Fits a head for each horizon, as far as there is enough to learn from: one without it is left out, unless it would be the first.
///
/// # Errors
/// When there is too little for the first horizon, or a learner fails.
pub(super) fn fit_known_heads(
    examples: &[PaymentExample],
    spec: &PaymentSpec,
    cutoff: CivilDate,
) -> Result<Vec<Head>, FitError> {
    let mut heads = Vec::new();
    for horizon_days in &spec.horizons_days {
        let of_horizon = PaymentSpec { horizons_days: vec![*horizon_days], ..spec.clone() };
        match fit_heads(examples, &of_horizon, cutoff) {
            Ok(fitted) => heads.extend(fitted),
            Err(FitError::TooFewExamples { .. }) if !heads.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(heads)
}

/// A plan over the whole ledger.
pub fn whole_plan(landmarks: &[Landmark], known_through: CivilDate) -> DecisionPlan {
    DecisionPlan {
        landmarks: landmarks.to_vec(),
        due_from: CivilDate::MIN,
        issued_from: CivilDate::MIN,
        as_of_until: known_through,
        drawn_of_65536: DRAWN_ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{HoldId, InvoiceId};
    use crate::domain::invoice::{ContactResult, HoldKind};

    #[test]
    fn only_payments_up_to_today_tell_who_has_paid() {
        let day = |text: &str| CivilDate::parse("on", text).unwrap();
        let event = |on: &str, fact| AccountEvent { on: day(on), fact };
        let (invoice_id, hold_id) = (InvoiceId::parse("A").unwrap(), HoldId::parse("H").unwrap());
        let issued = |on: &str| {
            let (invoice_id, due_on) = (invoice_id.clone(), day(on).plus_days(30));
            event(on, AccountFact::InvoiceIssued { invoice_id, amount_minor: 9, due_on, business_unit: "".into() })
        };
        let paid = |on: &str| {
            event(
                on,
                AccountFact::PaymentApplied { invoice_id: invoice_id.clone(), amount_minor: 1, settles_rest: false },
            )
        };
        let plan = AccountFact::HoldStarted { hold_id, invoice_ids: vec![], kind: HoldKind::PaymentPlan };
        let events = [
            issued("2026-01-02"),
            paid("2026-01-10"),
            event("2026-01-12", AccountFact::Contacted { result: ContactResult::MessageLeft }),
            event("2026-02-01", plan),
            issued("2026-03-01"),
            paid("2026-12-31"),
        ];
        assert_eq!(known_through([events.as_slice()], day("2026-04-01")), Some(day("2026-01-10")));
        assert_eq!(known_through([events.as_slice()], day("2027-01-01")), Some(day("2026-12-31")));
        assert_eq!(known_through([events.as_slice()], day("2026-01-09")), None);
    }
}
