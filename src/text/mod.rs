//! Pure text processing: what a message says, before any model looks at it.

pub mod entities;
pub mod figures;
pub mod fold;
pub mod glossary;
pub mod html;
pub mod language;
pub mod lexicon;
pub mod normalise;
pub mod own_text;
pub mod quoting;
pub mod table;
pub mod tokens;
