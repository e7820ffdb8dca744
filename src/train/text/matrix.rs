//! The sparse matrix of all training messages.

use crate::model::text::Entry;

/// Width to which rows of weights are padded while training, so that the processor can work on several values at once.
pub const LANE_COUNT: usize = 8;

/// Sparse rows, one a message.
#[derive(Debug, Default)]
pub struct SparseRows {
    entries: Vec<Entry>,
    ends: Vec<usize>,
    column_count: usize,
}

impl SparseRows {
    /// No rows yet, of `column_count` columns.
    pub fn new(column_count: usize) -> Self {
        SparseRows { column_count, ..SparseRows::default() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[Entry]) {
        self.entries.extend_from_slice(row);
        self.ends.push(self.entries.len());
    }

    /// Adds the rows of `other`.
    pub fn append(&mut self, other: &SparseRows) {
        let before = self.entries.len();
        self.entries.extend_from_slice(&other.entries);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }

    /// The row at `index`; empty past the end.
    #[inline]
    pub fn row(&self, index: usize) -> &[Entry] {
        let start = if index == 0 { 0 } else { self.ends.get(index - 1).copied().unwrap_or(0) };
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.entries.get(start..end).unwrap_or_default()
    }

    /// Number of columns.
    pub fn column_count(&self) -> usize {
        self.column_count
    }

    /// Number of values that are not zero.
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }
}

/// `width` padded to a whole number of lanes.
pub fn padded(width: usize) -> usize {
    width.next_multiple_of(LANE_COUNT)
}

/// The padded row of weights of column `position`.
#[inline]
pub fn weight_row(weights: &[f32], position: u32, width: usize) -> &[f32] {
    let start = position as usize * width;
    weights.get(start..start + width).unwrap_or_default()
}

/// The padded row of weights of column `position`, to change.
#[inline]
pub fn weight_row_mut(weights: &mut [f32], position: u32, width: usize) -> &mut [f32] {
    let start = position as usize * width;
    weights.get_mut(start..start + width).unwrap_or_default()
}

/// Adds `factor · row` to `sums`.
#[inline]
pub fn add_scaled(sums: &mut [f32], row: &[f32], factor: f32) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += factor * value;
    }
}

/// Sum of the products of two padded rows, added up lane by lane.
#[inline]
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANE_COUNT];
    for (left, right) in left.chunks_exact(LANE_COUNT).zip(right.chunks_exact(LANE_COUNT)) {
        for ((lane, a), b) in lanes.iter_mut().zip(left).zip(right) {
            *lane += a * b;
        }
    }
    lanes.iter().sum()
}

/// Rows of `weights` without their padding.
pub fn without_padding(weights: &[f32], width: usize) -> Vec<f32> {
    let mut dense = Vec::with_capacity(weights.len() / padded(width).max(1) * width);
    for row in weights.chunks_exact(padded(width).max(1)) {
        dense.extend_from_slice(row.get(..width).unwrap_or_default());
    }
    dense
}
