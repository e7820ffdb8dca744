//! Takes a message apart field by field and notes every field that cannot be accepted, with its path.

use std::fmt;

use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::domain::violation::{Violation, Violations};
use crate::rpc::pb;
use crate::service::page::PageRequest;

use super::money::money_from_pb;

/// What a required field that is absent should have held.
const REQUIRED: &str = "a value, because the field is required";

/// The fields of one message under a path, with the violations found so far.
#[derive(Debug)]
pub struct Fields {
    path: String,
    violations: Vec<Violation>,
}

impl Fields {
    /// The fields of a message at `path`; the empty path is the request itself.
    pub fn of(path: impl Into<String>) -> Self {
        Fields { path: path.into(), violations: Vec::new() }
    }

    /// The path of one of the fields.
    pub fn path_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// Notes that `field` held `value` where something else was expected.
    pub fn refuse(&mut self, field: &str, value: impl fmt::Display, expected: impl Into<String>) {
        let path = self.path_of(field);
        self.violations.push(Violation::new(path, value, expected));
    }

    /// Keeps a value, or notes its violation under the path of `field`.
    pub fn take<T>(&mut self, field: &str, result: Result<T, Violation>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(Violation { field: _, value, expected }) => {
                self.violations.push(Violation { field: self.path_of(field), value, expected });
                None
            }
        }
    }

    /// Keeps the value of a part that noted its violations with full paths.
    pub fn absorb<T>(&mut self, result: Result<T, Violations>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(Violations(violations)) => {
                self.violations.extend(violations);
                None
            }
        }
    }

    /// Reads a text that must not be empty.
    pub fn required<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        if text.is_empty() {
            self.refuse(field, text, REQUIRED);
            return None;
        }
        self.take(field, parse(text))
    }

    /// Reads a text of which empty means that it was not given.
    pub fn optional<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.take(field, parse(text)).map(Some) }
    }

    /// Whether a list of `count` elements is within its bound; one that is not is refused before its elements are read.
    pub fn is_within(&mut self, field: &str, count: usize, count_max: usize) -> bool {
        if count > count_max {
            self.refuse(field, format_args!("{count} elements"), format!("at most {count_max} elements"));
        }
        count <= count_max
    }

    /// Reads a list, each element with its own path, at most `count_max` of them.
    pub fn list<T>(
        &mut self,
        field: &str,
        texts: &[String],
        count_max: usize,
        parse: impl Fn(&str) -> Result<T, Violation>,
    ) -> Option<Vec<T>> {
        if !self.is_within(field, texts.len(), count_max) {
            return None;
        }
        let mut values = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            values.extend(self.take(&format!("{field}[{index}]"), parse(text)));
        }
        (values.len() == texts.len()).then_some(values)
    }

    /// Reads a day that must be given.
    pub fn required_date(&mut self, field: &str, text: &str) -> Option<CivilDate> {
        self.required(field, text, |text| CivilDate::parse(field, text))
    }

    /// Reads a day of which empty means that it was not given.
    pub fn optional_date(&mut self, field: &str, text: &str) -> Option<Option<CivilDate>> {
        self.optional(field, text, |text| CivilDate::parse(field, text))
    }

    /// Reads an amount that must be given.
    pub fn required_money(&mut self, field: &str, money: Option<pb::Money>) -> Option<Money> {
        match money {
            Some(money) => self.absorb(money_from_pb(&self.path_of(field), money)),
            None => {
                self.refuse(field, "", REQUIRED);
                None
            }
        }
    }

    /// Reads an amount that may be absent.
    pub fn optional_money(&mut self, field: &str, money: Option<pb::Money>) -> Option<Option<Money>> {
        match money {
            Some(money) => self.absorb(money_from_pb(&self.path_of(field), money)).map(Some),
            None => Some(None),
        }
    }

    /// Reads an amount that may be absent, but is above 0 when given.
    pub fn optional_positive_money(&mut self, field: &str, money: Option<pb::Money>) -> Option<Option<Money>> {
        let money = self.optional_money(field, money)?;
        if let Some(refused) = money.filter(|money| money.minor() <= 0) {
            self.refuse(field, refused, "an amount above 0");
        }
        Some(money)
    }

    /// Reads a currency code of which empty means that it was not given.
    pub fn optional_currency(&mut self, field: &str, code: &str) -> Option<Option<Currency>> {
        self.optional(field, code, Currency::parse)
    }

    /// Reads a text of at most `bytes_max` bytes; NUL is refused because databases cannot hold it.
    pub fn bounded_text(&mut self, field: &str, text: String, bytes_max: usize) -> Option<String> {
        if text.len() > bytes_max {
            self.refuse(field, format_args!("{} bytes", text.len()), format!("at most {bytes_max} bytes"));
            return None;
        }
        if text.contains('\0') {
            self.refuse(field, "a text with NUL", "a text without NUL characters");
            return None;
        }
        Some(text)
    }

    /// Reads which page is asked for.
    pub fn page(&mut self, page_size: i32, page_token: &str) -> Option<PageRequest> {
        self.absorb(PageRequest::parse(page_size, page_token).map_err(Violations::from))
    }

    /// Builds the value when no field was refused.
    ///
    /// # Errors
    /// Every violation noted.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Violations> {
        match build() {
            Some(value) if self.violations.is_empty() => Ok(value),
            Some(_) | None => Err(Violations(self.violations)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::InvoiceId;

    #[test]
    fn violations_carry_the_whole_path_and_come_all_at_once() {
        let mut fields = Fields::of("invoice");
        let id = fields.required("invoice_id", "", InvoiceId::parse);
        let due_on = fields.required_date("due_on", "31.12.2026");
        let others = fields.list("others", &["A".to_owned(), String::new()], 10, InvoiceId::parse);
        let violations = fields.finish(|| Some((id?, due_on?, others?))).unwrap_err();
        let paths: Vec<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(paths, ["invoice.invoice_id", "invoice.due_on", "invoice.others[1]"]);
    }

    #[test]
    fn a_list_beyond_its_bound_is_refused_unread() {
        let mut fields = Fields::of("");
        assert!(fields.list("ids", &vec!["A".to_owned(); 4], 3, InvoiceId::parse).is_none());
        let violations = fields.finish(|| Some(())).unwrap_err();
        assert_eq!(violations.to_string(), "`ids` is `4 elements`, expected at most 3 elements");
    }
}
