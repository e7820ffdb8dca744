//! The text of a message as the text models see it: the subject, and what the sender wrote themselves.

use super::html::plain_text;
use super::quoting::own_parts;

/// Subject and own text, without quoted mail and disclaimers, and without tags of HTML. Training and serving both come through here.
pub fn own_text(subject: &str, body: &str) -> String {
    own_text_of_plain(subject, &plain_text(body))
}

/// The same of a body that [`plain_text`] has already read.
pub fn own_text_of_plain(subject: &str, body: &str) -> String {
    let mut text = String::with_capacity(subject.len() + body.len() + 1);
    if !subject.trim().is_empty() {
        text.push_str(subject.trim());
        text.push('\n');
    }
    for part in own_parts(body) {
        text.push_str(body.get(part).unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_stands_above_the_own_text() {
        let body = "Nothing came of the ten pallets that you billed.\n-----Original Message-----\nPlease pay for the damaged goods, INV-1.";
        assert_eq!(own_text("", body), "Nothing came of the ten pallets that you billed.\n");
        let long = format!("We are still waiting for the pallet. {body}");
        assert!(!own_text("INV-2", &long).contains("INV-1"));
        assert!(own_text(" INV-2 ", &long).starts_with("INV-2\n"));
    }

    #[test]
    fn a_body_in_html_is_read_as_its_text() {
        let body = "<p>R&amp;D was billed 1&nbsp;998,00&nbsp;&euro;.</p><blockquote>INV-9999</blockquote>";
        assert_eq!(own_text("", body), "R&D was billed 1\u{a0}998,00\u{a0}€.\n\n");
        assert_eq!(own_text("Fwd", "we wrote &amp;lt;"), "Fwd\nwe wrote &lt;");
    }
}
