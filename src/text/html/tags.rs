//! The tags of HTML and what each does to the text.

/// Elements that no plain text names in angle brackets.
const MARKUP_ELEMENTS: &[&str] = &[
    "html",
    "body",
    "p",
    "br",
    "div",
    "span",
    "table",
    "tbody",
    "thead",
    "tr",
    "td",
    "th",
    "ul",
    "ol",
    "li",
    "b",
    "strong",
    "em",
    "i",
    "u",
    "font",
    "blockquote",
    "a",
    "img",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "style",
    "script",
    "center",
    "head",
    "meta",
];

/// Elements that are read as such where a text is HTML.
const OTHER_ELEMENTS: &[&str] = &[
    "title",
    "link",
    "base",
    "basefont",
    "big",
    "small",
    "s",
    "strike",
    "del",
    "ins",
    "sub",
    "sup",
    "tt",
    "code",
    "kbd",
    "samp",
    "var",
    "cite",
    "q",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "footer",
    "header",
    "main",
    "nav",
    "section",
    "figure",
    "figcaption",
    "caption",
    "col",
    "colgroup",
    "tfoot",
    "dl",
    "dt",
    "dd",
    "form",
    "input",
    "button",
    "label",
    "select",
    "option",
    "textarea",
    "fieldset",
    "legend",
    "iframe",
    "object",
    "embed",
    "param",
    "svg",
    "path",
    "picture",
    "source",
    "video",
    "audio",
    "map",
    "area",
    "wbr",
    "nobr",
    "mark",
    "time",
    "data",
    "bdo",
    "bdi",
    "noscript",
    "template",
    "xml",
    "dir",
    "menu",
    "details",
    "summary",
];

/// What the names of elements that are not of HTML itself begin with in mail from Microsoft's programs.
const OFFICE_PREFIXES: &[&str] = &["o:", "v:", "w:", "m:", "x:", "st1:"];

/// Elements that may bear one of [`QUOTATION_MARKS`].
const QUOTATION_ELEMENTS: &[&str] = &["div", "span", "table", "td"];

/// What stands for the name of a comment, which goes on to the next `-->`.
pub const COMMENT: &str = "!--";

/// Classes and identifiers that mail programs give to what they quote.
const QUOTATION_MARKS: &[&str] =
    &["gmail_quote", "gmail_extra_quote", "yahoo_quoted", "protonmail_quote", "moz-cite", "zmail_extra", "mail-quote"];

/// What a tag does to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only forms its letters.
    Nothing,
    /// It ends a line.
    Line,
    /// It stands on lines of its own.
    Block,
    /// It stands on lines of its own, with a blank one below.
    Paragraph,
    /// It is a cell in the row of a table.
    Cell,
    /// Its text is not for reading.
    Dropped,
}

/// A tag, the start of a comment or an instruction in angle brackets.
#[derive(Debug)]
pub struct Tag<'t> {
    /// The name in small letters; [`COMMENT`] for a comment, empty for an instruction.
    pub name: String,
    attributes: &'t str,
    /// Whether it ends its element.
    pub is_end: bool,
    /// Whether it is an element without content, `<br/>`.
    pub is_empty: bool,
    /// One past its last byte.
    pub end: usize,
}

/// The tag that begins here, if one does.
pub fn tag_at(text: &str, start: usize) -> Option<Tag<'_>> {
    let inner = text.get(start..)?.strip_prefix('<')?;
    if inner.starts_with(COMMENT) {
        return Some(Tag::unnamed(COMMENT, start + 1 + COMMENT.len()));
    }
    let is_end = inner.starts_with('/');
    let named = inner.strip_prefix('/').unwrap_or(inner);
    if !named.starts_with(|c: char| c.is_ascii_alphabetic() || !is_end && matches!(c, '!' | '?')) {
        return None;
    }
    let length = inner.find(['<', '>'])?;
    if !inner.get(length..)?.starts_with('>') {
        return None;
    }
    let end = start + 1 + length + 1;
    if named.starts_with(['!', '?']) {
        return Some(Tag::unnamed("", end));
    }
    let content = inner.get(usize::from(is_end)..length)?;
    let name_length =
        content.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '-')).unwrap_or(content.len());
    let (name, attributes) = content.split_at(name_length);
    let is_separated = attributes.is_empty() || attributes.starts_with(|c: char| c.is_ascii_whitespace() || c == '/');
    is_separated.then(|| Tag {
        name: name.to_ascii_lowercase(),
        attributes,
        is_end,
        is_empty: attributes.ends_with('/'),
        end,
    })
}

impl Tag<'_> {
    fn unnamed(name: &str, end: usize) -> Self {
        Tag { name: name.to_owned(), attributes: "", is_end: false, is_empty: true, end }
    }

    /// Whether a text with this tag is plainly HTML.
    pub fn shows_html(&self) -> bool {
        let is_bare = self.attributes.trim_matches(['/', ' ']).is_empty();
        MARKUP_ELEMENTS.contains(&self.name.as_str()) && (is_bare || self.attributes.contains('='))
    }

    /// Whether it is a tag where a text is HTML; `<order number>` is not.
    pub fn is_html(&self) -> bool {
        let name = self.name.as_str();
        name.is_empty()
            || name == COMMENT
            || OFFICE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || MARKUP_ELEMENTS.contains(&name)
            || OTHER_ELEMENTS.contains(&name)
    }

    /// What it does to the text.
    pub fn effect(&self) -> Effect {
        match self.name.as_str() {
            "br" => Effect::Line,
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "ul" | "ol" | "pre" => Effect::Paragraph,
            "div" | "tr" | "li" | "hr" | "blockquote" | "body" | "center" | "section" | "article" | "header"
            | "footer" | "main" | "form" | "dt" | "dd" | "address" | "caption" | "option" => Effect::Block,
            "td" | "th" => Effect::Cell,
            COMMENT | "style" | "script" | "head" | "title" | "noscript" | "template" | "xml" | "svg" => {
                Effect::Dropped
            }
            _ => Effect::Nothing,
        }
    }

    /// Whether mail that is quoted begins.
    pub fn opens_quotation(&self) -> bool {
        if self.is_end || self.is_empty {
            return false;
        }
        self.name == "blockquote"
            || QUOTATION_ELEMENTS.contains(&self.name.as_str()) && {
                let attributes = self.attributes.to_ascii_lowercase();
                QUOTATION_MARKS.iter().any(|mark| attributes.contains(mark))
            }
    }
}
