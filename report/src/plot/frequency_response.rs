//! Smoothed level over a logarithmic frequency axis, 20 Hz to 20 kHz.
//!
//! An uncalibrated microphone and an unknown loudspeaker are part of it: the shape of the whole chain,
//! not of the room alone, and the plot says so.

use contract::analysis::AnalysisDocument;
use contract::curves::FrequencyResponse;

use super::axis::Axis;
use super::card::{Card, HEIGHT, Pen, WIDTH};
use super::frame::{self, Area, Stroke};
use super::palette::{BLUE, MUTED};
use crate::format;

const AREA: Area = Area {
    left: 64.0,
    top: 48.0,
    width: WIDTH - 64.0 - 24.0,
    height: HEIGHT - 48.0 - 76.0,
};

/// Frequencies shown, in hertz.
const RANGE_HZ: (f64, f64) = (20.0, 20000.0);

/// Largest range of levels shown, in decibels.
const RANGE_DB: f64 = 60.0;

/// Levels end at multiples of this, in decibels.
const STEP_DB: f64 = 10.0;

/// The plot; none if there is no response inside the range.
pub(crate) fn draw(document: &AnalysisDocument) -> Option<Card> {
    let response = document.frequency_response.as_ref()?;
    let (low, high) = range(response)?;
    let x = Axis::frequency(RANGE_HZ, AREA.across());
    let y = Axis::linear((low, high), AREA.up(), 6.0, "Level / dB");
    let description = format!(
        "Level over frequency, smoothing {}; highest {} dB.",
        response.smoothing,
        format::level_db(highest(response)?)
    );
    let title = format!("Frequency response, smoothing {}", response.smoothing);
    Some(Card::new(title, description, (WIDTH, HEIGHT), |svg| {
        frame::axes(svg, AREA, &x, &y);
        let points = points(response).map(|(hz, level)| (x.px(hz), y.px(level)));
        Stroke::solid(BLUE, 1.8).curve(svg, AREA, points);
        let note = "Loudspeaker, room and microphone together; without a calibration only the shape counts.";
        Pen::new(11.0, MUTED).write(svg, (AREA.left, HEIGHT - 16.0), note);
    }))
}

fn points(response: &FrequencyResponse) -> impl Iterator<Item = (f64, f64)> {
    let pairs = response.frequency_hz.iter().zip(&response.level_db);
    pairs
        .map(|(hz, level)| (*hz, *level))
        .filter(|(hz, level)| *hz > 0.0 && hz.is_finite() && level.is_finite())
}

fn inside(response: &FrequencyResponse) -> impl Iterator<Item = f64> {
    let shown = RANGE_HZ.0..=RANGE_HZ.1;
    points(response)
        .filter(move |(hz, _)| shown.contains(hz))
        .map(|(_, level)| level)
}

fn highest(response: &FrequencyResponse) -> Option<f64> {
    inside(response).max_by(f64::total_cmp)
}

fn range(response: &FrequencyResponse) -> Option<(f64, f64)> {
    let high = ((highest(response)? + 1.0) / STEP_DB).ceil() * STEP_DB;
    let lowest = inside(response).min_by(f64::total_cmp)?;
    let low = (lowest / STEP_DB).floor() * STEP_DB;
    Some((low.max(high - RANGE_DB), high))
}
