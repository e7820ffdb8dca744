//! What the first scorer looks at in a candidate: its shape and letters, the words around it, and the other references.

use crate::text::entities::context::{add_clause, add_context, kind};
use crate::text::entities::cues::Cue;
use crate::text::entities::currencies::CurrencySign;
use crate::text::entities::pieces::{PieceKind, Pieces, mix};
use crate::text::entities::scorer::Features;

use super::references::shapes;
use super::{InvoiceCandidate, InvoiceCandidates};

impl InvoiceCandidates<'_> {
    /// The features of a candidate.
    pub fn features(&self, candidate: &InvoiceCandidate) -> Features {
        let mut features = Features::new();
        let (first, end) = (candidate.first, candidate.end);
        let (shape, coarse_shape) = shapes(self.pieces, first, end);
        let variant = candidate.variant as u64;
        features.add(kind("bias"), variant);
        features.add(kind("shape"), shape);
        features.add(kind("coarse"), coarse_shape);
        features.add_pair(kind("variant coarse"), variant, coarse_shape);
        add_context(&mut features, self.pieces, first, end, mix(coarse_shape, variant));
        add_clause(&mut features, self.pieces, first, end);
        self.add_cues(&mut features, candidate, coarse_shape);
        self.add_letters(&mut features, candidate);
        self.add_digits(&mut features, candidate, shape);
        self.add_company(&mut features, candidate, shape, coarse_shape);
        self.add_place(&mut features, first, coarse_shape);
        features
    }

    fn add_cues(&self, features: &mut Features, candidate: &InvoiceCandidate, coarse_shape: u64) {
        let left = self.cues.left(self.pieces, candidate.first);
        let right = self.cues.right(self.pieces, candidate.end);
        let head = self.heads.get(candidate.reference).copied().unwrap_or(candidate.reference);
        let head_first = self.references.get(head).map_or(candidate.first, |reference| reference.0);
        let of_head = self.cues.left(self.pieces, head_first);
        let code = |cue: Option<(Cue, usize)>| cue.map_or(99, |(cue, _)| cue as u64);
        let distance = |cue: Option<(Cue, usize)>| cue.map_or(0, |(_, distance)| distance as u64);
        features.add(kind("cue left"), code(left));
        features.add_pair(kind("cue left distance"), code(left), distance(left));
        features.add_pair(kind("cue left shape"), code(left), coarse_shape);
        features.add_pair(kind("cue right"), code(right), distance(right));
        features.add_pair(kind("cue right shape"), code(right), coarse_shape);
        features.add_pair(kind("cue both"), code(left), code(right));
        features.add_pair(kind("cue head"), code(of_head), distance(of_head).min(2));
    }

    fn add_letters(&self, features: &mut Features, candidate: &InvoiceCandidate) {
        let variant = candidate.variant as u64;
        let mut has_letters = false;
        for index in candidate.first..candidate.end {
            if self.pieces.letters(index).is_some() {
                has_letters = true;
                let place = u64::from(index == candidate.first);
                let hash = self.pieces.get(index).map_or(0, |piece| piece.hash);
                features.add_pair(kind("letters"), place, hash);
                features.add_pair(kind("letters variant"), variant, hash);
            }
        }
        features.add(kind("has letters"), u64::from(has_letters));
    }

    fn add_digits(&self, features: &mut Features, candidate: &InvoiceCandidate, shape: u64) {
        let (first, end) = (candidate.first, candidate.end);
        let count: usize = (first..end).filter_map(|index| self.pieces.digits(index)).map(str::len).sum();
        features.add(kind("digit count"), count as u64);
        let starts_with_zero =
            (first..end).find_map(|index| self.pieces.digits(index)).is_some_and(|d| d.starts_with('0'));
        features.add_pair(kind("zero first"), u64::from(starts_with_zero), count as u64);
        let is_year = end == first + 1
            && self
                .pieces
                .digits(first)
                .is_some_and(|digits| digits.len() == 4 && matches!(digits.get(..2), Some("19" | "20")));
        if is_year {
            features.add(kind("year"), 1);
            let right = self.pieces.get(end).map_or(0, |piece| piece.hash);
            features.add_pair(kind("year right"), 1, right);
            let left = self.cues.left(self.pieces, first).map_or(99, |(cue, _)| cue as u64);
            features.add_pair(kind("year cue"), 1, left);
        }
        let has_year_part = (first..end).any(|index| {
            self.pieces.digits(index).is_some_and(|digits| matches!(digits, "2023" | "2024" | "2025" | "2026" | "2027"))
        });
        features.add_pair(kind("year part"), u64::from(has_year_part), shape);
        if let Some(date) = self.dates.iter().find(|date| date.first < end && first < date.end) {
            let is_named = (date.first..date.end).any(|index| self.pieces.letters(index).is_some());
            let certainty = mix(u64::from(date.year.is_some()), u64::from(is_named));
            features.add_pair(kind("date"), certainty, shape);
            features.add(kind("date any"), certainty);
        }
        for amount in self.amounts.iter().filter(|amount| amount.first < end && first < amount.end) {
            let looks = u64::from(amount.looks_like_money());
            let signed = u64::from(amount.sign != CurrencySign::Absent);
            features.add_pair(kind("amount"), looks, signed);
            let is_cut = amount.number.first < first || amount.number.end > end;
            features.add_pair(
                kind("amount cut"),
                u64::from(is_cut),
                u64::from(amount.number.end - amount.number.first > 1),
            );
        }
    }

    /// What the other references of the message say: a list, a shared shape, a repetition.
    fn add_company(&self, features: &mut Features, candidate: &InvoiceCandidate, shape: u64, coarse_shape: u64) {
        let head = self.heads.get(candidate.reference).copied().unwrap_or(candidate.reference);
        if head != candidate.reference
            && let (Some(&(head_first, _)), Some(&(head_shape, head_coarse))) =
                (self.references.get(head), self.shapes.get(head))
        {
            let agrees = u64::from(head_shape == shape) + u64::from(head_coarse == coarse_shape);
            features.add(kind("list agrees"), agrees);
            let mut context = Features::new();
            add_head_context(&mut context, self.pieces, head_first, agrees);
            for key in context.keys() {
                features.add(kind("head"), u64::from(*key));
            }
        }
        let is_head_of_list = self.heads.iter().filter(|other| **other == candidate.reference).count() > 1;
        features.add_pair(kind("list head"), u64::from(is_head_of_list), u64::from(head != candidate.reference));
        let (mut same_shape_count, mut same_text_count) = (0_u64, 0_u64);
        for (reference, &(first, end)) in self.references.iter().enumerate() {
            if reference == candidate.reference {
                continue;
            }
            same_shape_count += u64::from(self.shapes.get(reference).is_some_and(|other| other.0 == shape));
            let is_same = end - first == candidate.end - candidate.first
                && (0..end - first)
                    .all(|at| self.pieces.folded(first + at) == self.pieces.folded(candidate.first + at));
            same_text_count += u64::from(is_same);
        }
        features.add(kind("same shape"), same_shape_count.min(3));
        features.add(kind("same text"), same_text_count.min(2));
        features.add_pair(kind("same shape coarse"), same_shape_count.min(2), coarse_shape);
        features.add(kind("reference count"), (self.references.len() as u64).min(12));
    }

    fn add_place(&self, features: &mut Features, first: usize, coarse_shape: u64) {
        let line_start = (0..first)
            .rev()
            .take(3)
            .position(|index| self.pieces.get(index).is_some_and(|piece| piece.kind == PieceKind::Break));
        let at_line_start = if first == 0 { 0 } else { line_start.map_or(9, |distance| distance as u64) };
        features.add_pair(kind("line start"), at_line_start, coarse_shape);
        let place = first * 8 / self.pieces.len().max(1);
        features.add(kind("place"), place as u64);
        let is_first_reference = self.references.first().is_some_and(|reference| reference.0 >= first);
        features.add_pair(kind("first reference"), u64::from(is_first_reference), coarse_shape);
    }
}

fn add_head_context(context: &mut Features, pieces: &Pieces, head_first: usize, agrees: u64) {
    for offset in 1..=3 {
        let hash = head_first.checked_sub(offset).and_then(|index| pieces.get(index)).map_or(0, |piece| piece.hash);
        context.add_pair(kind("head left"), hash, agrees.min(1));
    }
}
