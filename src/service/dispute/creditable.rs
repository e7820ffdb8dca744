//! How much can be credited for a dispute, and how much is when it is decided.

use std::collections::BTreeMap;

use crate::domain::dispute::{Dispute, Resolution};
use crate::domain::ids::{InvoiceId, TenantId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;
use crate::ledger::event::{AccountFact, Settlement};
use crate::ledger::history::AccountHistory;
use crate::service::{Service, ServiceError, on_blocking_thread};
use crate::store::AccountRecord;

impl Service {
    /// What can be credited for a dispute that is decided on `today`; see [`creditable`].
    pub(super) async fn creditable(
        &self,
        tenant: &TenantId,
        dispute: &Dispute,
        today: CivilDate,
    ) -> Result<Vec<Money>, ServiceError> {
        let (dispute, accounts) = (dispute.clone(), self.store.accounts_of(tenant, &dispute.customer_id).await?);
        on_blocking_thread("folding an account", move || creditable(&dispute, &accounts, today)).await
    }
}

/// What a dispute contests, one amount for each currency: the amount stated or, for each invoice meant, the most that was open when the
/// dispute was raised first or last, or is open `today`, for a credit note may be booked before the decision. Empty when nothing is
/// known to have been open.
fn creditable(dispute: &Dispute, accounts: &[AccountRecord], today: CivilDate) -> Vec<Money> {
    if let Some(amount) = dispute.contested_amount {
        return vec![amount];
    }
    let first_on = dispute.contested_from();
    let last_on = dispute.raised_again.latest_on().unwrap_or(first_on).max(first_on);
    let mut most: BTreeMap<Currency, BTreeMap<&InvoiceId, i64>> = BTreeMap::new();
    for account in accounts {
        let raised = [first_on, last_on].map(|on| before_credits_of(account, on));
        let present = AccountHistory::fold(account.currency, &account.events, today);
        for history in raised.iter().chain([&present]) {
            for (id, invoice) in dispute.invoice_ids.iter().filter_map(|id| Some((id, history.open_invoice(id)?))) {
                let open_minor = most.entry(account.currency).or_default().entry(id).or_default();
                *open_minor = invoice.open_minor.max(*open_minor);
            }
        }
    }
    let sum = |(currency, open): (Currency, BTreeMap<_, i64>)| Money::from_minor(open.values().sum(), currency);
    most.into_iter().map(sum).collect()
}

/// The account at the end of a day, but for what was credited on that day: nobody knows whether that came before a dispute of the
/// same day or because of it.
fn before_credits_of(account: &AccountRecord, on: CivilDate) -> AccountHistory {
    let is_left_out = |fact: &AccountFact| {
        let is_credit_applied = matches!(fact, AccountFact::UnappliedApplied { settlement: Settlement::Credit, .. });
        is_credit_applied || matches!(fact, AccountFact::CreditApplied { .. })
    };
    let events = account.events.iter().filter(|event| event.on != on || !is_left_out(&event.fact));
    AccountHistory::fold(account.currency, events, on)
}

/// What is credited of what is `contested`, one amount for each currency: nothing for a customer who was wrong, all of it unless stated
/// for one who was right, and a stated part of it for one who was partly right. All of several currencies is no one amount, and is left
/// unsaid.
pub(super) fn credited_for(
    resolution: Resolution,
    credited: Option<Money>,
    contested: &[Money],
) -> Result<Option<Money>, Violation> {
    let field = "credited_amount";
    let shown = credited.map_or_else(|| "absent".to_owned(), |credited| credited.to_string());
    if let Some(credited) = credited {
        let is_within = |limit: &Money| limit.currency() == credited.currency() && credited.minor() <= limit.minor();
        if credited.minor() < 0 || !(contested.is_empty() || contested.iter().any(is_within)) {
            return Err(Violation::new(field, shown, format!("an amount from 0 to {}", limit_shown(contested))));
        }
    }
    match resolution {
        Resolution::PartialCredit => match credited {
            Some(credited) if credited.minor() > 0 && contested != [credited] => Ok(Some(credited)),
            Some(_) | None => Err(Violation::new(field, shown, "an amount above 0 and below the contested one")),
        },
        Resolution::ValidCredit | Resolution::WriteOff => Ok(credited.or(match contested {
            [all] => Some(*all),
            [] | [_, ..] => None,
        })),
        Resolution::InvalidRebill | Resolution::Withdrawn => match credited {
            Some(credited) if credited.minor() > 0 => {
                Err(Violation::new(field, shown, format!("no amount for {}", resolution.as_str())))
            }
            Some(_) | None => Ok(None),
        },
    }
}

fn limit_shown(contested: &[Money]) -> String {
    let limits: Vec<String> = contested.iter().map(Money::to_string).collect();
    if limits.is_empty() { "the contested amount".to_owned() } else { limits.join(" or ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    #[test]
    fn credits_follow_the_resolution() {
        let contested = [euros(1_000)];
        let credited = |resolution, credited| credited_for(resolution, credited, &contested);
        assert_eq!(credited(Resolution::ValidCredit, None).unwrap(), Some(euros(1_000)));
        assert_eq!(credited(Resolution::PartialCredit, Some(euros(400))).unwrap(), Some(euros(400)));
        assert_eq!(credited(Resolution::Withdrawn, Some(euros(0))).unwrap(), None);
        for (resolution, amount) in [
            (Resolution::PartialCredit, None),
            (Resolution::PartialCredit, Some(euros(1_000))),
            (Resolution::InvalidRebill, Some(euros(1))),
            (Resolution::ValidCredit, Some(euros(1_001))),
            (Resolution::ValidCredit, Some(Money::from_minor(10, Currency::USD))),
            (Resolution::WriteOff, Some(euros(-1))),
        ] {
            let violation = credited(resolution, amount).unwrap_err();
            assert_eq!(violation.field, "credited_amount", "{resolution:?} {amount:?}");
        }
    }

    #[test]
    fn each_currency_of_a_dispute_has_its_own_limit() {
        let dollars = |minor| Money::from_minor(minor, Currency::USD);
        let contested = [euros(1_000), dollars(50)];
        let partial = |amount| credited_for(Resolution::PartialCredit, Some(amount), &contested);
        assert_eq!(partial(dollars(50)).unwrap(), Some(dollars(50)), "the euros are not credited");
        assert_eq!(partial(euros(999)).unwrap(), Some(euros(999)));
        assert_eq!(partial(dollars(51)).unwrap_err().expected, "an amount from 0 to EUR 10.00 or USD 0.50");
        assert_eq!(credited_for(Resolution::ValidCredit, None, &contested).unwrap(), None);
    }
}
