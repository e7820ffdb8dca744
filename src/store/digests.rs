//! Digests of what ledger records say, by which a record that comes again is known.

use crate::domain::invoice::Hold;
use crate::domain::money::FxRate;
use crate::ledger::record::{DisputeRecord, LedgerRecord};

use super::rows::content_digest;
use super::sql::ledger;

/// The look-up of digests; disputes and customers that are told in part are looked up whole.
pub fn digests_sql(record: &LedgerRecord) -> Option<&'static str> {
    let sql = match record {
        LedgerRecord::Customer(_) | LedgerRecord::CustomerStub(_) => ledger::CUSTOMER_DIGESTS,
        LedgerRecord::Invoice(_) => ledger::INVOICE_DIGESTS,
        LedgerRecord::Payment(_) => ledger::PAYMENT_DIGESTS,
        LedgerRecord::CreditNote(_) => ledger::CREDIT_NOTE_DIGESTS,
        LedgerRecord::Dispute(_)
        | LedgerRecord::DisputePart(_)
        | LedgerRecord::CustomerPart(_)
        | LedgerRecord::Uncleared(_) => return None,
        LedgerRecord::Promise(_) => ledger::PROMISE_DIGESTS,
        LedgerRecord::Contact(_) => ledger::CONTACT_DIGESTS,
        LedgerRecord::FxRate(_) => ledger::FX_RATE_DIGESTS,
        LedgerRecord::Hold(_) => ledger::HOLD_DIGESTS,
        LedgerRecord::Reversal(_) => ledger::REVERSAL_DIGESTS,
        LedgerRecord::Application(_) => ledger::APPLICATION_DIGESTS,
    };
    Some(sql)
}

/// The digest of what a record says. A stub says what a customer of the same fields does, a part what it says where nothing more
/// is known, and 1.10 is 1.1; what is not kept has none.
pub fn digest(record: &LedgerRecord) -> String {
    match record {
        LedgerRecord::CustomerStub(customer) => content_digest(&LedgerRecord::Customer(customer.clone())),
        LedgerRecord::CustomerPart(part) => content_digest(&LedgerRecord::Customer(part.customer.clone())),
        LedgerRecord::DisputePart(part) => content_digest(&LedgerRecord::Dispute(part.dispute.clone())),
        LedgerRecord::Uncleared(_) => String::new(),
        LedgerRecord::FxRate(rate) => {
            content_digest(&LedgerRecord::FxRate(FxRate { rate: rate.rate.normalize(), ..rate.clone() }))
        }
        LedgerRecord::Customer(_)
        | LedgerRecord::Invoice(_)
        | LedgerRecord::Payment(_)
        | LedgerRecord::CreditNote(_)
        | LedgerRecord::Dispute(_)
        | LedgerRecord::Promise(_)
        | LedgerRecord::Contact(_)
        | LedgerRecord::Hold(_)
        | LedgerRecord::Reversal(_)
        | LedgerRecord::Application(_) => content_digest(record),
    }
}

/// The digest of what a dispute record says.
pub fn dispute_digest(record: DisputeRecord) -> String {
    digest(&LedgerRecord::Dispute(record))
}

/// The digest that the hold had before it gained its end.
pub fn open_digest(hold: &Hold) -> String {
    content_digest(&LedgerRecord::Hold(Hold { until_on: None, ..hold.clone() }))
}
