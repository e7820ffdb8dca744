//! Text encodings of files: UTF-8, or Windows-1252, which covers Latin-1.

use crate::domain::violation::Violation;

/// How the bytes of a file are read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// Windows-1252; Latin-1 (ISO 8859-1) text reads the same.
    Windows1252,
}

/// What Windows-1252 has at 0x80 to 0x9f, where Latin-1 has control characters.
const WINDOWS_1252_HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Byte order marks of encodings that are not read.
const FOREIGN_MARKS: [(&[u8], &str); 2] =
    [(b"\xff\xfe", "UTF-16 (little-endian)"), (b"\xfe\xff", "UTF-16 (big-endian)")];

impl Encoding {
    /// Reads the name of an encoding.
    ///
    /// # Errors
    /// A violation of `encoding`.
    pub fn parse(name: &str) -> Result<Self, Violation> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Encoding::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" | "windows-1252" | "cp1252" => Ok(Encoding::Windows1252),
            _ => Err(Violation::new("encoding", name, "one of utf-8, latin-1, windows-1252")),
        }
    }

    /// The usual name.
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Windows1252 => "Windows-1252",
        }
    }

    /// The text of some bytes; `None` when they are not in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Encoding::Windows1252 => Some(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
        }
    }

    /// The text of some bytes for people, with a mark where they are not in this encoding.
    pub fn decode_lossy(self, bytes: &[u8]) -> String {
        self.decode(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
    }
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252_HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// The first line without the byte order mark of UTF-8.
pub fn without_mark(first_line: &[u8]) -> &[u8] {
    first_line.strip_prefix(UTF_8_MARK).unwrap_or(first_line)
}

/// The encoding that a first line shows by its mark or its zero bytes, when it is one that is not read.
pub fn foreign_encoding(first_line: &[u8]) -> Option<&'static str> {
    for (mark, name) in FOREIGN_MARKS {
        if first_line.starts_with(mark) {
            return Some(name);
        }
    }
    first_line.contains(&0).then_some("UTF-16 or binary")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_reads_every_byte_and_utf_8_does_not() {
        assert_eq!(Encoding::Windows1252.decode(b"M\xfcller \x80").unwrap(), "Müller €");
        assert_eq!(Encoding::Utf8.decode(b"M\xfcller"), None);
        assert_eq!(Encoding::Utf8.decode("Müller".as_bytes()).unwrap(), "Müller");
    }

    #[test]
    fn foreign_files_are_known_by_their_first_bytes() {
        assert_eq!(foreign_encoding(b"\xff\xfea\0"), Some("UTF-16 (little-endian)"));
        assert_eq!(foreign_encoding(b"a\0b\0"), Some("UTF-16 or binary"));
        assert_eq!(foreign_encoding(b"a,b"), None);
        assert_eq!(without_mark(b"\xef\xbb\xbfa"), b"a");
    }
}
