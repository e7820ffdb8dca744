//! Strategies: the versioned policy that turns probabilities into priorities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::invoice::PROMISE_DAYS_MAX;
use super::money::Currency;
use super::time::CivilDate;
use super::time_zone::TimeZone;
use super::violation::{Gather, Violation, Violations};
use super::work_item::{Tier, WorkItemKind};

/// The default strategy as shipped.
const DEFAULT_STRATEGY: &str = include_str!("strategy_default.toml");

/// Horizons of the payment model, in days after the day of scoring.
pub const HORIZONS_DAYS: [u32; 5] = [7, 15, 30, 60, 90];

/// Priorities from which an item is in a tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierCutOffs {
    /// From here on an item is high.
    pub high: f64,
    /// From here on an item is medium.
    pub medium: f64,
}

/// The bonus for waiting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingBonus {
    /// Priority points for each full day on the list.
    pub points_per_day: f64,
    /// Most points that waiting can give.
    pub points_max: f64,
}

/// How often a customer may be contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactPolicy {
    /// Most contacts in seven days.
    pub contacts_max_7_days: u32,
    /// Fewest days between two contacts.
    pub days_between_contacts_min: u32,
}

/// How long a claim lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseTerms {
    /// Seconds until others may claim the item.
    pub seconds: u32,
}

/// The factors in which a dispute's priority must never fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonotoneFactors {
    /// A graver dispute never ranks lower.
    pub severity: bool,
    /// A larger stake never ranks lower.
    pub stake: bool,
    /// A larger open balance never ranks lower.
    pub open_balance: bool,
    /// A worthier customer never ranks lower.
    pub customer_value: bool,
}

/// A versioned policy: weights, minutes, thresholds and contact rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// Name for people.
    pub name: String,
    /// Counts the changes, from 1.
    pub version: u32,
    /// Currency in which values are compared.
    pub base_currency: Currency,
    /// Where the days of the business begin and end; UTC for strategies without this field.
    #[serde(default, skip_serializing_if = "TimeZone::is_utc")]
    pub time_zone: TimeZone,
    /// Value for each minute, in the base currency, at which the priority is 50.
    pub half_point: f64,
    /// Share of the amount at risk that an action saves, in (0, 1].
    pub effect: f64,
    /// Fewest days ahead for which it is asked whether an invoice is still unpaid.
    pub horizon_days: u32,
    /// Days past due on which an invoice that is still unpaid counts as lost or delayed; 0 asks `horizon_days` ahead only, as
    /// strategies without this field do.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub late_after_days: u32,
    /// Days past due of an invoice, part of which can be asked for, from which its account comes onto the worklist; 0 counts as 1.
    pub overdue_after_days: u32,
    /// Most days from the day of a message to the day that it promises, for which payment is waited for without a person; 90 for
    /// strategies without this field.
    #[serde(default = "promise_days", skip_serializing_if = "is_promise_days")]
    pub promise_days_max: u32,
    /// Expected minutes of work for each kind.
    pub minutes: BTreeMap<WorkItemKind, f64>,
    /// Cost of an action for each kind, in the base currency.
    pub contact_cost: BTreeMap<WorkItemKind, f64>,
    /// Tier cut-offs.
    pub tiers: TierCutOffs,
    /// Bonus for waiting.
    pub waiting: WaitingBonus,
    /// Contact policy.
    pub contact_policy: ContactPolicy,
    /// Lease terms.
    pub lease: LeaseTerms,
    /// Monotone factors of disputes.
    pub monotone: MonotoneFactors,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The promises that are waited for where the strategy does not say.
