//! `recourse backtest`: replays the past of a model and prints how good it would have been, beside simple rules.

mod payment;
mod payment_page;
mod payment_text;
mod worklist;
mod worklist_page;

use clap::{Args, Subcommand};

use super::GlobalArgs;
use crate::features::portfolio::PeerGroup;
use crate::store::AccountRecord;
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
