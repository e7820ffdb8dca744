//! What becomes of HTML, of text that only resembles it, and of hostile text.

use super::*;
use crate::text::own_text::own_text;

#[test]
fn a_message_that_is_not_html_is_not_changed() {
    for text in [
        "Send it to <john@x.com> or see <https://x.example/a>.",
        "R&D; a < b && c > d, R&D and AT&T",
        "x <y and z> w, <invoice number>, <name>, <a and b>",
        "5 <10 and 7>3 &unknown; &; &#; &#x; &#xffffffff; &#+5;",
        "<!-- nothing",
        "",
        "&",
        "<",
    ] {
        assert!(matches!(plain_text(text), Cow::Borrowed(same) if same == text), "{text}");
    }
}

#[test]
fn characters_written_by_name_or_number_are_read() {
    assert_eq!(plain_text("1&nbsp;998,00&nbsp;&euro;"), "1\u{a0}998,00\u{a0}€");
    assert_eq!(
        plain_text("&#163;1,998.00 &#xA3; &#128; &Uuml;ber caf&eacute; &laquo;a&raquo; &yuml;"),
        "£1,998.00 £ € Über café «a» ÿ"
    );
    assert_eq!(plain_text("R&amp;D &amp;euro; a < b"), "R&D &euro; a < b");
}

#[test]
fn paragraphs_rows_and_cells_are_told_apart() {
    assert_eq!(plain_text("<div>one</div><div>two<br>three<br/>four</div>five"), "one\ntwo\nthree\nfour\nfive");
    assert_eq!(plain_text("<p>one</p>\r\n<p>two</p>\nthree"), "one\n\ntwo\n\nthree");
    assert_eq!(plain_text("<ul><li>one<li>two</ul>"), "one\ntwo\n\n");
    let table = "<table><tr><th>Invoice</th><th>Sum</th></tr><tr><td>INV-7</td><td>USD&nbsp;998.00</td></tr></table>";
    assert_eq!(plain_text(table), "Invoice\tSum\t\nINV-7\tUSD\u{a0}998.00\t\n\n");
    assert_eq!(plain_text("<b>INV</b>-7 from <john@x.com>\nand a < b<br>"), "INV-7 from <john@x.com>\nand a < b\n");
    assert_eq!(plain_text("one<o:p></o:p><br class=\"x\"><A HREF='y'>two</A> <order no>"), "one\ntwo <order no>");
}

#[test]
fn what_is_not_for_reading_is_dropped() {
    let text = "<html><head><title>T</title></head><style>p > a { x: 1 }</style><!-- <p>no</p> --><script>if (a</b) c</script>yes";
    assert_eq!(plain_text(text), "yes");
    assert_eq!(plain_text("<p>a</p><style>b<!--c"), "a\n\nbc");
    assert_eq!(plain_text("<!DOCTYPE html><?xml x?><p>a</p>"), "a\n\n");
}

#[test]
fn quoted_mail_is_marked() {
    assert_eq!(
        plain_text("<p>no</p><blockquote>a<blockquote>b</blockquote>c<br>d</blockquote>e"),
        "no\n\n> a\n> b\n> c\n> d\ne"
    );
    assert_eq!(plain_text("no<div class=\"gmail_quote\">a<div>b</div>c</div>d"), "no\n> a\n> b\n> c\nd");
}

#[test]
fn mail_in_html_is_cut_like_any_other() {
    let own = "Four drums of INV-7001 never came to our warehouse.";
    for quoted in [
        "<blockquote>Please pay INV-9999</blockquote>",
        "<div class=\"gmail_quote\">On Mon, Mar 2, 2026 AR wrote:<br>INV-9999</div>",
        "<p><b>From:</b> Tom</p><p><b>Sent:</b> Monday</p><p>INV-9999</p>",
        "<hr><b>From:</b> Tom<br><b>Sent:</b> Monday<br><br>INV-9999",
        "<p>On Mon, Mar 2, 2026 AR &lt;ar@x.example&gt; wrote:</p><blockquote type=\"cite\">INV-9999</blockquote>",
        "<table><tr><td>Von:</td><td>Tom</td></tr><tr><td>Gesendet:</td><td>Montag</td></tr></table>INV-9999",
    ] {
        assert_eq!(own_text("", &format!("<div>{own}</div>{quoted}")).trim(), own, "{quoted}");
    }
}

#[test]
fn mail_passed_on_in_html_is_kept() {
    let body = "Four of the 20 drums on INV-7001 were missing.";
    for forward in [
        format!(
            "<div class=\"gmail_quote\"><div class=\"gmail_attr\">---------- Forwarded message ---------<br>From: Yard<br>Date: Mon</div><p>{body}</p></div>"
        ),
        format!(
            "<div class=\"gmail_quote\">---------- Message transf&eacute;r&eacute; ---------<br>De : Yard<br>{body}</div>"
        ),
        format!(
            "<blockquote type=\"cite\"><div>Begin forwarded message:</div><br><div><b>From: </b>Yard</div><br><div>{body}</div></blockquote>"
        ),
    ] {
        let text = own_text("", &format!("<div>Hi Leah, please see below from our warehouse.</div>{forward}"));
        assert!(text.contains(body) && !text.contains("From:"), "{text}");
    }
}

#[test]
fn hostile_text_is_read_in_one_go() {
    for part in [
        "<",
        "<p ",
        "<!--",
        "<style>",
        "</",
        "&",
        "&#",
        "<blockquote>",
        "<div class=gmail_quote>",
        "<br>",
        "<p>\n",
        "<b",
        ">",
    ] {
        let text = format!("<p>{}", part.repeat(200_000 / part.len()));
        assert!(plain_text(&text).len() <= text.len() + 2, "{part}");
    }
}
