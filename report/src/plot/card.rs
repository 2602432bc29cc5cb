//! A card: the white sheet of one plot, with its title and what a screen reader says.

use super::palette::{BORDER, INK, PAPER};
use crate::markup::{Attribute, Markup, attributes};
use crate::text;

/// Fonts of every text: the one of `report::FONT` first, so that pixels agree with the browser.
const FONTS: &str = "'DejaVu Sans', sans-serif";

/// Corner radius and room between edge and content.
const RADIUS: f64 = 8.0;

/// Width of a single plot.
pub(super) const WIDTH: f64 = 720.0;
/// Height of a single plot.
pub(super) const HEIGHT: f64 = 420.0;
/// Left edge of a title.
pub(super) const MARGIN: f64 = 20.0;
/// Size of a title.
const TITLE: f64 = 16.0;

/// A finished plot.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    title: String,
    description: String,
    width: f64,
    height: f64,
    body: Markup,
}

/// Where a text begins, ends or has its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub size: f64,
    pub anchor: Anchor,
    pub colour: &'static str,
}

impl Pen {
    /// A pen of a size and colour that writes to the right of its point.
    pub(super) const fn new(size: f64, colour: &'static str) -> Self {
        Self {
            size,
            anchor: Anchor::Start,
            colour,
        }
    }

    /// The same pen writing around its point.
    pub(super) const fn middle(self) -> Self {
        Self {
            anchor: Anchor::Middle,
            ..self
        }
    }

    /// The same pen writing to the left of its point.
    pub(super) const fn end(self) -> Self {
        Self {
            anchor: Anchor::End,
            ..self
        }
    }

    /// Writes `text` with its baseline at `(x, y)`.
    pub(super) fn write(self, markup: &mut Markup, (x, y): (f64, f64), text: &str) {
        markup.element("text", &self.attributes(x, y), text);
    }

    /// As [`Pen::write`], on a white ground that keeps it legible over lines.
    pub(super) fn write_over(self, markup: &mut Markup, (x, y): (f64, f64), text: &str) {
        let mut attributes = self.attributes(x, y).to_vec();
        attributes.extend(attributes! {
            "stroke" => PAPER, "stroke-width" => 3.5, "stroke-linejoin" => "round",
            "paint-order" => "stroke",
        });
        markup.element("text", &attributes, text);
    }

    /// As [`Pen::write_over`], upwards: the text begins at `(x, y)` and rises.
    pub(super) fn write_up(self, markup: &mut Markup, (x, y): (f64, f64), text: &str) {
        let turned = attributes! {"transform" => format!("translate({x:.1} {y:.1}) rotate(-90)")};
        markup.nest("g", &turned, |group| {
            self.write_over(group, (0.0, 0.0), text);
        });
    }

    fn attributes(self, x: f64, y: f64) -> [Attribute; 5] {
        let anchor = match self.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        attributes! {
            "x" => x, "y" => y, "font-size" => self.size, "text-anchor" => anchor,
            "fill" => self.colour,
        }
    }
}

impl Card {
    /// A card of a size, drawn by `content`; the title stands in its upper left corner.
    pub(super) fn new(
        title: String,
        description: String,
        (width, height): (f64, f64),
        content: impl FnOnce(&mut Markup),
    ) -> Self {
        let mut body = Markup::new();
        content(&mut body);
        Self {
            title,
            description,
            width,
            height,
            body,
        }
    }

    /// The same card, with a title that says whose values it shows.
    pub(crate) fn of(self, whose: &str) -> Self {
        Self {
            title: format!("{}: {whose}", self.title),
            ..self
        }
    }

    /// The card as a file or as a part of a page.
    pub(crate) fn svg(&self) -> Markup {
        let mut markup = Markup::new();
        let mut attributes = vec![
            ("xmlns", "http://www.w3.org/2000/svg".into()),
            ("width", self.width.into()),
            ("height", self.height.into()),
        ];
        attributes.extend(self.view());
        markup.nest("svg", &attributes, |svg| self.content(svg));
        markup
    }

    /// The card on another one, its corner at `(x, y)`.
    pub(super) fn place(&self, markup: &mut Markup, (x, y): (f64, f64)) {
        let mut attributes = attributes! {
            "x" => x, "y" => y, "width" => self.width, "height" => self.height,
        }
        .to_vec();
        attributes.extend(self.view());
        markup.nest("svg", &attributes, |svg| self.content(svg));
    }

    fn view(&self) -> [Attribute; 3] {
        attributes! {
            "viewBox" => format!("0 0 {} {}", self.width, self.height),
            "role" => "img",
            "font-family" => FONTS,
        }
    }

    fn content(&self, svg: &mut Markup) {
        svg.element("title", &[], &self.title);
        svg.element("desc", &[], &self.description);
        svg.leaf(
            "rect",
            &attributes! {
                "x" => 0.5, "y" => 0.5, "width" => self.width - 1.0, "height" => self.height - 1.0,
                "rx" => RADIUS, "fill" => PAPER, "stroke" => BORDER,
            },
        );
        let shown = text::shorten(&self.title, TITLE, self.width - 2.0 * MARGIN);
        Pen::new(TITLE, INK).write(svg, (MARGIN, 30.0), &shown);
        svg.append(&self.body);
    }
}
