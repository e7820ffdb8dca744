//! Rows become ledger records: the fields of each kind put together, every violation gathered.

mod documents;
mod facts;

use super::cell::Cell;
use super::kind::ImportKind;
use super::plan::Plan;
use crate::domain::violation::Violations;
use crate::ledger::record::LedgerRecord;

/// The records that a row stands for, in the order in which they are to be taken in.
pub(super) fn records_of(plan: &Plan, cells: &[Cell]) -> Result<Vec<LedgerRecord>, Violations> {
    let mut fields = plan.read(cells);
    let records = match plan.kind {
        ImportKind::Invoices => documents::invoice(&mut fields),
        ImportKind::Customers => documents::customer(&mut fields).map(|record| vec![record]),
        ImportKind::Payments => documents::payment(&mut fields).map(|record| vec![record]),
        ImportKind::CreditNotes => documents::credit_note(&mut fields).map(|record| vec![record]),
        ImportKind::Disputes => facts::dispute(&mut fields).map(|record| vec![record]),
        ImportKind::Promises => facts::promise(&mut fields).map(|record| vec![record]),
        ImportKind::Contacts => facts::contact(&mut fields).map(|record| vec![record]),
        ImportKind::FxRates => facts::fx_rate(&mut fields).map(|record| vec![record]),
        ImportKind::Holds => facts::hold(&mut fields).map(|record| vec![record]),
        ImportKind::Reversals => documents::reversal(&mut fields).map(|record| vec![record]),
        ImportKind::Applications => documents::application(&mut fields).map(|record| vec![record]),
        ImportKind::Records => Some(Vec::new()),
    };
    fields.gather.finish()?;
    let records = records.unwrap_or_default();
    for record in &records {
        record.validate()?;
    }
    Ok(records)
}
