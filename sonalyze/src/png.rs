//! Plots as pixels: an SVG of `report` drawn with the font that comes with it, so that it looks the same on any
//! machine.
//!
//! The picture is drawn and packed in strips: a whole one takes more memory than the analysis that it shows.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Pixels per unit of the drawing: sharp on today's screens and in print at 10 cm width.
const SCALE: f32 = 2.0;

/// Most rows that are in memory at a time.
const STRIP: u32 = 256;

/// Why a plot cannot be drawn.
#[derive(Debug)]
pub(crate) enum PngError {
    /// The drawing is not understood.
    Drawing(resvg::usvg::Error),
    /// The drawing has no area, or too much of it.
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The pixels cannot be packed.
    Encoding(String),
}

/// Draws an SVG on its own background and packs it as PNG.
///
/// # Errors
/// [`PngError`] when the drawing is not understood or does not fit into memory.
pub(crate) fn render(svg: &str) -> Result<Vec<u8>, PngError> {
    let tree = Tree::from_str(svg, &options()).map_err(PngError::Drawing)?;
    let size = tree.size().to_int_size();
    let scaled = size.scale_by(SCALE).unwrap_or(size);
    let (width, height) = (scaled.width(), scaled.height());
    let mut packed = Vec::new();
    let mut encoder = png::Encoder::new(&mut packed, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut header = encoder.write_header().map_err(encoding)?;
    let mut rows = header.stream_writer().map_err(encoding)?;
    for top in (0..height).step_by(STRIP as usize) {
        let strip = strip(&tree, width, top, height)?;
        rows.write_all(&strip)
            .map_err(|error| PngError::Encoding(error.to_string()))?;
    }
    rows.finish().map_err(encoding)?;
    header.finish().map_err(encoding)?;
    Ok(packed)
}

/// The rows from `top` on, as many as a strip has or the picture has left: red, green, blue, opacity.
fn strip(tree: &Tree, width: u32, top: u32, height: u32) -> Result<Vec<u8>, PngError> {
    let rows = STRIP.min(height - top);
    let mut pixels = Pixmap::new(width, rows).ok_or(PngError::Size { width, height })?;
    let place = Transform::from_scale(SCALE, SCALE).post_translate(0.0, -(top as f32));
    resvg::render(tree, place, &mut pixels.as_mut());
    let parts = pixels.pixels().iter().flat_map(|pixel| {
        let colour = pixel.demultiply();
        [colour.red(), colour.green(), colour.blue(), colour.alpha()]
    });
    Ok(parts.collect())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err calls"
)]
fn encoding(error: png::EncodingError) -> PngError {
    PngError::Encoding(error.to_string())
}

/// One font for every family that a drawing may name.
fn options() -> Options<'static> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(report::FONT.to_vec());
    let family = fonts
        .faces()
        .next()
        .and_then(|face| face.families.first())
        .map(|(name, _)| name.clone());
    if let Some(name) = &family {
        fonts.set_sans_serif_family(name);
        fonts.set_serif_family(name);
        fonts.set_monospace_family(name);
    }
    Options {
        font_family: family.unwrap_or_default(),
        fontdb: Arc::new(fonts),
        ..Options::default()
    }
}

impl fmt::Display for PngError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawing(error) => write!(f, "the drawing is not understood: {error}"),
            Self::Size { width, height } => {
                write!(f, "a picture of {width} x {height} pixels cannot be made")
            }
            Self::Encoding(error) => write!(f, "the pixels cannot be packed: {error}"),
        }
    }
}

impl std::error::Error for PngError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(content: &str) -> Pixmap {
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40" font-family="sans-serif">{content}</svg>"#
        );
        Pixmap::decode_png(&render(&svg).unwrap()).unwrap()
    }

    fn inked(pixels: &Pixmap) -> usize {
        pixels.pixels().iter().filter(|p| p.alpha() > 0).count()
    }

    #[test]
    fn a_picture_has_twice_the_drawings_size() {
        let pixels = drawn(r##"<rect width="50" height="40" fill="#f00"/>"##);
        assert_eq!((pixels.width(), pixels.height()), (200, 80));
        assert_eq!(inked(&pixels), 100 * 80);
    }

    #[test]
    fn strips_join_without_a_seam() {
        let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="300"><rect x="10" y="7" width="20"
            height="286" fill="#08f"/><path d="M0 0L40 300" stroke="#000" stroke-width="3"/></svg>"##;
        let tree = Tree::from_str(svg, &options()).unwrap();
        let mut whole = Pixmap::new(80, 600).unwrap();
        resvg::render(
            &tree,
            Transform::from_scale(SCALE, SCALE),
            &mut whole.as_mut(),
        );
        let joined = Pixmap::decode_png(&render(svg).unwrap()).unwrap();
        assert_eq!((joined.width(), joined.height()), (80, 600));
        // An edge is sampled 16 times a pixel; where a strip begins, a slanted one may round to the next sample.
        let next_sample = u8::MAX / 16 + 1;
        let pairs = || whole.data().iter().zip(joined.data());
        assert!(pairs().all(|(a, b)| a.abs_diff(*b) <= next_sample));
        let differing = pairs().filter(|(a, b)| a != b).count();
        assert!(differing < 100, "{differing} of {}", whole.data().len());
    }

    #[test]
    fn letters_are_drawn_without_fonts_of_the_machine() {
        let with = inked(&drawn(
            r#"<text x="5" y="30" font-size="20">T₃₀ 0.53 s</text>"#,
        ));
        let shorter = inked(&drawn(r#"<text x="5" y="30" font-size="20">T</text>"#));
        assert!(
            shorter > 0 && with > 2 * shorter,
            "{with} and {shorter} pixels"
        );
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        assert!(matches!(render("no drawing"), Err(PngError::Drawing(_))));
    }
}
