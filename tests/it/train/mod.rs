//! Training end to end, on small data.

mod contacts;
mod dispute;
