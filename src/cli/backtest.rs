//! `recourse backtest`: replays the past of a model and prints how good it would have been, beside simple rules.

mod payment;
mod payment_page;
mod payment_text;
mod worklist;
mod worklist_page;
mod worklist_text;

use std::collections::BTreeSet;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::GlobalArgs;
use super::output::WrongUse;
use super::table::counted;
use crate::domain::money::Currency;
use crate::features::portfolio::PeerGroup;
use crate::store::AccountRecord;
use crate::train::metrics::{CLUSTER_COUNT_ENOUGH, CLUSTER_COUNT_MIN};
use crate::train::payment::replay::ReplayAccount;

/// What to replay.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    #[command(subcommand)]
    subject: BacktestSubject,
}

#[derive(Debug, Subcommand)]
enum BacktestSubject {
    Payment(payment::PaymentArgs),
    Worklist(worklist::WorklistArgs),
}

/// Runs the command.
///
/// # Errors
/// Wrong options, a ledger that cannot be read, or too little in it to learn from or to judge.
pub fn run(args: &BacktestArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    match &args.subject {
        BacktestSubject::Payment(args) => payment::run(args, global),
        BacktestSubject::Worklist(args) => worklist::run(args, global),
    }
}

/// What intervals over so few customers are worth; nothing where there are enough.
fn few_customers_note(customer_count: usize) -> Option<String> {
    let customers = counted(customer_count, "customer");
    match customer_count {
        0 => None,
        1..CLUSTER_COUNT_MIN => {
            Some(format!("Only {customers}: too few for intervals, so no difference is a clear one."))
        }
        CLUSTER_COUNT_MIN..CLUSTER_COUNT_ENOUGH => {
            Some(format!("Only {customers}: with fewer than {CLUSTER_COUNT_ENOUGH} the intervals are too narrow."))
        }
        CLUSTER_COUNT_ENOUGH.. => None,
    }
}

/// The accounts as the replay takes them.
pub fn replay_accounts(accounts: &[AccountRecord]) -> Vec<ReplayAccount<'_>> {
    let replayed = accounts.iter().map(|account| ReplayAccount {
        customer_id: &account.customer.id,
        peers: PeerGroup::of(&account.customer),
        currency: account.currency,
        events: &account.events,
    });
    replayed.collect()
}

/// The currency that is replayed: the one asked for, or the only one there is. Amounts of several are never added.
///
/// # Errors
/// When there are no accounts, none in that currency, or several to choose from.
fn chosen_currency(wanted: Option<Currency>, accounts: &[AccountRecord]) -> anyhow::Result<Currency> {
    let currencies: BTreeSet<Currency> = accounts.iter().map(|account| account.currency).collect();
    let first = currencies.first().copied().context("the ledger is empty; import one first")?;
    let names = || currencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match wanted {
        Some(currency) if currencies.contains(&currency) => Ok(currency),
        Some(currency) => {
            Err(WrongUse(format!("`currency` is `{currency}`, expected one of the ledger's accounts: {}", names()))
                .into())
        }
        None if currencies.len() == 1 => Ok(first),
        None => Err(WrongUse(format!("the ledger has accounts in {}; choose one with --currency", names())).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_customers_are_told() {
        assert!(few_customers_note(1).unwrap().starts_with("Only 1 customer: too few"));
        assert!(few_customers_note(9).unwrap().contains("no difference is a clear one"));
        assert!(few_customers_note(29).unwrap().contains("too narrow"));
        assert_eq!((few_customers_note(0), few_customers_note(30)), (None, None));
    }
}
