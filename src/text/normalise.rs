//! Folds a message into the characters that the text learner sees: lower case, no accents, digits as `0`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Calls `emit` with every folded character of `text` and the byte offset in `text` that it came from.
pub fn fold(text: &str, mut emit: impl FnMut(char, usize)) {
    for (at, c) in text.char_indices() {
        if c.is_ascii() {
            emit(fold_ascii(c), at);
        } else {
            fold_other(c, |folded| emit(folded, at));
        }
    }
}

fn fold_ascii(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c.to_ascii_lowercase() }
}

fn fold_other(c: char, mut emit: impl FnMut(char)) {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{02BC}' | '\u{00B4}' => return emit('\''),
        'ß' | 'ẞ' => {
            emit('s');
            return emit('s');
        }
        'ø' | 'Ø' => return emit('o'),
        'ł' | 'Ł' => return emit('l'),
        'æ' | 'Æ' => {
            emit('a');
            return emit('e');
        }
        'œ' | 'Œ' => {
            emit('o');
            return emit('e');
        }
        _ => {}
    }
    for part in core::iter::once(c).nfkd() {
        if is_combining_mark(part) {
            continue;
        }
        if part.is_numeric() {
            emit('0');
        } else {
            for lower in part.to_lowercase() {
                if !is_combining_mark(lower) {
                    emit(lower);
                }
            }
        }
    }
}
