//! Reads a plot as a machine does that draws it: with `report::FONT` and nothing else.

use std::sync::Arc;

use resvg::usvg::{Group, Node, Options, Rect, Text, TextChunk, Tree, fontdb};

/// A plot with every text laid out.
pub(crate) struct Drawing {
    tree: Tree,
}

impl Drawing {
    /// Parses a plot; fails if it is no SVG.
    pub(crate) fn new(svg: &str) -> Result<Self, resvg::usvg::Error> {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(report::FONT.to_vec());
        let options = Options {
            fontdb: Arc::new(fonts),
            ..Options::default()
        };
        Tree::from_str(svg, &options).map(|tree| Self { tree })
    }

    /// What sticks out of the picture, by how many pixels; 0 if nothing does.
    pub(crate) fn excess(&self) -> f32 {
        let size = self.tree.size();
        let content = self.tree.root().abs_bounding_box();
        [
            -content.left(),
            -content.top(),
            content.right() - size.width(),
            content.bottom() - size.height(),
        ]
        .into_iter()
        .fold(0.0, f32::max)
    }

    /// Pairs of texts that lie on each other.
    pub(crate) fn overlaps(&self) -> Vec<(String, String)> {
        let texts = self.texts();
        let pairs = texts.iter().enumerate().flat_map(|(index, first)| {
            texts[index + 1..].iter().map(move |second| (first, second))
        });
        pairs
            .filter(|(a, b)| overlap(a.abs_bounding_box(), b.abs_bounding_box()))
            .map(|(a, b)| (words(a), words(b)))
            .collect()
    }

    /// Texts with a character that the font does not have.
    pub(crate) fn without_glyph(&self) -> Vec<String> {
        let missing = |text: &&Text| {
            let mut glyphs = text
                .layouted()
                .iter()
                .flat_map(|span| &span.positioned_glyphs);
            glyphs.any(|glyph| glyph.id.0 == 0)
        };
        self.texts()
            .into_iter()
            .filter(missing)
            .map(words)
            .collect()
    }

    /// How many texts there are.
    pub(crate) fn text_count(&self) -> usize {
        self.texts().len()
    }

    fn texts(&self) -> Vec<&Text> {
        let mut texts = Vec::new();
        collect(self.tree.root(), &mut texts);
        texts
    }
}

fn collect<'a>(group: &'a Group, texts: &mut Vec<&'a Text>) {
    for node in group.children() {
        match node {
            Node::Group(inner) => collect(inner, texts),
            Node::Text(text) => texts.push(text),
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

fn words(text: &Text) -> String {
    text.chunks().iter().map(TextChunk::text).collect()
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.left() < b.right() && b.left() < a.right() && a.top() < b.bottom() && b.top() < a.bottom()
}
