//! How a dispute stood on a past day: the days on which it was raised again, and the decisions that no longer hold. What it was about
//! then is kept in [`super::dispute_details`].

use serde::{Deserialize, Serialize};

use super::dispute::{Dispute, DisputeStatus, IllegalTransition, Resolution};
use super::money::{Currency, Money};
use super::time::CivilDate;
use super::violation::Violation;

/// A decision that held for some days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastDecision {
    /// How the dispute was decided.
    pub resolution: Resolution,
    /// What was credited for it.
    pub credited_amount: Option<Money>,
    /// The first day at whose end the decision held.
    pub decided_on: CivilDate,
    /// The first day at whose end it no longer did: the customer contested again, or another decision took its place.
    pub ended_on: CivilDate,
}

/// The decisions of a dispute that no longer hold, in the order of their days. Each held at the end of a day at least, and
/// none before the one before it had ended, so there are never more of them than days.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PastDecision>", into = "Vec<PastDecision>")]
pub struct PastDecisions(Vec<PastDecision>);

/// A time during which a dispute was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenPeriod {
    /// The first day at whose end it was open.
    pub from_on: CivilDate,
    /// How it ended, once it has.
    pub closed: Option<Closing>,
}

/// The end of a time during which a dispute was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The day.
    pub on: CivilDate,
    /// How the dispute was decided; absent when it was entered in error.
    pub resolution: Option<Resolution>,
    /// What is credited for it, where that is stated.
    pub credited_amount: Option<Money>,
}

impl Closing {
    /// What is credited in the account of one currency, in minor units; absent when it is not stated.
    pub fn credited_minor(&self, currency: Currency) -> Option<i64> {
        self.credited_amount.map(|credited| if credited.currency() == currency { credited.minor() } else { 0 })
    }
}

impl TryFrom<Vec<PastDecision>> for PastDecisions {
    type Error = Violation;

    fn try_from(decisions: Vec<PastDecision>) -> Result<Self, Violation> {
        let mut free_from = CivilDate::MIN;
        for PastDecision { decided_on, ended_on, .. } in &decisions {
            if *decided_on < free_from || ended_on <= decided_on {
                let shown = format!("{decided_on} to {ended_on}");
                return Err(Violation::new("past_decisions", shown, format!("days in order, from {free_from}")));
            }
            free_from = *ended_on;
        }
        Ok(PastDecisions(decisions))
    }
}

impl From<PastDecisions> for Vec<PastDecision> {
    fn from(decisions: PastDecisions) -> Self {
        decisions.0
    }
}

impl PastDecisions {
    /// The decisions, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = &PastDecision> {
        self.0.iter()
    }

    /// Whether no decision is past.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The day on which the latest of them ended.
    pub fn ended_on(&self) -> Option<CivilDate> {
        self.0.last().map(|decision| decision.ended_on)
    }

    /// The one that held at the end of `day`.
    pub fn held_on(&self, day: CivilDate) -> Option<&PastDecision> {
        self.0.iter().find(|decision| decision.decided_on <= day && day < decision.ended_on)
    }

    /// How a dispute was decided at the end of `day`, and on which day, where `present` is the decision that holds now.
    pub fn known_by(
        &self,
        present: Option<(Resolution, CivilDate)>,
        day: CivilDate,
    ) -> Option<(Resolution, CivilDate)> {
        let present = present.filter(|(_, decided_on)| *decided_on <= day);
        present.or_else(|| self.held_on(day).map(|decision| (decision.resolution, decision.decided_on)))
    }

    /// Adds a decision that has ended. One that held at the end of no day leaves nothing behind.
    fn push(&mut self, decision: PastDecision) {
        let free_from = self.ended_on().unwrap_or(CivilDate::MIN);
        let decided_on = decision.decided_on.max(free_from);
        if decided_on < decision.ended_on {
            self.0.push(PastDecision { decided_on, ..decision });
        }
    }

    /// Those that had ended by the end of `day`.
    pub fn ended_by(&self, day: CivilDate) -> Self {
        PastDecisions(self.0.iter().filter(|decision| decision.ended_on <= day).cloned().collect())
    }

    /// When a dispute was open, of which these decisions are past and `closed` is the present end, if it has one. No end comes
    /// before its beginning.
    pub fn open_periods(&self, opened_on: CivilDate, closed: Option<Closing>) -> Vec<OpenPeriod> {
        let mut periods = Vec::with_capacity(self.0.len() + 1);
        let mut from_on = opened_on;
        for PastDecision { resolution, credited_amount, decided_on, ended_on } in &self.0 {
            let (on, credited_amount) = (from_on.max(*decided_on), *credited_amount);
            let closing = Closing { on, resolution: Some(*resolution), credited_amount };
            periods.push(OpenPeriod { from_on, closed: Some(closing) });
            from_on = from_on.max(*ended_on);
        }
        let closed = closed.map(|closing| Closing { on: from_on.max(closing.on), ..closing });
        periods.push(OpenPeriod { from_on, closed });
        periods
    }
}

