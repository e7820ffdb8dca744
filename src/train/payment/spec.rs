//! The training spec of the payment model: everything that decides its bytes besides the data.

use serde::{Deserialize, Serialize};

use crate::domain::time::CivilDate;
use crate::features::portfolio::InvoiceOutcome;
use crate::model::payment::forecast::BlendWeights;

/// A day of an invoice's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LandmarkDay {
    /// The day of issue.
    Issue,
    /// So many days past due, negative before the due date.
    PastDue(i32),
}

impl LandmarkDay {
    /// The date of this day for one invoice.
    pub fn date(self, outcome: &InvoiceOutcome) -> CivilDate {
        match self {
            LandmarkDay::Issue => outcome.issued_on,
            LandmarkDay::PastDue(days) => outcome.due_on.plus_days(days),
        }
    }
}

/// On which day of an invoice's life examples are taken, and how much each counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    /// The day; what is known at its end is used.
    pub day: LandmarkDay,
    /// Weight of an example taken then.
    pub weight: f64,
}

/// How the forest grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForestSpec {
    /// Trees for each horizon.
    pub tree_count: usize,
    /// Fewest examples in a leaf.
    pub leaf_count_min: usize,
    /// Share of the features that are tried at each split.
    pub feature_share: f64,
    /// Examples at the parent's rate that a node's rate is drawn with.
    pub smoothing: f64,
    /// Most examples that a tree sees.
    pub tree_example_count_max: usize,
}

/// How the boosted trees grow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoostedSpec {
    /// Boosters with different seeds that are averaged.
    pub booster_count: usize,
    /// Trees of each.
    pub tree_count: usize,
    /// Share of a tree's values that is taken over.
    pub learning_rate: f32,
    /// Most leaves of a tree.
    pub leaf_count_max: usize,
    /// Ridge penalty on leaf values.
    pub l2: f32,
    /// Least weight of a leaf, in the units of the loss's second derivative.
    pub leaf_weight_min: f32,
    /// Share of the features that each tree sees.
    pub feature_share: f64,
    /// Share of the examples that each tree sees.
    pub example_share: f32,
}

/// How the payment model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentSpec {
    /// Where examples are taken; the first landmark is the one that the model is judged at.
    pub landmarks: Vec<Landmark>,
    /// Days past due at which it is asked whether an invoice is still unpaid, ascending.
    pub horizons_days: Vec<i32>,
    /// The forest.
    pub forest: ForestSpec,
    /// The boosted trees.
    pub boosted: BoostedSpec,
    /// Ridge penalty of the logistic regression on standardised features.
    pub linear_l2: f64,
    /// How much each learner counts.
    pub weights: BlendWeights,
    /// Blocks of due dates that are held out in turn for calibration; 0 leaves scores as they are.
    pub calibration_block_count: usize,
    /// Most examples that are kept; beyond it a share of the invoices is drawn by their ids.
    pub example_count_max: usize,
    /// Decides every draw.
    pub seed: u64,
}

/// Horizons of a model that serves, in days past due.
const SERVING_HORIZONS_DAYS: [i32; 5] = [7, 15, 30, 60, 90];
/// Where examples about decisions soon after the due date are taken besides the day asked for: they share most of what
/// there is to learn, and there are more of them.
const NEAR_LANDMARKS_DAYS: [i32; 7] = [1, 2, 3, 4, 5, 7, 10];
/// Weight of an example that is taken on another day than the one asked for.
const NEAR_WEIGHT: f64 = 0.3;

fn landmarks(days: &[i32], weight: f64) -> Vec<Landmark> {
    days.iter().map(|days| Landmark { day: LandmarkDay::PastDue(*days), weight }).collect()
}

impl PaymentSpec {
    /// The spec for decisions taken so many days past due.
    pub fn decide_at(past_due_days: i32, horizons_days: &[i32], seed: u64) -> Self {
        let mut taken = landmarks(&[past_due_days], 1.0);
        let near = NEAR_LANDMARKS_DAYS.into_iter().filter(|days| past_due_days > 0 && *days != past_due_days);
        taken.extend(near.map(|days| Landmark { day: LandmarkDay::PastDue(days), weight: NEAR_WEIGHT }));
        PaymentSpec::with(taken, horizons_days, seed)
    }

    /// The spec for decisions taken on the day of issue.
    pub fn decide_at_issue(horizons_days: &[i32], seed: u64) -> Self {
        PaymentSpec::with(vec![Landmark { day: LandmarkDay::Issue, weight: 1.0 }], horizons_days, seed)
    }

    /// The spec for overdue invoices of a model that serves.
    pub fn overdue(seed: u64) -> Self {
        PaymentSpec::with(landmarks(&[1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60], 1.0), &SERVING_HORIZONS_DAYS, seed)
    }

    /// The spec for invoices that are not overdue.
    pub fn before_due(seed: u64) -> Self {
        PaymentSpec::with(landmarks(&[-10, -3, 0], 1.0), &SERVING_HORIZONS_DAYS, seed)
    }

    /// The days past due on which examples are taken, ascending.
    pub fn example_days(&self) -> Vec<i32> {
        let days = self.landmarks.iter().filter_map(|landmark| match landmark.day {
            LandmarkDay::PastDue(days) => Some(days),
            LandmarkDay::Issue => None,
        });
        let mut days: Vec<i32> = days.collect();
        days.sort_unstable();
        days
    }

    fn with(landmarks: Vec<Landmark>, horizons_days: &[i32], seed: u64) -> Self {
        PaymentSpec {
            landmarks,
            horizons_days: horizons_days.to_vec(),
            forest: ForestSpec {
                tree_count: 120,
                leaf_count_min: 15,
                feature_share: 0.5,
                smoothing: 1.0,
                tree_example_count_max: 25_000,
            },
            boosted: BoostedSpec {
                booster_count: 3,
                tree_count: 200,
                learning_rate: 0.04,
                leaf_count_max: 8,
                l2: 10.0,
                leaf_weight_min: 3.0,
                feature_share: 0.2,
                example_share: 0.7,
            },
            linear_l2: 100.0,
            weights: BlendWeights { forest: 0.5, boosted: 0.3, linear: 0.2 },
            calibration_block_count: 3,
            example_count_max: 200_000,
            seed,
        }
    }

    /// The spec with fewer trees, for the many fits of a cross-validation.
    pub fn lighter(&self) -> Self {
        let mut lighter = self.clone();
        lighter.forest.tree_count = self.forest.tree_count.div_ceil(2);
        lighter.boosted.booster_count = 1;
        lighter
    }
}
