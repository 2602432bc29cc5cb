//! From values to pixels, and where the ticks stand.

use crate::format;

/// One axis: a range of values laid on a range of pixels.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    from_px: f64,
    to_px: f64,
    logarithmic: bool,
    /// Where a labelled tick stands, ascending.
    pub ticks: Vec<Tick>,
    /// Quantity and unit.
    pub label: String,
}

/// A tick and what is written at it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub text: String,
}

/// Labelled frequencies.
const FREQUENCIES_HZ: [f64; 10] = [
    20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0, 20000.0,
];

impl Axis {
    /// A linear axis over `low..=high` with about `count` ticks at round numbers.
    pub(super) fn linear(
        (low, high): (f64, f64),
        (from_px, to_px): (f64, f64),
        count: f64,
        label: &str,
    ) -> Self {
        Self {
            low,
            high,
            from_px,
            to_px,
            logarithmic: false,
            ticks: round_ticks(low, high, count),
            label: label.to_owned(),
        }
    }

    /// A logarithmic frequency axis over `low..=high` hertz.
    pub(super) fn frequency((low, high): (f64, f64), (from_px, to_px): (f64, f64)) -> Self {
        let tick = |value: f64| Tick {
            value,
            text: format::frequency_tick(value),
        };
        Self {
            low,
            high,
            from_px,
            to_px,
            logarithmic: true,
            ticks: FREQUENCIES_HZ
                .into_iter()
                .filter(|value| (low..=high).contains(value))
                .map(tick)
                .collect(),
            label: "Frequency / Hz".to_owned(),
        }
    }

    /// Where `value` lies, in pixels; outside the range also outside the pixels.
    pub(super) fn px(&self, value: f64) -> f64 {
        let part = if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from_px + part * (self.to_px - self.from_px)
    }

    /// The pixel of `value`, or of the end of the range that it lies beyond.
    pub(super) fn px_within(&self, value: f64) -> f64 {
        self.px(value.clamp(self.low, self.high))
    }

    /// The upper end of the range.
    pub(super) fn high(&self) -> f64 {
        self.high
    }
}

/// The smallest round number (1, 2 or 5 times a power of ten times about a `count`-th) that is at
/// least `value`; 1 for a value that is not positive.
pub(super) fn round_up(value: f64, count: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let step = round_step(value, count);
    (value / step - 1e-9).ceil() * step
}

fn round_ticks(low: f64, high: f64, count: f64) -> Vec<Tick> {
    let step = round_step(high - low, count);
    let first = (low / step - 1e-9).ceil();
    (0..1000u32)
        .map(|index| (first + f64::from(index)) * step)
        .take_while(|value| *value <= high + 1e-9 * step)
        .map(|value| Tick {
            value,
            text: format::plain(value),
        })
        .collect()
}

fn round_step(span: f64, count: f64) -> f64 {
    let raw = span / count;
    let power = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn ticks_stand_at_round_numbers_inside_the_range() {
        let axis = Axis::linear((0.0, 0.93), (0.0, 100.0), 5.0, "");
        assert_eq!(texts(&axis), ["0", "0.2", "0.4", "0.6", "0.8"]);
        let levels = Axis::linear((-60.0, 0.0), (100.0, 0.0), 4.0, "");
        assert_eq!(
            texts(&levels),
            ["\u{2212}60", "\u{2212}40", "\u{2212}20", "0"]
        );
    }

    #[test]
    fn tops_are_round() {
        assert!((round_up(1.16, 5.0) - 1.5).abs() < 1e-9);
        assert!((round_up(0.4, 5.0) - 0.4).abs() < 1e-9);
        assert!((round_up(0.0, 5.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn decades_are_equally_wide() {
        let axis = Axis::frequency((20.0, 20000.0), (0.0, 300.0));
        assert!((axis.px(200.0) - 100.0).abs() < 1e-9);
        assert!((axis.px(20000.0) - 300.0).abs() < 1e-9);
        assert_eq!(texts(&axis).len(), 10);
    }
}