/// How often a dispute was raised again on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedOn {
    /// The day.
    pub on: CivilDate,
    /// How often on that day, at least once.
    pub count: u32,
}

/// When a dispute was raised again after it was opened: each day once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<RaisedOn>", into = "Vec<RaisedOn>")]
pub struct RaisedAgain(Vec<RaisedOn>);

impl TryFrom<Vec<RaisedOn>> for RaisedAgain {
    type Error = Violation;

    fn try_from(days: Vec<RaisedOn>) -> Result<Self, Violation> {
        let is_in_order = days.is_sorted_by(|left, right| left.on < right.on);
        match days.iter().find(|day| day.count == 0 || !is_in_order) {
            Some(RaisedOn { on, count }) => Err(Violation::new(
                "raised_again",
                format!("{count} on {on}"),
                "each day once and in order, with a count",
            )),
            None => Ok(RaisedAgain(days)),
        }
    }
}

impl From<RaisedAgain> for Vec<RaisedOn> {
    fn from(raised: RaisedAgain) -> Self {
        raised.0
    }
}

impl RaisedAgain {
    /// How often in all.
    pub fn count(&self) -> u32 {
        self.0.iter().fold(0, |sum, day| sum.saturating_add(day.count))
    }

    /// How often by the end of `day`.
    pub fn count_by(&self, day: CivilDate) -> u32 {
        self.0.iter().filter(|raised| raised.on <= day).fold(0, |sum, raised| sum.saturating_add(raised.count))
    }

    /// The latest of the days.
    pub fn latest_on(&self) -> Option<CivilDate> {
        self.0.last().map(|day| day.on)
    }

    /// Adds `count` times on a day, which counts as the latest day known if it is an earlier one.
    pub fn add(&mut self, on: CivilDate, count: u32) {
        match self.0.last_mut() {
            Some(last) if on <= last.on => last.count = last.count.saturating_add(count),
            Some(_) | None if count > 0 => self.0.push(RaisedOn { on, count }),
            Some(_) | None => {}
        }
    }

    fn until(&self, day: CivilDate) -> Self {
        RaisedAgain(self.0.iter().filter(|raised| raised.on <= day).copied().collect())
    }
}

impl Dispute {
    /// How often the customer has raised it, at least 1.
    pub fn raised_count(&self) -> u32 {
        self.raised_again.count().saturating_add(1)
    }

    /// The day from which it can be decided: it was opened on it, or contested again after the latest past decision.
    pub fn contested_from(&self) -> CivilDate {
        self.past_decisions.ended_on().map_or(self.opened_on, |ended_on| ended_on.max(self.opened_on))
    }

    /// How it ended, unless it is open. Where its day is not known, that is the day of the last change in UTC.
    pub fn closing(&self) -> Option<Closing> {
        let (on, resolution) = match self.status {
            DisputeStatus::New
            | DisputeStatus::Triaged
            | DisputeStatus::InProgress
            | DisputeStatus::AwaitingCustomer
            | DisputeStatus::Reopened => return None,
            DisputeStatus::Resolved | DisputeStatus::Closed => (self.resolved_on, self.resolution),
            DisputeStatus::Voided => (self.voided_on, None),
        };
        let on = on.unwrap_or_else(|| self.updated_at.utc_date()).max(self.contested_from());
        Some(Closing { on, resolution, credited_amount: self.credited_amount })
    }

    /// Opens a decided dispute again because the customer contests again; the decision becomes a past one.
    ///
    /// # Errors
    /// [`IllegalTransition`] when it is not decided.
    pub fn reopen(&mut self, on: CivilDate) -> Result<(), IllegalTransition> {
        let closing = self.closing();
        self.transition(DisputeStatus::Reopened)?;
        self.raised_again.add(on, 1);
        self.end_decision(closing, on);
        Ok(())
    }

