//! Training and judging the payment model.

pub mod backtest;
pub mod boosted;
pub mod calibrate;
mod card;
pub mod customer_rate;
pub mod fit;
pub mod forest;
pub mod judge;
pub mod linear;
pub mod matrix;
pub mod measure;
pub mod replay;
pub mod run;
pub mod spec;
pub mod train;
