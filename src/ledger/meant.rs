//! Which accounts a dispute, a promise or a hold is about.

use std::collections::HashMap;

use crate::domain::ids::InvoiceId;
use crate::domain::money::{Currency, Money};

/// The currency of each invoice, by its id.
pub type Currencies = HashMap<InvoiceId, Currency>;

/// The invoices and the amount that a document means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// The invoices named.
    pub invoice_ids: Vec<InvoiceId>,
    /// The amount stated.
    pub amount: Option<Money>,
}

impl Meant {
    /// What is meant in the account of one currency; `None` when nothing of it is. A document that states an amount means the account of
    /// its currency only; one that names neither an amount nor an invoice means every account.
    pub fn within(&self, currency: Currency, currencies: &Currencies) -> Option<(Vec<InvoiceId>, Option<i64>)> {
        let is_of_account = |id: &&InvoiceId| currencies.get(*id) == Some(&currency);
        let invoice_ids: Vec<_> = self.invoice_ids.iter().filter(is_of_account).cloned().collect();
        let is_meant = match self.amount {
            Some(amount) => amount.currency() == currency,
            None => !invoice_ids.is_empty() || self.invoice_ids.is_empty(),
        };
        is_meant.then_some((invoice_ids, self.amount.map(Money::minor)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_about_the_accounts_of_its_invoices_and_its_amount() {
        let id = |text: &str| InvoiceId::parse(text).unwrap();
        let usd = Currency::parse("USD").unwrap();
        let currencies = Currencies::from([(id("A"), Currency::EUR), (id("B"), usd)]);
        let both = Meant { invoice_ids: vec![id("A"), id("B")], amount: Some(Money::from_minor(5, usd)) };
        assert_eq!(both.within(Currency::EUR, &currencies), None, "of the euros, nothing");
        assert_eq!(both.within(usd, &currencies), Some((vec![id("B")], Some(5))));
        let nothing = Meant { invoice_ids: Vec::new(), amount: None };
        assert_eq!(nothing.within(usd, &currencies), Some((Vec::new(), None)));
        let other = Meant { invoice_ids: vec![id("A")], amount: None };
        assert_eq!(other.within(usd, &currencies), None);
        assert_eq!(other.within(Currency::EUR, &currencies), Some((vec![id("A")], None)));
        let amount = Meant { invoice_ids: Vec::new(), amount: both.amount };
        assert_eq!(amount.within(Currency::EUR, &currencies), None);
        assert_eq!(amount.within(usd, &currencies), Some((Vec::new(), Some(5))));
    }
}
