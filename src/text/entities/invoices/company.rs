//! What the second scorer looks at: the first scores of all candidates of the message, and what else each can be.

use crate::text::entities::context::kind;
use crate::text::entities::pieces::mix;
use crate::text::entities::scorer::Features;

use super::references::shapes;
use super::{InvoiceCandidate, InvoiceCandidates};

impl InvoiceCandidates<'_> {
    /// What the first scores of the other candidates say of each: the second scorer judges by them, so that the one
    /// plausible reference of a message is found although no word announces it.
    pub fn features_in_company(&self, first_scores: &[f32]) -> Vec<Features> {
        let shapes_of: Vec<(u64, u64)> =
            self.list.iter().map(|candidate| shapes(self.pieces, candidate.first, candidate.end)).collect();
        let mut all = Vec::with_capacity(self.list.len());
        for (index, candidate) in self.list.iter().enumerate() {
            let mut features = Features::new();
            let own = first_scores.get(index).copied().unwrap_or_default();
            let shape = shapes_of.get(index).copied().unwrap_or_default();
            let (mut rival, mut overlapping, mut alike) = (f32::MIN, f32::MIN, f32::MIN);
            let mut likely_count = 0_u64;
            for (other_index, other) in self.list.iter().enumerate().filter(|(other, _)| *other != index) {
                let score = first_scores.get(other_index).copied().unwrap_or_default();
                let overlaps = other.first < candidate.end && candidate.first < other.end;
                if overlaps {
                    overlapping = overlapping.max(score);
                    continue;
                }
                rival = rival.max(score);
                likely_count += u64::from(score > 0.0);
                let other_shape = shapes_of.get(other_index).copied().unwrap_or_default();
                if other_shape.0 == shape.0 {
                    alike = alike.max(score);
                }
            }
            let head = |candidate: &InvoiceCandidate| self.heads.get(candidate.reference).copied();
            let mates = self
                .list
                .iter()
                .zip(first_scores)
                .filter(|(other, _)| head(other) == head(candidate) && other.reference != candidate.reference);
            let mate = mates.map(|(_, score)| *score).fold(f32::MIN, f32::max);
            let own_score = own;
            let (own, rival, overlapping, alike) = (step_of(own), step_of(rival), step_of(overlapping), step_of(alike));
            let stands_as = self.stands_as(candidate);
            features.add(kind("score"), u64::from(own_score > 0.0));
            features.add_pair(kind("own mate"), own, step_of(mate) / 4);
            features.add_pair(kind("own stands as"), own / 2, stands_as);
            features.add(kind("stands as"), stands_as);
            features.add_pair(kind("rival stands as"), rival / 4, stands_as);
            features.add(kind("own"), own);
            features.add_pair(kind("own rival"), own, rival);
            features.add_pair(kind("own overlapping"), own, overlapping);
            features.add_pair(kind("own alike"), own, alike);
            features.add_pair(kind("own likely"), own, likely_count.min(3));
            features.add_pair(kind("rival"), rival, shape.1);
            features.add_pair(kind("rival variant"), rival, candidate.variant as u64);
            features.add_pair(kind("own variant"), own, candidate.variant as u64);
            all.push(features);
        }
        all
    }

    /// What else the candidate can be: a date, an amount, a part of a number, or what the cue before it says.
    fn stands_as(&self, candidate: &InvoiceCandidate) -> u64 {
        let (first, end) = (candidate.first, candidate.end);
        let date = self.dates.iter().find(|date| date.first < end && first < date.end);
        let date_code = date.map_or(0, |date| 1 + u64::from(date.year.is_some()));
        let amount = self.amounts.iter().find(|amount| amount.first < end && first < amount.end);
        let amount_code = amount.map_or(0, |amount| {
            let is_cut = amount.number.first < first || amount.number.end > end;
            1 + u64::from(amount.looks_like_money()) + 2 * u64::from(is_cut)
        });
        let cue_code = self.cues.left(self.pieces, first).map_or(99, |(cue, _)| cue as u64);
        mix(mix(date_code, amount_code), cue_code)
    }
}

/// A score in steps of a half, from -6 to 6.
fn step_of(score: f32) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value lies within 0 and 24")]
    let step = ((score.clamp(-6.0, 6.0) + 6.0) * 2.0).round() as u64;
    step
}
