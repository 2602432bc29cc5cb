//! Writes XML-conforming markup: every tag is closed, every text escaped.
//!
//! File names come from strangers. Text and attribute values pass through [`escape`], and there is
//! no way to write them without; that is why reports use this writer and no format strings.

use core::fmt;
use std::borrow::Cow;

/// A growing piece of SVG or HTML.
#[derive(Debug, Clone, Default)]
pub(crate) struct Markup {
    text: String,
}

/// The value of an attribute.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Any text; it is escaped.
    Text(Cow<'static, str>),
    /// A coordinate or length, written to a hundredth.
    Number(f64),
}

/// Name and value of an attribute.
pub(crate) type Attribute = (&'static str, Value);

/// Builds a list of attributes: `attributes! { "x" => 1.0, "class" => "axis" }`.
macro_rules! attributes {
    ($($name:literal => $value:expr),* $(,)?) => {
        [$(($name, $crate::markup::Value::from($value))),*]
    };
}
pub(crate) use attributes;

impl Markup {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An element with `content` inside.
    pub(crate) fn nest(
        &mut self,
        tag: &'static str,
        attributes: &[Attribute],
        content: impl FnOnce(&mut Self),
    ) {
        self.open(tag, attributes, ">");
        content(self);
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
    }

    /// An element with a text inside.
    pub(crate) fn element(&mut self, tag: &'static str, attributes: &[Attribute], text: &str) {
        self.nest(tag, attributes, |inner| inner.text(text));
    }

    /// An element without content; in HTML for void elements only.
    pub(crate) fn leaf(&mut self, tag: &'static str, attributes: &[Attribute]) {
        self.open(tag, attributes, "/>");
    }

    /// A text between tags.
    pub(crate) fn text(&mut self, text: &str) {
        self.text.push_str(&escape(text));
    }

    /// Markup made elsewhere by this writer.
    pub(crate) fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// A style sheet of ours, which holds neither `<` nor `&` and is taken as it stands.
    pub(crate) fn style(&mut self, sheet: &'static str) {
        self.text.push_str("<style>");
        self.text.push_str(sheet);
        self.text.push_str("</style>");
    }

    /// The markup, finished.
    pub(crate) fn into_string(self) -> String {
        self.text
    }

    fn open(&mut self, tag: &'static str, attributes: &[Attribute], end: &str) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.text.push_str(&escape(&value.to_string()));
            self.text.push('"');
        }
        self.text.push_str(end);
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Number(number) => write!(formatter, "{}", (number * 100.0).round() / 100.0),
        }
    }
}

/// `text` without any meaning to a parser of XML 1.0 or HTML. Characters that XML 1.0 forbids
/// even as references become U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let mut markup = Markup::new();
        let name = "\"/><script>alert('x')</script>&\0\u{1b}\u{ffff}";
        markup.nest("a", &attributes! {"title" => name.to_owned()}, |inner| {
            inner.element("b", &[], name);
        });
        let written = markup.into_string();
        let parsed = roxmltree::Document::parse(&written).unwrap();
        let seen = "\"/><script>alert('x')</script>&\u{fffd}\u{fffd}\u{fffd}";
        let outer = parsed.root_element();
        assert_eq!(outer.attribute("title"), Some(seen));
        assert_eq!(outer.first_element_child().unwrap().text(), Some(seen));
        assert_eq!(
            parsed
                .descendants()
                .filter(roxmltree::Node::is_element)
                .count(),
            2
        );
    }

    #[test]
    fn numbers_are_short() {
        let mut markup = Markup::new();
        markup.leaf(
            "r",
            &attributes! {"x" => 1.0 / 3.0, "y" => 20.0, "z" => -0.001},
        );
        assert_eq!(markup.into_string(), r#"<r x="0.33" y="20" z="-0"/>"#);
    }
}
