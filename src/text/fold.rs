//! Folds letters for look-ups: lower case, without accents.

/// Calls `emit` with the folded form of a letter: lower case, no accent, `ß` as `ss`, `œ` as `oe`; apostrophes become straight.
#[inline]
pub fn fold_char(c: char, mut emit: impl FnMut(char)) {
    if c.is_ascii() {
        return emit(c.to_ascii_lowercase());
    }
    let plain = match c {
        'à'..='å' | 'À'..='Å' | 'ā' | 'Ā' | 'ă' | 'Ă' | 'ą' | 'Ą' | 'ª' => 'a',
        'ç' | 'Ç' | 'ć' | 'Ć' | 'č' | 'Č' => 'c',
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'Ē' | 'ę' | 'Ę' | 'ě' | 'Ě' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' | 'ī' | 'Ī' | 'ı' | 'İ' => 'i',
        'ñ' | 'Ñ' | 'ń' | 'Ń' | 'ň' | 'Ň' => 'n',
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ō' | 'Ō' | 'ő' | 'Ő' | 'º' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' | 'ū' | 'Ū' | 'ů' | 'Ů' | 'ű' | 'Ű' => 'u',
        'ý' | 'ÿ' | 'Ý' | 'Ÿ' => 'y',
        'š' | 'Š' | 'ś' | 'Ś' | 'ş' | 'Ş' => 's',
        'ž' | 'Ž' | 'ź' | 'Ź' | 'ż' | 'Ż' => 'z',
        'ł' | 'Ł' => 'l',
        'ğ' | 'Ğ' => 'g',
        'đ' | 'Đ' | 'ð' | 'Ð' => 'd',
        '\u{2018}' | '\u{2019}' | '\u{02BC}' | '\u{00B4}' => '\'',
        'ß' | 'ẞ' => {
            emit('s');
            's'
        }
        'æ' | 'Æ' => {
            emit('a');
            'e'
        }
        'œ' | 'Œ' => {
            emit('o');
            'e'
        }
        '\u{300}'..='\u{36f}' => return,
        _ => {
            for lower in c.to_lowercase() {
                emit(lower);
            }
            return;
        }
    };
    emit(plain);
}

/// The folded form of a text.
pub fn fold_text(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        fold_char(c, |c| folded.push(c));
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_are_folded() {
        assert_eq!(
            fold_text("Ça coûte — GRÖSSE Straße œuvre d’été Łódź"),
            "ca coute — grosse strasse oeuvre d'ete lodz"
        );
    }
}
