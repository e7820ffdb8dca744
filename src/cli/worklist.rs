//! `recourse worklist`: what to work on next, the most valuable first, with reasons.

use clap::Args;
use serde_json::{Value, json};

use super::open::{DataArgs, block_on};
use super::table::{Table, money, number};
use super::{GlobalArgs, output, parse_date, parse_language};
use crate::domain::gate::Gate;
use crate::domain::ids::TenantId;
use crate::domain::locale::Language;
use crate::domain::money::Money;
use crate::domain::score::Factor;
use crate::domain::sentence::{gate_sentence, reason_sentence};
use crate::domain::time::CivilDate;
use crate::service::page::PageRequest;
use crate::service::view::{AccountScore, PriorityView, WorkItemView};
use crate::service::worklist::ranking::{RankedDispute, RankedEntry};
use crate::service::{Service, WorkItemFilter};

/// Reasons told in the table; JSON has all.
const REASONS_SHOWN: usize = 3;
/// Fewest items from which it is said that a strategy does not fit them.
const ADVISED_ITEMS_MIN: usize = 10;
/// Priority above which items are hardly told apart.
const CROWDED_PRIORITY: f64 = 95.0;

/// Show the ranked worklist.
///
/// Without --as-of it shows what a server on the same data would hand out now: disputes, overdue accounts and the work that
/// messages made. With --as-of it ranks overdue accounts and disputes as they stood on that day, from the ledger alone: nothing that
/// became known later is seen, but for what has no date, which are the customer's name, segment and annual revenue.
#[derive(Debug, Args)]
pub struct WorklistArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Rank as of this day, YYYY-MM-DD; nothing dated later is seen (yearly revenue and segment have no date).
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    as_of: Option<CivilDate>,
    /// Most items shown.
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Language of the reasons: en, fr, de or es.
    #[arg(long, value_name = "CODE", default_value = "en", value_parser = parse_language)]
    language: Language,
}

/// One line of the worklist, whatever it came from.
struct Line {
    kind: String,
    id: Value,
    who: String,
    what: String,
    stake: Option<Money>,
    priority: Option<PriorityView>,
    gate: Option<Gate>,
    details: Value,
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be opened or read.
pub fn run(args: &WorklistArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    block_on(async {
        let (service, _) = args.data.open_present(global).await?;
        let tenant = args.data.known_tenant(&service).await?;
        let lines = match args.as_of {
            Some(as_of) => {
                service.rank_as_of(tenant, as_of, args.limit as usize).await?.iter().map(Line::of_entry).collect()
            }
            None => {
                service.refresh_worklist(tenant).await?;
                stored_lines(&service, tenant, args.limit).await?
            }
        };
        print(&lines, args.as_of, args.language, global.json)?;
        let scores = lines.iter().filter_map(|line| line.priority.as_ref()).map(|view| &view.score);
        let placed: Vec<(f64, f64)> = scores.map(|score| (score.priority, score.rank_key)).collect();
        if let Some(advice) = advice(&placed).filter(|_| !global.json) {
            eprintln!("{advice}");
        }
        Ok(service.settle().await?)
    })
}

/// Shows the stored worklist.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(
    service: &Service,
    tenant: &TenantId,
    limit: u32,
    language: Language,
    as_json: bool,
) -> anyhow::Result<()> {
    print(&stored_lines(service, tenant, limit).await?, None, language, as_json)
}

async fn stored_lines(service: &Service, tenant: &TenantId, limit: u32) -> anyhow::Result<Vec<Line>> {
    let page = PageRequest::parse(i32::try_from(limit)?, "")?;
    let page = service.list_work_items(tenant, &WorkItemFilter::default(), &page).await?;
    Ok(page.items.iter().map(Line::of_item).collect())
}

fn print(lines: &[Line], as_of: Option<CivilDate>, language: Language, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let items: Vec<_> = lines.iter().enumerate().map(|(index, line)| line.json(index, language)).collect();
        return output::print_json(&json!({ "as_of": as_of, "item_count": items.len(), "items": items }));
    }
    print_lines(lines, language)
}

