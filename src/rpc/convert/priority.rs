//! Priorities with their reasons, in the caller's language.

use crate::domain::ids::{CustomerId, DisputeId};
use crate::domain::locale::Language;
use crate::domain::money::{AMOUNT_MINOR_MAX, Currency, Money};
use crate::domain::score::{Reason, Score};
use crate::domain::sentence::reason_sentence;
use crate::domain::violation::Violations;
use crate::rpc::pb;
use crate::rpc::pb::priority_subject::Subject;
use crate::service::priority::PrioritySubject;
use crate::service::view::PriorityView;

use super::enums::WireEnum as _;
use super::fields::Fields;
use super::money::money_to_pb;

/// Writes a priority.
pub fn priority_to_pb(view: PriorityView, language: Language) -> pb::Priority {
    let PriorityView { score, is_stored, base_currency } = view;
    let Score {
        id,
        scored_at: _,
        probability,
        stake_base,
        value_base,
        rank_key: _,
        priority,
        tier,
        reasons,
        model_ids,
        strategy_digest,
        feature_digest,
    } = score;
    pb::Priority {
        score_id: if is_stored { id.into() } else { String::new() },
        priority,
        tier: tier.to_wire(),
        probability,
        stake: Some(rounded(stake_base, base_currency)),
        value: Some(rounded(value_base, base_currency)),
        reasons: reasons.into_iter().map(|reason| reason_to_pb(reason, language)).collect(),
        model_ids: model_ids.into_iter().map(String::from).collect(),
        strategy_digest,
        feature_digest,
    }
}

fn reason_to_pb(reason: Reason, language: Language) -> pb::Reason {
    let sentence = reason_sentence(&reason, language);
    let Reason { factor, points, value } = reason;
    pb::Reason { factor: factor.to_wire(), points, value, sentence }
}

/// An expected value as an amount, rounded to the minor unit.
fn rounded(units: f64, currency: Currency) -> pb::Money {
    #[expect(clippy::cast_precision_loss, reason = "both bounds are below 2^53")]
    let (per_unit, bound) = (currency.minor_per_unit() as f64, AMOUNT_MINOR_MAX as f64);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the largest amount before")]
    let minor = (units * per_unit).round().clamp(-bound, bound) as i64;
    money_to_pb(Money::from_minor(minor, currency))
}

/// Reads what a priority is asked of.
///
/// # Errors
/// Every violation under `path`.
pub fn subject_from_pb(path: &str, subject: Option<pb::PrioritySubject>) -> Result<PrioritySubject, Violations> {
    let pb::PrioritySubject { subject, currency_code } = subject.unwrap_or_default();
    let mut fields = Fields::of(path);
    match subject {
        None => {
            fields.refuse("subject", "", "dispute_id or customer_id, because the field is required");
            fields.finish(|| None)
        }
        Some(Subject::DisputeId(id)) => {
            let id = fields.required("dispute_id", &id, DisputeId::parse);
            fields.finish(|| Some(PrioritySubject::Dispute(id?)))
        }
        Some(Subject::CustomerId(id)) => {
            let customer_id = fields.required("customer_id", &id, CustomerId::parse);
            let currency = fields.optional_currency("currency_code", &currency_code);
            fields.finish(|| Some(PrioritySubject::Account { customer_id: customer_id?, currency: currency? }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_values_are_rounded_to_the_minor_unit() {
        assert_eq!(
            rounded(-12.345_6, Currency::EUR),
            pb::Money { currency_code: "EUR".to_owned(), units: -12, nanos: -350_000_000 }
        );
        assert_eq!(rounded(1.6, Currency::parse("JPY").unwrap()).units, 2);
        assert_eq!(rounded(f64::INFINITY, Currency::EUR).units, AMOUNT_MINOR_MAX / 100);
    }

    #[test]
    fn a_subject_must_be_named() {
        assert_eq!(subject_from_pb("subject", None).unwrap_err().0[0].field, "subject.subject");
        let empty =
            pb::PrioritySubject { subject: Some(Subject::DisputeId(String::new())), currency_code: String::new() };
        assert_eq!(subject_from_pb("subjects[3]", Some(empty)).unwrap_err().0[0].field, "subjects[3].dispute_id");
    }
}
