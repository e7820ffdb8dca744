//! What a dispute was about on a past day: the item, severity, amount and invoices that a later complaint or correction changed.

use serde::{Deserialize, Serialize};

use super::dispute::{Dispute, Severity};
use super::ids::InvoiceId;
use super::money::Money;
use super::taxonomy::ItemCode;
use super::time::CivilDate;
use super::violation::Violation;

/// What a dispute is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisputeDetails {
    /// The invoices meant, as far as they are known.
    pub invoice_ids: Vec<InvoiceId>,
    /// What is contested.
    pub contested_item: ItemCode,
    /// How serious it is.
    pub severity: Severity,
    /// How much is contested; absent means all that is open on the invoices meant.
    pub contested_amount: Option<Money>,
}

/// What a dispute was about until a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndedDetails {
    /// What it was about.
    #[serde(flatten)]
    pub details: DisputeDetails,
    /// The first day at whose end it was about something else.
    pub ended_on: CivilDate,
}

/// What a dispute was about before, in the order of the days: the first held since it was raised, each of the others since the one
/// before it had ended. There are never more of them than days.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<EndedDetails>", into = "Vec<EndedDetails>")]
pub struct PastDetails(Vec<EndedDetails>);

impl TryFrom<Vec<EndedDetails>> for PastDetails {
    type Error = Violation;

    fn try_from(ended: Vec<EndedDetails>) -> Result<Self, Violation> {
        match ended.windows(2).find(|pair| pair[1].ended_on <= pair[0].ended_on) {
            Some(pair) => {
                let expected = format!("days in order, after {}", pair[0].ended_on);
                Err(Violation::new("past_details", pair[1].ended_on, expected))
            }
            None => Ok(PastDetails(ended)),
        }
    }
}

impl From<PastDetails> for Vec<EndedDetails> {
    fn from(past: PastDetails) -> Self {
        past.0
    }
}

impl PastDetails {
    /// The past ones, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = &EndedDetails> {
        self.0.iter()
    }

    /// Those that held at the end of `day`; none when these are the present ones.
    pub fn held_on(&self, day: CivilDate) -> Option<&DisputeDetails> {
        self.0.iter().find(|ended| day < ended.ended_on).map(|ended| &ended.details)
    }

    /// Those that had ended by the end of `day`.
    fn ended_by(&self, day: CivilDate) -> Self {
        PastDetails(self.0.iter().filter(|ended| ended.ended_on <= day).cloned().collect())
    }
}

impl Dispute {
    /// What it is about.
    pub fn details(&self) -> DisputeDetails {
        DisputeDetails {
            invoice_ids: self.invoice_ids.clone(),
            contested_item: self.contested_item.clone(),
            severity: self.severity,
            contested_amount: self.contested_amount,
        }
    }

    /// Keeps what it was about as `before`, if that has changed `on` this day. Of several changes on a day, and of those up to the day
    /// on which it was raised or entered, the last one counts. What was entered only after it had been decided was known on none of
    /// its days: a correction of that is taken to hold as long.
    pub fn keep_details(&mut self, before: &Dispute, on: CivilDate) {
        let held = before.details();
        if held == self.details() {
            return;
        }
        self.details_on = Some(before.details_on.map_or(on, |known_on| known_on.max(on)));
        let held_from = before.details_on.unwrap_or(before.opened_on).max(before.opened_on);
        if held_from < on && !before.is_known_in_hindsight() {
            self.past_details.0.push(EndedDetails { details: held, ended_on: on });
        }
    }

    /// Whether what it is about became known only after it had been decided. Of a dispute from before these days were kept, that is
    /// known where it has never changed since it was entered.
    fn is_known_in_hindsight(&self) -> bool {
        let Some(closing) = self.closing().filter(|closing| closing.resolution.is_some()) else { return false };
        self.details_on.map_or(self.version == 1, |known_on| known_on >= closing.on)
    }