fn print_lines(lines: &[Line], language: Language) -> anyhow::Result<()> {
    if lines.is_empty() {
        return output::print_text("Nothing to work on.");
    }
    let mut table = Table::new(&["#", "priority", "what", "customer", "at stake", "why"]);
    for (index, line) in lines.iter().enumerate() {
        let priority = line.priority.as_ref().map(|priority| &priority.score);
        table.row(vec![
            (index + 1).to_string(),
            priority.map_or(String::new(), |score| format!("{} {}", number(score.priority, 1), score.tier)),
            line.what.clone(),
            line.who.clone(),
            line.stake.map_or(String::new(), |stake| format!("{} {}", stake.currency(), money(stake))),
            line.why(language),
        ]);
    }
    output::print_text(&table.to_string())
}

/// What to change when most items, given by priority and value a minute, lie at an end of the scale: the strategy was made for
/// other amounts.
fn advice(placed: &[(f64, f64)]) -> Option<String> {
    let item_count = placed.len();
    let is_most = |count: usize| item_count >= ADVISED_ITEMS_MIN && count * 3 >= item_count * 2;
    let crowded_count = placed.iter().filter(|(priority, _)| *priority > CROWDED_PRIORITY).count();
    let worthless_count = placed.iter().filter(|(_, rank_key)| *rank_key <= 0.0).count();
    if is_most(crowded_count) {
        let mut keys: Vec<f64> = placed.iter().map(|(_, rank_key)| *rank_key).collect();
        keys.sort_by(f64::total_cmp);
        let half_point = keys.get(item_count / 2).copied().unwrap_or_default();
        return Some(format!(
            "{crowded_count} of {item_count} priorities are above {CROWDED_PRIORITY}: half_point = {half_point:.0} would spread them \
             (`recourse config strategy` prints the strategy, --strategy takes a changed one)."
        ));
    }
    is_most(worthless_count).then(|| {
        format!(
            "{worthless_count} of {item_count} items are worth less than what acting on them costs (contact_cost in the strategy; \
             `recourse config strategy` prints it, --strategy takes a changed one)."
        )
    })
}

impl Line {
    fn of_entry(entry: &RankedEntry) -> Self {
        match entry {
            RankedEntry::Account(score) => Line::of_account(score),
            RankedEntry::Dispute(ranked) => Line::of_dispute(ranked),
        }
    }

    fn of_account(score: &AccountScore) -> Self {
        let position = &score.account.position;
        let stake = Money::from_minor(position.collectable_overdue_minor, position.currency);
        let invoices: Vec<_> = position
            .invoices
            .iter()
            .filter(|invoice| invoice.days_past_due > 0)
            .map(|invoice| {
                json!({
                    "invoice_id": invoice.invoice.id,
                    "open": Money::from_minor(invoice.invoice.open_minor, position.currency).decimal().to_string(),
                    "days_past_due": invoice.days_past_due,
                })
            })
            .collect();
        Line {
            kind: "OVERDUE_ACCOUNT".to_owned(),
            id: json!({ "customer_id": score.account.customer.id, "currency": position.currency }),
            who: score.account.customer.name.clone(),
            what: format!("{} overdue, oldest {} days", invoices.len(), position.oldest_days_past_due),
            stake: Some(stake),
            priority: Some(score.priority.clone()),
            gate: score.gate,
            details: json!({
                "open": Money::from_minor(position.open_minor, position.currency).decimal().to_string(),
                "collectable_overdue": stake.decimal().to_string(),
                "cash_at_risk": score.cash_at_risk.decimal().to_string(),
                "oldest_days_past_due": position.oldest_days_past_due,
                "overdue_invoices": invoices,
            }),
        }
    }

    fn of_dispute(ranked: &RankedDispute) -> Self {
        let RankedDispute { view, customer_name, stake, summary, gate } = ranked;
        let dispute = &view.dispute;
        let who = customer_name.clone().unwrap_or_else(|| dispute.customer_id.to_string());
        Line {
            kind: "DISPUTE".to_owned(),
            id: json!({ "dispute_id": dispute.id }),
            what: without_name(summary, Some(&who)),
            who,
            stake: *stake,
            priority: view.priority.clone(),
            gate: *gate,
            details: json!({
                "customer_id": dispute.customer_id,
                "contested_item": dispute.contested_item,
                "severity": dispute.severity,
                "invoices": dispute.invoice_ids,
                "opened_on": dispute.opened_on,
                "status": dispute.status,
                "validity_probability": view.validity_probability,
            }),
        }
    }

