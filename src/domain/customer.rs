//! A customer: who owes, and what is known of them.

use serde::{Deserialize, Serialize};

use super::credit_score::CreditScore;
use super::ids::CustomerId;
use super::locale::{Country, Language};
use super::money::Money;

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
}

impl Customer {
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
        }
    }
}
