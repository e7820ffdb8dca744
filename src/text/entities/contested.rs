//! Chooses the contested amount among the amounts of a dispute, or none.

use std::cmp::Ordering;
use std::ops::Range;

use rust_decimal::Decimal;

use super::amounts::AmountMention;
use super::context::{add_clause, add_context, kind};
use super::currencies::CurrencySign;
use super::ideas::IdeaContext;
use super::invoices::FoundInvoice;
use super::pieces::{Pieces, mix};
use super::scorer::{Features, LinearScorer};

/// Numbers that are tried as factors and summands of an amount.
const ARITHMETIC_NUMBERS_MAX: usize = 16;

/// The amounts of a message among which one may be contested.
pub struct ContestedChoice<'p> {
    pieces: &'p Pieces,
    invoices: &'p [FoundInvoice],
    amounts: Vec<&'p AmountMention>,
    ideas: IdeaContext,
}

impl<'p> ContestedChoice<'p> {
    /// Every amount; that one stands in an invoice number is a feature.
    pub fn new(pieces: &'p Pieces, amounts: &'p [AmountMention], invoices: &'p [FoundInvoice]) -> Self {
        let ideas = if amounts.is_empty() { IdeaContext::default() } else { IdeaContext::read(pieces) };
        ContestedChoice { pieces, invoices, amounts: amounts.iter().collect(), ideas }
    }

    /// The amounts, in reading order.
    pub fn amounts(&self) -> &[&'p AmountMention] {
        &self.amounts
    }

    /// Features of the choice that no amount is the contested one.
    pub fn features_of_none(&self) -> Features {
        let mut features = Features::new();
        let money_count = self.amounts.iter().filter(|amount| amount.looks_like_money()).count() as u64;
        features.add(kind("none"), 1);
        features.add(kind("none money"), money_count.min(6));
        features.add(kind("none amounts"), (self.amounts.len() as u64).min(8));
        features.add(kind("none invoices"), (self.invoices.len() as u64).min(4));
        features.add_pair(kind("none both"), money_count.min(3), (self.invoices.len() as u64).min(3));
        self.ideas.add_all(&mut features);
        features
    }

    /// Features of the amount at this index.
    pub fn features(&self, index: usize) -> Features {
        let mut features = Features::new();
        let Some(amount) = self.amounts.get(index) else { return features };
        let money = u64::from(amount.looks_like_money());
        let signed = u64::from(amount.sign != CurrencySign::Absent);
        let shape = mix(mix(money, signed), u64::from(amount.number.decimal_count.min(3)));
        features.add(kind("bias"), shape);
        features.add_pair(
            kind("dash"),
            u64::from(amount.number.has_dash_decimals),
            u64::from(amount.number.has_multiplier),
        );
        features.add_pair(kind("magnitude"), amount.magnitude(), shape);
        let is_year = amount.number.decimal_count == 0
            && signed == 0
            && amount.value() >= Decimal::from(1990)
            && amount.value() <= Decimal::from(2035)
            && !amount.number.is_grouped;
        features.add(kind("year"), u64::from(is_year));
        let is_in_invoice = self
            .invoices
            .iter()
            .any(|found| found.first_piece < amount.number.end && amount.number.first < found.end_piece);
        features.add_pair(kind("in invoice"), u64::from(is_in_invoice), shape);
        add_context(&mut features, self.pieces, amount.first, amount.end, mix(money, signed));
        add_clause(&mut features, self.pieces, amount.first, amount.end);
        self.ideas.add_around(&mut features, &self.bytes(amount), money);
        self.add_others(&mut features, index, amount);
        self.add_rank(&mut features, index, amount, money);
        self.add_arithmetic(&mut features, index, amount.value(), money);
        self.add_invoice_distance(&mut features, amount, money);
        features
    }

    /// The bytes of sign and number.
    fn bytes(&self, amount: &AmountMention) -> Range<usize> {
        let start = self.pieces.get(amount.first).map_or(0, |piece| piece.start);
        start..self.pieces.get(amount.end - 1).map_or(start, |piece| piece.end)
    }

    /// What is said beside the other amounts, by whether they are smaller, the same or larger.
    fn add_others(&self, features: &mut Features, index: usize, amount: &AmountMention) {
        for (_, other) in self
            .amounts
            .iter()
            .enumerate()
            .filter(|(at, other)| *at != index && other.looks_like_money() == amount.looks_like_money())
        {
            let relation = match other.value().cmp(&amount.value()) {
                Ordering::Less => 0,
                Ordering::Equal => 1,
                Ordering::Greater => 2,
            };
            self.ideas.add_beside_other(features, &self.bytes(other), relation);
        }
    }