    fn of_item(view: &WorkItemView) -> Self {
        let item = &view.item;
        let customer = item.customer_id.as_ref().map(ToString::to_string);
        Line {
            kind: item.kind.to_string(),
            id: json!({ "work_item_id": item.id }),
            what: without_name(&item.summary, view.customer_name.as_deref().or(customer.as_deref())),
            who: view.customer_name.clone().or(customer).unwrap_or_default(),
            stake: item.stake,
            priority: view.priority.clone(),
            gate: item.gate.as_deref().and_then(|gate| Gate::parse(gate).ok()),
            details: json!({
                "customer_id": item.customer_id,
                "dispute_id": item.dispute_id,
                "message_id": item.message_id,
                "due_on": item.due_on,
                "summary": item.summary,
            }),
        }
    }

    fn why(&self, language: Language) -> String {
        let mut sentences: Vec<String> = self.gate.iter().map(|gate| gate_sentence(gate, language)).collect();
        if let Some(priority) = &self.priority {
            let told = priority.score.reasons.iter().filter(|reason| reason.factor != Factor::Base).take(REASONS_SHOWN);
            sentences.extend(told.map(|reason| format!("{:+.1} {}", reason.points, reason_sentence(reason, language))));
        }
        sentences.join("\n")
    }

    fn json(&self, index: usize, language: Language) -> Value {
        let priority = self.priority.as_ref().map(|priority| {
            let score = &priority.score;
            let reasons: Vec<_> = score
                .reasons
                .iter()
                .map(|reason| {
                    json!({
                        "factor": reason.factor,
                        "points": reason.points,
                        "value": reason.value,
                        "sentence": reason_sentence(reason, language),
                    })
                })
                .collect();
            json!({
                "score_id": priority.is_stored.then_some(&score.id),
                "priority": score.priority,
                "tier": score.tier,
                "probability": score.probability,
                "stake": score.stake_base,
                "value": score.value_base,
                "base_currency": priority.base_currency,
                "reasons": reasons,
                "models": score.model_ids,
                "strategy_digest": score.strategy_digest,
                "feature_digest": score.feature_digest,
            })
        });
        json!({
            "rank": index + 1,
            "kind": self.kind,
            "id": self.id,
            "customer": self.who,
            "stake": self.stake.map(|stake| json!({ "value": stake.decimal().to_string(), "currency": stake.currency() })),
            "priority": priority,
            "gate": self.gate.as_ref().map(|gate| gate_sentence(gate, language)),
            "details": self.details,
        })
    }
}

/// A summary without the customer's name, which has a column of its own.
fn without_name(summary: &str, name: Option<&str>) -> String {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return summary.to_owned() };
    match summary.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")) {
        Some(rest) => rest.to_owned(),
        None => summary.replacen(&format!(" of {name}"), "", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{advice, without_name};

    #[test]
    fn a_summary_does_not_repeat_the_customer() {
        let name = Some("Nordlicht GmbH");
        for (summary, expected) in [
            ("Nordlicht GmbH: EUR 5.00 overdue on 1 invoice", "EUR 5.00 overdue on 1 invoice"),
            ("PRICING dispute (MAJOR) of Nordlicht GmbH about R-1", "PRICING dispute (MAJOR) about R-1"),
            ("Read the message of an unknown sender", "Read the message of an unknown sender"),
        ] {
            assert_eq!(without_name(summary, name), expected);
        }
        assert_eq!(without_name("PRICING dispute of C-1", None), "PRICING dispute of C-1");
    }

    #[test]
    fn a_strategy_for_other_amounts_is_noticed() {
        let crowded: Vec<(f64, f64)> = (0..12).map(|index| (99.0, 1_000.0 + f64::from(index))).collect();
        assert!(advice(&crowded).unwrap().contains("half_point = 1006"));
        assert!(advice(&[(0.0, -1.0); 10]).unwrap().contains("contact_cost"));
        assert_eq!(advice(&crowded[..9]), None);
        assert_eq!(advice(&[(50.0, 50.0); 20]), None);
    }
}
