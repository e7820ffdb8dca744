//! Measures of how well predictions fit: each states the count behind it.

mod binary;
mod bootstrap;
mod calibration;
mod classification;
mod clusters;
mod ordinal;
mod reliability;

pub use binary::{BinaryMeasures, BinaryRanking, CALIBRATION_GROUPS};
pub use bootstrap::{
    ANY_RANGE, Interval, SHARE_RANGE, bootstrap_interval, paired_win_share, percentile_interval, resampled_groups,
};
pub use calibration::{expected_calibration_error, log_loss};
pub use classification::{ClassificationReport, LabelReport, macro_f1};
pub use clusters::{CLUSTER_COUNT_ENOUGH, CLUSTER_COUNT_MIN, ClusterInterval, ClusterResamples};
pub use ordinal::quadratic_weighted_kappa;
pub use reliability::{ReliabilityBin, reliability_by_count, reliability_by_width};
