//! Reads how much a message promises to pay from the sums of money that it names.

use super::amounts::AmountMention;
use super::invoices::FoundInvoice;
use crate::domain::message::PromisedSum;
use crate::domain::money::Money;

/// Parts that a total sums up, at least.
const PARTS_MIN: usize = 2;

/// The amounts that read as money and stand in no invoice number, in reading order. A bare number may be anything.
pub fn sums_of_money<'a>(
    amounts: &'a [AmountMention],
    invoices: &'a [FoundInvoice],
) -> impl Iterator<Item = &'a AmountMention> {
    amounts.iter().filter(|amount| {
        let number = &amount.number;
        let reads_as_money = amount.looks_like_money() || number.is_grouped || number.has_multiplier;
        let is_in_invoice =
            invoices.iter().any(|found| found.first_piece < number.end && number.first < found.end_piece);
        reads_as_money && !is_in_invoice
    })
}

/// What is promised by a message that names these sums: the one that it names, however often, or the total of the others.
pub fn promised_sum(sums: Vec<Money>) -> PromisedSum {
    let Some(first) = sums.first().copied() else { return PromisedSum::NotStated };
    if sums.iter().all(|sum| *sum == first) {
        return PromisedSum::One(first);
    }
    match total_among(&sums) {
        Some(total) => PromisedSum::One(total),
        None => PromisedSum::Several(sums),
    }
}

/// The sum that is all the others together.
fn total_among(sums: &[Money]) -> Option<Money> {
    let largest = *sums.iter().max_by_key(|sum| sum.minor())?;
    let parts: Vec<Money> = sums.iter().copied().filter(|sum| *sum != largest).collect();
    let adds_up = parts.len() >= PARTS_MIN && Money::sum(&parts) == Some(largest);
    adds_up.then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::super::amounts::find_amounts;
    use super::super::currency_choice::settled_currency;
    use super::super::date_order::DateOrder;
    use super::super::dates::find_dates;
    use super::super::pieces::Pieces;
    use super::*;
    use crate::domain::money::Currency;

    /// What a message promises to a creditor who counts in euros.
    fn promised(text: &str) -> PromisedSum {
        let pieces = Pieces::read_whole(text);
        let dates = find_dates(&pieces, DateOrder::DayFirst);
        let amounts = find_amounts(&pieces, &dates);
        let money = |amount: &AmountMention| {
            let currency = settled_currency(amount.sign, Some(Currency::EUR)).unwrap();
            Money::from_decimal(amount.value(), currency).unwrap()
        };
        promised_sum(sums_of_money(&amounts, &[]).map(money).collect())
    }

    fn euros(units: i64) -> Money {
        Money::from_minor(units * 100, Currency::EUR)
    }

    #[test]
    fn the_one_sum_named_is_promised_in_every_language() {
        for text in [
            "Hello, we will transfer EUR 1,200.00 on 2026-12-01.",
            "Guten Tag, wir überweisen am 01.12.2026 1.200,00 € auf Ihr Konto.",
            "Bonjour, nous vous réglerons 1 200,00 euros le 1er décembre 2026.",
            "Buenos días, pagaremos 1.200 € el 1 de diciembre de 2026.",
            "Buongiorno, pagheremo € 1.200,00 entro il 01/12/2026.",
            "Goedemorgen, wij betalen op 1 december 2026 € 1.200,-.",
            "Bom dia, pagaremos 1.200,00 EUR no dia 01/12/2026.",
            "We pay 1,200.00 by Friday. Again: EUR 1,200.00 and not a cent less.",
        ] {
            assert_eq!(promised(text), PromisedSum::One(euros(1_200)), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_money_state_no_sum() {
        for text in [
            "We will pay invoice 4471 in 14 days, on 2026-12-01 at 11:30.",
            "Wir zahlen die Rechnung RE-2026-0815 am 01.12.2026.",
            "Nous paierons les 3 factures le 1er décembre, escompte 2 % déduit.",
        ] {
            assert_eq!(promised(text), PromisedSum::NotStated, "{text}");
        }
    }

    #[test]
    fn of_several_sums_only_their_total_is_sure() {
        let parts = vec![euros(1_000), euros(2_000)];
        assert_eq!(promised("A: EUR 1,000.00, B: EUR 2,000.00 on Friday"), PromisedSum::Several(parts));
        assert_eq!(
            promised("A: 1.000,00 EUR, B: 2.000,00 EUR, zusammen 3.000,00 EUR am Freitag"),
            PromisedSum::One(euros(3_000))
        );
        assert_eq!(
            promised("Of the EUR 1,000.00 we pay EUR 500.00"),
            PromisedSum::Several(vec![euros(1_000), euros(500)])
        );
        let dollars = Money::from_minor(20_000, Currency::USD);
        assert_eq!(promised("USD 200.00 or EUR 200.00"), PromisedSum::Several(vec![dollars, euros(200)]));
    }
}
