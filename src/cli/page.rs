//! Report folders: one self-contained HTML page, readable without scripts and with any style sheet, and its plots as SVG.

mod svg;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::output::{self, WrongUse};

pub use svg::{Axis, Chart, Line, Stroke};

/// Enough style to read tables and plots in light and dark.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
.wide{overflow-x:auto}\
table{border-collapse:collapse;margin:1rem 0}\
caption{text-align:left;font-weight:600;padding:.25rem 0}\
th,td{padding:.25rem .75rem;border-bottom:1px solid #8888;text-align:right;white-space:nowrap}\
th:first-child,td:first-child{text-align:left}\
figure{margin:1rem 0}\
svg{max-width:100%;height:auto}";

/// Tells the pages that were written here from others.
const GENERATOR: &str = "<meta name=\"generator\" content=\"recourse\">";
/// The page of a report folder.
const PAGE_FILE: &str = "index.html";

/// Refuses a report folder with a page that is no report; to be asked before long work.
///
/// # Errors
/// Wrong use.
pub fn refuse_foreign_page(folder: &Path) -> Result<(), WrongUse> {
    output::refuse_foreign(&folder.join(PAGE_FILE), GENERATOR)
}

/// A report page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    title: String,
    body: String,
    charts: Vec<(String, String)>,
}

impl Page {
    /// A page with only a title.
    pub fn new(title: &str) -> Self {
        Page { title: title.to_owned(), ..Page::default() }
    }

    /// Begins a section.
    pub fn section(&mut self, heading: &str) {
        _ = writeln!(self.body, "<h2>{}</h2>", escape(heading));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        _ = writeln!(self.body, "<p>{}</p>", escape(text));
    }

    /// Adds a table whose first column names its rows.
    pub fn table(&mut self, caption: &str, headings: &[&str], rows: &[Vec<String>]) {
        _ = write!(self.body, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">", escape(caption));
        _ = write!(self.body, "<table>\n<caption>{}</caption>\n<thead><tr>", escape(caption));
        for heading in headings {
            _ = write!(self.body, "<th scope=\"col\">{}</th>", escape(heading));
        }
        self.body.push_str("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for (index, cell) in row.iter().enumerate() {
                let cell = escape(cell);
                _ = match index {
                    0 => write!(self.body, "<th scope=\"row\">{cell}</th>"),
                    1.. => write!(self.body, "<td>{cell}</td>"),
                };
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody>\n</table></div>\n");
    }

    /// Adds a plot, which is also written to the file `name`.svg.
    pub fn chart(&mut self, name: &str, chart: &Chart) {
        let svg = chart.to_string();
        _ = writeln!(self.body, "<figure>{svg}</figure>");
        self.charts.push((format!("{name}.svg"), svg));
    }

    /// Writes index.html and the plots into a folder, which is made.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
        let html = self.html();
        let files = self.charts.iter().map(|(name, svg)| (name.as_str(), svg.as_str()));
        for (name, text) in files.chain([(PAGE_FILE, html.as_str())]) {
            let path = folder.join(name);
            std::fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
        }
        Ok(())
    }

    fn html(&self) -> String {
        let title = escape(&self.title);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{GENERATOR}\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main>\n<h1>{title}</h1>\n{}</main>\n</body>\n</html>\n",
            self.body
        )
    }
}

/// Text as HTML and SVG take it.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut page = Page::new("a & b");
        page.paragraph("<script>");
        page.table("t", &["x"], &[vec!["\"<b>\"".to_owned()]]);
        let html = page.html();
        assert!(
            html.contains("a &amp; b") && html.contains("&lt;script&gt;") && html.contains("&quot;&lt;b&gt;&quot;")
        );
        assert!(!html.contains("<script"));
    }
}
