//! Sample invoices with their forecasts, the lines of `golden.jsonl`: a model that is read again must say the same of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PaymentModel;
use super::artifact::PaymentArtifactError;
use crate::domain::strategy::HORIZONS_DAYS;
use crate::features::catalog::FeatureRow;

/// An invoice with its forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenForecast {
    /// The features, in the order of the catalog whose digest the model carries.
    pub features: Vec<f32>,
    /// By days from now: the probability that the invoice is still unpaid then.
    pub unpaid_in_days: BTreeMap<u32, f64>,
}

/// The forecasts as the text of `golden.jsonl`.
///
/// # Errors
/// When a number is not finite.
pub fn golden_text(golden: &[GoldenForecast]) -> Result<String, PaymentArtifactError> {
    let mut text = String::new();
    for forecast in golden {
        let line = serde_json::to_string(forecast);
        text.push_str(&line.map_err(|error| PaymentArtifactError::Json { reason: error.to_string() })?);
        text.push('\n');
    }
    Ok(text)
}

impl PaymentModel {
    /// The forecasts of these invoices.
    pub fn golden(&self, rows: &[FeatureRow]) -> Vec<GoldenForecast> {
        let forecast_of = |row: &FeatureRow| {
            let curve = self.forecast(row);
            let unpaid = |days: u32| curve.unpaid_probability_in(i32::try_from(days).unwrap_or(i32::MAX));
            GoldenForecast {
                features: row.values().to_vec(),
                unpaid_in_days: HORIZONS_DAYS.into_iter().map(|days| (days, unpaid(days))).collect(),
            }
        };
        rows.iter().map(forecast_of).collect()
    }
}
