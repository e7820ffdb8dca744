//! The portfolio: how late whole groups of accounts pay, as it was known on any day.
//!
//! Counts are kept by due date as whole numbers, and which groups are kept when there are too many is decided by their names, so the
//! order in which accounts are read changes nothing. A rate as of a day uses only invoices that had reached the checkpoint by then:
//! later events cannot change it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cohort::{CHECKPOINT_COUNT, CHECKPOINTS_DAYS};
use super::late_rate::Rate;
use crate::domain::customer::Customer;
use crate::domain::time::CivilDate;

/// Characters of a customer id that stand for its number range when the customer has no segment.
const NUMBER_RANGE_CHARS: usize = 3;
/// Most groups that are kept apart; customers of further ones count for the whole portfolio only.
const GROUPS_MAX: usize = 4_096;
/// Due dates that the recent rates of a group reach back over, in days.
const RECENT_DAYS: i32 = 90;

/// Which due dates a rate is over.
#[derive(Debug, Clone, Copy)]
enum Span {
    Recent,
    All,
}

/// Customers that are expected to pay alike: those of one segment, or of one number range where there are no segments.
/// ERP systems give account groups such as affiliates or key accounts number ranges of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PeerGroup(Box<str>);

impl PeerGroup {
    /// The peers of a customer.
    pub fn of(customer: &Customer) -> Self {
        if customer.segment.is_empty() {
            PeerGroup(customer.id.as_str().chars().take(NUMBER_RANGE_CHARS).collect::<String>().into())
        } else {
            PeerGroup(customer.segment.as_str().into())
        }
    }
}

/// Days on which nothing was open of an invoice whose settlement was taken back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledDays {
    /// The first.
    pub from_on: CivilDate,
    /// The day on which something was open again, which is the first that does not belong to them.
    pub reopened_on: CivilDate,
}

/// What became of an invoice, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceOutcome {
    /// Day of issue.
    pub issued_on: CivilDate,
    /// Day by which it was to be paid.
    pub due_on: CivilDate,
    /// Day on which nothing was open any more, for good as far as it is known; absent while something is.
    pub settled_on: Option<CivilDate>,
    /// When nothing was open of it before, by day; empty for all but the few whose settlement was taken back.
    pub settled_before: Box<[SettledDays]>,
}

impl InvoiceOutcome {
    /// Whether something was still open at the end of `day`.
    pub fn is_unpaid_on(&self, day: CivilDate) -> bool {
        let was_settled = |days: &SettledDays| days.from_on <= day && day < days.reopened_on;
        self.settled_on.is_none_or(|settled_on| settled_on > day) && !self.settled_before.iter().any(was_settled)
    }
}

/// Invoices of one due date, and how many were unpaid at each checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct DueDayCounts {
    count: u32,
    unpaid_counts: [u32; CHECKPOINT_COUNT],
}

impl DueDayCounts {
    fn add(&mut self, other: &DueDayCounts) {
        self.count += other.count;
        for (sum, unpaid_count) in self.unpaid_counts.iter_mut().zip(other.unpaid_counts) {
            *sum += unpaid_count;
        }
    }
}

/// Counts of one group by due date, not yet summed up.
type OpenCounts = BTreeMap<CivilDate, DueDayCounts>;

/// Counts of one group up to and including each due date, ascending.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct GroupCounts(Vec<(CivilDate, DueDayCounts)>);

impl GroupCounts {
    fn sum_up(open: OpenCounts) -> Self {
        let mut sum = DueDayCounts::default();
        let summed = open.into_iter().map(|(due_on, counts)| {
            sum.add(&counts);
            (due_on, sum)
        });
        GroupCounts(summed.collect())
    }

    /// Counts of due dates up to and including `due_on`.
    fn through(&self, due_on: CivilDate) -> DueDayCounts {
        let index = self.0.partition_point(|(day, _)| *day <= due_on);
        index.checked_sub(1).and_then(|index| self.0.get(index)).map_or_else(DueDayCounts::default, |(_, sum)| *sum)
    }
}

/// A rate among all invoices and among those that were unpaid at the first checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GroupRate {
    /// Unpaid at the checkpoint, of all.
    pub all: Rate,
    /// Unpaid at the checkpoint, of those unpaid at the first one.
    pub at_risk: Rate,
}

/// The counts of groups by their names. Of more than [`GROUPS_MAX`] those with the smallest digests of their names are kept: digests
/// stand in no relation to how a group pays, and a group that is among the smallest of all was so from its first invoice on.
#[derive(Debug, Clone, Default, PartialEq)]
struct Groups {
    by_name: BTreeMap<Box<str>, OpenCounts>,
    /// The names that are kept, by their digests.
    kept: BTreeMap<[u8; blake3::OUT_LEN], Box<str>>,
}

