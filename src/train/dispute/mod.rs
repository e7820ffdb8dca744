//! Training of the dispute models: labels, choices and outcomes in one penalised likelihood, centred on a prior model.
//!
//! The prior is the shipped model with the spread of every part between companies, so that a few hundred labels adapt it
//! and a few thousand replace it. Figures are measured on the latest examples by a model that saw only what was known
//! before them; the model that is kept then sees everything.

mod card;
mod cold_start;
mod design;
mod evaluate;
mod examples;
mod fit;
mod likelihood;
mod newton;
mod prior;
mod run;
mod spec;

pub use cold_start::{ColdStartSpec, Companies, cold_start_priority, cold_start_validity, simulated_history};
pub use evaluate::{Drawn, NDCG_DEPTH, evaluate_priority, evaluate_validity, gain, ndcg};
pub use examples::{
    ChoiceExample, CustomerPast, DisputeChoice, DisputeExample, DisputeHistory, GradedExample, Gradings,
    HistoryBuilder, latest_choices,
};
pub use fit::{fit_priority, fit_validity};
pub use run::{EXAMPLES_MIN, Rival, TrainError, Trained, ship_priority, ship_validity, train_priority, train_validity};
pub use spec::{CheckedDisputeSpec, DisputeSpec};
