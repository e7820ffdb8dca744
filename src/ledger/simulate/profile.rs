//! What kind of customer it is: how it pays, what it is worth, where it sits and how its credit is rated.

use super::calendar::{month_end_run_from, weekday_from, workday_from};
use super::draw::{Draw, minor_units};
use crate::domain::credit_score::CreditScore;
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::domain::locale::{Country, Language};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;

/// How a customer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// Pays on or shortly before the due date.
    Prompt,
    /// Pays all that is due on a fixed weekday or at the end of the month.
    PaymentRun,
    /// Buys in a season and pays late outside it.
    Seasonal,
    /// Pays weeks late.
    Slow,
    /// Contests much, often without being right.
    Disputer,
    /// Pays later and later, then no more.
    Failing,
}

impl CustomerKind {
    /// Every kind with its share of the customers.
    pub const SHARES: [(CustomerKind, f64); 6] = [
        (CustomerKind::Prompt, 0.30),
        (CustomerKind::PaymentRun, 0.24),
        (CustomerKind::Seasonal, 0.12),
        (CustomerKind::Slow, 0.18),
        (CustomerKind::Disputer, 0.10),
        (CustomerKind::Failing, 0.06),
    ];

    /// Mean and deviation of the days after the due date.
    pub fn delay_days(self) -> (f64, f64) {
        match self {
            CustomerKind::Prompt => (-1.5, 2.5),
            CustomerKind::PaymentRun => (0.5, 2.0),
            CustomerKind::Seasonal => (5.0, 6.0),
            CustomerKind::Slow => (19.0, 10.0),
            CustomerKind::Disputer => (6.0, 8.0),
            CustomerKind::Failing => (9.0, 7.0),
        }
    }

    /// Share of the invoices that are contested.
    pub fn dispute_rate(self) -> f64 {
        match self {
            CustomerKind::Prompt => 0.06,
            CustomerKind::PaymentRun => 0.08,
            CustomerKind::Seasonal => 0.09,
            CustomerKind::Slow => 0.11,
            CustomerKind::Disputer => 0.30,
            CustomerKind::Failing => 0.15,
        }
    }

    /// What the kind adds to the log-odds that the customer is right.
    pub fn honesty_logit(self) -> f64 {
        match self {
            CustomerKind::Prompt => 0.5,
            CustomerKind::PaymentRun => 0.3,
            CustomerKind::Seasonal => 0.1,
            CustomerKind::Slow => -0.4,
            CustomerKind::Disputer => -1.2,
            CustomerKind::Failing => -0.9,
        }
    }

    fn credit_standing_mean(self) -> f64 {
        match self {
            CustomerKind::Prompt => 0.80,
            CustomerKind::PaymentRun => 0.74,
            CustomerKind::Seasonal => 0.62,
            CustomerKind::Slow => 0.50,
            CustomerKind::Disputer => 0.60,
            CustomerKind::Failing => 0.28,
        }
    }
}

/// The days on which a customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayingDays {
    /// Any workday.
    AnyWorkday,
    /// One weekday, 0 is Monday.
    Weekday(u32),
    /// The last workday of the month.
    MonthEnd,
}

impl PayingDays {
    /// The first paying day from `on`.
    pub fn first_from(self, on: CivilDate) -> CivilDate {
        match self {
            PayingDays::AnyWorkday => workday_from(on),
            PayingDays::Weekday(weekday_index) => weekday_from(on, weekday_index),
            PayingDays::MonthEnd => month_end_run_from(on),
        }
    }
}

/// A country with what follows from it.
struct Market {
    country: &'static str,
    currency: &'static str,
    languages: &'static [Language],
    /// Worst and best value of the agency used there.
    credit_scale: (f64, f64),
    names: &'static [&'static str],
    forms: &'static [&'static str],
    share: f64,
}

