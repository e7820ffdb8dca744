//! Line charts as SVG: title, axes with units, legend, on a white ground so that they read in light and dark.

use std::fmt;

use super::escape;

/// Size of the picture and of the margins around the plot, in pixels.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 220.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 60.0;
/// Colours that people with any colour vision tell apart (Okabe and Ito), with a dash pattern of its own each.
const COLOURS: [(&str, &str); 6] = [
    ("#0072b2", ""),
    ("#d55e00", "8 4"),
    ("#009e73", "2 3"),
    ("#cc79a7", "10 3 2 3"),
    ("#a06b00", "5 5"),
    ("#555555", "1 5"),
];

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it shows, with the unit.
    pub label: String,
    /// Its ends.
    pub range: (f64, f64),
    /// Where it is marked, and with what.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// A share from 0 to 1, marked in percent.
    pub fn percent(label: &str) -> Self {
        let ticks = (0..=5).map(|step| (f64::from(step) / 5.0, format!("{}", step * 20)));
        Axis { label: format!("{label} (%)"), range: (0.0, 1.0), ticks: ticks.collect() }
    }

    fn place(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// A line.
    Plain,
    /// A line with a dot at each point.
    Dotted,
    /// A thin line to compare with.
    Guide,
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub stroke: Stroke,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Chart {
    fn x_of(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y_of(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    fn axes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (value, text) in &self.x.ticks {
            let x = self.x_of(*value);
            writeln!(f, r##"<line x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{bottom}" stroke="#dddddd"/>"##)?;
            writeln!(f, r#"<text x="{x:.1}" y="{}" text-anchor="middle">{}</text>"#, bottom + 18.0, escape(text))?;
        }
        for (value, text) in &self.y.ticks {
            let y = self.y_of(*value);
            writeln!(f, r##"<line x1="{LEFT}" y1="{y:.1}" x2="{right}" y2="{y:.1}" stroke="#dddddd"/>"##)?;
            writeln!(f, r#"<text x="{}" y="{:.1}" text-anchor="end">{}</text>"#, LEFT - 8.0, y + 4.0, escape(text))?;
        }
        writeln!(f, r##"<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#111111"/>"##)?;
        let (middle_x, middle_y) = ((LEFT + right) / 2.0, (TOP + bottom) / 2.0);
        let label = escape(&self.x.label);
        writeln!(f, r#"<text x="{middle_x}" y="{}" text-anchor="middle">{label}</text>"#, HEIGHT - 16.0)?;
        let label = escape(&self.y.label);
        writeln!(f, r#"<text transform="translate(20 {middle_y}) rotate(-90)" text-anchor="middle">{label}</text>"#)
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, index: usize, line: &Line) -> fmt::Result {
        let (colour, dashes) = match line.stroke {
            Stroke::Plain | Stroke::Dotted => COLOURS[index % COLOURS.len()],
            Stroke::Guide => ("#555555", "3 4"),
        };
        let width = if line.stroke == Stroke::Guide { 1.0 } else { 2.2 };
        let points: Vec<String> =
            line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", self.x_of(*x), self.y_of(*y))).collect();
        let style = format!(r#"fill="none" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}""#);
        writeln!(f, r#"<polyline points="{}" {style}/>"#, points.join(" "))?;
        if line.stroke == Stroke::Dotted {
            for (x, y) in &line.points {
                let (x, y) = (self.x_of(*x), self.y_of(*y));
                writeln!(f, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="{colour}"/>"#)?;
            }
        }
        let (x, y) = (WIDTH - RIGHT + 16.0, TOP + 14.0 + 22.0 * index as f64);
        writeln!(f, r#"<line x1="{x}" y1="{y}" x2="{}" y2="{y}" {style}/>"#, x + 34.0)?;
        writeln!(f, r#"<text x="{}" y="{}">{}</text>"#, x + 42.0, y + 4.0, escape(&line.name))
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = escape(&self.title);
        writeln!(
            f,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" font-family="system-ui,sans-serif" font-size="13">"#
        )?;
        let names: Vec<&str> = self.lines.iter().map(|line| line.name.as_str()).collect();
        let (x, y, names) = (escape(&self.x.label), escape(&self.y.label), escape(&names.join(", ")));
        writeln!(f, "<title>{title}</title>")?;
        writeln!(f, "<desc>{y} over {x}; lines: {names}.</desc>")?;
        writeln!(f, r##"<rect width="100%" height="100%" fill="#ffffff"/>"##)?;
        writeln!(f, r##"<g fill="#111111">"##)?;
        writeln!(f, r#"<text x="{LEFT}" y="26" font-size="16" font-weight="600">{title}</text>"#)?;
        self.axes(f)?;
        for (index, line) in self.lines.iter().enumerate() {
            self.line(f, index, line)?;
        }
        write!(f, "</g>\n</svg>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_names_its_axes_and_lines_and_stays_in_its_frame() {
        let line = Line { name: "a < b".to_owned(), points: vec![(0.0, 0.0), (2.0, 1.0)], stroke: Stroke::Dotted };
        let (x, y) = (Axis::percent("worked"), Axis::percent("reached"));
        let svg = Chart { title: "t".to_owned(), x, y, lines: vec![line] }.to_string();
        for part in ["<title>t</title>", "worked (%)", "reached (%)", "a &lt; b", "540.0,46.0", "fill=\"#ffffff\""] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 2);
    }
}
