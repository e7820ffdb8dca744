//! Pages: opaque tokens over a frozen snapshot, refused when the filter changes.

use super::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, PAGE_TOKEN_BYTES_MAX};
use crate::domain::violation::Violation;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Most items, 1 to [`PAGE_SIZE_MAX`].
    size: usize,
    /// Token of the page before; empty for the first page.
    token: String,
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
            return Err(Violation::new("page_token", token, "a token given with an earlier page"));
        }
        Ok(PageRequest { size, token: token.to_owned() })
    }

    /// Most items.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Token of the page before; empty for the first page.
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Token of the next page; empty on the last.
    pub next_token: String,
}