impl Groups {
    /// The counts of a group; none when it is not kept.
    fn counts_mut(&mut self, name: &str) -> Option<&mut OpenCounts> {
        if !self.by_name.contains_key(name) {
            self.kept.insert(*blake3::hash(name.as_bytes()).as_bytes(), name.into());
            self.by_name.insert(name.into(), OpenCounts::new());
            if self.kept.len() > GROUPS_MAX
                && let Some((_, dropped)) = self.kept.pop_last()
            {
                self.by_name.remove(&dropped);
            }
        }
        self.by_name.get_mut(name)
    }
}

/// The portfolio while invoices are taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioCounts {
    known_through: CivilDate,
    paid_on: Option<BTreeSet<CivilDate>>,
    whole: OpenCounts,
    by_business_unit: Groups,
    by_peers: Groups,
}

impl PortfolioCounts {
    /// A portfolio of which nothing is known yet, for events through `known_through`.
    pub fn new(known_through: CivilDate) -> Self {
        PortfolioCounts {
            known_through,
            paid_on: None,
            whole: BTreeMap::new(),
            by_business_unit: Groups::default(),
            by_peers: Groups::default(),
        }
    }

    /// Takes in an invoice.
    pub fn observe(&mut self, peers: &PeerGroup, business_unit: &str, outcome: &InvoiceOutcome) {
        if outcome.issued_on > outcome.due_on.plus_days(CHECKPOINTS_DAYS[0]) {
            return;
        }
        let mut counts = DueDayCounts { count: 1, unpaid_counts: [0; CHECKPOINT_COUNT] };
        for (unpaid_count, checkpoint_days) in counts.unpaid_counts.iter_mut().zip(CHECKPOINTS_DAYS) {
            let on = outcome.due_on.plus_days(checkpoint_days);
            *unpaid_count = u32::from(on <= self.known_through && outcome.is_unpaid_on(on));
        }
        self.whole.entry(outcome.due_on).or_default().add(&counts);
        let groups = [self.by_business_unit.counts_mut(business_unit), self.by_peers.counts_mut(&peers.0)];
        for group in groups.into_iter().flatten() {
            group.entry(outcome.due_on).or_default().add(&counts);
        }
    }

    /// Takes in days on which payments came. Once it was called, a day knows outcomes up to the last of these days before it: what fell
    /// due since then may be paid, as the next import will tell.
    pub fn pay_on(&mut self, days: impl IntoIterator<Item = CivilDate>) {
        self.paid_on.get_or_insert_default().extend(days);
    }

    /// Ends the taking in, after which rates can be asked for.
    pub fn close(self) -> Portfolio {
        let summed = |groups: Groups| groups.by_name.into_iter().map(|(name, open)| (name, GroupCounts::sum_up(open)));
        Portfolio {
            known_through: self.known_through,
            paid_on: self.paid_on.map(|days| days.into_iter().collect()),
            whole: GroupCounts::sum_up(self.whole),
            by_business_unit: summed(self.by_business_unit).collect(),
            by_peers: summed(self.by_peers).map(|(name, counts)| (PeerGroup(name), counts)).collect(),
        }
    }
}

/// How late groups of accounts paid, by due date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portfolio {
    known_through: CivilDate,
    /// Days on which payments came, ascending; absent when every day through `known_through` counts as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_on: Option<Vec<CivilDate>>,
    whole: GroupCounts,
    by_business_unit: BTreeMap<Box<str>, GroupCounts>,
    by_peers: BTreeMap<PeerGroup, GroupCounts>,
}

impl Default for Portfolio {
    /// A portfolio of which nothing is known.
    fn default() -> Self {
        PortfolioCounts::new(CivilDate::MIN).close()
    }
}

impl Portfolio {
    /// The last day of which it is known at the end of `as_of` who has paid.
    pub fn known_on(&self, as_of: CivilDate) -> CivilDate {
        let as_of = as_of.min(self.known_through);
        let Some(paid_on) = &self.paid_on else { return as_of };
        let before = paid_on.partition_point(|day| *day <= as_of);
        before.checked_sub(1).and_then(|index| paid_on.get(index)).copied().unwrap_or(CivilDate::MIN)
    }

    fn rate(&self, group: &GroupCounts, checkpoint_index: usize, as_of: CivilDate, span: Span) -> GroupRate {
        let last_due_on = self.known_on(as_of).plus_days(-CHECKPOINTS_DAYS[checkpoint_index]);
        let until = group.through(last_due_on);
        let before = match span {
            Span::Recent => group.through(last_due_on.plus_days(-RECENT_DAYS)),
            Span::All => DueDayCounts::default(),
        };
        let unpaid = f64::from(until.unpaid_counts[checkpoint_index] - before.unpaid_counts[checkpoint_index]);
        let at_risk = f64::from(until.unpaid_counts[0] - before.unpaid_counts[0]);
        let count = f64::from(until.count - before.count);
        // An invoice whose payment was taken back is unpaid at a checkpoint though it was paid at the first one.
        let unpaid_at_risk = unpaid.min(at_risk);
        GroupRate { all: Rate { happened: unpaid, count }, at_risk: Rate { happened: unpaid_at_risk, count: at_risk } }
    }

    /// The recent rate of the whole portfolio.
    pub fn recent(&self, checkpoint_index: usize, as_of: CivilDate) -> GroupRate {
        self.rate(&self.whole, checkpoint_index, as_of, Span::Recent)
    }

