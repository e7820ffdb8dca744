//! The sentences of all training messages, as the hidden layer sees them.

use super::matrix::SparseRows;
use crate::model::text::{Entry, Sentences};

/// Sparse rows, one a sentence, with the share of each in its message.
#[derive(Debug, Default)]
pub struct SentenceRows {
    rows: SparseRows,
    shares: Vec<f32>,
    /// Where the sentences of each message end.
    ends: Vec<usize>,
}

impl SentenceRows {
    /// No messages yet, of `column_count` columns.
    pub fn new(column_count: usize) -> Self {
        SentenceRows { rows: SparseRows::new(column_count), ..SentenceRows::default() }
    }

    /// Adds a message; sentences without a share are left out, and each is sorted by position.
    pub fn push(&mut self, sentences: &Sentences) {
        let mut parts: Vec<(u32, Entry)> = Vec::with_capacity(sentences.rows.len());
        parts.extend(
            sentences.rows.iter().map(|row| (row.sentence, Entry { position: row.position, value: row.value })),
        );
        parts.sort_by_key(|(sentence, entry)| (*sentence, entry.position));
        parts.dedup_by(|later, first| {
            let is_same = (later.0, later.1.position) == (first.0, first.1.position);
            if is_same {
                first.1.value += later.1.value;
            }
            is_same
        });
        let mut row: Vec<Entry> = Vec::new();
        let mut rest = parts.as_slice();
        for (sentence, share) in (0_u32..).zip(&sentences.shares).filter(|(_, share)| **share > 0.0) {
            let (of_sentence, tail) = rest.split_at(rest.partition_point(|(other, _)| *other <= sentence));
            rest = tail;
            row.clear();
            row.extend(of_sentence.iter().map(|(_, entry)| *entry));
            self.rows.push(&row);
            self.shares.push(*share);
        }
        self.ends.push(self.shares.len());
    }

    /// Adds the messages of `other`.
    pub fn append(&mut self, other: &SentenceRows) {
        let before = self.shares.len();
        self.rows.append(&other.rows);
        self.shares.extend_from_slice(&other.shares);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }

    /// The sentences of message `index`, each with its share.
    pub fn of_message(&self, index: usize) -> impl Iterator<Item = (f32, &[Entry])> {
        let start = if index == 0 { 0 } else { self.ends.get(index - 1).copied().unwrap_or(0) };
        let end = self.ends.get(index).copied().unwrap_or(start);
        (start..end).filter_map(|sentence| Some((*self.shares.get(sentence)?, self.rows.row(sentence))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::SentenceRow;

    #[test]
    fn parts_are_sorted_into_sentences_and_those_without_a_share_left_out() {
        let sentences = |rows: &[(u32, u32, f32)], shares: &[f32]| {
            let mut sentences = Sentences::default();
            let row = |&(sentence, position, value): &(u32, u32, f32)| SentenceRow { sentence, position, value };
            sentences.rows.extend(rows.iter().map(row));
            sentences.shares.extend_from_slice(shares);
            sentences
        };
        let first = sentences(&[(2, 5, 1.0), (0, 7, 0.5), (0, 3, 0.25), (0, 7, 0.5)], &[0.75, 0.0, 0.25]);
        let second = sentences(&[(0, 1, 2.0)], &[1.0]);
        let mut rows = SentenceRows::new(8);
        rows.push(&first);
        let mut other = SentenceRows::new(8);
        other.push(&second);
        rows.append(&other);
        let of_message = |index| {
            let row = |(share, row): (f32, &[Entry])| (share, row.to_vec());
            rows.of_message(index).map(row).collect::<Vec<_>>()
        };
        let entry = |position, value| Entry { position, value };
        assert_eq!(of_message(0), [(0.75, vec![entry(3, 0.25), entry(7, 1.0)]), (0.25, vec![entry(5, 1.0)])]);
        assert_eq!(of_message(1), [(1.0, vec![entry(1, 2.0)])]);
        assert!(of_message(2).is_empty());
    }
}
