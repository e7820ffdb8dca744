//! Customers, invoices, payments and credit notes as received, and what becomes of the last two.

use crate::domain::credit_score::CreditScore;
use crate::domain::customer::Customer;
use crate::domain::ids::{ApplicationId, CreditNoteId, CustomerId, InvoiceId, PaymentId, ReversalId};
use crate::domain::invoice::{Allocation, CreditNote, Invoice, Payment};
use crate::domain::locale::{Country, Language};
use crate::domain::settlement::{Application, DocumentId, Reversal};
use crate::domain::violation::Violations;
use crate::rpc::pb;

use super::super::fields::Fields;
use super::INVOICE_IDS_MAX;

pub(super) fn customer(customer: pb::Customer) -> Result<Customer, Violations> {
    let pb::Customer {
        customer_id,
        name,
        segment,
        country_code,
        language_code,
        annual_revenue,
        credit_limit,
        credit_score,
    } = customer;
    let mut fields = Fields::of("customer");
    let id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let name = if name.is_empty() { customer_id } else { name };
    let country = fields.optional("country_code", &country_code, Country::parse);
    let language = fields.optional("language_code", &language_code, Language::parse);
    let annual_revenue = fields.optional_money("annual_revenue", annual_revenue);
    let credit_limit = fields.optional_money("credit_limit", credit_limit);
    let credit_score = match credit_score {
        Some(score) => fields.absorb(read_credit_score(score)).map(Some),
        None => Some(None),
    };
    fields.finish(|| {
        Some(Customer {
            id: id?,
            name,
            segment,
            country: country?,
            language: language?,
            annual_revenue: annual_revenue?,
            credit_limit: credit_limit?,
            credit_score: credit_score?,
            earlier_credit_scores: Vec::new(),
        })
    })
}

fn read_credit_score(score: pb::CreditScore) -> Result<CreditScore, Violations> {
    let pb::CreditScore { value, worst, best, scored_on } = score;
    let mut fields = Fields::of("customer.credit_score");
    let scored_on = fields.required_date("scored_on", &scored_on);
    let score = match scored_on {
        Some(scored_on) => CreditScore::new(value, worst, best, scored_on),
        None => return fields.finish(|| None),
    };
    score.map_err(|violation| violation.within("customer").into())
}

pub(super) fn invoice(invoice: pb::Invoice) -> Result<Invoice, Violations> {
    let pb::Invoice { invoice_id, customer_id, amount, issued_on, due_on, business_unit } = invoice;
    let mut fields = Fields::of("invoice");
    let id = fields.required("invoice_id", &invoice_id, InvoiceId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let amount = fields.required_money("amount", amount);
    let issued_on = fields.required_date("issued_on", &issued_on);
    let due_on = fields.required_date("due_on", &due_on);
    fields.finish(|| {
        Some(Invoice {
            id: id?,
            customer_id: customer_id?,
            amount: amount?,
            issued_on: issued_on?,
            due_on: due_on?,
            business_unit,
        })
    })
}

pub(super) fn payment(payment: pb::Payment) -> Result<Payment, Violations> {
    let pb::Payment { payment_id, customer_id, amount, received_on, allocations } = payment;
    let mut fields = Fields::of("payment");
    let id = fields.required("payment_id", &payment_id, PaymentId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let amount = fields.required_money("amount", amount);
    let received_on = fields.required_date("received_on", &received_on);
    let allocations = read_allocations(&mut fields, allocations);
    fields.finish(|| {
        Some(Payment {
            id: id?,
            customer_id: customer_id?,
            amount: amount?,
            received_on: received_on?,
            allocations: allocations?,
        })
    })
}

pub(super) fn credit_note(credit_note: pb::CreditNote) -> Result<CreditNote, Violations> {
    let pb::CreditNote { credit_note_id, customer_id, amount, issued_on, allocations } = credit_note;
    let mut fields = Fields::of("credit_note");
    let id = fields.required("credit_note_id", &credit_note_id, CreditNoteId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let amount = fields.required_money("amount", amount);
    let issued_on = fields.required_date("issued_on", &issued_on);
    let allocations = read_allocations(&mut fields, allocations);
    fields.finish(|| {
        Some(CreditNote {
            id: id?,
            customer_id: customer_id?,
            amount: amount?,
            issued_on: issued_on?,
            allocations: allocations?,
        })
    })
}

pub(super) fn reversal(reversal: pb::Reversal) -> Result<Reversal, Violations> {
    let pb::Reversal { reversal_id, payment_id, credit_note_id, reversed_on } = reversal;
    let mut fields = Fields::of("reversal");
    let id = fields.required("reversal_id", &reversal_id, ReversalId::parse);
    let document = read_document(&mut fields, &payment_id, &credit_note_id);
    let reversed_on = fields.required_date("reversed_on", &reversed_on);
    fields.finish(|| Some(Reversal { id: id?, document: document?, reversed_on: reversed_on? }))
}

pub(super) fn application(application: pb::Application) -> Result<Application, Violations> {
    let pb::Application { application_id, payment_id, credit_note_id, applied_on, allocations } = application;
    let mut fields = Fields::of("application");
    let id = fields.required("application_id", &application_id, ApplicationId::parse);
    let document = read_document(&mut fields, &payment_id, &credit_note_id);
    let applied_on = fields.required_date("applied_on", &applied_on);
    let allocations = read_allocations(&mut fields, allocations);
    fields.finish(|| {
        Some(Application { id: id?, document: document?, applied_on: applied_on?, allocations: allocations? })
    })
}

fn read_document(fields: &mut Fields, payment_id: &str, credit_note_id: &str) -> Option<DocumentId> {
    let payment_id = fields.optional("payment_id", payment_id, PaymentId::parse);
    let credit_note_id = fields.optional("credit_note_id", credit_note_id, CreditNoteId::parse);
    fields.take("payment_id", DocumentId::try_new(payment_id?, credit_note_id?))
}

fn read_allocations(fields: &mut Fields, allocations: Vec<pb::Allocation>) -> Option<Vec<Allocation>> {
    if !fields.is_within("allocations", allocations.len(), INVOICE_IDS_MAX) {
        return None;
    }
    let mut all = Some(Vec::with_capacity(allocations.len()));
    for (index, allocation) in allocations.into_iter().enumerate() {
        let pb::Allocation { invoice_id, amount } = allocation;
        let mut part = Fields::of(fields.path_of(&format!("allocations[{index}]")));
        let invoice_id = part.required("invoice_id", &invoice_id, InvoiceId::parse);
        let amount = part.required_money("amount", amount);
        let read = fields.absorb(part.finish(|| Some(Allocation { invoice_id: invoice_id?, amount: amount? })));
        all = all.zip(read).map(|(mut all, read)| {
            all.push(read);
            all
        });
    }
    all
}