const MARKETS: &[Market] = &[
    Market {
        country: "DE",
        currency: "EUR",
        languages: &[Language::De],
        credit_scale: (600.0, 100.0),
        names: &["Brandner", "Hellweg", "Nordlicht", "Kastenmeier", "Rheintal", "Voss & Lange", "Silberhorn", "Ostsee"],
        forms: &["Maschinenbau GmbH", "Handels GmbH", "Baustoffe KG", "Logistik GmbH", "Lebensmittel AG"],
        share: 0.26,
    },
    Market {
        country: "FR",
        currency: "EUR",
        languages: &[Language::Fr],
        credit_scale: (0.0, 20.0),
        names: &["Delacourt", "Garonne", "Montferrand", "Bellerive", "Lacaze", "Quai Ouest", "Vallières", "Armor"],
        forms: &["Distribution SAS", "Bâtiment SARL", "Industrie SA", "Transports SAS", "Frais SARL"],
        share: 0.17,
    },
    Market {
        country: "GB",
        currency: "GBP",
        languages: &[Language::En],
        credit_scale: (0.0, 100.0),
        names: &["Harrowgate", "Pennine", "Whitlock", "Thornbury", "Calder Valley", "Ashdown", "Merrick", "Tidewater"],
        forms: &["Supplies Ltd", "Engineering Ltd", "Foods plc", "Builders Merchants Ltd", "Packaging Ltd"],
        share: 0.17,
    },
    Market {
        country: "US",
        currency: "USD",
        languages: &[Language::En],
        credit_scale: (1.0, 100.0),
        names: &["Blue Ridge", "Lakeshore", "Cedar Falls", "Ironwood", "Prairie", "Summit", "Harbor Point", "Redstone"],
        forms: &["Hardware Inc.", "Wholesale LLC", "Manufacturing Corp.", "Foods Inc.", "Medical Supply LLC"],
        share: 0.12,
    },
    Market {
        country: "ES",
        currency: "EUR",
        languages: &[Language::Es],
        credit_scale: (0.0, 20.0),
        names: &["Almazara", "Ribera", "Costa Brava", "Sierra Nevada", "Guadiana", "Levante", "Montaraz"],
        forms: &["Suministros S.L.", "Construcciones S.A.", "Alimentación S.L.", "Envases S.A."],
        share: 0.09,
    },
    Market {
        country: "IT",
        currency: "EUR",
        languages: &[Language::It],
        credit_scale: (10.0, 1.0),
        names: &["Valtellina", "Ponte Alto", "Bertolani", "Adriatica", "Colle Verde", "Marchesini"],
        forms: &["Ricambi S.r.l.", "Costruzioni S.p.A.", "Alimentari S.r.l.", "Tessuti S.p.A."],
        share: 0.08,
    },
    Market {
        country: "NL",
        currency: "EUR",
        languages: &[Language::Nl],
        credit_scale: (0.0, 100.0),
        names: &["Van Dalen", "Maasoever", "De Linde", "Zuiderzee", "Hoogland", "Kromhout"],
        forms: &["Groothandel B.V.", "Techniek B.V.", "Bouw B.V.", "Verpakkingen B.V."],
        share: 0.06,
    },
    Market {
        country: "CH",
        currency: "CHF",
        languages: &[Language::De, Language::Fr],
        credit_scale: (600.0, 100.0),
        names: &["Aare", "Jurablick", "Léman", "Bergquell", "Säntis"],
        forms: &["Technik AG", "Handel AG", "Bau GmbH"],
        share: 0.03,
    },
    Market {
        country: "PT",
        currency: "EUR",
        languages: &[Language::Pt],
        credit_scale: (0.0, 20.0),
        names: &["Douro", "Serra da Estrela", "Atlântico", "Mondego"],
        forms: &["Materiais Lda.", "Comércio S.A.", "Embalagens Lda."],
        share: 0.02,
    },
];

/// Natural logarithm of the median yearly revenue with a customer, in the base currency.
pub const LOG_REVENUE_MEAN: f64 = 11.6;
/// Its standard deviation.
pub const LOG_REVENUE_DEVIATION: f64 = 1.2;

/// A customer with its hidden traits.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What the ledger knows.
    pub customer: Customer,
    /// How it behaves.
    pub kind: CustomerKind,
    /// Its currency.
    pub currency: Currency,
    /// Its language.
    pub language: Language,
    /// What is sold to it in a year, in currency units.
    pub revenue_units: f64,
    /// When it pays.
    pub paying_days: PayingDays,
    /// Days from invoice to due date.
    pub terms_days: i32,
    /// Invoices a month.
    pub invoices_per_month: f64,
    /// Its own part in the log-odds that it is right when it contests.
    pub honesty_logit: f64,
    /// From when a failing customer pays no more.
    pub fails_on: Option<CivilDate>,
    /// Month of the year in which it buys most.
    pub peak_month: u32,
}