fn promise_days() -> u32 {
    90
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_promise_days(days: &u32) -> bool {
    *days == promise_days()
}

impl Strategy {
    /// Reads and checks a strategy.
    ///
    /// # Errors
    /// Every violation: unreadable TOML, a time zone that is not known, numbers out of range, kinds without minutes or cost.
    pub fn parse(text: &str) -> Result<Self, Violations> {
        let unreadable =
            |error: toml::de::Error| Violation::new("strategy", error.message(), "TOML like the default strategy");
        let mut table: toml::Table = toml::from_str(text).map_err(unreadable)?;
        let mut gather = Gather::default();
        // Apart from the rest, so that a name that is not known is told beside all that is wrong with the numbers.
        let time_zone = table.remove("time_zone").and_then(|value| {
            let name = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            gather.take(TimeZone::parse("strategy.time_zone", &name))
        });
        let strategy = Strategy { time_zone: time_zone.unwrap_or_default(), ..table.try_into().map_err(unreadable)? };
        strategy.check(&mut gather);
        gather.finish()?;
        Ok(strategy)
    }

    /// The strategy used when a tenant has none.
    #[expect(clippy::expect_used, reason = "the shipped strategy is read by a test")]
    pub fn shipped() -> Self {
        Strategy::parse(DEFAULT_STRATEGY).expect("the shipped strategy is valid")
    }

    /// The shipped strategy's text, with its comments, as a template.
    pub fn shipped_text() -> &'static str {
        DEFAULT_STRATEGY
    }

    /// Notes every number out of range, and kinds without minutes or cost.
    fn check(&self, gather: &mut Gather) {
        let mut check = |fits: bool, field: &str, value: f64, expected: &str| {
            if !fits || !value.is_finite() {
                gather.push(Violation::new(format!("strategy.{field}"), value, expected));
            }
        };
        check(self.version >= 1, "version", self.version.into(), "a number from 1");
        check(self.half_point > 0.0, "half_point", self.half_point, "a number above 0");
        check(self.effect > 0.0 && self.effect <= 1.0, "effect", self.effect, "a number above 0, at most 1");
        check(self.late_after_days <= 365, "late_after_days", self.late_after_days.into(), "0 to 365");
        check((1..=90).contains(&self.horizon_days), "horizon_days", self.horizon_days.into(), "1 to 90");
        check(self.overdue_after_days <= 365, "overdue_after_days", self.overdue_after_days.into(), "0 to 365");
        let promise_days_expected = format!("0 to {PROMISE_DAYS_MAX}");
        let promise_days_fit = i32::try_from(self.promise_days_max).is_ok_and(|days| days <= PROMISE_DAYS_MAX);
        check(promise_days_fit, "promise_days_max", self.promise_days_max.into(), &promise_days_expected);
        for kind in WorkItemKind::ALL {
            let minutes = self.minutes.get(&kind).copied().unwrap_or(f64::NAN);
            check(
                minutes > 0.0 && minutes <= 480.0,
                &format!("minutes.{kind}"),
                minutes,
                "a number above 0, at most 480",
            );
            let cost = self.contact_cost.get(&kind).copied().unwrap_or(f64::NAN);
            check(cost >= 0.0, &format!("contact_cost.{kind}"), cost, "a number from 0");
        }
        let TierCutOffs { high, medium } = self.tiers;
        check(high <= 100.0 && high > medium, "tiers.high", high, "a number above tiers.medium, at most 100");
        check(medium >= 0.0, "tiers.medium", medium, "a number from 0");
        let WaitingBonus { points_per_day, points_max } = self.waiting;
        check(points_per_day >= 0.0, "waiting.points_per_day", points_per_day, "a number from 0");
        check((0.0..=50.0).contains(&points_max), "waiting.points_max", points_max, "a number from 0 to 50");
        let lease_fits = (10..=86_400).contains(&self.lease.seconds);
        check(lease_fits, "lease.seconds", self.lease.seconds.into(), "10 to 86400");
    }

    /// Days ahead for which it is asked whether an invoice so many days past due is still unpaid.
    pub fn days_ahead(&self, days_past_due: i32) -> u32 {
        let days_left = i64::from(self.late_after_days) - i64::from(days_past_due);
        u32::try_from(days_left).unwrap_or(0).max(self.horizon_days)
    }

    /// Whether the day that a message promises is near enough to the day of the message to wait for it without a person.
    pub fn awaits_promise(&self, made_on: CivilDate, promised_on: CivilDate) -> bool {
        i64::from(promised_on.days_since(made_on)) <= i64::from(self.promise_days_max)
    }

    /// Expected minutes of work on an item of this kind.
    pub fn minutes_for(&self, kind: WorkItemKind) -> f64 {
        self.minutes.get(&kind).copied().unwrap_or(10.0)
    }

    /// Cost of acting on an item of this kind, in the base currency.
    pub fn cost_of(&self, kind: WorkItemKind) -> f64 {
        self.contact_cost.get(&kind).copied().unwrap_or(0.0)
    }

    /// The tier of a priority.
    pub fn tier(&self, priority: f64) -> Tier {
        if priority >= self.tiers.high {
            Tier::High
        } else if priority >= self.tiers.medium {
            Tier::Medium
        } else {
            Tier::Low
        }
    }

    /// Names the content: equal digests mean equal strategies.
    pub fn digest(&self) -> String {
        let canonical = toml::to_string(self).unwrap_or_default();
        blake3::hash(canonical.as_bytes()).to_hex()[..16].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_strategy_survives_a_round_trip() {
        let strategy = Strategy::shipped();
        let again = Strategy::parse(&toml::to_string(&strategy).unwrap()).unwrap();
        assert_eq!(strategy, again);
        assert_eq!(strategy.digest(), again.digest());
    }

    #[test]
    fn every_wrong_number_is_named() {
        let text =
            DEFAULT_STRATEGY.replace("half_point = 50.0", "half_point = 0.0").replace("QUERY = 5.0", "QUERY = -1.0");
        let violations = Strategy::parse(&text).unwrap_err();
        let fields: Vec<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["strategy.half_point", "strategy.minutes.QUERY"]);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = format!("colour = 'red'\n{DEFAULT_STRATEGY}");
        assert!(Strategy::parse(&text).unwrap_err().to_string().contains("colour"));
    }

    #[test]
    fn an_invoice_is_asked_about_on_the_day_it_counts_as_late_or_a_week_ahead() {
        let strategy = Strategy::shipped();
        assert_eq!([1, 3, 23, 24, 200].map(|days| strategy.days_ahead(days)), [29, 27, 7, 7, 7]);
    }

    #[test]
    fn a_strategy_without_a_time_zone_keeps_its_digest_and_counts_in_utc() {
        let shipped = Strategy::shipped();
        assert_eq!((shipped.time_zone.name(), shipped.digest().as_str()), ("UTC", "c3f1f1be00c01276"));
        assert!(!toml::to_string(&shipped).unwrap().contains("time_zone"));
        assert!(!serde_json::to_string(&shipped).unwrap().contains("time_zone"));
        let local = Strategy::parse(&format!("time_zone = 'Asia/Tokyo'\n{DEFAULT_STRATEGY}")).unwrap();
        assert_ne!(local.digest(), shipped.digest());
        assert_eq!(Strategy::parse(&toml::to_string(&local).unwrap()).unwrap(), local);
        let json = serde_json::to_string(&local).unwrap();
        assert_eq!(serde_json::from_str::<Strategy>(&json).unwrap(), local);
        assert_eq!(Strategy { time_zone: TimeZone::utc(), ..local }, shipped);
    }

    #[test]
    fn a_strategy_without_days_of_promises_keeps_its_digest_and_waits_for_90() {
        let shipped = Strategy::shipped();
        assert_eq!((shipped.promise_days_max, shipped.digest().as_str()), (90, "c3f1f1be00c01276"));
        assert!(!toml::to_string(&shipped).unwrap().contains("promise_days_max"));
        let patient = Strategy::parse(&format!("promise_days_max = 120\n{DEFAULT_STRATEGY}")).unwrap();
        assert_ne!(patient.digest(), shipped.digest());
        assert_eq!(Strategy::parse(&toml::to_string(&patient).unwrap()).unwrap(), patient);
        let made_on = CivilDate::parse("on", "2026-03-16").unwrap();
        let is_awaited = |strategy: &Strategy| {
            [90, 91, 120, 121].map(|days| strategy.awaits_promise(made_on, made_on.plus_days(days)))
        };
        assert_eq!(is_awaited(&shipped), [true, false, false, false]);
        assert_eq!(is_awaited(&patient), [true, true, true, false]);
        let error = Strategy::parse(&format!("promise_days_max = 367\n{DEFAULT_STRATEGY}")).unwrap_err();
        assert!(error.to_string().starts_with("`strategy.promise_days_max` is `367`"), "{error}");
    }

    #[test]
    fn a_time_zone_that_is_not_known_is_named_beside_wrong_numbers() {
        let text = DEFAULT_STRATEGY.replace("effect = 1.0", "effect = 2.0");
        let Violations(violations) = Strategy::parse(&format!("time_zone = 'Pacific/Seattle'\n{text}")).unwrap_err();
        let [zone, effect] = violations.as_slice() else { panic!("{violations:?}") };
        assert_eq!((zone.field.as_str(), zone.value.as_str()), ("strategy.time_zone", "Pacific/Seattle"));
        assert!(zone.expected.contains("America/Los_Angeles"), "{zone}");
        assert_eq!(effect.field, "strategy.effect");
        let number = Strategy::parse(&format!("time_zone = 5\n{DEFAULT_STRATEGY}")).unwrap_err();
        assert!(number.to_string().starts_with("`strategy.time_zone` is `5`"), "{number}");
    }

    #[test]
    fn a_strategy_without_a_late_day_stays_what_it_was() {
        let text = DEFAULT_STRATEGY.replace("late_after_days = 30\n", "");
        let strategy = Strategy::parse(&text.replace("horizon_days = 7", "horizon_days = 30")).unwrap();
        assert_eq!([1, 200].map(|days| strategy.days_ahead(days)), [30, 30]);
        assert!(!toml::to_string(&strategy).unwrap().contains("late_after_days"));
    }
}
