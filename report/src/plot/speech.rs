//! The speech transmission index on its scale of words, with the modulation transfer index of each
//! octave (IEC 60268-16:2020).

use contract::speech::{SpeechTransmission, Sti};

use super::axis::{Axis, Tick};
use super::card::{Card, HEIGHT, Pen, WIDTH};
use super::frame::{self, Area, Stroke};
use super::palette::{BLUE, INK, MUTED, PAPER};
use crate::evaluation::Evaluation;
use crate::format;
use crate::markup::{Markup, attributes};
use crate::text;

/// Octaves of the index, in hertz.
pub(crate) const BANDS_HZ: [f64; 7] = [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0];

/// Words of the scale, each with its lower end (IEC 60268-9's five steps, annex E of 60268-16), and
/// blues that darken towards good, told apart in grey too.
const WORDS: [(&str, f64, &str, &str); 5] = [
    ("bad", 0.0, "#f1f5f9", INK),
    ("poor", 0.30, "#d3e4f1", INK),
    ("fair", 0.45, "#a3cbe6", INK),
    ("good", 0.60, "#5aa5d4", INK),
    ("excellent", 0.75, "#0b629c", PAPER),
];

/// The scale of words.
const SCALE: Area = Area {
    left: 30.0,
    top: 150.0,
    width: WIDTH - 60.0,
    height: 30.0,
};

/// The bars of the octaves.
const BARS: Area = Area {
    left: 64.0,
    top: 240.0,
    width: WIDTH - 64.0 - 20.0,
    height: 110.0,
};

/// The plot; none if the index was not evaluated.
pub(crate) fn draw(found: Evaluation<'_>) -> Option<Card> {
    let Some(Sti::Evaluated(speech)) = found.sti else {
        return None;
    };
    if !speech.sti.is_finite() {
        return None;
    }
    let title = "Speech transmission index".to_owned();
    Some(Card::new(title, describe(speech), (WIDTH, HEIGHT), |svg| {
        value(svg, speech);
        scale(svg, speech.sti);
        bars(svg, speech);
        let room = WIDTH - 40.0;
        let line = text::shorten(&conditions(speech), 11.0, room);
        Pen::new(11.0, MUTED).write(svg, (20.0, HEIGHT - 14.0), &line);
    }))
}

/// What the index takes into account.
pub(crate) fn conditions(speech: &SpeechTransmission) -> String {
    let noise = if speech.with_noise { "with" } else { "without" };
    let masking = if speech.with_masking {
        "with"
    } else {
        "without"
    };
    format!(
        "{}, {} spectrum, {noise} background noise, {masking} masking and hearing threshold.",
        speech.edition, speech.spectrum
    )
}

fn value(svg: &mut Markup, speech: &SpeechTransmission) {
    let number = format::ratio(speech.sti);
    Pen::new(44.0, INK).write(svg, (30.0, 96.0), &number);
    let at = 30.0 + text::width(&number, 44.0) + 24.0;
    Pen::new(26.0, BLUE).write(svg, (at, 96.0), &speech.rating);
    let at = at + text::width(&speech.rating, 26.0) + 16.0;
    Pen::new(20.0, INK).write(svg, (at, 96.0), &speech.words);
}

fn scale(svg: &mut Markup, sti: f64) {
    let axis = Axis::linear((0.0, 1.0), SCALE.across(), 5.0, "");
    for (index, (word, low, fill, ink)) in WORDS.into_iter().enumerate() {
        let high = WORDS.get(index + 1).map_or(1.0, |next| next.1);
        let (left, right) = (axis.px(low), axis.px(high));
        svg.leaf(
            "rect",
            &attributes! {
                "x" => left, "y" => SCALE.top, "width" => right - left, "height" => SCALE.height,
                "fill" => fill, "stroke" => MUTED, "stroke-width" => 0.8,
            },
        );
        let middle = f64::midpoint(left, right);
        Pen::new(12.0, ink)
            .middle()
            .write(svg, (middle, SCALE.top + 20.0), word);
        boundary(svg, left, low);
    }
    boundary(svg, SCALE.right(), 1.0);
    pointer(svg, axis.px_within(sti));
}

fn boundary(svg: &mut Markup, at: f64, value: f64) {
    let pen = Pen::new(11.0, MUTED).middle();
    pen.write(svg, (at, SCALE.bottom() + 16.0), &format::ratio(value));
}

/// A triangle above the scale, and a line at its edges that leaves the words free.
fn pointer(svg: &mut Markup, at: f64) {
    let tip = SCALE.top - 2.0;
    let points = format!(
        "{:.1},{:.1} {:.1},{:.1} {at:.1},{tip:.1}",
        at - 9.0,
        tip - 15.0,
        at + 9.0,
        tip - 15.0
    );
    svg.leaf("polygon", &attributes! {"points" => points, "fill" => INK});
    let above = ((at, tip), (at, SCALE.top + 8.0));
    let below = ((at, SCALE.bottom() - 5.0), (at, SCALE.bottom() + 2.0));
    for (from, to) in [above, below] {
        Stroke::solid(PAPER, 4.0).line(svg, from, to);
        Stroke::solid(INK, 2.0).line(svg, from, to);
    }
}

fn bars(svg: &mut Markup, speech: &SpeechTransmission) {
    let place = BARS.width / BANDS_HZ.len() as f64;
    let mut x = Axis::linear((0.0, 7.0), BARS.across(), 1.0, "Octave / Hz");
    x.ticks = BANDS_HZ
        .into_iter()
        .enumerate()
        .map(|(index, hz)| Tick {
            value: index as f64 + 0.5,
            text: format::frequency_tick(hz),
        })
        .collect();
    let y = Axis::linear((0.0, 1.0), BARS.up(), 2.0, "MTI");
    frame::axes(svg, BARS, &x, &y);
    for (index, mti) in speech.mti.into_iter().enumerate() {
        if mti.is_finite() {
            bar(
                svg,
                BARS.left + place * (index as f64 + 0.2),
                place * 0.6,
                mti,
                &y,
            );
        }
    }
}

fn bar(svg: &mut Markup, left: f64, width: f64, mti: f64, y: &Axis) {
    let top = y.px_within(mti);
    svg.leaf(
        "rect",
        &attributes! {
            "x" => left, "y" => top, "width" => width, "height" => BARS.bottom() - top,
            "fill" => BLUE,
        },
    );
    let pen = Pen::new(11.0, INK).middle();
    pen.write_over(svg, (left + width / 2.0, top - 4.0), &format::ratio(mti));
}

fn describe(speech: &SpeechTransmission) -> String {
    let bands = BANDS_HZ.into_iter().zip(speech.mti);
    let each =
        |(hz, mti): (f64, f64)| format!("{} {}", format::frequency_hz(hz), format::ratio(mti));
    let parts: Vec<String> = bands.map(each).collect();
    format!(
        "STI {}, rating {}, {}. Modulation transfer index: {}.",
        format::ratio(speech.sti),
        speech.rating,
        speech.words,
        parts.join(", ")
    )
}