    /// Takes it for one that was entered in error.
    ///
    /// # Errors
    /// [`IllegalTransition`] when it is decided or voided.
    pub fn void(&mut self, on: CivilDate) -> Result<(), IllegalTransition> {
        self.transition(DisputeStatus::Voided)?;
        self.voided_on = Some(on);
        Ok(())
    }

    /// Decides it in place of any decision that holds, which ends on that day.
    pub fn decide_anew(&mut self, resolution: Resolution, credited_amount: Option<Money>, decided_on: CivilDate) {
        self.end_decision(self.closing(), decided_on);
        self.status = DisputeStatus::Resolved;
        self.resolution = Some(resolution);
        self.credited_amount = credited_amount;
        self.resolved_on = Some(decided_on);
    }

    fn end_decision(&mut self, closing: Option<Closing>, ended_on: CivilDate) {
        if let Some(Closing { on: decided_on, resolution: Some(resolution), credited_amount }) = closing {
            self.past_decisions.push(PastDecision { resolution, credited_amount, decided_on, ended_on });
        }
        (self.resolution, self.credited_amount, self.resolved_on) = (None, None, None);
    }

    /// The dispute as it stood at the end of `day`; `None` when it was not raised yet. Its status says whether it was open or
    /// how it had ended; who handled it and how far is known of the present only.
    pub fn as_of(&self, day: CivilDate) -> Option<Dispute> {
        if day < self.opened_on {
            return None;
        }
        let raised_again = self.raised_again.until(day);
        let past_decisions = self.past_decisions.ended_by(day);
        let closing = self.closing();
        if closing.is_some_and(|closing| closing.on <= day) || closing.is_none() && self.contested_from() <= day {
            return Some(Dispute { raised_again, ..self.clone() }.about_on(day));
        }
        let held = self.past_decisions.held_on(day);
        let status = match held {
            Some(_) => DisputeStatus::Resolved,
            None if past_decisions.is_empty() => DisputeStatus::New,
            None => DisputeStatus::Reopened,
        };
        let dispute = Dispute {
            status,
            resolution: held.map(|decision| decision.resolution),
            credited_amount: held.and_then(|decision| decision.credited_amount),
            resolved_on: held.map(|decision| decision.decided_on),
            raised_again,
            past_decisions,
            voided_on: None,
            ..self.clone()
        };
        Some(dispute.about_on(day))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::dispute::Severity;
    use crate::domain::dispute_details::PastDetails;
    use crate::domain::ids::{CustomerId, DisputeId};
    use crate::domain::taxonomy::ItemCode;
    use crate::domain::time::Instant;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    /// A dispute that was raised on a day.
    pub fn opened(opened_on: &str) -> Dispute {
        Dispute {
            id: DisputeId::parse("D").unwrap(),
            customer_id: CustomerId::parse("C").unwrap(),
            invoice_ids: Vec::new(),
            awaited_numbers: Vec::new(),
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity: Severity::Minor,
            contested_amount: None,
            opened_on: day(opened_on),
            status: DisputeStatus::New,
            resolution: None,
            credited_amount: None,
            resolved_on: None,
            raised_again: RaisedAgain::default(),
            past_decisions: PastDecisions::default(),
            past_details: PastDetails::default(),
            details_on: None,
            voided_on: None,
            priority_label: None,
            assignee: None,
            updated_at: Instant::parse("at", "2026-04-20T10:00:00Z").unwrap(),
            version: 1,
        }
    }

    fn past(decided_on: &str, ended_on: &str) -> PastDecision {
        PastDecision {
            resolution: Resolution::Withdrawn,
            credited_amount: None,
            decided_on: day(decided_on),
            ended_on: day(ended_on),
        }
    }

    /// The days as a dispute lives through them, each kept as it stood then; at the end, every past day still looks the same.
    #[test]
    fn a_dispute_stands_on_a_past_day_as_it_stood_on_that_day() {
        let credited = Some(Money::from_minor(500, Currency::EUR));
        let mut dispute = opened("2026-03-02");
        let mut kept = vec![("2026-03-01", None)];
        let mut keep = |on: &'static str, dispute: &Dispute| kept.push((on, Some(dispute.clone())));
        keep("2026-03-02", &dispute);
        dispute.raised_again.add(day("2026-03-04"), 2);
        keep("2026-03-04", &dispute);
        dispute.decide_anew(Resolution::InvalidRebill, None, day("2026-03-06"));
        keep("2026-03-06", &dispute);
        keep("2026-03-07", &dispute);
        dispute.decide_anew(Resolution::PartialCredit, credited, day("2026-03-08"));
        keep("2026-03-08", &dispute);
        dispute.reopen(day("2026-03-10")).unwrap();
        keep("2026-03-10", &dispute);
        dispute.raised_again.add(day("2026-03-11"), 1);
        keep("2026-03-11", &dispute);
        dispute.decide_anew(Resolution::ValidCredit, credited, day("2026-03-12"));
        keep("2026-03-13", &dispute);
        dispute.reopen(day("2026-03-14")).unwrap();
        dispute.void(day("2026-03-16")).unwrap();
        for (on, stood) in kept {
            assert_eq!(dispute.as_of(day(on)), stood, "{on}");
        }
        let counts = ["2026-03-03", "2026-03-05", "2026-03-10", "2026-03-11", "2026-03-16"];
        let counts = counts.map(|on| dispute.as_of(day(on)).unwrap().raised_count());
        assert_eq!(counts, [1, 3, 4, 5, 6]);
        let status = |on: &str| dispute.as_of(day(on)).unwrap().status;
        assert_eq!((status("2026-03-15"), status("2026-03-16")), (DisputeStatus::Reopened, DisputeStatus::Voided));
    }

    #[test]
    fn a_dispute_was_open_between_its_decisions() {
        let mut dispute = opened("2026-03-02");
        dispute.decide_anew(Resolution::Withdrawn, None, day("2026-03-06"));
        dispute.reopen(day("2026-03-10")).unwrap();
        let closed = |on: &str, resolution| Some(Closing { on: day(on), resolution, credited_amount: None });
        let withdrawn = closed("2026-03-06", Some(Resolution::Withdrawn));
        let periods = dispute.past_decisions.open_periods(dispute.opened_on, dispute.closing());
        let first = OpenPeriod { from_on: day("2026-03-02"), closed: withdrawn };
        assert_eq!(periods, [first, OpenPeriod { from_on: day("2026-03-10"), closed: None }]);
        let periods = dispute.past_decisions.open_periods(dispute.opened_on, closed("2026-03-04", None));
        let second = OpenPeriod { from_on: day("2026-03-10"), closed: closed("2026-03-10", None) };
        assert_eq!(periods, [first, second]);
    }

    #[test]
    fn a_decision_that_held_at_the_end_of_no_day_leaves_nothing() {
        let mut dispute = opened("2026-03-02");
        dispute.decide_anew(Resolution::Withdrawn, None, day("2026-03-06"));
        dispute.reopen(day("2026-03-06")).unwrap();
        assert!(dispute.past_decisions.is_empty());
        assert_eq!((dispute.raised_count(), dispute.contested_from()), (2, day("2026-03-02")));
        dispute.decide_anew(Resolution::Withdrawn, None, day("2026-03-08"));
        dispute.reopen(day("2026-03-09")).unwrap();
        dispute.decide_anew(Resolution::ValidCredit, None, day("2026-03-09"));
        dispute.reopen(day("2026-03-09")).unwrap();
        assert_eq!(dispute.past_decisions, PastDecisions(vec![past("2026-03-08", "2026-03-09")]));
        assert!(dispute.reopen(day("2026-03-10")).is_err(), "it is open");
    }

    #[test]
    fn days_out_of_order_are_refused() {
        for wrong in [
            vec![past("2026-03-06", "2026-03-06")],
            vec![past("2026-03-06", "2026-03-09"), past("2026-03-08", "2026-03-10")],
        ] {
            assert!(PastDecisions::try_from(wrong).is_err());
        }
        let raised = |on: &str, count| RaisedOn { on: day(on), count };
        for wrong in [
            vec![raised("2026-03-06", 0)],
            vec![raised("2026-03-06", 1), raised("2026-03-06", 1)],
            vec![raised("2026-03-06", 1), raised("2026-03-05", 1)],
        ] {
            assert!(RaisedAgain::try_from(wrong).is_err());
        }
    }

    #[test]
    fn a_raising_before_the_latest_one_known_counts_on_its_day() {
        let mut raised = RaisedAgain::default();
        for (on, count) in [("2026-03-05", 0), ("2026-03-06", 1), ("2026-03-04", 2)] {
            raised.add(day(on), count);
        }
        assert_eq!(raised, RaisedAgain(vec![RaisedOn { on: day("2026-03-06"), count: 3 }]));
    }
}
