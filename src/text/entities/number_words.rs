//! Reads numbers written in words before a unit of money, in the seven languages: `three hundred and twenty pounds`,
//! `zweitausendeinhundertachtzig Euro`, `quatre-vingt-douze euros`.

use rust_decimal::Decimal;

use super::pieces::{PieceKind, Pieces, hash_of};

/// Pieces in front of the unit that are looked at.
const PIECES_MAX: usize = 16;
/// Parts that a written-together number may have.
const PARTS_MAX: usize = 12;

/// What a part of a number in words stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A number below a hundred, or a whole hundred of its own name.
    Add(u32),
    /// `vingt`, which after `quatre` makes eighty.
    French20,
    /// `hundred`.
    Hundred,
    /// `thousand`.
    Thousand,
    /// `and`.
    And,
}

/// Numbers by their folded names; of several that fit the longest counts.
const NAMES: &[(u32, &str)] = &[
    (1, "one un une ein eins eine einen een uno una um uma"),
    (2, "two deux zwei zwo twee dos due dois duas"),
    (3, "three trois drei drie tres tre"),
    (4, "four quatre vier cuatro quattro quatro"),
    (5, "five cinq funf fuenf vijf cinco cinque"),
    (6, "six sechs zes seis sei"),
    (7, "seven sept sieben zeven siete sette sete"),
    (8, "eight huit acht ocho otto oito"),
    (9, "nine neuf neun negen nueve nove"),
    (10, "ten dix zehn tien diez dieci dez"),
    (11, "eleven onze elf once undici"),
    (12, "twelve douze zwolf zwoelf twaalf doce dodici doze"),
    (13, "thirteen treize dreizehn dertien trece tredici treze"),
    (14, "fourteen quatorze vierzehn veertien catorce quattordici catorze"),
    (15, "fifteen quinze funfzehn fuenfzehn vijftien quince quindici"),
    (16, "sixteen seize sechzehn zestien dieciseis sedici dezasseis dezesseis"),
    (17, "seventeen siebzehn zeventien diecisiete diciassette dezassete dezessete"),
    (18, "eighteen achtzehn achttien dieciocho diciotto dezoito"),
    (19, "nineteen neunzehn negentien diecinueve diciannove dezanove dezenove"),
    (20, "twenty zwanzig twintig veinte veinti venti vent vinte"),
    (30, "thirty trente dreissig dertig treinta trenta trent trinta"),
    (40, "forty fourty quarante vierzig veertig cuarenta quaranta quarant quarenta"),
    (50, "fifty cinquante funfzig fuenfzig vijftig cincuenta cinquanta cinquant cinquenta"),
    (60, "sixty soixante sechzig zestig sesenta sessanta sessant sessenta"),
    (70, "seventy septante siebzig zeventig setenta settanta settant"),
    (80, "eighty huitante octante achtzig tachtig ochenta ottanta ottant oitenta"),
    (90, "ninety nonante neunzig negentig noventa novanta novant"),
    (100, "ciento cem"),
    (200, "doscientos doscientas duzentos duzentas"),
    (300, "trescientos trescientas trezentos trezentas"),
    (400, "cuatrocientos cuatrocientas quatrocentos quatrocentas"),
    (500, "quinientos quinientas quinhentos quinhentas"),
    (600, "seiscientos seiscientas seiscentos seiscentas"),
    (700, "setecientos setecientas setecentos setecentas"),
    (800, "ochocientos ochocientas oitocentos oitocentas"),
    (900, "novecientos novecientas novecentos novecentas"),
];
/// The number below a hundred that one folded word names.
pub fn number_below_hundred(word: &str) -> Option<u32> {
    NAMES
        .iter()
        .find(|(value, names)| *value < 100 && names.split(' ').any(|name| name == word))
        .map(|(value, _)| *value)
}

const HUNDREDS: &str = "hundred cent cents hundert honderd cien cento";
const THOUSANDS: &str = "thousand mille tausend duizend mil mila";
const CONNECTORS: &str = "and et und en y e";
/// Units of money that follow numbers in words.
const UNITS: [u64; 20] = [
    hash_of("euro"),
    hash_of("euros"),
    hash_of("pound"),
    hash_of("pounds"),
    hash_of("quid"),
    hash_of("sterling"),
    hash_of("dollar"),
    hash_of("dollars"),
    hash_of("dolares"),
    hash_of("dollari"),
    hash_of("bucks"),
    hash_of("rand"),
    hash_of("rands"),
    hash_of("franc"),
    hash_of("francs"),
    hash_of("franken"),
    hash_of("franchi"),
    hash_of("peso"),
    hash_of("pesos"),
    hash_of("reais"),
];

