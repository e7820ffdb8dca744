//! Chooses the contested amount among the amounts of a dispute, or none.

use std::cmp::Ordering;
use std::ops::Range;

use rust_decimal::Decimal;

use super::amounts::AmountMention;
use super::capital::is_company_capital;
use super::context::{add_clause, add_context, kind};
use super::currencies::CurrencySign;
use super::ideas::IdeaContext;
use super::invoices::FoundInvoice;
use super::pieces::{Pieces, hash_of, mix};
use super::scorer::{Features, LinearScorer};
use super::signed_references::is_signed_reference;
use crate::text::figures::{FigureSign, Figures};

/// The amounts of a message among which one may be contested.
pub struct ContestedChoice<'p> {
    pieces: &'p Pieces,
    invoices: &'p [FoundInvoice],
    amounts: Vec<&'p AmountMention>,
    ideas: IdeaContext,
    /// What the figures of the message tell together.
    signs: Vec<FigureSign>,
}

/// How many amounts of the same kind are larger, smaller, before, after and the same.
struct Standing {
    larger: u64,
    smaller: u64,
    before: u64,
    after: u64,
    same: u64,
}

impl<'p> ContestedChoice<'p> {
    /// Every amount but the capital of a company and the references that only read as a sum; that one stands in an invoice number is a feature.
    pub fn new(pieces: &'p Pieces, amounts: &'p [AmountMention], invoices: &'p [FoundInvoice]) -> Self {
        let (ideas, signs) = if amounts.is_empty() {
            (IdeaContext::default(), Vec::new())
        } else {
            (IdeaContext::read(pieces), Figures::read(pieces).signs())
        };
        let is_other = |amount: &AmountMention| {
            is_company_capital(pieces, amount) || is_signed_reference(pieces, amount, invoices)
        };
        let amounts = amounts.iter().filter(|amount| !is_other(amount)).collect();
        ContestedChoice { pieces, invoices, amounts, ideas, signs }
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
        for sign in &self.signs {
            features.add(kind("none sign"), hash_of(&sign.name));
        }
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
        let standing = self.standing(index, amount);
        add_rank(&mut features, &standing, money);
        let other_money = self.amounts.iter().any(|other| other.looks_like_money());
        features.add_pair(kind("money elsewhere"), u64::from(other_money), money);
        self.add_roles(&mut features, amount, &standing, money);
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

    fn standing(&self, index: usize, amount: &AmountMention) -> Standing {
        let mut standing = Standing { larger: 0, smaller: 0, before: 0, after: 0, same: 0 };
        for (at, other) in self.amounts.iter().enumerate() {
            if other.looks_like_money() != amount.looks_like_money() {
                continue;
            }
            match other.value().cmp(&amount.value()) {
                Ordering::Less => standing.smaller += 1,
                Ordering::Equal => standing.same += 1,
                Ordering::Greater => standing.larger += 1,
            }
            match at.cmp(&index) {
                Ordering::Less => standing.before += 1,
                Ordering::Equal => {}
                Ordering::Greater => standing.after += 1,
            }
        }
        standing
    }

    /// The parts that the amount plays among the figures of the message, such as the gap between two others, each alone, with every
    /// other of them, and with the ideas beside the amount.
    fn add_roles(&self, features: &mut Features, amount: &AmountMention, standing: &Standing, money: u64) {
        let size = mix(standing.larger.min(1), standing.smaller.min(1));
        let order = mix(standing.before.min(1), standing.after.min(1));
        let mut roles = vec![mix(mix(kind("size"), size), money), mix(mix(kind("order"), order), money)];
        for sign in &self.signs {
            roles.extend(sign.roles_of(amount.value()).map(|role| mix(hash_of(&sign.name), hash_of(role))));
        }
        for (at, role) in roles.iter().enumerate() {
            features.add(kind("role"), *role);
            for other in roles.iter().skip(at + 1) {
                features.add_pair(kind("roles"), *role.min(other), *role.max(other));
            }
        }
        self.ideas.add_beside_roles(features, &self.bytes(amount), &roles);
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

/// Where the amount stands among the others, in order and in size.
fn add_rank(features: &mut Features, standing: &Standing, money: u64) {
    let Standing { larger, smaller, before, after, same } = *standing;
    features.add_pair(kind("larger"), larger.min(4), money);
    features.add_pair(kind("smaller"), smaller.min(4), money);
    features.add_pair(kind("before"), before.min(4), money);
    features.add_pair(kind("after"), after.min(4), money);
    features.add_pair(kind("same"), same.min(3), money);
    features.add_pair(kind("size"), mix(larger.min(2), smaller.min(2)), money);
    features.add_pair(kind("order"), mix(before.min(2), after.min(2)), money);
}
