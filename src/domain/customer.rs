//! A customer: who owes, and what is known of them.

use serde::{Deserialize, Serialize};

use super::credit_score::CreditScore;
use super::ids::CustomerId;
use super::locale::{Country, Language};
use super::money::Money;
use super::time::CivilDate;

/// A customer as the calling system knows them. Later upserts replace earlier ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// Id of the calling system.
    pub id: CustomerId,
    /// Name as people know it.
    pub name: String,
    /// The tenant's own grouping, such as `key account`; empty when unknown.
    pub segment: String,
    /// Country of the billing address.
    pub country: Option<Country>,
    /// Language in which they write.
    pub language: Option<Language>,
    /// What the tenant sells to them in a year.
    pub annual_revenue: Option<Money>,
    /// Credit limit granted.
    pub credit_limit: Option<Money>,
    /// Latest credit score.
    pub credit_score: Option<CreditScore>,
    /// The scores before it, by day; known here only, since other systems tell of the latest one.
    #[serde(skip)]
    pub earlier_credit_scores: Vec<CreditScore>,
}

impl Customer {
    /// The credit score that was known at the end of `day`. One that was cleared is known on no day.
    pub fn credit_score_on(&self, day: CivilDate) -> Option<CreditScore> {
        let latest = self.credit_score?;
        let scores = self.earlier_credit_scores.iter().chain([&latest]);
        scores.rev().find(|score| score.scored_on <= day).copied()
    }

    /// The same customer told after `known`, whose credit score becomes an earlier one when this one is later.
    pub fn told_after(mut self, known: &Customer) -> Self {
        self.earlier_credit_scores.clone_from(&known.earlier_credit_scores);
        if let (Some(before), Some(latest)) = (known.credit_score, self.credit_score)
            && before.scored_on < latest.scored_on
        {
            self.earlier_credit_scores.retain(|score| score.scored_on != before.scored_on);
            self.earlier_credit_scores.push(before);
            self.earlier_credit_scores.sort_by_key(|score| score.scored_on);
        }
        self
    }

    /// A customer of whom only the id is known.
    pub fn unnamed(id: CustomerId) -> Self {
        Customer {
            name: id.as_str().to_owned(),
            id,
            segment: String::new(),
            country: None,
            language: None,
            annual_revenue: None,
            credit_limit: None,
            credit_score: None,
            earlier_credit_scores: Vec::new(),
        }
    }
}

/// A field of a customer that a source may leave untold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerField {
    /// The name.
    Name,
    /// The tenant's own grouping.
    Segment,
    /// Country of the billing address.
    Country,
    /// Language in which they write.
    Language,
    /// What the tenant sells to them in a year.
    AnnualRevenue,
    /// Credit limit granted.
    CreditLimit,
    /// Latest credit score.
    CreditScore,
}

impl CustomerField {
    /// Every field.
    pub const ALL: [CustomerField; 7] = [
        CustomerField::Name,
        CustomerField::Segment,
        CustomerField::Country,
        CustomerField::Language,
        CustomerField::AnnualRevenue,
        CustomerField::CreditLimit,
        CustomerField::CreditScore,
    ];

    /// The field's name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            CustomerField::Name => "name",
            CustomerField::Segment => "segment",
            CustomerField::Country => "country",
            CustomerField::Language => "language",
            CustomerField::AnnualRevenue => "annual_revenue",
            CustomerField::CreditLimit => "credit_limit",
            CustomerField::CreditScore => "credit_score",
        }
    }
}

/// A customer of whom a source tells only some fields.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerPart {
    /// The customer as told; an untold field is as it is of one of whom only the id is known.
    pub customer: Customer,
    /// The fields that are not told, which keep what is known.
    pub untold: Vec<CustomerField>,
}

impl CustomerPart {
    /// The whole customer: what is told, and what is known of the rest.
    pub fn completed_by(&self, known: Option<&Customer>) -> Customer {
        let mut whole = self.customer.clone();
        let Some(known) = known else { return whole };
        for field in &self.untold {
            match field {
                CustomerField::Name => whole.name.clone_from(&known.name),
                CustomerField::Segment => whole.segment.clone_from(&known.segment),
                CustomerField::Country => whole.country = known.country,
                CustomerField::Language => whole.language = known.language,
                CustomerField::AnnualRevenue => whole.annual_revenue = known.annual_revenue,
                CustomerField::CreditLimit => whole.credit_limit = known.credit_limit,
                CustomerField::CreditScore => whole.credit_score = known.credit_score,
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_knows_the_latest_credit_score_of_then() {
        let day = |text: &str| CivilDate::parse("on", text).unwrap();
        let unnamed = Customer::unnamed(CustomerId::parse("C").unwrap());
        let scored = |value, on: &str| Customer {
            credit_score: Some(CreditScore::new(value, 0.0, 100.0, day(on)).unwrap()),
            ..unnamed.clone()
        };
        let told = [scored(1.0, "2026-01-01"), scored(2.0, "2026-02-01"), scored(3.0, "2026-03-01")];
        let customer = told.into_iter().fold(unnamed.clone(), |known, told| told.told_after(&known));
        let corrected = scored(4.0, "2026-03-01").told_after(&customer);
        let known_on = |customer: &Customer| {
            ["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-01"]
                .map(|on| customer.credit_score_on(day(on)).map(|score| score.value))
        };
        assert_eq!(known_on(&customer), [None, Some(1.0), Some(2.0), Some(3.0)]);
        assert_eq!(known_on(&corrected), [None, Some(1.0), Some(2.0), Some(4.0)]);
        assert_eq!(known_on(&unnamed.told_after(&corrected)), [None; 4], "it was cleared");
    }
}
