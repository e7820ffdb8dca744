//! The sample company of a folder: made on the first run, and the same on every later one, whatever day it is.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::super::open::scan_accounts;
use super::super::output::WrongUse;
use super::super::progress::Progress;
use crate::domain::ids::TenantId;
use crate::domain::time::CivilDate;
use crate::ledger::event::AccountFact;
use crate::ledger::record::LedgerRecord;
use crate::ledger::simulate::{SimulatedCompany, SimulationSpec, simulate};
use crate::store::{AccountRecord, Store};

/// Months of the sample company's history.
const MONTHS: u32 = 12;

/// Where a folder keeps what its company is made from.
const FILE: &str = "demo.json";

/// What a sample company is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoSpec {
    /// How many customers.
    pub customers: u32,
    /// The seed.
    pub seed: u64,
    /// Last day of the history.
    pub as_of: CivilDate,
}

/// The sample company of a folder.
pub struct DemoCompany {
    /// What it is made from.
    pub spec: DemoSpec,
    /// Its ledger and messages.
    pub company: SimulatedCompany,
}

impl DemoCompany {
    /// Makes the company of `folder`: the one that it holds, or `asked` when it holds nothing.
    ///
    /// # Errors
    /// Wrong use when the folder holds anything else, and what keeps it from being read or written.
    pub async fn of_folder(
        folder: &Path,
        asked: DemoSpec,
        store: &dyn Store,
        tenant: &TenantId,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let is_empty = store.tenants().await?.is_empty();
        let kept = if is_empty { None } else { Some(read_kept(folder)?) };
        let spec = choose(folder, asked, kept)?;
        let simulation = SimulationSpec::try_new(spec.customers, MONTHS, spec.seed, spec.as_of)?;
        let company = simulate(&simulation, &mut |lived| {
            progress.set(0.5 * f64::from(lived) / f64::from(spec.customers), "simulating");
        });
        if is_empty {
            keep(folder, spec)?;
        } else if let Some(foreign) = first_foreign(&company.records, &scan_accounts(store, tenant).await?) {
            return Err(refusal(folder, &format!("{foreign}, which is not of the sample company")).into());
        }
        Ok(DemoCompany { spec, company })
    }
}

fn refusal(folder: &Path, what: &str) -> WrongUse {
    WrongUse(format!("`{}` holds {what}: name a new folder with --data-dir", folder.display()))
}

/// The spec kept in a folder that holds data.
fn read_kept(folder: &Path) -> Result<DemoSpec, WrongUse> {
    let text = match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(refusal(folder, "data that this command did not put there"));
        }
        Err(error) => return Err(refusal(folder, &format!("a `{FILE}` that cannot be read ({error})"))),
    };
    serde_json::from_str(&text).map_err(|error| refusal(folder, &format!("a `{FILE}` that cannot be read ({error})")))
}

/// The kept spec, when it is of the size and seed asked for; the one asked for where nothing is kept.
fn choose(folder: &Path, asked: DemoSpec, kept: Option<DemoSpec>) -> Result<DemoSpec, WrongUse> {
    let Some(kept) = kept else { return Ok(asked) };
    let DemoSpec { customers, seed, as_of } = kept;
    if (customers, seed) == (asked.customers, asked.seed) {
        return Ok(kept);
    }
    let what =
        format!("the sample company of `--customers {customers} --seed {seed}` as of {as_of}, which stays as it is");
    Err(refusal(folder, &what))
}

/// Keeps the spec before anything is stored, so that a run that was cut short is completed by the next.
fn keep(folder: &Path, spec: DemoSpec) -> anyhow::Result<()> {
    let failed = |path: &PathBuf| format!("`{}` cannot be written", path.display());
    let (path, new) = (folder.join(FILE), folder.join(format!("{FILE}.new")));
    fs::create_dir_all(folder).with_context(|| failed(&path))?;
    fs::write(&new, serde_json::to_string(&spec)?).with_context(|| failed(&new))?;
    fs::rename(&new, &path).with_context(|| failed(&path))
}

