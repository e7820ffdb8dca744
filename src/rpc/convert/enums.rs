//! Enums: every value on either side has its partner on the other, and the build stops when one is missing.

use crate::domain::dispute::{DisputeStatus, Resolution, Severity};
use crate::domain::ids::ModelKind;
use crate::domain::invoice::{ContactChannel, ContactResult, HoldKind};
use crate::domain::message::{Intent, MessageChannel};
use crate::domain::score::Factor;
use crate::domain::work_item::{CompletionResult, Tier, WorkItemKind, WorkItemState};
use crate::rpc::pb;
use crate::service::TrainingRunState;

use super::fields::Fields;

/// An enum of the domain with its partner on the wire.
pub trait WireEnum: Copy {
    /// The number on the wire.
    fn to_wire(self) -> i32;

    /// The value behind a number: `Some(None)` for UNSPECIFIED, `None` for a number that is not known.
    fn from_wire(number: i32) -> Option<Option<Self>>;

    /// The names that are accepted.
    fn names() -> Vec<&'static str>;
}

macro_rules! wire_enums {
    ($($name:ident { $($variant:ident),+ $(,)? })+) => {$(
        impl WireEnum for $name {
            fn to_wire(self) -> i32 {
                let value = match self {
                    $($name::$variant => pb::$name::$variant,)+
                };
                value.into()
            }

            fn from_wire(number: i32) -> Option<Option<Self>> {
                Some(match pb::$name::try_from(number).ok()? {
                    pb::$name::Unspecified => None,
                    $(pb::$name::$variant => Some($name::$variant),)+
                })
            }

            fn names() -> Vec<&'static str> {
                vec![$(pb::$name::$variant.as_str_name()),+]
            }
        }
    )+};
}

wire_enums! {
    Severity { Minor, Moderate, Major, Critical }
    DisputeStatus { New, Triaged, InProgress, AwaitingCustomer, Resolved, Closed, Voided, Reopened }
    Resolution { ValidCredit, PartialCredit, InvalidRebill, WriteOff, Withdrawn }
    ModelKind { Intent, Item, Severity, DisputePriority, Validity, Payment }
    ContactChannel { Call, Email, Letter, Chat, Visit }
    ContactResult {
        MessageLeft, Unreachable, InvoiceNotReceived, AwaitingApproval, Disputed, InPaymentRun, PaymentSent, Promised,
        Refused, Other,
    }
    HoldKind { PaymentPlan, Legal }
    Intent { Dispute, PromiseToPay, RemittanceAdvice, PaymentPlanRequest, Query, Other }
    MessageChannel { Email, Portal, PhoneNote, Chat }
    Factor {
        Base, ContestedItem, Severity, CustomerValue, OpenBalance, CreditScore, Stake, Age, Repeats, PastValidity,
        PaymentHabit, RecentPayments, InvoiceTraits, Portfolio, Waiting, Effort,
    }
    CompletionResult { Settled, Promised, NotReached, Refused, HandedOver, NotNeeded }
    Tier { High, Medium, Low }
    WorkItemKind { Dispute, OverdueAccount, PromiseFollowUp, CashApplication, PaymentPlan, Query, Review }
    WorkItemState { Open, Snoozed, Completed }
    TrainingRunState { Queued, Running, Succeeded, Failed, Cancelled }
}

impl Fields {
    /// Reads an enum that must be given.
    pub fn required_enum<E: WireEnum>(&mut self, field: &str, number: i32) -> Option<E> {
        match self.optional_enum(field, number)? {
            Some(value) => Some(value),
            None => {
                self.refuse(field, "UNSPECIFIED", format!("one of {}", E::names().join(", ")));
                None
            }
        }
    }

    /// Reads an enum of which UNSPECIFIED means that it was not given.
    pub fn optional_enum<E: WireEnum>(&mut self, field: &str, number: i32) -> Option<Option<E>> {
        let read = E::from_wire(number);
        if read.is_none() {
            self.refuse(field, number, format!("one of {}", E::names().join(", ")));
        }
        read
    }
}

/// The number of a value that may be absent: 0, UNSPECIFIED, when it is.
pub fn optional_to_wire<E: WireEnum>(value: Option<E>) -> i32 {
    value.map_or(0, WireEnum::to_wire)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survives<E: WireEnum + PartialEq + std::fmt::Debug>() {
        let count = i32::try_from(E::names().len()).unwrap();
        for number in 1..=count {
            let value = E::from_wire(number).unwrap().unwrap();
            assert_eq!(value.to_wire(), number, "{value:?}");
        }
        assert_eq!(E::from_wire(0), Some(None));
        assert_eq!(E::from_wire(count + 1), None, "a value of {:?} has no partner", E::names());
    }

    #[test]
    fn every_value_survives_the_wire() {
        survives::<Severity>();
        survives::<DisputeStatus>();
        survives::<Resolution>();
        survives::<ModelKind>();
        survives::<ContactChannel>();
        survives::<ContactResult>();
        survives::<HoldKind>();
        survives::<Intent>();
        survives::<MessageChannel>();
        survives::<Factor>();
        survives::<CompletionResult>();
        survives::<Tier>();
        survives::<WorkItemKind>();
        survives::<WorkItemState>();
        survives::<TrainingRunState>();
    }

    #[test]
    fn unspecified_and_unknown_values_are_refused_by_name() {
        let mut fields = Fields::of("contact");
        let channel: Option<ContactChannel> = fields.required_enum("channel", 0);
        let result: Option<ContactResult> = fields.required_enum("result", 99);
        let violations = fields.finish(|| Some((channel?, result?))).unwrap_err();
        assert_eq!(violations.0[0].field, "contact.channel");
        assert!(violations.0[0].expected.contains("CONTACT_CHANNEL_CALL"));
        assert_eq!((violations.0[1].field.as_str(), violations.0[1].value.as_str()), ("contact.result", "99"));
    }
}
