//! Accounts: their position, their score, and what was agreed with the customer.

use super::view::{AccountScore, AccountView};
use super::{Service, ServiceError, unfinished};
use crate::domain::customer::Customer;
use crate::domain::ids::{ContactId, CustomerId, InvoiceId, PromiseId, RequestId, TenantId, UserId};
use crate::domain::invoice::{ContactChannel, ContactResult};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;

/// Names an account on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountQuery {
    /// Whose account.
    pub customer_id: CustomerId,
    /// Its currency; absent means the one in which most is open.
    pub currency: Option<Currency>,
    /// The day looked at; absent means today.
    pub as_of: Option<CivilDate>,
}

/// A contact that took place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordContact {
    /// Idempotency key.
    pub request_id: RequestId,
    /// Who was contacted.
    pub customer_id: CustomerId,
    /// How.
    pub channel: ContactChannel,
    /// What came of it.
    pub result: ContactResult,
    /// Who made the contact.
    pub user_id: Option<UserId>,
    /// Day of the contact; absent means today.
    pub contacted_on: Option<CivilDate>,
    /// Free text.
    pub note: String,
}

/// A promise that a customer made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPromise {
    /// Idempotency key.
    pub request_id: RequestId,
    /// Who promised.
    pub customer_id: CustomerId,
    /// The invoices meant; empty means all that are open.
    pub invoice_ids: Vec<InvoiceId>,
    /// How much; absent means all of the invoices meant.
    pub amount: Option<Money>,
    /// Day by which payment was promised.
    pub promised_on: CivilDate,
    /// Day the promise was made; absent means today.
    pub made_on: Option<CivilDate>,
}

impl Service {
    /// The customer with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn customer(&self, _tenant: &TenantId, _id: &CustomerId) -> Result<Customer, ServiceError> {
        Err(unfinished())
    }

    /// The position of an account on a day.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn account(&self, _tenant: &TenantId, _query: &AccountQuery) -> Result<AccountView, ServiceError> {
        Err(unfinished())
    }

    /// Scores an account on a day without storing anything.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn score_account(&self, _tenant: &TenantId, _query: &AccountQuery) -> Result<AccountScore, ServiceError> {
        Err(unfinished())
    }

    /// Scores many accounts, each with its own result, in the order given.
    ///
    /// # Errors
    /// When there are more than [`super::limits::BATCH_COUNT_MAX`].
    pub async fn score_accounts(
        &self,
        _tenant: &TenantId,
        _queries: Vec<AccountQuery>,
    ) -> Result<Vec<Result<AccountScore, ServiceError>>, ServiceError> {
        Err(unfinished())
    }

    /// Records a contact, once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn record_contact(&self, _tenant: &TenantId, _request: RecordContact) -> Result<ContactId, ServiceError> {
        Err(unfinished())
    }

    /// Records a promise, once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn record_promise(&self, _tenant: &TenantId, _request: RecordPromise) -> Result<PromiseId, ServiceError> {
        Err(unfinished())
    }
}
