//! The past day by day: which invoices were open and past due at the end of each, and what was known of their accounts.

use std::collections::HashMap;

use crate::domain::ids::{CustomerId, InvoiceId};
use crate::domain::money::Money;
use crate::domain::time::CivilDate;
use crate::features::account::AccountHabits;
use crate::features::portfolio::{InvoiceOutcome, PeerGroup};
use crate::ledger::history::AccountHistory;
use crate::ledger::position::AccountPosition;
use crate::train::payment::replay::{ReplayAccount, outcomes};

/// An invoice that may come onto the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Whose.
    pub customer_id: CustomerId,
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// Which of the accounts it belongs to.
    pub account_index: usize,
    /// What became of it: for judging, never for choosing.
    pub outcome: InvoiceOutcome,
    /// First day on the list, with what could be asked for then, in units.
    pub first_listed: Option<(CivilDate, f64)>,
}

/// An invoice on the list at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listed {
    /// Which case.
    pub case_index: usize,
    /// What can be asked for, in units.
    pub collectable: f64,
    /// Day by which it was to be paid.
    pub due_on: CivilDate,
}

/// An account as known at the end of the last day.
struct AccountState<'a> {
    replay: &'a ReplayAccount<'a>,
    next_event: usize,
    history: AccountHistory,
    habits: AccountHabits,
}

/// The accounts, brought forward day by day.
pub struct PastDays<'a> {
    states: Vec<AccountState<'a>>,
    cases: Vec<Case>,
    case_of: HashMap<(usize, &'a InvoiceId), usize>,
}

impl<'a> PastDays<'a> {
    /// The accounts before their first event.
    pub fn new(accounts: &'a [ReplayAccount<'a>]) -> Self {
        let mut past = PastDays { states: Vec::new(), cases: Vec::new(), case_of: HashMap::new() };
        for (account_index, replay) in accounts.iter().enumerate() {
            for invoice in outcomes(replay.events) {
                past.case_of.insert((account_index, invoice.id), past.cases.len());
                past.cases.push(Case {
                    customer_id: replay.customer_id.clone(),
                    invoice_id: invoice.id.clone(),
                    account_index,
                    outcome: invoice.outcome,
                    first_listed: None,
                });
            }
            past.states.push(AccountState {
                replay,
                next_event: 0,
                history: AccountHistory::new(replay.currency),
                habits: AccountHabits::new(replay.currency),
            });
        }
        past
    }

    /// Brings the accounts to the end of `day` and returns what is on the list then, account by account.
    pub fn advance(&mut self, day: CivilDate) -> Vec<Listed> {
        let mut listed = Vec::new();
        for (account_index, state) in self.states.iter_mut().enumerate() {
            state.advance(day);
            if !state.history.open_invoices().any(|invoice| invoice.due_on < day) {
                continue;
            }
            for invoice in AccountPosition::read(&state.history, day).invoices {
                let is_asked_for = invoice.days_past_due > 0 && invoice.parts.collectable_minor > 0;
                let case_index = self.case_of.get(&(account_index, &invoice.invoice.id));
                let Some(case_index) = case_index.copied().filter(|_| is_asked_for) else { continue };
                let collectable = Money::from_minor(invoice.parts.collectable_minor, state.replay.currency).units_f64();
                self.cases[case_index].first_listed.get_or_insert((day, collectable));
                listed.push(Listed { case_index, collectable, due_on: invoice.invoice.due_on });
            }
        }
        listed
    }

    /// A case.
    pub fn case(&self, case_index: usize) -> &Case {
        &self.cases[case_index]
    }

    /// The cases that were on the list on any day so far, with their positions.
    pub fn listed_positions(&self) -> Vec<usize> {
        (0..self.cases.len()).filter(|index| self.cases[*index].first_listed.is_some()).collect()
    }

    /// The habits of an account, and its peers.
    pub fn account(&self, account_index: usize) -> (&AccountHabits, &PeerGroup) {
        let state = &self.states[account_index];
        (&state.habits, &state.replay.peers)
    }
}

impl AccountState<'_> {
    fn advance(&mut self, day: CivilDate) {
        while let Some(event) = self.replay.events.get(self.next_event).filter(|event| event.on <= day) {
            self.history.apply(event);
            self.habits.apply(event);
            self.next_event += 1;
        }
        self.habits.end_day(day);
    }
}
