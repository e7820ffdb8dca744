//! Pages: opaque tokens over a frozen snapshot, refused when the filter changes.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::ServiceError;
use super::limits::{PAGE_BYTES_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, PAGE_TOKEN_BYTES_MAX};
use crate::domain::time::Instant;
use crate::domain::violation::Violation;
use crate::store::{PageCursor, SNAPSHOT_KEPT_SECONDS};

/// Hexadecimal digits at the end of a token that guard the rest against slips of the pen.
const CHECKSUM_DIGITS: usize = 16;
/// What the checksum is made for, so that no other digest fits.
const CHECKSUM_CONTEXT: &str = "recourse page token 1";

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Most items, 1 to [`PAGE_SIZE_MAX`].
    size: usize,
    /// Token of the page before; empty for the first page.
    token: String,
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Token of the next page; empty on the last.
    pub next_token: String,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PageStart {
    /// The instant at which the list is looked at, the same on every page.
    pub snapshot: Instant,
    /// The last row of the page before.
    pub cursor: Option<PageCursor>,
    filter_digest: String,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct TokenContent {
    filter: String,
    snapshot_us: i64,
    cursor: PageCursor,
}

fn unknown_token(token: &str) -> Violation {
    Violation::new("page_token", token, "a token given with an earlier page of the same list")
}

fn checksum(text: &str) -> String {
    let digest = blake3::derive_key(CHECKSUM_CONTEXT, text.as_bytes());
    let mut hex = String::with_capacity(CHECKSUM_DIGITS);
    for byte in digest.iter().take(CHECKSUM_DIGITS / 2) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn hex_of(text: &str) -> String {
    let mut hex = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn text_of(hex: &str) -> Option<String> {
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..hex.len()).step_by(2).map(|start| u8::from_str_radix(hex.get(start..start + 2)?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}

fn digest_of(filter: &impl Serialize) -> String {
    let text = serde_json::to_string(filter).unwrap_or_default();
    blake3::hash(text.as_bytes()).to_hex()[..CHECKSUM_DIGITS].to_owned()
}

impl PageRequest {
    /// A page of `size` items (0: the default) after the one that gave `token` (empty: the first).
    ///
    /// # Errors
    /// A violation of `page_size` or `page_token`.
    pub fn parse(size: i32, token: &str) -> Result<Self, Violation> {
        let size = match usize::try_from(size) {
            Ok(0) => PAGE_SIZE_DEFAULT,
            Ok(size) if size <= PAGE_SIZE_MAX => size,
            Ok(_) | Err(_) => {
                return Err(Violation::new("page_size", size, format!("0 to {PAGE_SIZE_MAX}")));
            }
        };
        if token.len() > PAGE_TOKEN_BYTES_MAX {
            return Err(unknown_token(token));
        }
        Ok(PageRequest { size, token: token.to_owned() })
    }

    /// Most items.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Where the page begins in a list filtered by `filter`.
    ///
    /// # Errors
    /// A violation of `page_token`, or `PAGE_TOKEN_EXPIRED` when the snapshot of the first page is no longer kept.
    pub(super) fn start(&self, filter: &impl Serialize, now: Instant) -> Result<PageStart, ServiceError> {
        let filter_digest = digest_of(filter);
        if self.token.is_empty() {
            return Ok(PageStart { snapshot: now, cursor: None, filter_digest });
        }
        let content = self.content().ok_or_else(|| unknown_token(&self.token))?;
        if content.filter != filter_digest {
            return Err(Violation::new("page_token", &self.token, "the filter of the first page, unchanged").into());
        }
        let snapshot = Instant::from_unix_us(content.snapshot_us);
        if snapshot.plus_seconds(SNAPSHOT_KEPT_SECONDS) < now {
            return Err(ServiceError::Precondition {
                reason: "PAGE_TOKEN_EXPIRED",
                message: format!(
                    "the page token belongs to a first page of {snapshot}, and pages follow for {} minutes; begin again \
                     without a token",
                    SNAPSHOT_KEPT_SECONDS / 60
                ),
            });
        }
        Ok(PageStart { snapshot, cursor: Some(content.cursor), filter_digest })
    }

    fn content(&self) -> Option<TokenContent> {
        let split = self.token.len().checked_sub(CHECKSUM_DIGITS)?;
        let (hex, sum) = (self.token.get(..split)?, self.token.get(split..)?);
        let text = text_of(hex).filter(|text| checksum(text) == sum)?;
        serde_json::from_str(&text).ok()
    }
}

/// How many of the items of these sizes in bytes go into a page of at most `size`: it ends early rather than hold more than
/// [`PAGE_BYTES_MAX`], and holds at least one.
pub(super) fn fitting_count(item_bytes: impl Iterator<Item = usize>, size: usize) -> usize {
    let mut page_bytes = 0;
    let fitting = item_bytes.take(size).take_while(|bytes| {
        page_bytes += bytes;
        page_bytes <= PAGE_BYTES_MAX
    });
    fitting.count().max(1)
}

impl PageStart {
    /// The token of the page after the one that ends at `cursor`.
    pub(super) fn next_token(&self, cursor: PageCursor) -> String {
        let content = TokenContent { filter: self.filter_digest.clone(), snapshot_us: self.snapshot.unix_us(), cursor };
        let text = serde_json::to_string(&content).unwrap_or_default();
        hex_of(&text) + &checksum(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(filter: &str, token: &str) -> Result<PageStart, ServiceError> {
        PageRequest::parse(0, token).unwrap().start(&filter, Instant::from_unix_us(5))
    }

    #[test]
    fn a_token_leads_back_to_its_place_and_snapshot() {
        let cursor = PageCursor { key: 41.123_046_875, id: "W-ä".to_owned() };
        let token = start("a", "").unwrap().next_token(cursor.clone());
        let again = PageRequest::parse(0, &token).unwrap().start(&"a", Instant::from_unix_us(99)).unwrap();
        assert_eq!((again.snapshot, again.cursor), (Instant::from_unix_us(5), Some(cursor)));
    }

    #[test]
    fn a_changed_filter_or_token_is_refused() {
        let token = start("a", "").unwrap().next_token(PageCursor { key: 1.0, id: "W".to_owned() });
        let refused = start("b", &token).unwrap_err();
        assert!(matches!(&refused, ServiceError::Invalid(wrong) if wrong.0[0].field == "page_token"), "{refused:?}");
        for wrong in ["x", "00", &token[1..], &token.replace('7', "8"), "é".repeat(20).as_str()] {
            assert!(start("a", wrong).is_err(), "{wrong} was accepted");
        }
    }

    #[test]
    fn a_token_expires_with_its_snapshot() {
        let token = start("a", "").unwrap().next_token(PageCursor { key: 1.0, id: "W".to_owned() });
        let at = |seconds: i64| {
            PageRequest::parse(0, &token).unwrap().start(&"a", Instant::from_unix_us(5).plus_seconds(seconds))
        };
        assert!(at(SNAPSHOT_KEPT_SECONDS).is_ok());
        let refused = at(SNAPSHOT_KEPT_SECONDS + 1).unwrap_err();
        assert_eq!(refused.reason(), "PAGE_TOKEN_EXPIRED");
    }

    #[test]
    fn a_page_ends_before_it_is_too_long() {
        let third = PAGE_BYTES_MAX / 3;
        assert_eq!(fitting_count([third; 5].into_iter(), 2), 2);
        assert_eq!(fitting_count([third; 5].into_iter(), 50), 3);
        assert_eq!(fitting_count([PAGE_BYTES_MAX + 1; 2].into_iter(), 50), 1, "the first item comes whatever it takes");
    }

    #[test]
    fn page_sizes_are_bounded() {
        assert_eq!(PageRequest::parse(0, "").unwrap().size(), PAGE_SIZE_DEFAULT);
        assert!(PageRequest::parse(-1, "").is_err());
        assert!(PageRequest::parse(1_001, "").is_err());
    }
}