    /// The same dispute, about what it was about at the end of `day`.
    pub(super) fn about_on(mut self, day: CivilDate) -> Self {
        if let Some(held) = self.past_details.held_on(day).cloned() {
            let DisputeDetails { invoice_ids, contested_item, severity, contested_amount } = held;
            (self.invoice_ids, self.contested_item) = (invoice_ids, contested_item);
            (self.severity, self.contested_amount) = (severity, contested_amount);
            self.past_details = self.past_details.ended_by(day);
            self.details_on = self.past_details.0.last().map(|ended| ended.ended_on);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dispute::Resolution;
    use crate::domain::dispute_past::tests::opened;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    fn graded(dispute: &mut Dispute, severity: Severity, on: &str) {
        let before = dispute.clone();
        dispute.severity = severity;
        dispute.keep_details(&before, day(on));
        dispute.version += 1;
    }

    fn severities(dispute: &Dispute, days: &[&str]) -> Vec<Severity> {
        days.iter().map(|on| dispute.as_of(day(on)).unwrap().severity).collect()
    }

    #[test]
    fn a_past_day_sees_what_the_dispute_was_about_then() {
        use Severity::{Critical, Major, Minor, Moderate};
        let mut dispute = opened("2026-03-02");
        dispute.details_on = Some(day("2026-03-02"));
        graded(&mut dispute, Moderate, "2026-03-02");
        assert_eq!(dispute.past_details, PastDetails::default(), "the day of opening counts as it ended");
        graded(&mut dispute, Major, "2026-03-05");
        graded(&mut dispute, Minor, "2026-03-05");
        let on_the_seventh = dispute.clone();
        graded(&mut dispute, Critical, "2026-03-09");
        let days = ["2026-03-02", "2026-03-04", "2026-03-05", "2026-03-08", "2026-03-09", "2026-04-01"];
        assert_eq!(severities(&dispute, &days), [Moderate, Moderate, Minor, Minor, Critical, Critical]);
        let then = dispute.as_of(day("2026-03-07")).unwrap();
        assert_eq!(then, Dispute { version: then.version, ..on_the_seventh });
        // The clock of another machine may be behind.
        graded(&mut dispute, Major, "2026-03-08");
        assert_eq!(severities(&dispute, &days[4..]), [Major, Major]);
        let json = serde_json::to_string(&dispute.past_details).unwrap();
        assert_eq!(serde_json::from_str::<PastDetails>(&json).unwrap(), dispute.past_details);
    }

    #[test]
    fn what_was_entered_on_a_later_day_may_be_corrected_on_it() {
        let mut dispute = opened("2026-03-02");
        dispute.details_on = Some(day("2026-03-10"));
        graded(&mut dispute, Severity::Major, "2026-03-10");
        graded(&mut dispute, Severity::Critical, "2026-03-11");
        assert_eq!(severities(&dispute, &["2026-03-02", "2026-03-11"]), [Severity::Major, Severity::Critical]);
    }

    #[test]
    fn what_became_known_after_the_decision_is_corrected_for_all_days() {
        let decided = |entered_on: Option<&str>| {
            let mut dispute = opened("2026-03-02");
            dispute.decide_anew(Resolution::Withdrawn, None, day("2026-03-06"));
            dispute.details_on = entered_on.map(day);
            dispute
        };
        for (entered_on, first) in [
            (Some("2026-03-02"), Severity::Minor),
            (Some("2026-03-06"), Severity::Major),
            (Some("2026-09-01"), Severity::Major),
            (None, Severity::Major),
        ] {
            let mut dispute = decided(entered_on);
            graded(&mut dispute, Severity::Moderate, "2026-10-01");
            graded(&mut dispute, Severity::Major, "2026-10-02");
            let expected = if first == Severity::Minor { [first, Severity::Major] } else { [first, first] };
            assert_eq!(severities(&dispute, &["2026-03-03", "2026-10-02"]), expected, "{entered_on:?}");
        }
        // It was there before these days were kept, and was changed: nobody knows when it was entered.
        let mut changed = Dispute { version: 3, ..decided(None) };
        graded(&mut changed, Severity::Major, "2026-10-01");
        assert_eq!(severities(&changed, &["2026-03-03", "2026-10-01"]), [Severity::Minor, Severity::Major]);
    }

    #[test]
    fn days_out_of_order_are_refused() {
        let ended = |on: &str| EndedDetails { details: opened("2026-03-02").details(), ended_on: day(on) };
        for wrong in [["2026-03-06", "2026-03-06"], ["2026-03-06", "2026-03-05"]] {
            assert!(PastDetails::try_from(wrong.map(ended).to_vec()).is_err());
        }
    }
}
