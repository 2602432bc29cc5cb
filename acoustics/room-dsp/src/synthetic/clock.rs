//! When the recorder looks: the true time of every sample of the file.
//!
//! Delay, late start, a fast or slow crystal, another rate and lost samples are all one thing, a function from
//! sample number to time. Evaluating the sound at those times needs no resampling code and has no error beyond
//! that of the interpolation.

use super::error::{RecipeError, require};
use crate::signal::SampleRate;

/// The longest span that a recipe may ask for, in seconds.
const LONGEST_S: f64 = 3600.0;

/// Samples that a recorder lost: the file goes on as if nothing had been there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost {
    /// Where in the file, in its own seconds.
    pub(super) time_s: f64,
    /// True time that is missing, in seconds.
    pub(super) length_s: f64,
}

/// The recorder's clock and buttons.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub(super) rate: SampleRate,
    pub(super) skew_ppm: f64,
    /// Seconds from the start of the recorder to the start of the played signal.
    pub(super) delay_s: f64,
    /// Seconds that the recorder starts too late.
    pub(super) cut_start_s: f64,
    /// Seconds that the recorder runs after the end of the played signal.
    pub(super) after_s: f64,
    /// Seconds of the file that are kept at most.
    pub(super) keep_s: Option<f64>,
    pub(super) lost: Vec<Lost>,
}

impl Clock {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            skew_ppm: 0.0,
            delay_s: 0.5,
            cut_start_s: 0.0,
            after_s: 1.5,
            keep_s: None,
            lost: Vec::new(),
        }
    }

    /// Checks the settings against a played signal of `played_s` seconds.
    pub(super) fn validate(&self, played_s: f64) -> Result<(), RecipeError> {
        require("skew_ppm", self.skew_ppm, -100_000.0..=100_000.0)?;
        require("delay_s", self.delay_s, 0.0..=LONGEST_S)?;
        require("cut_start_s", self.cut_start_s, 0.0..=LONGEST_S)?;
        require("after_s", self.after_s, -played_s..=LONGEST_S)?;
        if let Some(keep_s) = self.keep_s {
            require("keep_s", keep_s, 0.0..=LONGEST_S)?;
        }
        for lost in &self.lost {
            require("lost length_s", lost.length_s, 0.0..=LONGEST_S)?;
        }
        let span = self.span_s(played_s);
        require("length of the file in seconds", span, 0.001..=LONGEST_S)?;
        self.lost
            .iter()
            .try_for_each(|lost| require("lost time_s", lost.time_s, 0.0..=self.file_s(played_s)))
    }

    /// Seconds of the file, in its own time.
    pub(super) fn file_s(&self, played_s: f64) -> f64 {
        self.frames(played_s) as f64 / self.rate.as_f64()
    }

    /// Number of samples of the file.
    pub(super) fn frames(&self, played_s: f64) -> usize {
        let skewed = self.span_s(played_s) * (1.0 + 1e-6 * self.skew_ppm);
        let kept = self.keep_s.unwrap_or(f64::INFINITY);
        self.rate.samples(skewed.min(kept))
    }

    /// True seconds from the start of the played signal to each sample of the file.
    pub(super) fn times_s(&self, frames: usize) -> Vec<f64> {
        let true_rate = self.rate.as_f64() * (1.0 + 1e-6 * self.skew_ppm);
        let start = self.cut_start_s - self.delay_s;
        let mut times: Vec<f64> = (0..frames).map(|n| start + n as f64 / true_rate).collect();
        for lost in &self.lost {
            let from = self.rate.samples(lost.time_s).min(frames);
            times[from..].iter_mut().for_each(|t| *t += lost.length_s);
        }
        times
    }

    /// True seconds that reach the file.
    fn span_s(&self, played_s: f64) -> f64 {
        let lost: f64 = self.lost.iter().map(|l| l.length_s).sum();
        self.delay_s + played_s + self.after_s - self.cut_start_s - lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_makes_more_samples_of_the_same_time() {
        let mut clock = Clock::new(SampleRate::STANDARD);
        clock.skew_ppm = 120.0;
        clock.delay_s = 1.0;
        clock.after_s = 2.0;
        assert_eq!(clock.frames(10.0), 624_075); // 13 s x 48 000 x 1.000 12 = 624 074.88
        let times = clock.times_s(624_075);
        assert!((times[0] + 1.0).abs() < 1e-12);
        assert!((times[48_000] - (1.0 / 1.000_12 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn lost_samples_jump_in_true_time_at_their_place_in_the_file() {
        let mut clock = Clock::new(SampleRate::STANDARD);
        clock.lost = vec![Lost {
            time_s: 2.0,
            length_s: 0.01,
        }];
        assert_eq!(clock.frames(10.0), 12 * 48_000 - 480);
        let times = clock.times_s(100_000);
        let step = 1.0 / 48_000.0;
        assert!((times[95_999] - times[95_998] - step).abs() < 1e-12);
        assert!((times[96_000] - times[95_999] - step - 0.01).abs() < 1e-12);
        assert!((times[96_001] - times[96_000] - step).abs() < 1e-12);
    }

    #[test]
    fn cut_and_kept_ends() {
        let mut clock = Clock::new(SampleRate::STANDARD);
        clock.cut_start_s = 1.6;
        clock.keep_s = Some(4.0);
        assert_eq!(clock.frames(10.0), 4 * 48_000);
        assert!((clock.times_s(1)[0] - 1.1).abs() < 1e-12);
        clock.cut_start_s = 13.0;
        let error = clock.validate(10.0).unwrap_err();
        assert_eq!(error.field, "length of the file in seconds");
    }
}
