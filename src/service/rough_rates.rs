//! Rough exchange rates, one for each currency: good enough to rank by where the ledger was given no rate, and no more.

use crate::domain::money::Currency;

/// The year at whose end the rates held.
pub const ROUGH_RATES_YEAR: u16 = 2024;

/// Units of a currency for one euro at the end of [`ROUGH_RATES_YEAR`], rounded to two or three digits. The thirty that the European
/// Central Bank quotes are its reference rates of the last day; the others are public rates of the last days against the US dollar,
/// of central banks and of markets, times the dollars in a euro. Where an official rate is not one at which firms are paid (the rial
/// of Iran, the pounds of Sudan and Syria, the rial of Yemen), it is what banks asked for. Units of account (CLF, UYI, UYW) are worth what
/// their publisher set on that day.
const ROUGH_UNITS_PER_EURO: &[(&str, f64)] = &[
    ("AED", 3.82),
    ("AFN", 73.0),
    ("ALL", 98.0),
    ("AMD", 412.0),
    ("ANG", 1.86),
    ("AOA", 948.0),
    ("ARS", 1_070.0),
    ("AUD", 1.68),
    ("AWG", 1.86),
    ("AZN", 1.77),
    ("BAM", 1.956),
    ("BBD", 2.08),
    ("BDT", 124.0),
    ("BGN", 1.956),
    ("BHD", 0.391),
    ("BIF", 3_070.0),
    ("BMD", 1.04),
    ("BND", 1.42),
    ("BOB", 7.18),
    ("BRL", 6.43),
    ("BSD", 1.04),
    ("BTN", 89.0),
    ("BWP", 14.4),
    ("BYN", 3.6),
    ("BZD", 2.08),
    ("CAD", 1.49),
    ("CDF", 2_960.0),
    ("CHF", 0.941),
    ("CLF", 0.0268),
    ("CLP", 1_030.0),
    ("CNY", 7.58),
    ("COP", 4_580.0),
    ("CRC", 530.0),
    ("CUP", 24.9),
    ("CVE", 110.3),
    ("CZK", 25.2),
    ("DJF", 185.0),
    ("DKK", 7.46),
    ("DOP", 63.4),
    ("DZD", 141.0),
    ("EGP", 52.8),
    ("ERN", 15.6),
    ("ETB", 132.0),
    ("EUR", 1.0),
    ("FJD", 2.41),
    ("FKP", 0.829),
    ("GBP", 0.829),
    ("GEL", 2.92),
    ("GHS", 15.3),
    ("GIP", 0.829),
    ("GMD", 74.0),
    ("GNF", 8_950.0),
    ("GTQ", 8.0),
    ("GYD", 217.0),
    ("HKD", 8.07),
    ("HNL", 26.4),
    ("HTG", 136.0),
    ("HUF", 411.0),
    ("IDR", 16_800.0),
    ("ILS", 3.79),
    ("INR", 88.9),
    ("IQD", 1_360.0),
    ("IRR", 660_000.0),
    ("ISK", 144.0),
    ("JMD", 162.0),
    ("JOD", 0.737),
    ("JPY", 163.0),
    ("KES", 134.0),
    ("KGS", 90.4),
    ("KHR", 4_180.0),
    ("KMF", 492.0),
    ("KPW", 114.0),
    ("KRW", 1_530.0),
    ("KWD", 0.32),
    ("KYD", 0.866),
    ("KZT", 545.0),
    ("LAK", 22_700.0),
    ("LBP", 93_000.0),
    ("LKR", 304.0),
    ("LRD", 190.0),
    ("LSL", 19.6),
    ("LYD", 5.1),
    ("MAD", 10.5),
    ("MDL", 19.2),
    ("MGA", 4_870.0),
    ("MKD", 61.5),
    ("MMK", 2_180.0),
    ("MNT", 3_550.0),
    ("MOP", 8.31),
    ("MRU", 41.4),
    ("MUR", 48.9),
    ("MVR", 16.0),
    ("MWK", 1_800.0),
    ("MXN", 21.6),
    ("MYR", 4.65),
    ("MZN", 66.4),
    ("NAD", 19.6),
    ("NGN", 1_600.0),
    ("NIO", 38.1),
    ("NOK", 11.8),
    ("NPR", 142.0),
    ("NZD", 1.85),
    ("OMR", 0.4),
    ("PAB", 1.04),
    ("PEN", 3.91),
    ("PGK", 4.16),
    ("PHP", 60.3),
    ("PKR", 289.0),
    ("PLN", 4.28),
    ("PYG", 8_110.0),
    ("QAR", 3.78),
    ("RON", 4.97),
    ("RSD", 117.0),
    ("RUB", 106.0),
    ("RWF", 1_440.0),
    ("SAR", 3.9),
    ("SBD", 8.7),
    ("SCR", 14.8),
    ("SDG", 2_100.0),
    ("SEK", 11.5),
    ("SGD", 1.42),
    ("SHP", 0.829),
    ("SLE", 23.6),
    ("SOS", 594.0),
    ("SRD", 36.5),
    ("SSP", 4_100.0),
    ("STN", 24.5),
    ("SVC", 9.09),
    ("SYP", 13_500.0),
    ("SZL", 19.6),
    ("THB", 35.7),
    ("TJS", 11.4),
    ("TMT", 3.64),
    ("TND", 3.31),
    ("TOP", 2.5),
    ("TRY", 36.7),
    ("TTD", 7.0),
    ("TWD", 34.1),
    ("TZS", 2_510.0),
    ("UAH", 43.9),
    ("UGX", 3_820.0),
    ("USD", 1.04),
    ("UYI", 7.42),
    ("UYU", 45.8),
    ("UYW", 27.0),
    ("UZS", 13_400.0),
    ("VED", 54.0),
    ("VES", 54.0),
    ("VND", 26_500.0),
    ("VUV", 126.0),
    ("WST", 2.9),
    ("XAF", 656.0),
    ("XCD", 2.81),
    ("XCG", 1.86),
    ("XOF", 656.0),
    ("XPF", 119.3),
    ("YER", 2_140.0),
    ("ZAR", 19.6),
    ("ZMW", 29.0),
    ("ZWG", 26.8),
];

/// Units of `to` for one unit of `from`.
#[expect(clippy::expect_used, reason = "every currency has a rough rate, as a test shows")]
pub(super) fn rough_rate(from: Currency, to: Currency) -> f64 {
    let units = |currency: Currency| {
        let listed = ROUGH_UNITS_PER_EURO.binary_search_by(|(code, _)| (*code).cmp(currency.as_str()));
        let index = listed.expect("a currency has a rough rate");
        ROUGH_UNITS_PER_EURO[index].1
    };
    units(to) / units(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_has_a_rough_rate_that_agrees_with_its_inverse() {
        let letters = || b'A'..=b'Z';
        let mut count = 0;
        for code in letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c]))) {
            let Ok(currency) = Currency::parse(std::str::from_utf8(&code).unwrap()) else { continue };
            let (there, back) = (rough_rate(Currency::USD, currency), rough_rate(currency, Currency::USD));
            assert!((there * back - 1.0).abs() < 1e-12 && there > 0.0, "{currency}");
            count += 1;
        }
        assert_eq!(count, ROUGH_UNITS_PER_EURO.len());
        assert!(ROUGH_UNITS_PER_EURO.is_sorted_by(|left, right| left.0 < right.0));
    }
}
