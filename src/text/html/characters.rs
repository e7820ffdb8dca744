//! The characters that HTML writes by name or by number: `&nbsp;`, `&euro;`, `&#163;`.

/// Longest reference to a character.
const REFERENCE_BYTES_MAX: usize = 10;

/// Names of characters that mail programs write.
const NAMED: &[(&str, char)] = &[
    ("nbsp", '\u{a0}'),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("euro", '€'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("minus", '−'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("lsaquo", '‹'),
    ("rsaquo", '›'),
    ("bull", '•'),
    ("trade", '™'),
    ("permil", '‰'),
    ("thinsp", '\u{2009}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("numsp", '\u{2007}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("rarr", '→'),
    ("larr", '←'),
    ("ne", '≠'),
    ("le", '≤'),
    ("ge", '≥'),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Yuml", 'Ÿ'),
    ("fnof", 'ƒ'),
    ("numero", '№'),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("comma", ','),
    ("period", '.'),
    ("colon", ':'),
    ("commat", '@'),
];

/// Names of the characters from 161 to 255, in their order.
const LATIN: &[&str] = &[
    "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy", "reg",
    "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm", "raquo",
    "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil",
    "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig",
    "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml",
    "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide",
    "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// The first of the characters in [`LATIN`].
const LATIN_FIRST: u32 = 161;

/// What programs mean by the numbers from 128 to 159, which stand for no character.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The character that is written here by name or number, with the length of that in bytes.
pub fn character_at(text: &str, start: usize) -> Option<(char, usize)> {
    let reference = text.get(start..)?.strip_prefix('&')?;
    let length = reference.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';')?;
    let name = reference.get(..length)?;
    let character = match name.strip_prefix('#') {
        Some(number) => numbered(number)?,
        None => named(name)?,
    };
    Some((character, length + 2))
}

fn named(name: &str) -> Option<char> {
    if let Some((_, character)) = NAMED.iter().find(|(other, _)| *other == name) {
        return Some(*character);
    }
    let index = LATIN.iter().position(|other| *other == name)?;
    char::from_u32(LATIN_FIRST + u32::try_from(index).ok()?)
}

fn numbered(number: &str) -> Option<char> {
    let digits = number.strip_prefix(['x', 'X']);
    let is_hexadecimal = digits.is_some();
    let digits = digits.unwrap_or(number);
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(digits, if is_hexadecimal { 16 } else { 10 }).ok()?;
    let windows = code.checked_sub(128).and_then(|index| WINDOWS.get(index as usize));
    windows.copied().or_else(|| char::from_u32(code)).filter(|character| *character != '\0')
}