/// Draws a customer. `units_per_base` turns the base currency into the customer's.
pub fn draw_profile(
    index: u32,
    from_on: CivilDate,
    as_of: CivilDate,
    draw: &mut Draw,
    units_per_base: impl Fn(Currency) -> f64,
) -> Profile {
    let kind = CustomerKind::SHARES[draw.weighted(&CustomerKind::SHARES.map(|(_, share)| share))].0;
    let shares: Vec<f64> = MARKETS.iter().map(|market| market.share).collect();
    let market = &MARKETS[draw.weighted(&shares)];
    let currency = Currency::parse(market.currency).unwrap_or(Currency::EUR);
    let log_revenue = draw.normal(LOG_REVENUE_MEAN, LOG_REVENUE_DEVIATION);
    let revenue_units = log_revenue.exp() * units_per_base(currency);
    let language = *draw.pick(market.languages);
    let name = format!("{} {}", draw.pick(market.names), draw.pick(market.forms));
    let credit_score = draw_credit_score(kind, market.credit_scale, from_on, draw);
    let knows_revenue = draw.chance(0.94);
    let money = |units: f64| Money::from_minor(minor_units(units, currency.minor_per_unit()), currency);
    let round_thousand = |units: f64| (units / 1_000.0).ceil() * 1_000.0;
    let customer = Customer {
        name,
        segment: segment_of(log_revenue).to_owned(),
        country: Country::parse(market.country).ok(),
        language: draw.chance(0.9).then_some(language),
        annual_revenue: knows_revenue.then(|| money(round_thousand(revenue_units))),
        credit_limit: draw.chance(0.8).then(|| money(round_thousand(revenue_units * 0.2))),
        credit_score,
        ..Customer::unnamed(customer_id(index))
    };
    let paying_days = match kind {
        CustomerKind::PaymentRun if draw.chance(0.4) => PayingDays::MonthEnd,
        CustomerKind::PaymentRun => PayingDays::Weekday(*draw.pick(&[1, 3, 4])),
        CustomerKind::Slow if draw.chance(0.5) => PayingDays::Weekday(*draw.pick(&[0, 2, 4])),
        CustomerKind::Prompt
        | CustomerKind::Seasonal
        | CustomerKind::Slow
        | CustomerKind::Disputer
        | CustomerKind::Failing => PayingDays::AnyWorkday,
    };
    let span_days = as_of.days_since(from_on);
    let fails_on =
        (kind == CustomerKind::Failing).then(|| from_on.plus_days(draw.between(span_days / 3, span_days + 60)));
    Profile {
        customer,
        kind,
        currency,
        language,
        revenue_units,
        paying_days,
        terms_days: *draw.pick(&[14, 30, 30, 30, 45, 60]),
        invoices_per_month: (1.0 + 1.1 * (log_revenue - LOG_REVENUE_MEAN + 2.0)).clamp(0.7, 9.0),
        honesty_logit: kind.honesty_logit() + draw.normal(0.0, 0.6),
        fails_on,
        peak_month: *draw.pick(&[3, 4, 6, 9, 11, 12]),
    }
}

#[expect(clippy::expect_used, reason = "a letter and digits are an identifier")]
fn customer_id(index: u32) -> CustomerId {
    CustomerId::parse(&format!("C-{:05}", index + 1)).expect("letters and digits are an identifier")
}

fn segment_of(log_revenue: f64) -> &'static str {
    if log_revenue > LOG_REVENUE_MEAN + 1.2 {
        "key account"
    } else if log_revenue > LOG_REVENUE_MEAN - 0.5 {
        "mid market"
    } else {
        "small business"
    }
}

fn draw_credit_score(
    kind: CustomerKind,
    (worst, best): (f64, f64),
    from_on: CivilDate,
    draw: &mut Draw,
) -> Option<CreditScore> {
    let standing = draw.normal(kind.credit_standing_mean(), 0.13).clamp(0.02, 0.98);
    let scored_on = from_on.plus_days(-draw.between(0, 200));
    let value = (worst + standing * (best - worst)).round();
    if draw.chance(0.12) { None } else { CreditScore::new(value, worst, best, scored_on).ok() }
}
