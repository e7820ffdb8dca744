//! Reliability and gain, as tables and plots: the same for every kind of model.

use super::page::{Axis, Chart, Line, Stroke};
use crate::train::metrics::ReliabilityBin;

/// `0.120 → 0.131 (124)`: mean probability given, share that came true, count.
pub fn bin_text(bin: &ReliabilityBin) -> String {
    format!("{:.3} → {:.3} ({})", bin.mean_predicted, bin.observed, bin.count)
}

/// The bins as rows of count, mean probability given and share that came true.
pub fn bin_rows(bins: &[ReliabilityBin]) -> Vec<Vec<String>> {
    let row = |(index, bin): (usize, &ReliabilityBin)| {
        vec![
            (index + 1).to_string(),
            bin.count.to_string(),
            format!("{:.3}", bin.mean_predicted),
            format!("{:.3}", bin.observed),
        ]
    };
    bins.iter().enumerate().map(row).collect()
}

/// What came true over what was given, beside the line of a model that means what it says.
pub fn reliability_chart(title: &str, predicted: &str, observed: &str, bins: &[ReliabilityBin]) -> Chart {
    let points = bins.iter().map(|bin| (bin.mean_predicted, bin.observed)).collect();
    let ideal = vec![(0.0, 0.0), (1.0, 1.0)];
    Chart {
        title: title.to_owned(),
        x: Axis::percent(predicted),
        y: Axis::percent(observed),
        lines: vec![
            Line { name: "recourse".to_owned(), points, stroke: Stroke::Dotted },
            Line { name: "as it says".to_owned(), points: ideal, stroke: Stroke::Guide },
        ],
    }
}

/// A gain chart: what is reached over what is worked, beside the line of chance.
pub fn gain_chart(title: &str, worked: &str, reached: &str, gains: Vec<(String, Vec<(f64, f64)>)>) -> Chart {
    let line = |(name, points)| Line { name, points, stroke: Stroke::Plain };
    let mut lines: Vec<Line> = gains.into_iter().map(line).collect();
    lines.push(Line { name: "by chance".to_owned(), points: vec![(0.0, 0.0), (1.0, 1.0)], stroke: Stroke::Guide });
    Chart { title: title.to_owned(), x: Axis::percent(worked), y: Axis::percent(reached), lines }
}
