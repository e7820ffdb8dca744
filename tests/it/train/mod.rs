//! Training end to end, on small data.

mod dispute;