/// The first customer or invoice with an account that the company does not have.
fn first_foreign(records: &[LedgerRecord], accounts: &[AccountRecord]) -> Option<String> {
    let ids_of = |kind: &str| -> HashSet<String> {
        let of_kind = records.iter().filter(|record| record.kind() == kind);
        of_kind.map(LedgerRecord::external_id).collect()
    };
    let (customers, invoices) = (ids_of("customer"), ids_of("invoice"));
    for account in accounts {
        if !customers.contains(account.customer.id.as_str()) {
            return Some(format!("customer `{}`", account.customer.id));
        }
        for event in &account.events {
            if let AccountFact::InvoiceIssued { invoice_id, .. } = &event.fact
                && !invoices.contains(invoice_id.as_str())
            {
                return Some(format!("invoice `{invoice_id}`"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::customer::Customer;
    use crate::domain::ids::{CustomerId, InvoiceId};
    use crate::domain::invoice::Invoice;
    use crate::domain::money::{Currency, Money};
    use crate::domain::taxonomy::Taxonomy;
    use crate::domain::time::SystemClock;
    use crate::domain::time_zone::TimeZone;
    use crate::service::ledger::IngestSession;
    use crate::store;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    async fn made(folder: &Path, asked: DemoSpec, store: &Arc<dyn Store>) -> anyhow::Result<DemoSpec> {
        let tenant = TenantId::default_tenant();
        let progress = Progress::start("sample company");
        let made = DemoCompany::of_folder(folder, asked, store.as_ref(), &tenant, &progress).await?;
        let taxonomy = Arc::new(Taxonomy::shipped());
        let mut session = IngestSession::new(Arc::clone(store), taxonomy, tenant, TimeZone::utc());
        for record in made.company.records {
            session.push(record).await?;
        }
        assert_eq!(session.finish().await?.counts.rejected_count, 0);
        Ok(made.spec)
    }

    fn invoice(id: &str, customer_id: &str) -> LedgerRecord {
        LedgerRecord::Invoice(Invoice {
            id: InvoiceId::parse(id).unwrap(),
            customer_id: CustomerId::parse(customer_id).unwrap(),
            amount: Money::from_minor(100, Currency::EUR),
            issued_on: day("2026-01-05"),
            due_on: day("2026-02-04"),
            business_unit: String::new(),
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_keeps_its_company_on_later_days_and_takes_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("recourse.db").display()).into();
        let store = store::open(&url, 1, Arc::new(SystemClock)).await.unwrap();
        let first = DemoSpec { customers: 4, seed: 7, as_of: day("2026-06-30") };
        assert_eq!(made(folder.path(), first, &store).await.unwrap(), first);
        let before = scan_accounts(store.as_ref(), &TenantId::default_tenant()).await.unwrap();
        let later = DemoSpec { as_of: day("2026-07-02"), ..first };
        assert_eq!(made(folder.path(), later, &store).await.unwrap(), first);
        assert_eq!(scan_accounts(store.as_ref(), &TenantId::default_tenant()).await.unwrap(), before);
        for other in [DemoSpec { customers: 5, ..later }, DemoSpec { seed: 8, ..later }] {
            let error = made(folder.path(), other, &store).await.unwrap_err();
            assert!(error.is::<WrongUse>() && error.to_string().contains("--customers 4 --seed 7"), "{error}");
        }
        let own = vec![invoice("OWN-1", before[0].customer.id.as_str())];
        store.ingest(&TenantId::default_tenant(), own, &TimeZone::utc()).await.unwrap();
        let error = made(folder.path(), later, &store).await.unwrap_err();
        assert!(error.is::<WrongUse>() && error.to_string().contains("invoice `OWN-1`"), "{error}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_with_other_data_is_refused_and_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("recourse.db").display()).into();
        let store = store::open(&url, 1, Arc::new(SystemClock)).await.unwrap();
        let own = Customer::unnamed(CustomerId::parse("OWN").unwrap());
        let own = vec![LedgerRecord::Customer(own)];
        store.ingest(&TenantId::default_tenant(), own, &TimeZone::utc()).await.unwrap();
        let asked = DemoSpec { customers: 4, seed: 7, as_of: day("2026-06-30") };
        let error = made(folder.path(), asked, &store).await.unwrap_err();
        assert!(error.is::<WrongUse>() && error.to_string().contains("did not put there"), "{error}");
        assert!(!folder.path().join(FILE).exists());
    }
}
