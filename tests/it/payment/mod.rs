//! The payment model: nothing leaks from the future, training and serving agree, the same data gives the same bytes.

mod backtest;
mod command;
mod features;
mod ledger;
mod training;
mod unapplied;
mod worklist;