/// A number in words with the pieces that it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordNumber {
    /// First piece.
    pub first: usize,
    /// Its value.
    pub value: Decimal,
}

/// The number in words that ends before the unit of money at `unit`, if one does; a lone `one` is an article.
pub fn number_words_before(pieces: &Pieces, unit: usize) -> Option<WordNumber> {
    let is_unit = pieces.get(unit).is_some_and(|piece| piece.kind == PieceKind::Letters && UNITS.contains(&piece.hash));
    if !is_unit || pieces.digits(unit + 1).is_some() {
        return None;
    }
    let mut first = unit;
    let mut words: Vec<Vec<Part>> = Vec::new();
    for index in (unit.saturating_sub(PIECES_MAX)..unit).rev() {
        match pieces.get(index)?.kind {
            PieceKind::Letters => {
                let Some(parts) = parts_of(pieces.folded(index)) else { break };
                words.push(parts);
                first = index;
            }
            PieceKind::Mark('-') if pieces.is_joined(index) && pieces.is_joined(index + 1) => {}
            PieceKind::Mark(_) | PieceKind::Digits | PieceKind::Break => break,
        }
    }
    while words.last().is_some_and(|parts| parts.as_slice() == [Part::And]) {
        words.pop();
        first = (first + 1..unit).find(|index| pieces.letters(*index).is_some())?;
    }
    words.reverse();
    let value = value_of(&words.concat())?;
    (value > 1).then_some(WordNumber { first, value: Decimal::from(value) })
}

/// The parts of a word, such as `drei` `und` `zwanzig`; none when something is left over.
fn parts_of(word: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let (part, length) = longest_part(rest, parts.is_empty())?;
        parts.push(part);
        rest = rest.get(length..)?;
        if parts.len() > PARTS_MAX {
            return None;
        }
    }
    Some(parts)
}

/// The longest name that `text` starts with; a connector at the start must be the whole word.
fn longest_part(text: &str, is_start: bool) -> Option<(Part, usize)> {
    let longest = |names: &str| -> usize {
        names.split_ascii_whitespace().filter(|name| text.starts_with(name)).map(str::len).max().unwrap_or(0)
    };
    let named = NAMES.iter().map(|(value, names)| (Part::Add(*value), longest(names)));
    let others = [
        (Part::French20, longest("vingt vingts")),
        (Part::Hundred, longest(HUNDREDS)),
        (Part::Thousand, longest(THOUSANDS)),
        (Part::And, if !is_start || CONNECTORS.split(' ').any(|word| word == text) { longest(CONNECTORS) } else { 0 }),
    ];
    named.chain(others).max_by_key(|(_, length)| *length).filter(|(_, length)| *length > 0)
}

fn value_of(parts: &[Part]) -> Option<u32> {
    let (mut total, mut current) = (0_u32, 0_u32);
    for part in parts {
        match part {
            Part::Add(value) => current = current.checked_add(*value)?,
            Part::French20 if current % 10 == 4 && current % 100 < 10 => current = current - 4 + 80,
            Part::French20 => current = current.checked_add(20)?,
            Part::Hundred => current = current.max(1).checked_mul(100)?,
            Part::Thousand => {
                total = total.checked_add(current.max(1).checked_mul(1_000)?)?;
                current = 0;
            }
            Part::And => {}
        }
    }
    total.checked_add(current)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        let pieces = Pieces::read_whole(text);
        (0..pieces.len()).find_map(|unit| number_words_before(&pieces, unit)).map(|found| found.value.to_string())
    }

    #[test]
    fn numbers_of_every_language_are_read() {
        for (text, expected) in [
            ("we hold three hundred and twenty pounds", "320"),
            ("that is ten thousand four hundred dollars", "10400"),
            ("Twenty-one bucks", "21"),
            ("das sind zweitausendeinhundertachtzig Euro", "2180"),
            ("Acht Euro", "8"),
            ("dreiundzwanzig Franken", "23"),
            ("trois mille trois cent dix-huit euros", "3318"),
            ("quatre-vingt-douze euros", "92"),
            ("ça fait cent quatre-vingts francs", "180"),
            ("son dos mil trescientos pesos", "2300"),
            ("treinta y cinco euros", "35"),
            ("duemilanovecentoquattro euro", "2904"),
            ("cinquantasette euro", "57"),
            ("honderdeenenzeventig euro", "171"),
            ("vijfhonderdvijfentwintig euro", "525"),
            ("seis mil novecentos e vinte euros", "6920"),
            ("vinte e dois euros", "22"),
        ] {
            assert_eq!(value(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn articles_and_other_words_are_no_numbers() {
        for text in ["not one pound", "the amount due EUR 40", "in pounds", "une euro", "weekend euro", "two weeks"] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
