//! Newton's method with lower bounds, for smooth objectives of some dozen parameters.
//!
//! Projected Newton after Bertsekas 1982: parameters at their bound that would cross it are held, the others take a Newton
//! step that is cut back along the projection until it descends enough.

/// Most steps.
const STEPS_MAX: usize = 60;
/// Most halvings of a step.
const HALVINGS_MAX: usize = 40;
/// A step that improves the objective by less than this share of it is the last.
const IMPROVEMENT_MIN: f64 = 1e-11;
/// Armijo's share of the promised descent that a step must keep.
const DESCENT_SHARE: f64 = 1e-4;

/// Value, gradient and second derivatives.
#[derive(Debug, Clone)]
pub struct Derivatives {
    /// The gradient.
    pub gradient: Vec<f64>,
    /// The second derivatives, row by row; only the lower triangle is read.
    pub hessian: Vec<f64>,
}

impl Derivatives {
    /// Zeros.
    pub fn zero(parameter_count: usize) -> Self {
        Derivatives { gradient: vec![0.0; parameter_count], hessian: vec![0.0; parameter_count * parameter_count] }
    }

    /// Adds a term that depends on `x · parameters` only, with its first and second derivative.
    pub fn add_linear(&mut self, x: &[f64], first: f64, second: f64) {
        let parameter_count = x.len();
        for (row, x_row) in x.iter().enumerate() {
            if *x_row == 0.0 {
                continue;
            }
            self.gradient[row] += first * x_row;
            let scaled = second * x_row;
            let line = &mut self.hessian[row * parameter_count..row * parameter_count + row + 1];
            for (entry, x_column) in line.iter_mut().zip(x) {
                *entry += scaled * x_column;
            }
        }
    }

    /// Adds second derivatives between one early parameter and `x · parameters`.
    pub fn add_cross(&mut self, parameter: usize, x: &[f64], second: f64) {
        let parameter_count = x.len();
        for (row, x_row) in x.iter().enumerate().skip(parameter + 1) {
            self.hessian[row * parameter_count + parameter] += second * x_row;
        }
    }

    /// Adds to one parameter alone.
    pub fn add_single(&mut self, parameter: usize, first: f64, second: f64) {
        let parameter_count = self.gradient.len();
        self.gradient[parameter] += first;
        self.hessian[parameter * parameter_count + parameter] += second;
    }
}

/// What is minimised.
pub trait Objective {
    /// The value; infinite where the parameters make no sense.
    fn value(&self, parameters: &[f64]) -> f64;
    /// The derivatives, with second derivatives that are positive definite.
    fn derivatives(&self, parameters: &[f64]) -> Derivatives;
}

/// The parameters that minimise an objective, none below its bound.
pub fn minimise(objective: &impl Objective, start: Vec<f64>, lower: &[f64]) -> Vec<f64> {
    let mut parameters: Vec<f64> = start.iter().zip(lower).map(|(value, bound)| value.max(*bound)).collect();
    let mut value = objective.value(&parameters);
    for _ in 0..STEPS_MAX {
        let derivatives = objective.derivatives(&parameters);
        let free: Vec<usize> = (0..parameters.len())
            .filter(|index| parameters[*index] > lower[*index] || derivatives.gradient[*index] < 0.0)
            .collect();
        let direction = newton_direction(&derivatives, &free);
        let Some((next, next_value)) = line_search(objective, (&parameters, value), &derivatives, &direction, lower)
        else {
            break;
        };
        let improvement = value - next_value;
        parameters = next;
        value = next_value;
        if improvement <= IMPROVEMENT_MIN * (1.0 + value.abs()) {
            break;
        }
    }
    parameters
}

fn line_search(
    objective: &impl Objective,
    (parameters, value): (&[f64], f64),
    derivatives: &Derivatives,
    direction: &[f64],
    lower: &[f64],
) -> Option<(Vec<f64>, f64)> {
    let mut step = 1.0;
    for _ in 0..HALVINGS_MAX {
        let moved = parameters.iter().zip(direction).zip(lower);
        let next: Vec<f64> = moved.map(|((old, towards), bound)| (old + step * towards).max(*bound)).collect();
        let promised: f64 =
            next.iter().zip(parameters).zip(&derivatives.gradient).map(|((new, old), slope)| (new - old) * slope).sum();
        let next_value = objective.value(&next);
        if next_value.is_finite() && promised < 0.0 && next_value <= value + DESCENT_SHARE * promised {
            return Some((next, next_value));
        }
        step /= 2.0;
    }
    None
}

/// Solves `H d = −g` over the free parameters by Cholesky's decomposition; zero elsewhere.
fn newton_direction(derivatives: &Derivatives, free: &[usize]) -> Vec<f64> {
    let parameter_count = derivatives.gradient.len();
    let size = free.len();
    let mut factor = vec![0.0; size * size];
    for (row, index) in free.iter().enumerate() {
        for (column, other) in free.iter().take(row + 1).enumerate() {
            let (high, low) = (index.max(other), index.min(other));
            factor[row * size + column] = derivatives.hessian[high * parameter_count + low];
        }
    }
    cholesky(&mut factor, size);
    let mut solution: Vec<f64> = free.iter().map(|index| -derivatives.gradient[*index]).collect();
    for row in 0..size {
        let known: f64 = (0..row).map(|column| factor[row * size + column] * solution[column]).sum();
        solution[row] = (solution[row] - known) / factor[row * size + row];
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|below| factor[below * size + row] * solution[below]).sum();
        solution[row] = (solution[row] - known) / factor[row * size + row];
    }
    let mut direction = vec![0.0; parameter_count];
    for (index, value) in free.iter().zip(solution) {
        direction[*index] = value;
    }
    direction
}

/// Decomposes in place. A pivot that rounding has made too small is lifted, which shortens the step.
fn cholesky(factor: &mut [f64], size: usize) {
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column).map(|inner| factor[row * size + inner] * factor[column * size + inner]).sum();
            let rest = factor[row * size + column] - known;
            factor[row * size + column] =
                if row == column { rest.max(1e-10).sqrt() } else { rest / factor[column * size + column] };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (x − 1)² + (y + 2)² + x·y.
    struct Bowl;

    impl Objective for Bowl {
        fn value(&self, parameters: &[f64]) -> f64 {
            let (x, y) = (parameters[0], parameters[1]);
            (x - 1.0).powi(2) + (y + 2.0).powi(2) + x * y
        }

        fn derivatives(&self, parameters: &[f64]) -> Derivatives {
            let (x, y) = (parameters[0], parameters[1]);
            let gradient = vec![2.0 * (x - 1.0) + y, 2.0 * (y + 2.0) + x];
            Derivatives { gradient, hessian: vec![2.0, 0.0, 1.0, 2.0] }
        }
    }

    #[test]
    fn a_bowl_is_minimised_with_and_without_bounds() {
        let free = minimise(&Bowl, vec![5.0, 5.0], &[f64::NEG_INFINITY; 2]);
        assert!((free[0] - 8.0 / 3.0).abs() < 1e-9 && (free[1] + 10.0 / 3.0).abs() < 1e-9, "{free:?}");
        let bounded = minimise(&Bowl, vec![5.0, 5.0], &[f64::NEG_INFINITY, 0.0]);
        assert!((bounded[0] - 1.0).abs() < 1e-9 && bounded[1] == 0.0, "{bounded:?}");
    }
}