    /// Where the amount stands among the others, in order and in size.
    fn add_rank(&self, features: &mut Features, index: usize, amount: &AmountMention, money: u64) {
        let peers: Vec<(usize, Decimal)> = self
            .amounts
            .iter()
            .enumerate()
            .filter(|(_, other)| other.looks_like_money() == amount.looks_like_money())
            .map(|(index, other)| (index, other.value()))
            .collect();
        let larger_count = peers.iter().filter(|(_, value)| *value > amount.value()).count() as u64;
        let smaller_count = peers.iter().filter(|(_, value)| *value < amount.value()).count() as u64;
        let before_count = peers.iter().filter(|(other, _)| *other < index).count() as u64;
        let after_count = peers.iter().filter(|(other, _)| *other > index).count() as u64;
        let same_count = peers.iter().filter(|(_, value)| *value == amount.value()).count() as u64;
        features.add_pair(kind("larger"), larger_count.min(4), money);
        features.add_pair(kind("smaller"), smaller_count.min(4), money);
        features.add_pair(kind("before"), before_count.min(4), money);
        features.add_pair(kind("after"), after_count.min(4), money);
        features.add_pair(kind("same"), same_count.min(3), money);
        features.add_pair(kind("size"), mix(larger_count.min(2), smaller_count.min(2)), money);
        features.add_pair(kind("order"), mix(before_count.min(2), after_count.min(2)), money);
        let other_money = self.amounts.iter().any(|other| other.looks_like_money());
        features.add_pair(kind("money elsewhere"), u64::from(other_money), money);
    }

    /// Whether the amount is the difference, product, sum, factor or whole of others.
    fn add_arithmetic(&self, features: &mut Features, index: usize, value: Decimal, money: u64) {
        let others: Vec<Decimal> = self
            .amounts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .take(ARITHMETIC_NUMBERS_MAX)
            .map(|(_, other)| other.value())
            .collect();
        let product = |a: Decimal, b: Decimal| a.checked_mul(b).map(|value| value.round_dp(2));
        let (mut is_difference, mut is_product, mut is_sum, mut is_factor, mut is_whole, mut is_summand) =
            (false, false, false, false, false, false);
        for (at, a) in others.iter().enumerate() {
            for b in others.iter().skip(at + 1) {
                let nontrivial = *a != Decimal::ONE && *b != Decimal::ONE && a != b;
                is_difference |= (*a - *b).abs() == value && nontrivial;
                is_product |= *a != Decimal::ONE && *b != Decimal::ONE && product(*a, *b) == Some(value);
                is_sum |= *a + *b == value && nontrivial;
                let (low, high) = if a < b { (*a, *b) } else { (*b, *a) };
                is_factor |= value != Decimal::ONE && low != Decimal::ONE && product(low, value) == Some(high);
                is_whole |= value == low + high && nontrivial;
                is_summand |= value + low == high && value != low;
            }
        }
        for (name, holds) in [
            (kind("is difference"), is_difference),
            (kind("is product"), is_product),
            (kind("is sum"), is_sum),
            (kind("is factor"), is_factor),
            (kind("is whole"), is_whole),
            (kind("is summand"), is_summand),
        ] {
            if holds {
                features.add(name, money);
            }
        }
        let is_percentage = (0..self.pieces.len()).any(|at| {
            self.pieces.mark(at) == Some('%')
                && at > 0
                && self.pieces.digits(at - 1).and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|percent| {
                    others.iter().any(|other| {
                        *other != value && product(*other, Decimal::new(i64::from(percent), 2)) == Some(value)
                    })
                })
        });
        if is_percentage {
            features.add(kind("is percentage"), money);
        }
    }

    fn add_invoice_distance(&self, features: &mut Features, amount: &AmountMention, money: u64) {
        let before = self.invoices.iter().rev().find(|found| found.end_piece <= amount.first);
        let after = self.invoices.iter().find(|found| found.first_piece >= amount.end);
        let before_distance = before.map_or(9, |found| (amount.first - found.end_piece).min(8)) as u64;
        let after_distance = after.map_or(9, |found| (found.first_piece - amount.end).min(8)) as u64;
        features.add_pair(kind("invoice before"), before_distance, money);
        features.add_pair(kind("invoice after"), after_distance, money);
        let place = amount.first * 5 / self.pieces.len().max(1);
        features.add_pair(kind("place"), place as u64, money);
    }

    /// The scores of no amount (first) and of every amount.
    pub fn scores(&self, scorer: &LinearScorer) -> Vec<f32> {
        let mut scores = vec![scorer.score(&self.features_of_none())];
        scores.extend((0..self.amounts.len()).map(|index| scorer.score(&self.features(index))));
        scores
    }

    /// The contested amount, if one is more probable than that none is stated.
    pub fn choose(&self, scorer: &LinearScorer, threshold: f32) -> Option<&'p AmountMention> {
        let scores = self.scores(scorer);
        let top = scores.iter().copied().fold(f32::MIN, f32::max);
        let total: f32 = scores.iter().map(|score| (score - top).exp()).sum();
        let none = scores.first().map_or(0.0, |score| (score - top).exp()) / total;
        let mut totals: Vec<(Decimal, f32, &AmountMention)> = Vec::new();
        for (amount, score) in self.amounts.iter().zip(scores.iter().skip(1)) {
            let share = (score - top).exp() / total;
            match totals.iter_mut().find(|(value, _, _)| *value == amount.value()) {
                Some((_, sum, first)) => {
                    *sum += share;
                    if first.sign == CurrencySign::Absent {
                        *first = amount;
                    }
                }
                None => totals.push((amount.value(), share, amount)),
            }
        }
        let best = totals.into_iter().max_by(|left, right| left.1.total_cmp(&right.1))?;
        (best.1 >= threshold && best.1 > none).then_some(best.2)
    }
}
