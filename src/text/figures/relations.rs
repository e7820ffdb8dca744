//! Sums that hold between the figures of a message.

use super::{Figure, FigureKind, Figures, PARTS_OF_ONE, Signs, by_value};

/// Sums may be off by so many ten-thousandths, half a cent.
const ROUNDING: i64 = 51;
/// And by such a part of their size.
const ROUNDING_SHARE: i64 = 1_000_000;

fn tolerance(value: i64) -> i64 {
    ROUNDING + value / ROUNDING_SHARE
}

fn is_near(left: i64, right: i64) -> bool {
    left.abs_diff(right) <= tolerance(left.max(right)).unsigned_abs()
}

/// The product of two figures; `None` where it is out of range.
fn product(left: i64, right: i64) -> Option<i64> {
    i64::try_from(i128::from(left) * i128::from(right) / i128::from(PARTS_OF_ONE)).ok()
}

fn is_count(figure: &Figure) -> bool {
    figure.kind == FigureKind::Count
}

fn is_money(figure: &Figure) -> bool {
    figure.kind == FigureKind::Money
}

impl Figures {
    /// Adds every kind of sum that holds.
    pub(super) fn add_relations(&self, signs: &mut Signs) {
        if let Some((first, last)) = self.repeated {
            signs.add("repeated", &[first, last], &["same", "again"]);
        }
        let mut by_size: Vec<&Figure> = self.numbers.iter().collect();
        by_size.sort_by(by_value);
        for larger in &self.numbers {
            for smaller in self.numbers.iter().filter(|smaller| smaller.value < larger.value) {
                add_double(signs, larger, smaller);
                for percent in &self.percents {
                    add_percentage(signs, larger, smaller, percent);
                }
                for third in self.numbers.iter().filter(|third| *third != larger && *third != smaller) {
                    add_difference(signs, larger, smaller, third);
                    add_scaled_difference(signs, &by_size, larger, smaller, third);
                }
            }
        }
        for count in self.numbers.iter().filter(|count| is_count(count) && count.value >= 2 * PARTS_OF_ONE) {
            for price in self.numbers.iter().filter(|price| *price != count && price.value != PARTS_OF_ONE) {
                add_product(signs, &by_size, count, price);
            }
        }
    }
}

fn add_double(signs: &mut Signs, larger: &Figure, smaller: &Figure) {
    if is_money(larger) && is_money(smaller) && is_near(larger.value, smaller.value.saturating_mul(2)) {
        signs.add("double", &[*larger, *smaller], &["whole", "part"]);
    }
}

fn add_percentage(signs: &mut Signs, larger: &Figure, smaller: &Figure, percent: &Figure) {
    let share = |value: i64| product(value, percent.value / 100).unwrap_or(i64::MAX);
    let figures = [*larger, *smaller, *percent];
    if is_near(share(larger.value), smaller.value) {
        signs.add("percent of", &figures, &["whole", "part", "percent"]);
    } else if is_near(larger.value.saturating_sub(share(larger.value)), smaller.value) {
        signs.add("percent less", &figures, &["whole", "rest", "percent"]);
    } else if is_near(smaller.value.saturating_add(share(smaller.value)), larger.value) {
        signs.add("percent more", &figures, &["more", "whole", "percent"]);
    }
}

fn add_difference(signs: &mut Signs, larger: &Figure, smaller: &Figure, gap: &Figure) {
    // Of three counts the smallest is taken for the gap; the other order says the same.
    let is_gap = gap.value <= smaller.value || !is_count(gap);
    if !is_gap || !is_near(larger.value - smaller.value, gap.value) {
        return;
    }
    let figures = [*larger, *smaller, *gap];
    if figures.iter().all(is_count) {
        signs.add("difference of counts", &figures, &["count more", "count less", "count gap"]);
    } else {
        signs.add("difference", &figures, &["more", "less", "gap"]);
    }
}

/// `(larger − smaller) × factor = total`.
fn add_scaled_difference(signs: &mut Signs, by_size: &[&Figure], larger: &Figure, smaller: &Figure, factor: &Figure) {
    let gap = larger.value - smaller.value;
    if gap == PARTS_OF_ONE || factor.value == PARTS_OF_ONE {
        return;
    }
    let total = product(gap, factor.value).and_then(|total| find_near(by_size, total));
    let is_total = |total: &&Figure| is_money(total) && ![larger, smaller, factor].contains(total);
    let Some(total) = total.filter(is_total) else { return };
    let figures = [*larger, *smaller, *factor, *total];
    if is_count(larger) && is_count(smaller) {
        signs.add("difference of counts times price", &figures, &["count more", "count less", "price", "gap"]);
    } else {
        signs.add("difference of prices times count", &figures, &["price more", "price less", "count", "gap"]);
    }
}

/// `count × price = total`.
fn add_product(signs: &mut Signs, by_size: &[&Figure], count: &Figure, price: &Figure) {
    let total = product(count.value, price.value).and_then(|total| find_near(by_size, total));
    if let Some(total) = total.filter(|total| total.value > count.value.max(price.value))
        && (is_money(total) || is_money(price))
    {
        signs.add("product", &[*count, *price, *total], &["factor", "price", "total"]);
    }
}

/// The smallest figure that is near `value`.
fn find_near<'f>(by_size: &[&'f Figure], value: i64) -> Option<&'f Figure> {
    let first = by_size.partition_point(|figure| figure.value < value.saturating_sub(tolerance(value)));
    by_size.get(first).copied().filter(|figure| is_near(figure.value, value))
}