    /// The recent rate of a selling unit.
    pub fn recent_of_business_unit(&self, unit: &str, checkpoint_index: usize, as_of: CivilDate) -> GroupRate {
        let group = self.by_business_unit.get(unit);
        group.map_or_else(GroupRate::default, |group| self.rate(group, checkpoint_index, as_of, Span::Recent))
    }

    /// The rate of a peer group over all time.
    pub fn of_peers(&self, peers: &PeerGroup, checkpoint_index: usize, as_of: CivilDate) -> GroupRate {
        let group = self.by_peers.get(peers);
        group.map_or_else(GroupRate::default, |group| self.rate(group, checkpoint_index, as_of, Span::All))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CustomerId;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    #[test]
    fn a_rate_uses_only_invoices_that_had_reached_the_checkpoint() {
        let peers = PeerGroup::of(&Customer::unnamed(CustomerId::parse("C200-1").unwrap()));
        let first = day("2026-01-01");
        let mut portfolio = PortfolioCounts::new(day("2026-03-31"));
        for offset in 0..20 {
            let due_on = first.plus_days(offset);
            let settled_on = Some(due_on.plus_days(if offset % 2 == 0 { 5 } else { 9 }));
            let outcome = InvoiceOutcome { issued_on: first, due_on, settled_on, settled_before: Box::default() };
            portfolio.observe(&peers, "U1", &outcome);
        }
        let portfolio = portfolio.close();
        let rate = portfolio.of_peers(&peers, 1, first.plus_days(11)).at_risk;
        assert_eq!((rate.happened, rate.count), (2.0, 5.0));
        assert_eq!(portfolio.recent_of_business_unit("U2", 1, first.plus_days(11)), GroupRate::default());
    }

    /// Goal: between two imports of payments nobody's rate rises because nothing is known of what fell due since.
    #[test]
    fn what_fell_due_since_the_last_payment_is_not_known_to_be_unpaid() {
        let peers = PeerGroup::of(&Customer::unnamed(CustomerId::parse("C200-1").unwrap()));
        let first = day("2026-01-01");
        let counted = |paid_on: Option<&[i32]>| {
            let mut counts = PortfolioCounts::new(day("2026-03-31"));
            for offset in 0..30 {
                let due_on = first.plus_days(offset);
                let settled_on = (offset < 10).then(|| due_on.plus_days(1));
                counts.observe(
                    &peers,
                    "U1",
                    &InvoiceOutcome { issued_on: first, due_on, settled_on, settled_before: Box::default() },
                );
            }
            if let Some(offsets) = paid_on {
                counts.pay_on(offsets.iter().map(|offset| first.plus_days(*offset)));
            }
            counts.close()
        };
        let unpaid = |portfolio: &Portfolio, offset| portfolio.recent(0, first.plus_days(offset)).all.happened;
        let every_day = counted(None);
        assert_eq!((unpaid(&every_day, 12), unpaid(&every_day, 30)), (0.0, 18.0));
        let in_two = counted(Some(&[5, 12, 20]));
        assert_eq!((unpaid(&in_two, 12), unpaid(&in_two, 19), unpaid(&in_two, 30)), (0.0, 0.0, 8.0));
        assert_eq!(in_two.recent(0, first.plus_days(19)), in_two.recent(0, first.plus_days(12)));
        assert_eq!(counted(Some(&[])).recent(0, first.plus_days(30)), GroupRate::default());
    }

    /// Goal: which groups are kept when there are too many does not follow from who is read first, and what is kept is whole.
    #[test]
    fn the_order_of_reading_changes_nothing_past_the_most_groups_either() {
        let first = day("2026-01-01");
        let invoices: Vec<(PeerGroup, String, i32)> = (0..2 * GROUPS_MAX * 3)
            .map(|index| {
                let name = format!("{:04}", index % (GROUPS_MAX + 500));
                (PeerGroup(name.as_str().into()), format!("U{name}"), i32::try_from(index % 7).unwrap())
            })
            .collect();
        let read = |invoices: &mut dyn Iterator<Item = &(PeerGroup, String, i32)>| {
            let mut counts = PortfolioCounts::new(day("2026-03-31"));
            for (peers, unit, offset) in invoices {
                let due_on = first.plus_days(*offset);
                let outcome =
                    InvoiceOutcome { issued_on: first, due_on, settled_on: None, settled_before: Box::default() };
                counts.observe(peers, unit, &outcome);
            }
            counts.close()
        };
        let forwards = read(&mut invoices.iter());
        assert_eq!(forwards, read(&mut invoices.iter().rev()));
        assert_eq!((forwards.by_peers.len(), forwards.by_business_unit.len()), (GROUPS_MAX, GROUPS_MAX));
        let (peers, counts) = forwards.by_peers.iter().next().unwrap();
        let invoice_count = invoices.iter().filter(|(group, _, _)| group == peers).count();
        assert_eq!(counts.through(day("2026-02-01")).count as usize, invoice_count);
    }
}
